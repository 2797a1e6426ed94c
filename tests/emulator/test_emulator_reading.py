"""Imports that are read between requests, as over HTTP, and what is seen of them until they are."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from emulator.driver import Driver
from emulator.parquet_files import BUCKET, URI, counts, project_with, rows, start, write

from reconciler.emulator.buckets import mapped
from reconciler.emulator.server import Server
from reconciler.emulator.service import Emulator, Knobs

PATIENCE_SECONDS = 60
SEVERAL_SLICES = 5_000
MANY_SLICES = 200_000
INDEX = {
    "name": "docs",
    "dimension": 8,
    "spec": {"serverless": {"cloud": "aws", "region": "us-east-1"}},
}


@pytest.fixture
def project(tmp_path: Path) -> Driver:
    """A project whose imports are read by nobody but `read_all`."""
    write(tmp_path / "docs/2026-11/a/0.parquet", rows(SEVERAL_SLICES))
    made = project_with(tmp_path)
    made.emulator.read_in_slices()
    return made


def read_all(project: Driver) -> int:
    """Read to the end, and return in how many slices."""
    slices = 0
    while project.emulator.is_reading:
        project.emulator.read_on()
        slices += 1
    return slices


def test_an_import_is_pending_until_it_is_read_and_others_are_answered(project: Driver) -> None:
    path = start(project)
    project.sleep(2)
    for _ in range(3):
        waiting = project.ask("GET", path)
        assert (waiting["status"], waiting["percentComplete"]) == ("Pending", 0.0)
        assert project.ask("GET", "/indexes")["indexes"][0]["name"] == "docs"
        project.emulator.read_on()
    read_all(project)
    running = project.ask("GET", path)
    assert running["status"] == "InProgress"
    assert running["recordsImported"] == running["percentComplete"] * SEVERAL_SLICES / 100 > 0
    project.sleep(2)
    assert project.ask("GET", path)["finishedAt"] == "2026-12-01T00:00:03.000000Z"
    assert counts(project) == {"a": SEVERAL_SLICES}


def test_an_import_that_is_read_after_its_time_ends_when_it_is_read(project: Driver) -> None:
    path = start(project)
    project.sleep(10)
    early = project.backup()
    assert read_all(project) > SEVERAL_SLICES / 1_000
    done = project.ask("GET", path)
    assert (done["status"], done["recordsImported"]) == ("Completed", SEVERAL_SLICES)
    assert done["finishedAt"] == "2026-12-01T00:00:10.000000Z"
    late = project.backup()
    project.sleep(10)
    assert project.ask("GET", f"/backups/{early}")["record_count"] == 0
    assert project.ask("GET", f"/backups/{late}")["record_count"] == SEVERAL_SLICES


def test_an_import_that_is_cancelled_or_whose_index_goes_is_not_read_on(project: Driver) -> None:
    path = start(project)
    project.sleep(10)
    project.ask("GET", path)
    assert project.emulator.is_reading
    project.ask("DELETE", path)
    assert not project.emulator.is_reading
    cancelled = project.ask("GET", path)
    assert (cancelled["status"], cancelled["recordsImported"]) == ("Cancelled", 0)
    start(project)
    project.sleep(10)
    project.ask("DELETE", "/indexes/docs", expect=202)
    assert not project.emulator.is_reading


def test_a_namespace_that_is_made_while_an_import_is_read_fails_it(project: Driver) -> None:
    path = start(project)
    project.sleep(10)
    body = {"namespace": "a", "vectors": [{"id": "first", "values": [1.0] * 8}]}
    project.ask("POST", project.host("docs") + "/vectors/upsert", body)
    read_all(project)
    failed = project.ask("GET", path)
    assert (failed["status"], failed["recordsImported"]) == ("Failed", 0)
    assert 'The namespace "a" already exists' in failed["error"]
    assert counts(project) == {"a": 1}


def test_what_is_wrong_with_a_file_is_told_when_it_is_read(project: Driver, tmp_path: Path) -> None:
    (tmp_path / "docs/2026-11/a/1.parquet").write_bytes(b"no Parquet")
    path = start(project)
    project.sleep(10)
    assert project.ask("GET", path)["status"] == "Pending"
    read_all(project)
    failed = project.ask("GET", path)
    assert failed["status"] == "Failed"
    assert "1.parquet" in failed["error"]


def test_a_project_that_was_read_amid_an_import_reads_it_once_more(
    project: Driver, tmp_path: Path
) -> None:
    path = start(project)
    project.sleep(1)
    project.ask("GET", path)
    read_all(project)
    assert project.ask("GET", path)["status"] == "InProgress"
    document = project.ask("GET", "/_emulator/snapshot")
    other = project_with(tmp_path)
    other.emulator.read_in_slices()
    other.now = project.now
    other.ask("PUT", "/_emulator/snapshot", document)
    assert other.ask("GET", path)["status"] == "Pending"
    other.ask("DELETE", path)
    assert other.ask("GET", path)["recordsImported"] == 0
    assert counts(other) == {}


def test_imports_are_read_in_the_order_in_which_they_began(project: Driver, tmp_path: Path) -> None:
    write(tmp_path / "docs/more/b/0.parquet", rows(10))
    first, second = start(project), start(project, f"{BUCKET}/docs/more")
    project.sleep(10)
    project.ask("GET", first)
    while project.ask("GET", first)["status"] == "Pending":
        assert project.ask("GET", second)["status"] == "Pending"
        project.emulator.read_on()
    read_all(project)
    assert project.ask("GET", second)["status"] == "Completed"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    write(folder / "docs/2026-11/a/0.parquet", rows(MANY_SLICES))
    return folder


@pytest.fixture
def client(large: Path) -> Iterator[http.client.HTTPConnection]:
    emulator = Emulator(knobs=Knobs(import_seconds=0))
    emulator.map_buckets(mapped([f"{BUCKET}={large}"]))
    with Server(emulator) as server:
        port = int(server.url.rpartition(":")[2])
        with closing(http.client.HTTPConnection("127.0.0.1", port, PATIENCE_SECONDS)) as connection:
            yield connection


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401
    connection.request(method, path, json.dumps(body), {"Api-Key": "k"})
    answer = json.loads(connection.getresponse().read())
    assert "error" not in answer, answer
    return answer


def test_while_a_large_import_is_read_others_are_answered_and_moving_time_waits_for_it(
    client: http.client.HTTPConnection,
) -> None:
    host = "/ix/" + ask(client, "POST", "/indexes", INDEX)["host"].rpartition("/ix/")[2]
    path = f"{host}/bulk/imports"
    path = f"{path}/{ask(client, 'POST', path, {'uri': URI})['id']}"
    for _ in range(3):
        assert ask(client, "GET", path)["status"] == "Pending"
        assert ask(client, "GET", "/indexes")["indexes"][0]["name"] == "docs"
    assert ask(client, "GET", path)["status"] == "Pending"
    ask(client, "POST", "/_emulator/clock", {"advance_seconds": 1})
    assert ask(client, "GET", path)["recordsImported"] == MANY_SLICES

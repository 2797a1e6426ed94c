"""Imports and vectors on an index's host: progress, what is loaded, and what is refused."""

from typing import Any

import pytest
from emulator.driver import Driver

URI = "s3://acme-vectors/docs/2026-11"


def start(project: Driver, uri: str = URI) -> str:
    body = {"uri": uri, "integrationId": "a-b", "errorMode": {"onError": "abort"}}
    answer = project.ask("POST", project.host("docs") + "/bulk/imports", body)
    assert list(answer) == ["id"]
    return str(answer["id"])


def describe(project: Driver, identifier: str) -> Any:  # noqa: ANN401
    return project.ask("GET", f"{project.host('docs')}/bulk/imports/{identifier}")


def test_import_rises_with_the_clock_and_its_vectors_are_there_at_the_end(project: Driver) -> None:
    identifier = start(project)
    assert identifier == "1"
    pending = describe(project, identifier)
    assert pending == {
        "id": "1",
        "uri": URI,
        "status": "Pending",
        "createdAt": "2026-12-01T00:00:00.000000Z",
        "percentComplete": 0.0,
        "recordsImported": 0,
    }
    project.sleep(1.8)
    halfway = describe(project, identifier)
    assert (halfway["status"], halfway["percentComplete"]) == ("InProgress", 50.0)
    assert halfway["recordsImported"] == 500
    assert "finishedAt" not in halfway
    assert project.stats("docs")["totalVectorCount"] == 200
    project.sleep(10)
    done = describe(project, identifier)
    assert (done["status"], done["percentComplete"]) == ("Completed", 100.0)
    assert (done["recordsImported"], done["finishedAt"]) == (1000, "2026-12-01T00:00:03.000000Z")
    assert project.stats("docs")["namespaces"]["2026-11"] == {"vectorCount": 1000}


def test_same_import_started_twice_fails_on_the_namespace_that_the_first_one_made(
    project: Driver,
) -> None:
    start(project)
    project.sleep(1)
    start(project)
    project.sleep(10)
    listed = project.ask("GET", project.host("docs") + "/bulk/imports")
    assert [each["status"] for each in listed["data"]] == ["Completed", "Failed"]
    assert 'The namespace "2026-11" already exists' in listed["data"][1]["error"]
    assert listed["data"][1]["error"].startswith("User error: ")
    assert listed["data"][1]["recordsImported"] == 0
    assert project.stats("docs")["namespaces"]["2026-11"] == {"vectorCount": 1000}


def test_import_into_a_namespace_with_records_fails_as_soon_as_it_begins(project: Driver) -> None:
    identifier = start(project, "gs://bucket/fr/")
    project.sleep(0.6)
    assert describe(project, identifier)["status"] == "Failed"
    assert project.stats("docs")["namespaces"]["fr"] == {"vectorCount": 80}


def test_cancelled_import_stops_and_keeps_what_it_had_read(project: Driver) -> None:
    identifier = start(project)
    project.sleep(1.8)
    path = f"{project.host('docs')}/bulk/imports/{identifier}"
    assert project.ask("DELETE", path) == {}
    project.sleep(10)
    cancelled = describe(project, identifier)
    assert (cancelled["status"], cancelled["recordsImported"]) == ("Cancelled", 500)
    assert cancelled["finishedAt"] == "2026-12-01T00:00:01.800000Z"
    assert project.stats("docs")["namespaces"]["2026-11"] == {"vectorCount": 500}


def test_cancelling_a_finished_import_changes_nothing(project: Driver) -> None:
    identifier = start(project)
    project.sleep(3)
    before = describe(project, identifier)
    path = f"{project.host('docs')}/bulk/imports/{identifier}"
    assert project.ask("DELETE", path) == {}
    assert describe(project, identifier) == before
    assert [e["committed"] for e in project.log() if e["operation"] == "cancelBulkImport"] == [
        False
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"uri": ""},
        {"uri": "ftp://host/dir"},
        {"uri": "docs/2026-11"},
        {"uri": "s3://"},
        {"uri": "s3://bucket/" + "x" * 1_500},
        {"uri": "s3://bucket/\u00e9"},
        {"uri": "s3://bucket/a\0b/"},
        {"uri": "s3://bucket/" + "x" * 513},
        {"uri": URI, "integrationId": 7},
        {"uri": URI, "errorMode": {"onError": "ignore"}},
        {"uri": URI, "errorMode": "abort"},
    ],
)
def test_impossible_import_is_refused_in_the_shape_of_the_data_plane(
    project: Driver, body: object
) -> None:
    host = project.host("docs")
    refused = project.ask("POST", host + "/bulk/imports", body, expect=400)
    assert refused["code"] == 3
    assert refused["message"]
    assert refused["details"] == []
    assert project.ask("GET", host + "/bulk/imports") == {"data": []}


def test_unknown_import_and_unknown_host_are_404(project: Driver) -> None:
    host = project.host("docs")
    assert project.ask("GET", host + "/bulk/imports/7", expect=404)["code"] == 5
    assert project.ask("DELETE", host + "/bulk/imports/7", expect=404)["code"] == 5
    assert project.ask("GET", "/ix/docs-000000-1a2b3c4/bulk/imports", expect=404)["code"] == 5


def test_imports_are_numbered_by_index_and_paged(project: Driver) -> None:
    project.seed("films")
    assert [start(project, f"s3://bucket/{n}") for n in range(3)] == ["1", "2", "3"]
    other = project.host("films") + "/bulk/imports"
    assert project.ask("POST", other, {"uri": URI}) == {"id": "1"}
    base = project.host("docs") + "/bulk/imports"
    first = project.ask("GET", f"{base}?limit=2")
    last = project.ask("GET", f"{base}?paginationToken={first['pagination']['next']}")
    assert [each["id"] for each in first["data"] + last["data"]] == ["1", "2", "3"]
    assert "pagination" not in last


def test_backup_taken_before_an_import_ends_does_not_hold_it(project: Driver) -> None:
    start(project)
    project.sleep(2.999)
    early = project.backup()
    project.sleep(0.001)
    late = project.backup()
    project.sleep(2)
    assert project.ask("GET", f"/backups/{early}")["record_count"] == 200
    assert project.ask("GET", f"/backups/{late}")["record_count"] == 1200

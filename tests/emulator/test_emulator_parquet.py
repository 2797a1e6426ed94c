"""Imports of real Parquet: what is loaded, how it goes on, and rows and files that are bad."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from emulator.parquet_files import (
    URI,
    counts,
    ended,
    failure,
    project_with,
    rows,
    start,
    write,
)

from reconciler.emulator.records import Record


def test_sub_folders_become_namespaces_and_rows_their_records(tmp_path: Path) -> None:
    folder = tmp_path / "docs/2026-11"
    metadata = [json.dumps({"year": 2024, "genre": ["a", "b"]}), None]
    write(folder / "__default__/0.parquet", {**rows(2), "metadata": metadata})
    write(folder / "fr/b/1.parquet", rows(3, "x"))
    write(folder / "fr/a.parquet", rows(2, "y"))
    (folder / "fr/notes.log").write_text("not read")
    project = project_with(tmp_path)
    done = ended(project, f"{URI}/")
    assert (done["status"], done["percentComplete"]) == ("Completed", 100.0)
    assert done["recordsImported"] == 7
    assert counts(project) == {"": 2, "fr": 5}
    path = project.host("docs") + "/vectors/fetch?ids=id-0&ids=id-1"
    assert project.ask("GET", path)["vectors"] == {
        "id-0": {
            "id": "id-0",
            "values": [1.0] * 8,
            "metadata": {"year": 2024, "genre": ["a", "b"]},
        },
        "id-1": {"id": "id-1", "values": [2.0] * 8},
    }


def test_sparse_and_hybrid_rows_are_loaded(tmp_path: Path) -> None:
    sparse = [{"indices": [1, 4_000_000_000], "values": [0.5, 1.5]}, None]
    file = tmp_path / "docs/2026-11/a/0.parquet"
    write(file, {**rows(2), "sparse_values": sparse})
    hybrid = project_with(tmp_path, metric="dotproduct")
    assert ended(hybrid)["recordsImported"] == 2
    write(file, {"id": ["a", "b"], "sparse_values": [sparse[0], sparse[0]]})
    terms = project_with(tmp_path, vector_type="sparse")
    assert ended(terms)["recordsImported"] == 2
    for project in (hybrid, terms):
        listed = project.ask("GET", project.host("docs") + "/vectors/list?namespace=a")["vectors"]
        first = listed[0]["id"]
        path = f"{project.host('docs')}/vectors/fetch?namespace=a&ids={first}"
        assert project.ask("GET", path)["vectors"][first]["sparseValues"] == sparse[0]


@pytest.mark.parametrize(
    "held", [pa.list_(pa.float64()), pa.large_list(pa.float32()), pa.list_(pa.float32(), 8)]
)
def test_other_lists_of_numbers_are_read_too(tmp_path: Path, held: object) -> None:
    write(tmp_path / "docs/2026-11/a/0.parquet", rows(3), values=held)
    project = project_with(tmp_path)
    assert ended(project)["recordsImported"] == 3


def test_import_rises_by_rows_and_its_records_are_there_at_the_end(data: Path) -> None:
    project = project_with(data)
    path = start(project)
    assert project.ask("GET", path)["status"] == "Pending"
    project.sleep(1.8)
    halfway = project.ask("GET", path)
    assert (halfway["status"], halfway["percentComplete"]) == ("InProgress", 50.0)
    assert halfway["recordsImported"] == 10
    assert counts(project) == {}
    project.sleep(1.2)
    assert project.ask("GET", path)["recordsImported"] == 20
    assert counts(project) == {"de": 10, "fr": 10}


def test_files_are_read_when_the_time_comes_and_not_before(data: Path) -> None:
    project = project_with(data)
    path = start(project)
    write(data / "docs/2026-11/it/0.parquet", rows(5))
    project.sleep(10)
    assert project.ask("GET", path)["recordsImported"] == 25


def test_cancelled_import_keeps_the_rows_it_had_come_to(data: Path) -> None:
    project = project_with(data)
    path = start(project)
    project.sleep(2.4)
    project.ask("DELETE", path)
    project.sleep(10)
    cancelled = project.ask("GET", path)
    assert (cancelled["status"], cancelled["recordsImported"]) == ("Cancelled", 15)
    assert cancelled["percentComplete"] == 75.0
    assert counts(project) == {"de": 10, "fr": 5}


def test_validation_has_no_result_before_it_has_run(data: Path) -> None:
    project = project_with(data)
    path = start(project)
    assert "validationResult" not in project.ask("GET", path, version="2026-07")
    project.sleep(1)
    running = project.ask("GET", path, version="2026-07")
    assert running["validationResult"] == {"importSuccesses": 20, "importErrors": 0}


def test_existing_namespace_is_refused_even_when_empty(data: Path) -> None:
    project = project_with(data)
    path = project.host("docs") + "/namespaces"
    project.ask("POST", path, {"name": "de"}, version="2025-10")
    assert 'The namespace "de" already exists' in failure(project)
    assert counts(project) == {"de": 0}


def test_default_namespace_must_be_empty(tmp_path: Path) -> None:
    write(tmp_path / "docs/2026-11/__default__/0.parquet", rows(2))
    project = project_with(tmp_path)
    assert ended(project)["status"] == "Completed"
    assert 'The namespace "__default__" already exists' in failure(project)


def test_two_imports_at_once_do_not_both_fill_a_namespace(data: Path) -> None:
    project = project_with(data)
    first = start(project)
    project.sleep(0.1)
    second = start(project)
    project.sleep(10)
    assert project.ask("GET", first)["status"] == "Completed"
    assert "already exists" in project.ask("GET", second)["error"]
    assert counts(project) == {"de": 10, "fr": 10}


def test_import_of_a_project_that_was_read_goes_on(data: Path) -> None:
    project = project_with(data)
    path = start(project)
    project.sleep(1.8)
    project.ask("GET", path)
    document = project.ask("GET", "/_emulator/snapshot")
    other = project_with(data)
    other.now = project.now
    other.ask("PUT", "/_emulator/snapshot", document)
    assert other.ask("GET", path)["recordsImported"] == 10
    other.ask("DELETE", path)
    assert counts(other) == {"de": 10}


def test_memory_of_a_deleted_index_is_given_back(data: Path) -> None:
    project = project_with(data)
    start(project)
    project.sleep(1)
    project.stats("docs")
    assert project.emulator._store.staged
    project.ask("DELETE", "/indexes/docs", expect=202)
    assert project.emulator._store.staged == {}


def test_batches_of_a_large_file_keep_the_order_of_its_rows(tmp_path: Path) -> None:
    write(tmp_path / "docs/2026-11/a/0.parquet", rows(10_000))
    project = project_with(tmp_path)
    path = start(project)
    project.sleep(1.8)
    project.ask("DELETE", path)
    (vectors,) = project.emulator._store.vectors.values()
    held = vectors.namespace("a")
    assert len(held) == 5_000
    assert isinstance(held["id-4999"], Record)
    assert held["id-4999"].values == (5_000.0,) * 8

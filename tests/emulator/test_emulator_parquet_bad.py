"""Imports of Parquet files with rows that are bad, or columns that do not fit the index."""

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

BAD_ROWS = {
    "id": [None, "", "x" * 513, "é", "d", "z", "n", "m", "j", "k", "g"],
    "values": [
        [1.0] * 8,
        [1.0] * 8,
        [1.0] * 8,
        [1.0] * 8,
        [1.0] * 7,
        [0.0] * 8,
        [1.0] * 7 + [float("nan")],
        None,
        [1.0] * 8,
        [1.0] * 8,
        [1.0] * 7 + [None],
    ],
    "metadata": [None] * 8 + ["{", '{"a": {"b": 1}}', None],
}


@pytest.mark.parametrize("bad", range(11))
def test_abort_stops_at_a_bad_row_and_names_it(tmp_path: Path, bad: int) -> None:
    good = {**rows(8), "metadata": [None] * 8}
    columns = {name: [*good[name][:6], BAD_ROWS[name][bad], *good[name][6:]] for name in BAD_ROWS}
    write(tmp_path / "docs/2026-11/a/0.parquet", columns)
    project = project_with(tmp_path)
    path = start(project)
    # It is found when the row's time has come: seven of nine rows take 1.87 of 2.4 seconds.
    project.sleep(0.6 + 1.8)
    assert project.ask("GET", path)["status"] == "InProgress"
    project.sleep(0.1)
    failed = project.ask("GET", path)
    assert (failed["status"], failed["recordsImported"]) == ("Failed", 6)
    assert failed["error"].startswith("User error: a/0.parquet, row 6: ")
    assert counts(project) == {"a": 6}


def test_continue_skips_bad_rows(tmp_path: Path) -> None:
    good = {**rows(8), "metadata": [None] * 8}
    columns = {name: [*BAD_ROWS[name], *good[name]] for name in BAD_ROWS}
    write(tmp_path / "docs/2026-11/a/0.parquet", columns)
    project = project_with(tmp_path)
    path = start(project, on_error="continue")
    project.sleep(1.8)
    assert project.ask("GET", path)["recordsImported"] == 0
    project.sleep(10)
    done = project.ask("GET", path, version="2026-07")
    assert (done["status"], done["recordsImported"]) == ("Completed", 8)
    assert done["validationResult"] == {"importSuccesses": 8, "importErrors": 11}
    assert "validationResult" not in project.ask("GET", path, version="2026-04")
    assert counts(project) == {"a": 8}


def test_missing_columns_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "docs/2026-11/a/0.parquet"
    for columns, name in (({"id": ["a"]}, "values"), ({"values": [[1.0] * 8]}, "id")):
        write(file, columns)
        assert f"Missing column: 0.parquet has no column {name}" in failure(project_with(tmp_path))
    sparse = project_with(tmp_path, vector_type="sparse")
    write(file, {"id": ["a"]})
    assert "no column sparse_values" in failure(sparse)


@pytest.mark.parametrize(
    ("name", "values", "held"),
    [
        ("text", ["a", "b"], pa.string()),
        ("id", [1, 2], pa.int64()),
        ("values", ["1", "2"], pa.string()),
        ("values", [[1], [2]], pa.list_(pa.int32())),
        ("metadata", [{"a": 1}] * 2, pa.struct([("a", pa.int64())])),
        ("sparse_values", [[1.0], [2.0]], pa.list_(pa.float32())),
    ],
)
def test_unsupported_columns_are_refused(
    tmp_path: Path, name: str, values: list[object], held: object
) -> None:
    columns = {**rows(2), name: values}
    write(tmp_path / "docs/2026-11/a/0.parquet", columns, **{name: held})
    assert "Unsupported column" in failure(project_with(tmp_path))


def test_dense_values_are_unsupported_in_a_sparse_index(tmp_path: Path) -> None:
    sparse = [{"indices": [1], "values": [0.5]}] * 2
    write(tmp_path / "docs/2026-11/a/0.parquet", {**rows(2), "sparse_values": sparse})
    project = project_with(tmp_path, vector_type="sparse")
    assert "Unsupported column: 0.parquet has a column values" in failure(project)


def test_import_of_no_rows_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "docs/2026-11/a/0.parquet", rows(0))
    assert "No vectors added" in failure(project_with(tmp_path))


def test_import_of_bad_rows_alone_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "docs/2026-11/a/0.parquet", BAD_ROWS)
    failed = ended(project_with(tmp_path), on_error="continue")
    assert (failed["status"], failed["recordsImported"]) == ("Failed", 0)
    assert "No vectors added" in failed["error"]


@pytest.mark.parametrize(("version", "most"), [("2026-04", 1_000), ("2026-07", 2_048)])
def test_sparse_rows_of_no_or_too_many_values_are_bad(
    tmp_path: Path, version: str, most: int
) -> None:
    sizes = (0, 1, most, most + 1)
    sparse = [{"indices": list(range(size)), "values": [0.5] * size} for size in sizes]
    write(tmp_path / "docs/2026-11/a/0.parquet", {"id": list("abcd"), "sparse_values": sparse})
    project = project_with(tmp_path, vector_type="sparse")
    host = project.host("docs")
    body = {"uri": URI, "errorMode": {"onError": "continue"}}
    made = project.ask("POST", f"{host}/bulk/imports", body, version=version)
    project.sleep(10)
    done = project.ask("GET", f"{host}/bulk/imports/{made['id']}")
    assert (done["status"], done["recordsImported"]) == ("Completed", 2)
    document = project.ask("GET", "/_emulator/snapshot")
    other = project_with(tmp_path)
    other.ask("PUT", "/_emulator/snapshot", document)
    assert other.ask("GET", "/_emulator/snapshot")["tables"] == document["tables"]


def test_a_sparse_row_without_values_is_refused_in_the_words_of_an_upsert(tmp_path: Path) -> None:
    empty: dict[str, list[float]] = {"indices": [], "values": []}
    write(tmp_path / "docs/2026-11/a/0.parquet", {"id": ["a"], "sparse_values": [empty]})
    project = project_with(tmp_path, vector_type="sparse")
    body = {"vectors": [{"id": "a", "sparseValues": empty}]}
    refused = project.ask("POST", project.host("docs") + "/vectors/upsert", body, expect=400)
    assert failure(project) == f"User error: a/0.parquet, row 0: {refused['message']}"

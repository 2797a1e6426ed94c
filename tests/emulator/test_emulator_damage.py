"""Damaged Parquet files: an import ends, in words, and the emulator goes on."""

from pathlib import Path

import pytest
from emulator.parquet_files import URI, counts, ended, failure, project_with, rows, write
from hypothesis import given, settings
from hypothesis import strategies as st

COLUMNS = {
    **rows(50),
    "sparse_values": [{"indices": [1, 2], "values": [1.0, 2.0]}] * 50,
    "metadata": ['{"a": 1}'] * 50,
}


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"x" * 1_000])
def test_bad_footer_is_refused(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "docs/2026-11/a"
    folder.mkdir(parents=True)
    (folder / "0.parquet").write_bytes(content)
    assert "The footer of 0.parquet cannot be read" in failure(project_with(tmp_path))


@pytest.mark.parametrize("on_error", ["abort", "continue"])
def test_file_that_breaks_off_inside_is_refused(tmp_path: Path, on_error: str) -> None:
    file = tmp_path / "docs/2026-11/a/0.parquet"
    write(file, rows(500))
    content = bytearray(file.read_bytes())
    content[4:200] = bytes(196)
    file.write_bytes(content)
    assert "0.parquet cannot be read to its end" in failure(project_with(tmp_path), URI, on_error)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bucket with one file of every column; tests that damage it put it right again."""
    folder = tmp_path_factory.mktemp("sound")
    write(folder / "docs/2026-11/a/0.parquet", COLUMNS)
    return folder


PLACES = st.floats(0, 1, exclude_max=True)


@settings(deadline=None)
@given(
    damage=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1)), max_size=9
    ),
    kept=st.just(1.0) | st.floats(0, 1),
    on_error=st.sampled_from(["abort", "continue"]),
)
def test_any_damage_ends_the_import_and_no_more(
    sound: Path, damage: list[tuple[float, bytes]], kept: float, on_error: str
) -> None:
    file = sound / "docs/2026-11/a/0.parquet"
    whole = file.read_bytes()
    content = bytearray(whole)
    for place, put in damage:
        at = int(place * len(content))
        content[at : at + len(put)] = put
    try:
        file.write_bytes(content[: int(kept * len(content))])
        project = project_with(sound, metric="dotproduct")
        done = ended(project, on_error=on_error)
    finally:
        file.write_bytes(whole)
    assert done["status"] in {"Completed", "Failed"}
    # Two rows of one id are one record.
    assert sum(counts(project).values()) <= done["recordsImported"] <= 50

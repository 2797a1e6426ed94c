"""Paths become bytes; whatever is no regular file of bearable size is refused, without hanging."""

import os
from pathlib import Path

import pytest

from reconciler.config.files import FileSet, read_files
from reconciler.config.limits import Limits


def references(read: FileSet) -> list[str]:
    assert all(problem.hint for problem in read.problems)
    return [problem.reference for problem in read.problems]


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(name.encode())


def test_folder_gives_its_yaml_files_sorted(tmp_path: Path) -> None:
    (tmp_path / "sub.d").mkdir()
    write(tmp_path, "b.yaml", "a.yml", "c.json", ".hidden.yaml", "sub.d/d.yaml")
    read = read_files([str(tmp_path)])
    assert [Path(name).name for name, _ in read.files] == ["a.yml", "b.yaml"]
    assert read.files[0][1] == b"a.yml"
    assert not read.problems


def test_names_are_shown_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "env").mkdir()
    write(tmp_path, "a.yaml", "env/b.yaml")
    monkeypatch.chdir(tmp_path)
    assert [name for name, _ in read_files([".", "env"]).files] == ["a.yaml", "env/b.yaml"]


def test_file_named_twice_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml")
    read = read_files([str(tmp_path), str(tmp_path / "a.yaml")])
    assert len(read.files) == 1
    assert not read.problems


def test_missing_paths_and_empty_folders_are_all_named(tmp_path: Path) -> None:
    read = read_files([str(tmp_path / "gone.yaml"), str(tmp_path), "nul\0.yaml"])
    assert references(read) == ["file-missing", "no-files", "file-unreadable"]
    assert [problem.source for problem in read.problems] == [None, None, None]
    assert "gone.yaml" in read.problems[0].summary


def test_no_paths_is_a_problem() -> None:
    assert references(read_files([])) == ["no-files"]


@pytest.mark.timeout(10)
def test_fifo_is_refused_without_hanging(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    write(tmp_path, "good.yaml")
    read = read_files([str(tmp_path)])
    assert references(read) == ["file-not-regular"]
    assert len(read.files) == 1


@pytest.mark.timeout(10)
@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero"])
def test_devices_are_refused(path: str) -> None:
    assert references(read_files([path])) == ["file-not-regular"]


def test_folder_with_the_name_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sub.yaml").mkdir()
    assert references(read_files([str(tmp_path)])) == ["file-not-regular"]


def test_link_may_lead_within_its_folder_only(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    write(tmp_path, "secret", "inside/data")
    (tmp_path / "inside/good.yaml").symlink_to("data")
    (tmp_path / "inside/bad.yaml").symlink_to("../secret")
    (tmp_path / "inside/gone.yaml").symlink_to("nothing")
    read = read_files([str(tmp_path / "inside")])
    assert [Path(name).name for name, _ in read.files] == ["good.yaml"]
    assert references(read) == ["file-unreadable", "file-missing"]
    assert references(read_files([str(tmp_path / "inside/bad.yaml")])) == ["file-unreadable"]


def test_sizes_have_an_end(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml", "c.yaml"):
        (tmp_path / name).write_bytes(b"x" * 10)
    paths = [str(tmp_path)]
    assert references(read_files(paths, Limits(file_bytes=9))) == ["file-too-large"] * 3
    assert references(read_files(paths, Limits(total_bytes=29))) == ["configuration-too-large"]
    assert references(read_files(paths, Limits(files=2))) == ["configuration-too-large"]
    assert references(read_files(paths, Limits(file_bytes=10, total_bytes=30, files=3))) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml")
    (tmp_path / "a.yaml").chmod(0)
    assert references(read_files([str(tmp_path)])) == ["file-unreadable"]

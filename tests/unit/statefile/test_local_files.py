"""The files of a LocalStore: whose they are, and which it must refuse."""

import asyncio
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from unit.statefile.opened import OTHER, open_store, take

from reconciler.errors import StateError
from reconciler.statefile.store import ORIGIN


def test_all_files_are_for_their_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    for mask in (0o000, 0o777):
        old = os.umask(mask)
        try:
            store = open_store(tmp_path / f"{mask}")
            take(store)
            store.append(store.compact(ORIGIN, {}), [{"n": 1}])
        finally:
            os.umask(old)
        modes = {
            found.name: stat.S_IMODE(found.stat().st_mode)
            for found in (tmp_path / f"{mask}").iterdir()
        }
        assert modes == {
            "default.json": 0o600,
            "default.json.journal": 0o600,
            "default.json.lock": 0o600,
        }


def test_files_that_were_opened_to_others_are_for_their_owner_only_again(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    lease = take(store)
    position = store.append(store.compact(ORIGIN, {}), [{"n": 1}])
    store.release(lease)
    for found in tmp_path.iterdir():
        found.chmod(0o666)
    again = open_store(tmp_path)
    take(again)
    again.compact(again.append(position, [{"n": 2}]), {})
    modes = {found.name: stat.S_IMODE(found.stat().st_mode) for found in tmp_path.iterdir()}
    assert modes == {"default.json": 0o600, "default.json.lock": 0o600}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", ["default.json", "default.json.journal", "default.json.lock"])
def test_a_file_without_rights_is_refused_with_a_hint_about_them(tmp_path: Path, name: str) -> None:
    store = open_store(tmp_path)
    lease = take(store)
    store.append(store.compact(ORIGIN, {}), [{"n": 1}])
    store.release(lease)
    (tmp_path / name).chmod(0)

    def take_and_load() -> None:
        again = open_store(tmp_path)
        take(again)
        again.load()

    with pytest.raises(StateError, match="Permission denied") as refused:
        take_and_load()
    assert "the right to read and write" in refused.value.diagnostics[0].hint


def as_folder(path: Path) -> None:
    path.mkdir()


def as_fifo(path: Path) -> None:
    os.mkfifo(path)


def as_symlink(path: Path) -> None:
    (path.parent / "target").write_bytes(b"{}")
    path.symlink_to("target")


def as_dangling_symlink(path: Path) -> None:
    path.symlink_to("nowhere")


def as_empty(path: Path) -> None:
    path.write_bytes(b"")


def as_rubbish(path: Path) -> None:
    path.write_bytes(b"\x00" * 4096)


@pytest.mark.parametrize("name", ["default.json", "default.json.journal"])
@pytest.mark.parametrize(
    "make", [as_folder, as_fifo, as_symlink, as_dangling_symlink, as_empty, as_rubbish]
)
@pytest.mark.timeout(20)
def test_a_file_that_cannot_be_state_is_refused_and_left_alone(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    make(tmp_path / name)
    before = (tmp_path / name).lstat()
    store = open_store(tmp_path)
    with pytest.raises(StateError) as refused:
        store.load()
    assert name in refused.value.diagnostics[0].summary
    assert refused.value.diagnostics[0].hint
    take(store)
    for write in (lambda: store.append(ORIGIN, [{"n": 1}]), lambda: store.compact(ORIGIN, {})):
        with pytest.raises(StateError):
            write()
    after = (tmp_path / name).lstat()
    assert (before.st_ino, before.st_size, before.st_mtime_ns, before.st_mode) == (
        after.st_ino,
        after.st_size,
        after.st_mtime_ns,
        after.st_mode,
    )
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("make", [as_folder, as_fifo, as_symlink, as_dangling_symlink])
@pytest.mark.timeout(20)
def test_a_lock_file_that_is_no_file_is_refused(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "default.json.lock")
    with pytest.raises(StateError, match=r"cannot lock .*default\.json\.lock"):
        take(open_store(tmp_path))
    assert not (tmp_path / "nowhere").exists()


def test_an_empty_state_is_never_a_state_without_entries(tmp_path: Path) -> None:
    as_empty(tmp_path / "default.json")
    with pytest.raises(StateError, match="is empty") as refused:
        open_store(tmp_path).load()
    assert refused.value.diagnostics[0].reference == "state-empty"
    assert "state rebuild" in refused.value.diagnostics[0].hint


def test_a_newer_state_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "default.json").write_bytes(b'{"format": 3, "log": []}\n')
    store = open_store(tmp_path)
    take(store)
    with pytest.raises(StateError, match="newer reconciler"):
        store.append(ORIGIN, [])
    assert (tmp_path / "default.json").read_bytes() == b'{"format": 3, "log": []}\n'


def test_a_folder_that_cannot_be_made_is_a_state_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StateError, match="cannot lock"):
        take(open_store(tmp_path / "file" / "state"))


def test_take_over_through_a_lock_file_that_is_no_file_is_refused(tmp_path: Path) -> None:
    as_symlink(tmp_path / "default.json.lock")
    with pytest.raises(StateError, match=r"cannot read .*lock: it is a symbolic link"):
        asyncio.run(open_store(tmp_path).take_over("lock-1", OTHER, []))

"""LocalDisk: what the kernel may do to a write, a sync and a lock."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from reconciler.statefile import disk as module
from reconciler.statefile.disk import LocalDisk

LIMIT = 1 << 20


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: real(fd, data[:3], at))
    path = str(tmp_path / "file")
    LocalDisk().write_new(path, b"0123456789")
    LocalDisk().append(path, b"abcdefg", 10)
    assert (tmp_path / "file").read_bytes() == b"0123456789abcdefg"


def test_a_write_that_takes_nothing_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "pwrite", lambda *_: 0)
    with pytest.raises(OSError, match="no more bytes"):
        LocalDisk().write_new(str(tmp_path / "file"), b"0123456789")


def test_a_failed_sync_is_an_error_and_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def failing(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 1:
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(module, "_sync_data", failing)
    with pytest.raises(OSError, match="Input/output"):
        LocalDisk().append(str(tmp_path / "file"), b"data", 0)
    assert len(calls) == 1


def test_append_and_new_files_are_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(module, "_sync_data", lambda fd: synced.append(os.fstat(fd).st_size))
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(os.fstat(fd).st_size))
    LocalDisk().write_new(str(tmp_path / "new"), b"12345")
    LocalDisk().append(str(tmp_path / "new"), b"678", 5)
    assert synced == [5, 8]


@pytest.mark.parametrize("at", [0, 3, 5])
def test_append_elsewhere_than_at_the_end_is_refused(tmp_path: Path, at: int) -> None:
    (tmp_path / "file").write_bytes(b"1234")
    with pytest.raises(OSError, match="ends at byte 4") as refused:
        LocalDisk().append(str(tmp_path / "file"), b"x", at)
    assert refused.value.errno == errno.ESTALE
    assert (tmp_path / "file").read_bytes() == b"1234"


def test_append_to_a_file_that_is_gone_is_refused_and_makes_none(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="gone") as refused:
        LocalDisk().append(str(tmp_path / "file"), b"x", 4)
    assert refused.value.errno == errno.ESTALE
    assert list(tmp_path.iterdir()) == []


def test_append_without_data_makes_what_is_there_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(module, "_sync_data", synced.append)
    (tmp_path / "file").write_bytes(b"1234")
    LocalDisk().append(str(tmp_path / "file"), b"", 4)
    assert len(synced) == 1


def test_a_new_file_never_replaces_one_or_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("file", "link"):
        with pytest.raises(FileExistsError):
            LocalDisk().write_new(str(tmp_path / name), b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert not (tmp_path / "nowhere").exists()


def test_reading_is_bounded_and_a_missing_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert LocalDisk().read(str(tmp_path / "file"), 5) == b"12345"
    with pytest.raises(OSError, match="larger than 4") as refused:
        LocalDisk().read(str(tmp_path / "file"), 4)
    assert refused.value.errno == errno.EFBIG
    assert LocalDisk().read(str(tmp_path / "none"), 4) is None
    assert LocalDisk().read(str(tmp_path / "none" / "none"), 4) is None


@pytest.mark.timeout(20)
def test_devices_and_fifos_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in ("/dev/zero", str(tmp_path / "fifo"), str(tmp_path)):
        with pytest.raises(OSError, match=r"not a regular file|is a folder"):
            LocalDisk().read(path, LIMIT)
        with pytest.raises(OSError, match=r"not a regular file|is a folder"):
            LocalDisk().append(path, b"x", 0)
        with pytest.raises(OSError, match=r"not a regular file|is a folder"):
            LocalDisk().append(path, b"x", 1)


def test_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for step in (
        lambda: LocalDisk().read(str(tmp_path / "file" / "x"), LIMIT),
        lambda: LocalDisk().append(str(tmp_path / "file" / "x"), b"x", 1),
    ):
        with pytest.raises(NotADirectoryError):
            step()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def failing(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", failing)
    with pytest.raises(OSError, match="the file system has no locks") as refused:
        LocalDisk().lock(str(tmp_path / "lock"), b"me")
    assert refused.value.errno == number


def test_another_failure_of_the_lock_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(fcntl, "flock", failing)
    with pytest.raises(OSError, match="Input/output"):
        LocalDisk().lock(str(tmp_path / "lock"), b"me")


def test_a_held_lock_shows_its_note_and_a_free_one_is_empty(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    held = LocalDisk().lock(path, b"first, with a long note")
    assert not isinstance(held, bytes)
    assert LocalDisk().lock(path, b"second") == b"first, with a long note"
    held.release()
    held.release()
    assert (tmp_path / "lock").read_bytes() == b""
    again = LocalDisk().lock(path, b"second")
    assert not isinstance(again, bytes)
    assert (tmp_path / "lock").read_bytes() == b"second"
    again.release()


def test_a_shorter_note_leaves_nothing_of_a_dead_holders_longer_one(tmp_path: Path) -> None:
    (tmp_path / "lock").write_bytes(b"a long note of a dead holder")
    held = LocalDisk().lock(str(tmp_path / "lock"), b"short")
    assert not isinstance(held, bytes)
    assert (tmp_path / "lock").read_bytes() == b"short"
    held.release()


@pytest.mark.parametrize("replaced", [False, True])
def test_a_lock_on_a_file_that_was_removed_meanwhile_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replaced: object
) -> None:
    real = fcntl.flock

    def racing(descriptor: int, operation: int) -> None:
        (tmp_path / "lock").unlink()
        if replaced:
            (tmp_path / "lock").write_bytes(b"")
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", racing)
    with pytest.raises(OSError, match="removed"):
        LocalDisk().lock(str(tmp_path / "lock"), b"me")


def test_descriptors_are_closed_and_not_inherited(tmp_path: Path) -> None:
    before = open_descriptors()
    disk = LocalDisk()
    path = str(tmp_path / "file")
    disk.write_new(path, b"1")
    disk.append(path, b"2", 1)
    disk.read(path, LIMIT)
    disk.sync_folder(str(tmp_path))
    for wrong in (str(tmp_path), "/dev/null"):
        with pytest.raises(OSError, match="it is"):
            disk.read(wrong, LIMIT)
    held = disk.lock(str(tmp_path / "lock"), b"me")
    assert not isinstance(held, bytes)
    new = open_descriptors() - before
    assert [os.get_inheritable(descriptor) for descriptor in new] == [False]
    held.release()
    assert open_descriptors() == before


def open_descriptors() -> set[int]:
    """All but the one that the listing itself needs."""
    listed = [int(found.name) for found in Path("/dev/fd").iterdir()]
    return {descriptor for descriptor in listed if is_open(descriptor)}


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def test_folders_are_made_with_their_parents_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    LocalDisk().make_folder(str(folder))
    LocalDisk().make_folder(str(folder))
    assert [found.stat().st_mode & 0o777 for found in (folder, folder.parent)] == [0o700, 0o700]
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="not a folder"):
        LocalDisk().make_folder(str(tmp_path / "file"))


def test_listing_names_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"")
    (tmp_path / "a").mkdir()
    assert LocalDisk().listing(str(tmp_path)) == ("a", "b")
    assert LocalDisk().listing(str(tmp_path / "none")) == ()


def test_removing_and_replacing(tmp_path: Path) -> None:
    disk = LocalDisk()
    (tmp_path / "a").write_bytes(b"new")
    (tmp_path / "b").write_bytes(b"old")
    disk.replace(str(tmp_path / "a"), str(tmp_path / "b"))
    assert (tmp_path / "b").read_bytes() == b"new"
    disk.remove(str(tmp_path / "b"))
    disk.remove(str(tmp_path / "b"))
    assert list(tmp_path.iterdir()) == []

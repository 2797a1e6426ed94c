"""A file that others read is the one before, or the whole new one, whatever comes between."""

import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.cli.whole import write_whole

BEFORE = "before\n"
AFTER = "after\n" * 10_000


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "backups.prom"
    path.write_text(BEFORE)
    return path


@contextmanager
def full_disk(most_bytes: int) -> Iterator[None]:
    """Let no file grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("most_bytes", [0, 4096])
def test_a_full_disk_leaves_the_file_of_before(target: Path, most_bytes: int) -> None:
    with full_disk(most_bytes), pytest.raises(OSError, match="File too large"):
        write_whole(str(target), AFTER)
    assert target.read_text() == BEFORE
    assert list(target.parent.iterdir()) == [target]


def test_an_interrupt_leaves_the_file_of_before(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(str(target), AFTER)
    assert target.read_text() == BEFORE
    assert list(target.parent.iterdir()) == [target]


def test_rights_and_links_stay_and_a_new_file_has_those_of_the_umask(target: Path) -> None:
    target.chmod(0o640)
    link = target.with_name("link.prom")
    link.symlink_to(target)
    write_whole(str(link), AFTER)
    assert link.is_symlink()
    assert target.read_text() == AFTER
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    new = target.with_name("new.prom")
    before = os.umask(0o027)
    try:
        write_whole(str(new), AFTER)
    finally:
        os.umask(before)
    assert stat.S_IMODE(new.stat().st_mode) == 0o640


def test_what_is_no_file_is_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        with pytest.raises(OSError, match="not a regular file"):
            write_whole(str(path), AFTER)
    assert stat.S_ISFIFO(pipe.stat().st_mode)

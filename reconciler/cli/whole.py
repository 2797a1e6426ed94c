"""Writes a file that others read at any moment: they see the one before, or the whole new one."""

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path
from typing import Final

_ANYBODY: Final = 0o666  # less the umask


def write_whole(path: str, text: str) -> None:
    """Put a text in place of what is there, with the rights that it has; raises OSError.

    A full disk or an interrupt leaves the file of before, and nothing beside it. A link is
    followed, and what is no file (a device, a pipe) is not replaced.
    """
    target = Path(os.path.realpath(path))
    mode = _mode(target, path)
    temporary = target.with_name(f"{target.name}.tmp-{secrets.token_hex(8)}")
    try:
        _write_new(temporary, text.encode(), mode)
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _mode(target: Path, path: str) -> int | None:
    """Give the rights of the file that is there; None where there is none."""
    try:
        there = target.stat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(there):
        raise OSError(errno.EINVAL, "it is not a regular file", path)
    return stat.S_IMODE(there)


def _write_new(path: Path, data: bytes, mode: int | None) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _ANYBODY)
    with os.fdopen(descriptor, "wb") as file:
        if mode is not None:
            os.fchmod(descriptor, mode)
        file.write(data)
        file.flush()
        os.fsync(descriptor)

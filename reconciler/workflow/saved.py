"""Moves the bytes of saved plans: written whole or not at all, read with a limit."""

import contextlib
import hashlib
from pathlib import PurePath

from reconciler.errors import PlanFileError, StalePlanError
from reconciler.model.ports import Disk, Ports

MOST_BYTES = 256 * 1024 * 1024


def write_plan(ports: Ports, path: str, data: bytes, state_path: str) -> None:
    """Put a saved plan in place, 0600, in the stead of any file there; raises PlanFileError.

    What is there is read first: a link, a folder or a device is never replaced.
    """
    if PurePath(path) == PurePath(state_path):
        raise PlanFileError.of(
            "plan-not-saved", f"{path} is where state is kept", "name another file for the plan"
        )
    temporary = f"{path}.tmp-{ports.random.take(8).hex()}"
    try:
        ports.disk.read(path, MOST_BYTES)
        _write_whole(ports.disk, temporary, path, data)
    except OSError as error:
        with contextlib.suppress(OSError):
            ports.disk.remove(temporary)
        raise _failed(error, "plan-not-saved", f"save the plan to {path}") from error


def read_plan(disk: Disk, path: str) -> bytes:
    """Read a saved plan's bytes; raises PlanFileError."""
    try:
        data = disk.read(path, MOST_BYTES)
    except OSError as error:
        raise _failed(error, "plan-unreadable", f"read the plan {path}") from error
    if data is None:
        hint = "reconciler plan --out FILE makes one"
        raise PlanFileError.of("plan-unreadable", f"there is no plan at {path}", hint)
    return data


def sha256(data: bytes) -> str:
    """Give the number by which a reviewer names the very bytes that may be applied."""
    return hashlib.sha256(data).hexdigest()


def insist_on(data: bytes, path: str, wanted: str) -> None:
    """Refuse another file than the one that was reviewed; raises StalePlanError."""
    found = sha256(data)
    if found != wanted.lower():
        raise StalePlanError.of(
            "plan-sha256",
            f"{path} is not the plan that was reviewed: its SHA-256 is {found}",
            "take the file that was reviewed, or plan again and have that plan reviewed",
        )


def _write_whole(disk: Disk, temporary: str, path: str, data: bytes) -> None:
    disk.write_new(temporary, data)
    disk.replace(temporary, path)
    disk.sync_folder(str(PurePath(path).parent))


def _failed(error: OSError, reference: str, doing: str) -> PlanFileError:
    cause = error.strerror or type(error).__name__
    return PlanFileError.of(reference, f"cannot {doing}: {cause}", "check the path and its rights")

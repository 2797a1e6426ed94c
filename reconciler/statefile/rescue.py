"""Keeps what could not be saved: beside the state, else among temporary files, else in an error."""

import contextlib
from collections.abc import Sequence
from pathlib import PurePath

from reconciler.errors import StateError, UnsavedError
from reconciler.model.ports import Disk
from reconciler.model.values import Fields
from reconciler.statefile import failures
from reconciler.statefile.codec import emergency


def rescue(
    disk: Disk, failure: StateError, records: Sequence[Fields], places: Sequence[str]
) -> UnsavedError:
    """Write records to the first of `places` that takes them; the error to raise says which."""
    data = emergency(records)
    kept = next((place for place in places if _written(disk, place, data)), None)
    return failures.unsaved(failure, len(records), kept, data.decode("ascii"))


def _written(disk: Disk, path: str, data: bytes) -> bool:
    """Write a new file durably; what a failure leaves of it is removed, as far as that goes."""
    try:
        disk.write_new(path, data)
        disk.sync_folder(str(PurePath(path).parent))
    except OSError:
        with contextlib.suppress(OSError):
            disk.remove(path)
        return False
    return True

"""How an import looks in an answer."""

from collections.abc import Mapping

from reconciler.emulator.clock import timestamp
from reconciler.emulator.jobs import percent, rows_so_far
from reconciler.emulator.loading import good_rows
from reconciler.emulator.loads import Import, ImportEnd, Reading
from reconciler.emulator.wire import Version


def import_model(load: Import, now: int, version: Version) -> Mapping[str, object]:
    """Write an ImportModel; since 2026-07 it tells how many rows were fit to be loaded."""
    known = {"id": load.id, "uri": load.uri, "createdAt": timestamp(load.created_at)}
    validated = _validated(load.reading) if load.reading and version.is_last else {}
    standing = _running(load, now) if load.end is None else _ended(load.end)
    return {**known, **standing, **validated}


def _running(load: Import, now: int) -> Mapping[str, object]:
    # One that is to begin, and whose files are not read yet, has not come to any row either.
    if now < load.begins_at or load.reading is None:
        return {"status": "Pending", "percentComplete": 0.0, "recordsImported": 0}
    return {
        "status": "InProgress",
        "percentComplete": percent(load.begins_at, load.ends_at, now),
        "recordsImported": good_rows(load.reading, rows_so_far(load, now)),
    }


def _ended(end: ImportEnd) -> Mapping[str, object]:
    return {
        "status": end.status,
        "finishedAt": timestamp(end.at),
        "percentComplete": end.percent,
        "recordsImported": end.records,
        **({} if end.error is None else {"error": end.error}),
    }


def _validated(reading: Reading) -> Mapping[str, object]:
    checked = reading.rows if reading.error is None else reading.bad[-1] + 1
    counts = {"importSuccesses": good_rows(reading, checked), "importErrors": len(reading.bad)}
    return {"validationResult": counts}

"""Jobs in progress: how far they are at a moment, and what an import does when its moments come.

Progress is worked out from the clock, never stored, so a describe after an advanced clock shows
exactly what one at that time would have shown.
"""

import hashlib
from dataclasses import replace

from reconciler.emulator.records import Record, pack, pack_sparse
from reconciler.emulator.store import Due, Import, ImportEnd, Index, Store
from reconciler.emulator.vectors import made_up_values

IMPORTED_RECORDS = 1_000
_ALMOST_PERCENT = 99.9


def settle(store: Store, now: int) -> None:
    """Let every import that is due begin or end, in order of time."""
    while (due := store.next_due(now)) is not None:
        _reach(store, due)


def percent(begins_at: int, ends_at: int, now: int) -> float:
    """Return how far a job is, in percent: 100 only when its end has come."""
    if now >= ends_at:
        return 100.0
    share = max(now - begins_at, 0) / (ends_at - begins_at)
    return min(round(share * 100, 1), _ALMOST_PERCENT)


def imported_so_far(load: Import, now: int) -> int:
    """Return how many records a running import has read."""
    return int(IMPORTED_RECORDS * percent(load.begins_at, load.ends_at, now) / 100)


def finish(store: Store, index: Index, load: Import, end: ImportEnd) -> None:
    """End an import, and put what it had read into the index, so that counts never lie."""
    if end.records:
        store.vectors[index.id].put(load.namespace, _made_up(index, load.uri, end.records))
    store.imports[index.id][load.id] = replace(load, end=end)


def _reach(store: Store, due: Due) -> None:
    load = store.imports.get(due.index_id, {}).get(due.import_id)
    if load is None or load.end is not None:
        return
    index = next(index for index in store.indexes.values() if index.id == due.index_id)
    if store.vectors[index.id].namespace(load.namespace):
        error = (
            f'User error: The namespace "{load.namespace}" already exists. '
            "Imports are only allowed into nonexistent namespaces."
        )
        finish(store, index, load, ImportEnd("Failed", due.at, 0, error))
    elif due.at >= load.ends_at and load.fails:
        error = "User error: a file of the import could not be read to its end."
        finish(store, index, load, ImportEnd("Failed", due.at, IMPORTED_RECORDS // 2, error))
    elif due.at >= load.ends_at:
        finish(store, index, load, ImportEnd("Completed", due.at, IMPORTED_RECORDS))


def _made_up(index: Index, uri: str, count: int) -> tuple[Record, ...]:
    seed = int.from_bytes(hashlib.sha256(uri.encode("utf-8", "replace")).digest()[:4], "big")
    # Few numbers make a sparse vector: it names its places, where a dense one fills them all.
    made_up = made_up_values(seed, count, index.dimension or 4)
    if index.dimension is not None:
        return tuple(Record(f"record-{n:04}", pack(values)) for n, values in enumerate(made_up))
    return tuple(
        Record(f"record-{n:04}", b"", pack_sparse((n, n + 3, n + 7, n + 12), values))
        for n, values in enumerate(made_up)
    )

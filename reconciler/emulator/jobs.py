"""Jobs in progress: how far they are at a moment, and what an import does when its moments come.

Progress is worked out from the clock, never stored, so a describe after an advanced clock shows
exactly what one at that time would have shown.
"""

from collections.abc import Generator, Iterable
from dataclasses import replace
from typing import Literal

from reconciler.emulator.buckets import Buckets, ImportRefused
from reconciler.emulator.loading import MADE_UP_ROWS, MadeUp, find, good_rows, read
from reconciler.emulator.loads import Import, ImportEnd, Reading, Staged
from reconciler.emulator.readers import Reader
from reconciler.emulator.store import Due, Index, Store
from reconciler.emulator.vectors import Vectors, stored_namespace
from reconciler.emulator.wire import Site

_ALMOST_PERCENT = 99.9


def settle(store: Store, now: int, site: Site) -> None:
    """Let every import that is due begin or end, in order of time."""
    for index_id, import_id in _read_by_now(store):
        store.schedule(now, index_id, import_id)
    while (due := store.next_due(now)) is not None:
        load = store.imports.get(due.index_id, {}).get(due.import_id)
        if load is not None and load.end is None:
            index = next(index for index in store.indexes.values() if index.id == due.index_id)
            _reach(store, index, load, due, site)


def is_reading(store: Store) -> bool:
    """Whether the files of an import wait to be read on."""
    return any(not reader.is_done for reader in store.readers.values())


def read_on(store: Store) -> None:
    """Read a slice for the import that has waited longest."""
    for reader in store.readers.values():
        if not reader.is_done:
            reader.read_on()
            return


def percent(begins_at: int, ends_at: int, now: int) -> float:
    """Return how far a job is, in percent: 100 only when its end has come."""
    if now >= ends_at:
        return 100.0
    share = max(now - begins_at, 0) / (ends_at - begins_at)
    return min(round(share * 100, 1), _ALMOST_PERCENT)


def rows_so_far(load: Import, now: int) -> int:
    """Return how many rows a running import has come to; those that are bad count too."""
    reading = load.reading
    if reading is None:
        return 0
    rows = int(reading.rows * percent(load.begins_at, load.ends_at, now) / 100)
    return rows if reading.error is None else min(rows, reading.bad[-1])


def finish(store: Store, index: Index, load: Import, rows: int, end: ImportEnd) -> None:
    """End an import, and put the rows it came to into the index, so that counts never lie."""
    staged = store.unstage(index.id, load.id)
    if staged is not None and rows:
        for namespace, records in staged.first(rows):
            store.vectors[index.id].put(namespace, records)
    store.imports[index.id][load.id] = replace(load, end=end)


def end_of(
    load: Import, status: Literal["Completed", "Failed", "Cancelled"], at: int, rows: int
) -> ImportEnd:
    """Return the end of an import that came to so many rows."""
    reading = load.reading or Reading(MADE_UP_ROWS)
    return ImportEnd(status, at, good_rows(reading, rows), percent=100 * rows / reading.rows)


def _read_by_now(store: Store) -> list[tuple[str, str]]:
    return [key for key, reader in store.readers.items() if reader.is_done]


def _reach(store: Store, index: Index, load: Import, due: Due, site: Site) -> None:
    try:
        staged = _staged(store, index, load, site)
        if staged is None:
            # One that was resumed with its project is read once more.
            store.imports[index.id][load.id] = replace(load, reading=None)
            return
        _refuse_existing(store.vectors[index.id], staged.namespaces)
    except ImportRefused as refused:
        end = replace(end_of(load, "Failed", due.at, 0), error=str(refused))
        finish(store, index, load, 0, end)
        return
    if load.reading is not staged.reading:
        load = replace(load, reading=staged.reading)
        store.imports[index.id][load.id] = load
        store.schedule(_ends_at(load), index.id, load.id)
    if due.at >= _ends_at(load):
        _end(store, index, load, staged.reading, due.at)


def _ends_at(load: Import) -> int:
    """Return when an import ends: at its end, or at the row that it cannot get over."""
    reading = load.reading
    if reading is None or reading.error is None:
        return load.ends_at
    share = (reading.bad[-1] + 1) / reading.rows
    return load.begins_at + round((load.ends_at - load.begins_at) * share)


def _end(store: Store, index: Index, load: Import, reading: Reading, at: int) -> None:
    rows, error = reading.rows, reading.error
    if error is not None:
        rows = reading.bad[-1]
    elif load.fails:
        rows //= 2
        error = "User error: a file of the import could not be read to its end."
    elif not good_rows(reading, rows):
        error = "User error: No vectors added: no row of the files is a record."
    end = end_of(load, "Completed" if error is None else "Failed", at, rows)
    finish(store, index, load, rows, replace(end, error=error))


def _staged(store: Store, index: Index, load: Import, site: Site) -> Staged | None:
    """Return what an import has read, or None while it is read; raises ImportRefused."""
    key = (index.id, load.id)
    if key in store.staged:
        return store.staged[key]
    if key not in store.readers:
        reader = Reader(_slices(store.vectors[index.id], index, load, site.buckets))
        store.readers[key] = reader
        reader.read_on()
    reader = store.readers[key]
    while not (reader.is_done or site.reads_in_slices):
        reader.read_on()
    if not reader.is_done:
        return None
    del store.readers[key]
    staged = store.staged[key] = reader.result()
    return staged


def _slices(
    vectors: Vectors, index: Index, load: Import, buckets: Buckets
) -> Generator[None, None, Staged]:
    files = find(load, buckets)
    if files is None:
        made_up = MadeUp(Reading(MADE_UP_ROWS), index, load.uri)
        _refuse_existing(vectors, made_up.namespaces)
        return made_up
    _refuse_existing(vectors, map(stored_namespace, files))
    return (yield from read(load, index, files))


def _refuse_existing(vectors: Vectors, namespaces: Iterable[str]) -> None:
    for name in namespaces:
        if vectors.namespace(name) or (name and name in vectors):
            raise ImportRefused(
                f'The namespace "{name or "__default__"}" already exists. '
                "Imports are only allowed into nonexistent namespaces."
            )

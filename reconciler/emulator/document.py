"""The whole project as one JSON document, with its vectors, and back.

Indexes, backups and restored indexes share tables of records. Each of them is in the document once,
and whoever holds it names its place in the list.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise

from reconciler.emulator.bodies import as_object, refuse_unknown, required_text, whole_number
from reconciler.emulator.clock import LAST_MOMENT
from reconciler.emulator.codec import Codec
from reconciler.emulator.errors import invalid
from reconciler.emulator.loads import Import
from reconciler.emulator.records import Record, Sparse, Table, shortest, whole
from reconciler.emulator.routes.index_specs import METRICS, MOST_DIMENSIONS
from reconciler.emulator.shapes.backup_schedules import schedule_model
from reconciler.emulator.shapes.backups import backup_model
from reconciler.emulator.shapes.collections import collection_model
from reconciler.emulator.shapes.imports import import_model
from reconciler.emulator.shapes.indexes import index_model
from reconciler.emulator.shapes.restore_jobs import restore_job_model
from reconciler.emulator.shelves import read_shelves, shelves, stocked
from reconciler.emulator.store import Index, Store
from reconciler.emulator.vector_bodies import read_dense, read_metadata, read_sparse, record_id
from reconciler.emulator.wire import Site, Version

_FORMAT = "reconciler-emulator-1"
_KEYS = ("format", "now", "objects", "tables")
_RECORD_KEYS = ("id", "values", "sparseValues", "metadata")
_MOST_SPARSE = 2**32


def written(store: Store, now: int) -> Mapping[str, object]:
    """Write a project down as it is at a moment."""
    places: dict[int, int] = {}
    tables: list[Table] = []

    def number_of(table: Table) -> int:
        if id(table) not in places:
            places[id(table)] = len(tables)
            tables.append(table)
        return places[id(table)]

    codec = Codec(number_of, tables.__getitem__)
    return {
        "format": _FORMAT,
        "now": now,
        "objects": codec.plain(shelves(store)),
        "tables": [[_shown(record) for record in table.values()] for table in tables],
    }


def read(sent: Mapping[str, object]) -> tuple[Store, int]:
    """Read a project and the moment it was written at; raises Refusal that names the place."""
    refuse_unknown(sent, _KEYS, "A snapshot")
    if sent.get("format") != _FORMAT:
        raise invalid(f"format must be {_FORMAT}")
    now = whole_number(sent.get("now"), "now", 0, LAST_MOMENT)
    tables = [
        _table(each, f"tables[{place}]")
        for place, each in enumerate(_listed(sent.get("tables"), "tables"))
    ]
    codec = Codec(_unused, tables.__getitem__)
    return stocked(read_shelves(codec, as_object(sent.get("objects"), "objects"))), now


def check(store: Store, site: Site, now: int) -> None:
    """Make sure that every version can show what was read; raises Refusal that names the place.

    A document may be of the right form and still hold, say, an index that runs nowhere.
    """
    for what, index in _sources(store):
        _check_vectors(index, what)
    for what, load in _loads(store):
        _check_reading(load, what)
    for version in Version:
        for what, show in _shows(store, version, site, now):
            _check(show, what)


def _shows(
    store: Store, version: Version, site: Site, now: int
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Give how everything is shown that a client can ask for."""
    for index in store.indexes.values():
        yield f"indexes.{index.name}", partial(index_model, index, version, site, now)
    for backup in store.backups.values():
        yield f"backups.{backup.id}", partial(backup_model, backup, version, site, now, None)
    for schedule in store.schedules.values():
        yield f"schedules.{schedule.id}", partial(schedule_model, schedule, site)
        # Nothing shows the index that a run will look for.
        yield f"schedules.{schedule.id}", partial(store.indexes.__getitem__, schedule.index_name)
    for job in store.jobs.values():
        yield f"restore_jobs.{job.id}", partial(restore_job_model, job, version, now)
    for collection in store.collections.values():
        yield f"collections.{collection.name}", partial(collection_model, collection, now)
    for what, load in _loads(store):
        yield what, partial(import_model, load, now, version)


def _sources(store: Store) -> Iterator[tuple[str, Index]]:
    """Give every index, those that copies were taken of too: a restore makes one of them."""
    for index in store.indexes.values():
        yield f"indexes.{index.name}", index
    for backup in store.backups.values():
        yield f"backups.{backup.id}.source", backup.source
    for collection in store.collections.values():
        yield f"collections.{collection.name}.source", collection.source


def _loads(store: Store) -> Iterator[tuple[str, Import]]:
    for index_id, loads in store.imports.items():
        for load in loads.values():
            yield f"imports.{index_id}/{load.id}", load


def _check_vectors(index: Index, what: str) -> None:
    """Make sure that an index can be searched; raises Refusal."""
    if index.metric not in METRICS:
        raise invalid(f"{what}.metric must be one of {', '.join(METRICS)}")
    if index.dimension is not None:
        whole_number(index.dimension, f"{what}.dimension", 1, MOST_DIMENSIONS)


def _check_reading(load: Import, what: str) -> None:
    """Make sure that what an import has found in its files can be counted; raises Refusal."""
    reading = load.reading
    if reading is None:
        return
    places = (-1, *reading.bad, reading.rows)
    rising = all(before < after for before, after in pairwise(places))
    if reading.rows < 1 or not rising or (reading.error is not None and not reading.bad):
        raise invalid(f"{what}.reading must have rows, and bad ones among them in their order")


def _check(show: Callable[[], object], what: str) -> None:
    try:
        show()
    except (ArithmeticError, LookupError, StopIteration, TypeError, ValueError) as error:
        raise invalid(f"{what} makes no sense: {error!r}") from None


def _unused(table: Table) -> int:
    raise AssertionError(table)


def _listed(value: object, what: str) -> Sequence[object]:
    if not isinstance(value, list):
        raise invalid(f"{what} must be a list")
    return value


def _table(sent: object, what: str) -> Table:
    table = Table()
    for each in _listed(sent, what):
        table.put(_read(as_object(each, f"a record of {what}")))
    return table


def _shown(record: Record) -> Mapping[str, object]:
    shown: dict[str, object] = {"id": record.id}
    if record.dense:
        shown["values"] = list(shortest(record.dense))
    if record.sparse is not None:
        shown["sparseValues"] = _sparse(record.sparse)
    if record.metadata is not None:
        shown["metadata"] = dict(record.metadata)
    return shown


def _sparse(sparse: Sparse) -> Mapping[str, object]:
    return {"indices": list(whole(sparse.indices)), "values": list(shortest(sparse.values))}


def _read(fields: Mapping[str, object]) -> Record:
    refuse_unknown(fields, _RECORD_KEYS, "A record")
    sparse = metadata = None
    if "sparseValues" in fields:
        sparse = read_sparse(as_object(fields["sparseValues"], "sparseValues"), _MOST_SPARSE)
    if "metadata" in fields:
        metadata = read_metadata(as_object(fields["metadata"], "metadata"))
    dense = read_dense(fields.get("values", []), "values")
    return Record(record_id(required_text(fields, "id")), dense, sparse, metadata)

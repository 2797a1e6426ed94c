"""The shelves: everything that a store holds, by kind and key, and a store made of it again.

Whoever keeps a project - as a document or in a database - goes through here, so that there is one
list of what there is to keep.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from reconciler.emulator.bodies import as_object
from reconciler.emulator.codec import Codec
from reconciler.emulator.errors import invalid
from reconciler.emulator.loads import Import
from reconciler.emulator.schedules import Schedule
from reconciler.emulator.store import Backup, Collection, Index, RestoreJob, Store
from reconciler.emulator.vectors import Snapshot, Vectors

Shelves = Mapping[str, Mapping[str, Any]]

_KINDS: Mapping[str, type] = MappingProxyType(
    {
        "indexes": Index,
        "records": Snapshot,
        "backups": Backup,
        "schedules": Schedule,
        "restore_jobs": RestoreJob,
        "collections": Collection,
        "imports": Import,
        "deleted_indexes": int,
    }
)


def shelves(store: Store) -> Shelves:
    """Return all objects of a store; a change puts another object in the place of the one before.

    The records of indexes are shared from here on, so that a later write leaves these as they are.
    """
    return {
        "indexes": store.indexes,
        "records": {index_id: held.snapshot() for index_id, held in store.vectors.items()},
        "backups": store.backups,
        "schedules": store.schedules,
        "restore_jobs": store.jobs,
        "collections": store.collections,
        "imports": _flat(store.imports),
        "deleted_indexes": _flat(store.former),
    }


def read_shelves(codec: Codec, sent: Mapping[str, object]) -> Shelves:
    """Read what was on the shelves; raises Refusal."""
    unknown = sorted(sent.keys() - _KINDS.keys())
    if unknown:
        raise invalid(f"objects has no {', '.join(unknown)}")
    return {
        name: {
            key: codec.read(kind, value, f"{name}.{key}")
            for key, value in _fields(sent, name).items()
        }
        for name, kind in _KINDS.items()
    }


def stocked(held: Shelves) -> Store:
    """Make a store of what was on the shelves; raises Refusal where it does not fit together."""
    store = Store()
    for index in held["indexes"].values():
        if index.id not in held["records"]:
            raise invalid(f"there are no records of index {index.id}")
        store.add_index(index, Vectors(held["records"][index.id]))
    # The lists are by time, and a document may have been sorted by something else.
    for backup in sorted(held["backups"].values(), key=_age):
        store.add_backup(backup)
    for job in sorted(held["restore_jobs"].values(), key=_age):
        store.add_job(job)
    for schedule in held["schedules"].values():
        store.put_schedule(schedule)
    store.collections.update(held["collections"])
    for key, at in held["deleted_indexes"].items():
        name, _, index_id = key.partition("/")
        store.former.setdefault(name, {})[index_id] = at
    for key, load in held["imports"].items():
        index_id, _, import_id = key.partition("/")
        _resume(store, index_id, import_id, load)
    return store


def _fields(sent: Mapping[str, object], name: str) -> Mapping[str, object]:
    return as_object(sent.get(name, {}), name)


def _flat(held: Mapping[str, Mapping[str, object]]) -> Mapping[str, object]:
    return {
        f"{outer}/{inner}": each for outer, inners in held.items() for inner, each in inners.items()
    }


def _age(made: Backup | RestoreJob) -> int:
    return made.created_at


def _resume(store: Store, index_id: str, import_id: str, load: Import) -> None:
    if index_id not in store.imports:
        raise invalid(f"imports.{index_id}/{import_id} is of no index in the document")
    store.imports[index_id][import_id] = load
    if load.end is None:
        for at in (load.begins_at, load.ends_at):
            store.schedule(at, index_id, import_id)

"""Vectors on an index's host, by id or by metadata: upsert, fetch, update, delete."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.emulator.bodies import as_object, read_object, required_text, switch
from reconciler.emulator.errors import invalid, malformed, not_found
from reconciler.emulator.filters import read_filter
from reconciler.emulator.records import Record, Table
from reconciler.emulator.routes.hosts import asked_namespace, hosted, namespace_of
from reconciler.emulator.shapes.vectors import ONE_READ, stored
from reconciler.emulator.store import Index, Store
from reconciler.emulator.vector_bodies import (
    LONGEST_ID,
    check_fit,
    read_dense,
    read_metadata,
    read_record,
    read_sparse,
)
from reconciler.emulator.wire import Answer, Ask, Version

_MOST_AT_ONCE = 1_000


def upsert_vectors(store: Store, ask: Ask) -> Answer:
    """Write vectors into a namespace. API: upsertVectors, POST /vectors/upsert."""
    index = hosted(store, ask)
    fields = read_object(ask.body)
    _, namespace = namespace_of(fields)
    sent = fields.get("vectors")
    if not isinstance(sent, list):
        raise malformed("vectors must be a list.")
    if not 1 <= len(sent) <= _MOST_AT_ONCE:
        raise invalid(f"vectors must be a list of 1 to {_MOST_AT_ONCE} vectors.")
    most = most_sparse_values(ask.version)
    records = [read_record(as_object(each, "A vector"), index, most) for each in sent]
    store.vectors[index.id].put(namespace, records)
    return Answer(200, {"upsertedCount": len(records)}, changed=index.name)


def fetch_vectors(store: Store, ask: Ask) -> Answer:
    """Read vectors by id. API: fetchVectors, GET /vectors/fetch."""
    index = hosted(store, ask)
    wanted = ask.query.get("ids", ())
    if not wanted or not all(wanted):
        raise invalid("ids must name at least one vector.")
    if len(wanted) > _MOST_AT_ONCE:
        raise invalid(f"ids must name at most {_MOST_AT_ONCE} vectors.")
    sent, namespace = asked_namespace(ask)
    held = store.vectors[index.id].namespace(namespace)
    found = {each: stored(held[each]) for each in wanted if each in held}
    return Answer(200, {"vectors": found, "namespace": sent, "usage": ONE_READ})


def update_vector(store: Store, ask: Ask) -> Answer:
    """Change one vector by id, or since 2025-10 the metadata of many by a filter.

    API: updateVector, POST /vectors/update. An id that is not there changes nothing and is no
    error.
    """
    index = hosted(store, ask)
    fields = read_object(ask.body)
    _, namespace = namespace_of(fields)
    if "filter" in fields and not ask.version.is_first:
        return _update_many(store, index, namespace, fields)
    identifier = required_text(fields, "id", LONGEST_ID)
    change = _changes(fields, ask.version)
    before = store.vectors[index.id].namespace(namespace).get(identifier)
    if before is None:
        return Answer(200, {})
    after = _changed(before, change)
    check_fit(after, index)
    if after != before:
        store.vectors[index.id].put(namespace, [after])
    return Answer(200, {}, changed=None if after == before else index.name)


def delete_vectors(store: Store, ask: Ask) -> Answer:
    """Delete vectors by id, by a filter, or all. API: deleteVectors, POST /vectors/delete."""
    index = hosted(store, ask)
    fields = read_object(ask.body)
    _, namespace = namespace_of(fields)
    everything = "deleteAll" in fields and switch(fields["deleteAll"], "deleteAll")
    if everything + ("ids" in fields) + ("filter" in fields) != 1:
        raise invalid("Exactly one of ids, filter and deleteAll must be given.")
    vectors = store.vectors[index.id]
    table = vectors.namespace(namespace)
    gone: Iterable[str]
    if everything:
        gone = tuple(table)
    elif "ids" in fields:
        gone = _ids(fields["ids"])
    else:
        gone = [each.id for each in _matching(table, fields["filter"])]
    if namespace not in vectors:
        raise not_found("Namespace not found")
    count = vectors.remove(namespace, gone)
    return Answer(200, {}, changed=index.name if count else None)


def most_sparse_values(version: Version) -> int:
    """Return how many values a sparse vector may have in a version."""
    return 2_048 if version.is_last else 1_000


def _update_many(
    store: Store, index: Index, namespace: str, fields: Mapping[str, object]
) -> Answer:
    for key in ("id", "values", "sparseValues"):
        if key in fields:
            raise invalid(f"{key} must not be given beside a filter.")
    dry = switch(fields.get("dryRun", False), "dryRun")
    change = _changes(fields, Version.V2025_10)
    vectors = store.vectors[index.id]
    matching = _matching(vectors.namespace(namespace), fields["filter"])
    if matching and not dry:
        vectors.put(namespace, [_changed(each, change) for each in matching])
    changed = index.name if matching and not dry else None
    return Answer(200, {"matchedRecords": len(matching)}, changed=changed)


def _changes(fields: Mapping[str, object], version: Version) -> Mapping[str, object]:
    change: dict[str, object] = {}
    if "values" in fields:
        change["dense"] = read_dense(fields["values"], "values")
    if "sparseValues" in fields:
        sent = as_object(fields["sparseValues"], "sparseValues")
        change["sparse"] = read_sparse(sent, most_sparse_values(version))
    if "setMetadata" in fields:
        change["metadata"] = read_metadata(as_object(fields["setMetadata"], "setMetadata"))
    return change


def _changed(record: Record, change: Mapping[str, object]) -> Record:
    merged = dict(change)
    if "metadata" in change:
        # The whole must still be within the limit, not only what is set.
        set_now = as_object(change["metadata"], "setMetadata")
        merged["metadata"] = read_metadata({**(record.metadata or {}), **set_now})
    # arg-type: _changes put a value of the field's own type under each name
    return replace(record, **merged)  # type: ignore[arg-type]


def _ids(sent: object) -> list[str]:
    if not isinstance(sent, list) or not all(isinstance(each, str) for each in sent):
        raise malformed("ids must be a list of strings.")
    if not 1 <= len(sent) <= _MOST_AT_ONCE:
        raise invalid(f"ids must be a list of 1 to {_MOST_AT_ONCE} ids.")
    return sent


def _matching(table: Table, sent: object) -> list[Record]:
    fields = as_object(sent, "filter")
    if not fields:
        raise invalid("filter must hold at least one condition.")
    test = read_filter(fields)
    return [record for record in table.values() if test(record.metadata or {})]

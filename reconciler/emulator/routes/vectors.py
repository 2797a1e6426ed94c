"""Vectors on an index's host: upsert, fetch and the counts.

An index that is still being made answers 404, as a new host does for a while on the real service: a
client that does not wait for Ready must fail here, not read a count of zero.
"""

from collections.abc import Mapping

from reconciler.emulator.bodies import (
    as_object,
    number,
    read_object,
    required_text,
    text,
    whole_number,
)
from reconciler.emulator.clock import microseconds
from reconciler.emulator.errors import invalid, not_found
from reconciler.emulator.store import Index, Store
from reconciler.emulator.vectors import Record, record
from reconciler.emulator.wire import Answer, Ask

_MOST_VECTORS = 1_000
_MOST_SPARSE_VALUES = 1_000
_LONGEST_ID = 512
_LARGEST_SPARSE_INDEX = 2**32 - 1
_DEFAULT_NAMESPACE = "__default__"


def upsert_vectors(store: Store, ask: Ask) -> Answer:
    """Write vectors into a namespace. API: upsertVectors, POST /vectors/upsert."""
    index = hosted(store, ask)
    fields = read_object(ask.body)
    namespace = stored_namespace(text(fields, "namespace") or "")
    sent = fields.get("vectors")
    if not isinstance(sent, list) or not 1 <= len(sent) <= _MOST_VECTORS:
        raise invalid(f"vectors must be a list of 1 to {_MOST_VECTORS} vectors.")
    records = [_record(as_object(each, "A vector"), index) for each in sent]
    store.vectors[index.id].put(namespace, records)
    return Answer(200, {"upsertedCount": len(records)}, changed=index.name)


def fetch_vectors(store: Store, ask: Ask) -> Answer:
    """Read vectors by id. API: fetchVectors, GET /vectors/fetch."""
    index = hosted(store, ask)
    wanted = ask.query.get("ids", ())
    if not wanted or not all(wanted):
        raise invalid("ids must name at least one vector.")
    namespace = ask.query.get("namespace", ("",))[0]
    held = store.vectors[index.id].namespace(stored_namespace(namespace))
    found = {each: _model(held[each]) for each in wanted if each in held}
    return Answer(200, {"vectors": found, "namespace": namespace, "usage": {"readUnits": 1}})


def describe_stats(store: Store, ask: Ask) -> Answer:
    """Count the records by namespace. API: describeIndexStats, POST /describe_index_stats."""
    index = hosted(store, ask)
    if as_object(read_object(ask.body).get("filter", {}), "filter"):
        raise invalid("Serverless indexes do not support describing index stats with filters.")
    counts = _counts(store, index, ask)
    namespaces = {name: {"vectorCount": count} for name, count in counts.items()}
    later = {} if ask.version.is_first else {"memory_fullness": 0.0, "storage_fullness": 0.0}
    payload = {
        "namespaces": namespaces,
        **({} if index.dimension is None else {"dimension": index.dimension}),
        "indexFullness": 0.0,
        "totalVectorCount": sum(counts.values()),
        "metric": index.metric,
        "vectorType": index.vector_type,
        **later,
    }
    return Answer(200, payload)


def hosted(store: Store, ask: Ask) -> Index:
    """Return the index behind the host that was asked; raises Refusal 404 unless it is Ready."""
    name = store.hosts.get(ask.parameters["host"])
    if name is None or not store.indexes[name].is_ready(ask.now):
        raise not_found(f"Index {ask.parameters['host']} not found")
    return store.indexes[name]


def stored_namespace(name: str) -> str:
    """Return the name that a namespace is stored by: the default one has two."""
    return "" if name == _DEFAULT_NAMESPACE else name


def _counts(store: Store, index: Index, ask: Ask) -> Mapping[str, int]:
    counts = store.vectors[index.id].counts()
    lag = microseconds(ask.site.knobs.stats_lag_seconds)
    since = ask.now - index.ready_at
    if not index.restored or since >= lag:
        return counts
    rising = {name: count * since // lag for name, count in counts.items()}
    return {name: count for name, count in rising.items() if count}


def _record(fields: Mapping[str, object], index: Index) -> Record:
    identifier = required_text(fields, "id", _LONGEST_ID)
    values = _numbers(fields.get("values", []), "values")
    sparse = None
    if "sparseValues" in fields:
        sparse = _sparse(as_object(fields["sparseValues"], "sparseValues"))
    metadata = None
    if "metadata" in fields:
        metadata = _metadata(as_object(fields["metadata"], "metadata"))
    if index.dimension is None:
        if values or sparse is None:
            raise invalid("A vector of a sparse index needs sparseValues and no values.")
    elif len(values) != index.dimension:
        raise invalid(
            f"Vector dimension {len(values)} does not match the dimension of the index "
            f"{index.dimension}"
        )
    return record(identifier, values, sparse, metadata)


def _numbers(value: object, what: str) -> tuple[float, ...]:
    if not isinstance(value, list):
        raise invalid(f"{what} must be a list of numbers.")
    return tuple(number(each, what) for each in value)


def _sparse(fields: Mapping[str, object]) -> tuple[tuple[int, ...], tuple[float, ...]]:
    values = _numbers(fields.get("values"), "sparseValues.values")
    sent = fields.get("indices")
    if not isinstance(sent, list) or not 1 <= len(sent) <= _MOST_SPARSE_VALUES:
        raise invalid(f"sparseValues.indices must be a list of 1 to {_MOST_SPARSE_VALUES} numbers.")
    if len(sent) != len(values):
        raise invalid("sparseValues must have as many indices as values.")
    what = "sparseValues.indices"
    return tuple(whole_number(each, what, 0, _LARGEST_SPARSE_INDEX) for each in sent), values


def _metadata(fields: Mapping[str, object]) -> Mapping[str, object]:
    for key, value in fields.items():
        texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
        if not texts and not isinstance(value, str | bool | int | float):
            raise invalid(
                f"Metadata value of {key} must be a string, number, boolean or list of strings"
            )
    return fields


def _model(held: Record) -> Mapping[str, object]:
    model: dict[str, object] = {"id": held.id, "values": list(held.values)}
    if held.sparse is not None:
        model["sparseValues"] = {"indices": list(held.sparse[0]), "values": list(held.sparse[1])}
    if held.metadata is not None:
        model["metadata"] = held.metadata
    return model

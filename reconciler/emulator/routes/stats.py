"""Counts of the records on an index's host."""

from collections.abc import Mapping

from reconciler.emulator.bodies import as_object, read_object
from reconciler.emulator.clock import microseconds
from reconciler.emulator.errors import invalid
from reconciler.emulator.filters import Test, read_filter
from reconciler.emulator.routes.hosts import hosted
from reconciler.emulator.store import Index, Store
from reconciler.emulator.wire import Answer, Ask, Version


def describe_stats(store: Store, ask: Ask) -> Answer:
    """Count the records by namespace. API: describeIndexStats, POST /describe_index_stats."""
    index = hosted(store, ask)
    conditions = as_object(read_object(ask.body).get("filter", {}), "filter")
    if conditions and "pod" not in index.spec:
        raise invalid("Serverless indexes do not support describing index stats with filters.")
    total = _counts(store, index, ask)
    shown = _matching(store, index, read_filter(conditions)) if conditions else total
    payload = {
        "namespaces": {name: {"vectorCount": count} for name, count in shown.items()},
        **({} if index.dimension is None else {"dimension": index.dimension}),
        "indexFullness": 0.0,
        "totalVectorCount": sum(total.values()),
        "metric": index.metric,
        "vectorType": index.vector_type,
        **_fullness(ask.version),
    }
    return Answer(200, payload)


def _fullness(version: Version) -> Mapping[str, float]:
    if version.is_first:
        return {}
    if version.is_last:
        return {"memoryFullness": 0.0, "storageFullness": 0.0}
    return {"memory_fullness": 0.0, "storage_fullness": 0.0}


def _counts(store: Store, index: Index, ask: Ask) -> Mapping[str, int]:
    counts = store.vectors[index.id].counts()
    lag = microseconds(ask.site.knobs.stats_lag_seconds)
    since = ask.now - index.ready_at
    if not index.restored or since >= lag:
        return counts
    rising = {name: count * since // lag for name, count in counts.items()}
    return {name: count for name, count in rising.items() if count}


def _matching(store: Store, index: Index, test: Test) -> Mapping[str, int]:
    vectors = store.vectors[index.id]
    counts = {
        name: sum(test(each.metadata or {}) for each in vectors.namespace(name).values())
        for name in vectors.counts()
    }
    return {name: count for name, count in counts.items() if count}

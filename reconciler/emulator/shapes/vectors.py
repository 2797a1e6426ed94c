"""How stored vectors look in an answer."""

from collections.abc import Mapping

from reconciler.emulator.records import Record, Sparse, shortest, whole

ONE_READ: Mapping[str, int] = {"readUnits": 1}


def stored(record: Record) -> Mapping[str, object]:
    """Write a Vector with all that is known of it; a sparse one has no values, not none of them."""
    values = list(record.values)
    dense = {"values": values} if values else {}
    return {"id": record.id, **dense, **_rest(record, with_metadata=True)}


def scored(
    record: Record, score: float, *, with_values: bool, with_metadata: bool
) -> Mapping[str, object]:
    """Write a ScoredVector; without values it has an empty list of them, as on the service."""
    if with_values:
        shown = {"values": list(record.values), **_rest(record, with_metadata=with_metadata)}
    else:
        shown = {"values": [], **_metadata(record, shown=with_metadata)}
    return {"id": record.id, "score": score, **shown}


def _rest(record: Record, *, with_metadata: bool) -> Mapping[str, object]:
    sparse = {} if record.sparse is None else {"sparseValues": _sparse(record.sparse)}
    return {**sparse, **_metadata(record, shown=with_metadata)}


def _metadata(record: Record, *, shown: bool) -> Mapping[str, object]:
    return {"metadata": record.metadata} if shown and record.metadata is not None else {}


def _sparse(sparse: Sparse) -> Mapping[str, object]:
    return {"indices": list(whole(sparse.indices)), "values": list(shortest(sparse.values))}

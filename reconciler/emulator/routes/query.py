"""Queries on an index's host: the records nearest to a vector, or to a record that is there."""

from collections.abc import Mapping

from reconciler.emulator.bodies import (
    as_object,
    number,
    read_object,
    required_text,
    switch,
    whole_number,
)
from reconciler.emulator.errors import invalid
from reconciler.emulator.filters import read_filter
from reconciler.emulator.records import Sparse, Table
from reconciler.emulator.routes.hosts import hosted, namespace_of
from reconciler.emulator.routes.vectors import most_sparse_values
from reconciler.emulator.search import Wanted, search
from reconciler.emulator.shapes.vectors import ONE_READ, scored
from reconciler.emulator.store import Index, Store
from reconciler.emulator.vector_bodies import (
    LONGEST_ID,
    check_query,
    read_dense,
    read_sparse,
)
from reconciler.emulator.wire import Answer, Ask

_MOST_RESULTS = 10_000
_MOST_CANDIDATES = 100_000
_SCAN_FACTORS = (0.5, 4.0)


def query_vectors(store: Store, ask: Ask) -> Answer:
    """Find the nearest records of a namespace. API: queryVectors, POST /query.

    The search is exact. The list `queries`, deprecated in every version, is refused.
    """
    index = hosted(store, ask)
    fields = read_object(ask.body)
    sent, namespace = namespace_of(fields)
    top_k = whole_number(fields.get("topK"), "topK", 1, _MOST_RESULTS)
    test = read_filter(as_object(fields["filter"], "filter")) if "filter" in fields else None
    shown = {
        key: switch(fields.get(key, False), key) for key in ("includeValues", "includeMetadata")
    }
    if not ask.version.is_first:
        _check_tuning(fields, index, top_k)
    table = store.vectors[index.id].namespace(namespace)
    near = _near(fields, table, index, most_sparse_values(ask.version))
    found = [] if near is None else search(table, Wanted(*near, test, top_k), index.metric)
    matches = [
        scored(
            record,
            score,
            with_values=shown["includeValues"],
            with_metadata=shown["includeMetadata"],
        )
        for score, record in found
    ]
    return Answer(200, {"matches": matches, "namespace": sent, "usage": ONE_READ})


def _near(
    fields: Mapping[str, object], table: Table, index: Index, most_sparse: int
) -> tuple[bytes, Sparse | None] | None:
    """Return what the query is near to, or None for an id that is not there."""
    if "queries" in fields:
        raise invalid("queries is deprecated; send vector or id.")
    by_vector = "vector" in fields or "sparseVector" in fields
    if by_vector == ("id" in fields):
        raise invalid("Exactly one of id and vector must be given.")
    if not by_vector:
        held = table.get(required_text(fields, "id", LONGEST_ID))
        return None if held is None else (held.dense, held.sparse)
    dense = read_dense(fields["vector"], "vector") if "vector" in fields else b""
    sparse = None
    if "sparseVector" in fields:
        sparse = read_sparse(as_object(fields["sparseVector"], "sparseVector"), most_sparse)
    check_query(dense, sparse, index)
    return dense, sparse


def _check_tuning(fields: Mapping[str, object], index: Index, top_k: int) -> None:
    """Check what makes a search of dedicated nodes less exact; here it stays exact."""
    for key in ("scanFactor", "maxCandidates"):
        if key in fields and (index.read_capacity is None or index.dimension is None):
            raise invalid(f"{key} is only supported for dense indexes with dedicated read nodes.")
    low, high = _SCAN_FACTORS
    if "scanFactor" in fields and not low <= number(fields["scanFactor"], "scanFactor") <= high:
        raise invalid(f"scanFactor must be from {low} to {high}.")
    if "maxCandidates" in fields:
        whole_number(fields["maxCandidates"], "maxCandidates", top_k, _MOST_CANDIDATES)

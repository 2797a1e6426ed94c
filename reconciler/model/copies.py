"""Which backup can stand in for another: a Ready one with records, of the same index itself."""

from reconciler.model.observed import Observed, Phase
from reconciler.model.values import JSON, integer


def source(observed: Observed) -> JSON:
    """Give what tells one incarnation of an index from another, or its name where nothing does."""
    return observed.facts.get("source_index_id") or observed.fields.get("index")


def has_records(observed: Observed) -> bool:
    """Whether it is known to have any."""
    return bool(integer(observed.facts.get("record_count")))


def stands_in(other: Observed, observed: Observed) -> bool:
    """Whether another backup is as good as one that goes: Ready, of its index, with records."""
    return (
        other.remote_id != observed.remote_id
        and other.phase is Phase.READY
        and has_records(other)
        and source(other) == source(observed)
    )

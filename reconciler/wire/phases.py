"""How far an object is, from the words of any version.

The enums are open in some versions and closed in others; a word that nobody has heard of means
that the object is not at its end.
"""

from reconciler.model.observed import Phase
from reconciler.model.values import JSON

_READY = frozenset({"ready", "completed"})
_ENDED = frozenset({"cancelled", "canceled", "terminated"})


def phase(status: str | None) -> Phase:
    """Place a status; every word that ends in `Failed` is an end, `InitializationFailed` too."""
    word = (status or "").lower()
    if word in _READY:
        return Phase.READY
    failed = word.endswith("failed") or word in _ENDED
    return Phase.FAILED if failed else Phase.RUNNING


def index_phase(state: str | None, ready: JSON) -> Phase:
    """Place an index; one that is being deleted may still call itself ready."""
    word = (state or "").lower()
    if word.endswith("failed"):
        return Phase.FAILED
    return Phase.READY if ready is True and word != "terminating" else Phase.RUNNING

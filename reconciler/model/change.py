"""Changes: what a plan means to do about one address, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from reconciler.model.address import Address
from reconciler.model.desired import DEFAULT_LIFECYCLE, Lifecycle
from reconciler.model.diagnostic import SourceSpan
from reconciler.model.observed import Phase
from reconciler.model.values import JSON, Fields, Micros


class Action(Enum):
    """What is done about an address."""

    NO_OP = "no-op"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    CANCEL = "cancel"
    ADOPT = "adopt"
    FORGET = "forget"
    WAIT = "wait"


class Standing(Enum):
    """How a change stands: it will run, there is nothing to do, or something keeps it from us."""

    PLANNED = "planned"
    UNCHANGED = "unchanged"
    ATTENTION = "attention"  # somebody must decide; nothing is done by itself
    WITHHELD = "withheld"  # waits for a permission that this plan was not given
    UNREADABLE = "unreadable"  # what it hangs on could not be read
    REFUSED = "refused"  # the whole plan is refused


class Reason(Enum):
    """Why, as a stable code; the words beside it are for people."""

    MATCHES = "matches"
    NOT_IN_STATE = "not_in_state"
    FIELDS_DIFFER = "fields_differ"
    IMMUTABLE_DIFFERS = "immutable_differs"
    IDENTITY_DIFFERS = "identity_differs"
    REPLACE_REQUESTED = "replace_requested"
    DESTROY_REQUESTED = "destroy_requested"
    NOT_DECLARED = "not_declared"
    ENSURE_ABSENT = "ensure_absent"
    ENSURE_CANCELLED = "ensure_cancelled"
    GONE = "gone"
    FAILED = "failed"
    MARKER_LOST = "marker_lost"
    ANOTHER_OBJECT = "another_object"
    ADOPT_REQUESTED = "adopt_requested"
    READOPTED = "readopted"
    MARKED = "marked"
    FINISHED = "finished"
    STILL_RUNNING = "still_running"
    UNSETTLED = "unsettled"
    UNVERIFIED = "unverified"
    NOT_LISTED_YET = "not_listed_yet"
    UNREADABLE = "unreadable"
    CONFLICT = "conflict"
    IMPOSSIBLE = "impossible"
    PROTECTED = "protected"
    HELD = "held"
    DEPENDENCY = "dependency"
    DEPOSED = "deposed"
    EXPIRED = "expired"
    KEPT = "kept"
    TRANSIENT = "transient"


@dataclass(frozen=True, slots=True, order=True)
class FieldChange:
    """One field that differs; `path` is dotted, an absent side is None."""

    path: str
    before: JSON = field(compare=False, default=None)
    after: JSON = field(compare=False, default=None)


@dataclass(frozen=True, slots=True)
class Precondition:
    """What must still hold right before a change or removal.

    `traits` are empty but for objects that have neither a time nor a marker, and ids that can be
    used again: those of collections are their names.
    """

    remote_id: str
    created_at: Micros | None
    marker: str | None
    phase: Phase
    traits: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to happen to one address, with everything that a reviewer or the engine needs."""

    address: Address
    action: Action
    standing: Standing
    reason: Reason
    because: str
    fields: tuple[FieldChange, ...] = ()
    wanted: Fields = field(default_factory=dict)
    before: Fields | None = None
    pins: Fields = field(default_factory=dict)
    awaits: tuple[str, ...] = ()
    remote_id: str | None = None
    precondition: Precondition | None = None
    facts: Fields = field(default_factory=dict)  # what matters about the live object
    notes: tuple[str, ...] = ()
    way_out: str = ""
    lifecycle: Lifecycle = DEFAULT_LIFECYCLE
    depends_on: tuple[Address, ...] = ()
    owner: Address | None = None
    transient: bool = False
    forgets: bool = False  # the entry leaves state when the step is done
    source: SourceSpan | None = None
    digest: str = ""


REMOVALS = frozenset({Action.DELETE, Action.CANCEL, Action.FORGET, Action.REPLACE})
"""Actions that end our care for an object; they are counted, guarded and shown alike."""

BESIDE: Final = "beside"
"""The pin that names the successor of which a plan has said that it is no copy of what goes."""

MUTATING = frozenset(set(Action) - {Action.NO_OP, Action.WAIT})
"""Actions that a plan must have announced before apply may perform them."""


def planned(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Give the changes that will run."""
    return tuple(change for change in changes if change.standing is Standing.PLANNED)


def as_no_op(change: Change, standing: Standing, reason: Reason, because: str) -> Change:
    """Do nothing where something was decided, and say why."""
    return replace(
        change,
        action=Action.NO_OP,
        standing=standing,
        reason=reason,
        because=because,
        way_out="",
        precondition=None,
        forgets=False,
    )

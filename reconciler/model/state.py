"""State as values: what we own, what we are about to create, and what we let go of.

State is a pure fold of records (`model.records`); nothing here knows of files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from reconciler.model.address import Address
from reconciler.model.desired import DEFAULT_LIFECYCLE, Lifecycle
from reconciler.model.observed import LINEAGE_LETTERS, Phase
from reconciler.model.values import Fields, Micros, digest


class Verification(Enum):
    """Where the check of a restored index stands; a pass is not repeated."""

    NONE = "none"
    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"


UNVERIFIED = frozenset({Verification.PENDING, Verification.FAILED})
"""Checks that are still open."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One managed object: its id, what was declared when it was last written, and what we know."""

    address: Address
    remote_id: str
    fields: Fields
    phase: Phase
    recorded_at: Micros  # by the API's clock, where it was heard
    facts: Fields = field(default_factory=dict)
    pins: Fields = field(default_factory=dict)
    handle: Fields | None = None
    marker: str | None = None
    verification: Verification = Verification.NONE
    deposed: tuple[str, ...] = ()
    depends_on: tuple[Address, ...] = ()
    lifecycle: Lifecycle = DEFAULT_LIFECYCLE
    owner: Address | None = None


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A step of a saved plan."""

    plan_id: str
    step_id: str


@dataclass(frozen=True, slots=True)
class LastPlan:
    """The saved plan that an apply has begun last: its steps that are done, or all of them.

    A killed `apply --plan` goes on from here, and one that was complete does nothing twice.
    """

    plan_id: str
    done: frozenset[str] = frozenset()
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Intent:
    """A create, written down before it is sent; pending until its object is found or ruled out."""

    ulid: str
    address: Address
    fields: Fields
    pins: Fields
    marker: str
    written_at: Micros
    before: tuple[str, ...] = ()  # ids that a search must not take for ours
    attempt: int = 1
    deposes: str | None = None
    depends_on: tuple[Address, ...] = ()
    lifecycle: Lifecycle = DEFAULT_LIFECYCLE
    owner: Address | None = None
    step: PlanStep | None = None  # of the saved plan that it carries out


class LedgerReason(Enum):
    """Why the ledger remembers an object that has no entry any more."""

    FINISHED = "finished"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class LedgerItem:
    """A finished import or a forgotten object, so that a reverted removal makes no second one."""

    address: Address
    remote_id: str
    fields: Fields
    facts: Fields
    reason: LedgerReason
    at: Micros
    marker: str | None = None
    pins: Fields = field(default_factory=dict)
    phase: Phase = Phase.READY
    verification: Verification = Verification.NONE
    unowned: bool = False  # nobody's child, for sure: older states do not say

    @property
    def key(self) -> str:
        """Tell this item from others of the same address."""
        made = self.facts.get("created_at")  # ids of imports start again with a new index
        return f"{self.address}#{self.remote_id}#{made or digest(self.fields)}"


@dataclass(frozen=True, slots=True)
class Binding:
    """What a state belongs to; anything else is refused before the first write."""

    lineage: str
    api_base: str
    configuration: str
    project: str | None = None  # the suffix that all index hosts of a project share


@dataclass(frozen=True, slots=True)
class State:
    """Everything that one lineage remembers; `binding` is None before the first apply."""

    binding: Binding | None = None
    entries: Mapping[Address, Entry] = field(default_factory=dict)
    intents: Mapping[str, Intent] = field(default_factory=dict)
    ledger: Mapping[str, LedgerItem] = field(default_factory=dict)
    last_plan: LastPlan | None = None

    @property
    def lineage8(self) -> str | None:
        """The part of the lineage that markers carry."""
        return None if self.binding is None else self.binding.lineage[:LINEAGE_LETTERS]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing here to lose."""
        return not (self.entries or self.intents or self.ledger)

"""Events: what a run tells while it goes; views turn them into lines, bars or JSON."""

from dataclasses import dataclass
from enum import Enum

from reconciler.model.address import Address
from reconciler.model.plan import Operation
from reconciler.model.values import Fields


class Outcome(Enum):
    """How a step ended; each ends in exactly one of these."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    PENDING = "pending"  # sent or still running; the next run takes it up


class Phase(Enum):
    """Where in its life an event stands."""

    STARTED = "started"
    PROGRESS = "progress"
    ENDED = "ended"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; percent, records and seconds where they are known."""

    phase: Phase
    message: str = ""
    address: Address | None = None
    operation: Operation | None = None
    outcome: Outcome | None = None
    percent: float | None = None
    records: int | None = None
    seconds: float | None = None
    remote_id: str | None = None


class Cause(Enum):
    """What kind of failure a step met; it decides the exit code."""

    ERROR = "error"
    PERMISSION = "permission"
    REFUSED = "refused"
    STALE = "stale"
    VERIFICATION = "verification"
    DEADLINE = "deadline"
    INTERRUPTED = "interrupted"
    DEPENDENCY = "dependency"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class StepResult:
    """How one step ended, in words for people and a cause for the exit code."""

    step_id: str
    address: Address
    operation: Operation
    outcome: Outcome
    message: str = ""
    hint: str = ""
    cause: Cause | None = None
    reference: str = ""
    remote_id: str | None = None
    facts: Fields | None = None

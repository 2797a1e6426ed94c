"""Drift: what of the managed objects is not as it was recorded, and what was never applied."""

from dataclasses import dataclass, field
from enum import Enum

from reconciler.model.address import Address
from reconciler.model.change import FieldChange
from reconciler.model.values import Fields, Micros


class How(Enum):
    """What became of an object behind our back."""

    CHANGED = "changed"
    GONE = "gone"
    FAILED = "failed"
    ANOTHER = "another"  # what has its id now is not what was recorded


@dataclass(frozen=True, slots=True)
class Drifted:
    """A managed object that is not as it was recorded; in `fields`, recorded stands before live."""

    address: Address
    remote_id: str
    how: How
    because: str
    fields: tuple[FieldChange, ...] = ()
    facts: Fields = field(default_factory=dict)


class Unapplied(Enum):
    """What an apply has still to do about a declaration."""

    MAKE = "make"
    CHANGE = "change"
    END = "end"


@dataclass(frozen=True, slots=True)
class Pending:
    """A declaration that differs from what was applied last; no matter what is live."""

    address: Address
    what: Unapplied
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unseen:
    """A managed object of which nothing can be said, and why."""

    address: Address
    why: str


@dataclass(frozen=True, slots=True)
class Drift:
    """The whole answer to "what has changed in the project since"."""

    now: Micros
    found: tuple[Drifted, ...]
    pending: tuple[Pending, ...]
    unseen: tuple[Unseen, ...]
    as_recorded: int
    ignored: int

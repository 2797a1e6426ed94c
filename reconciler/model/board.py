"""The board: how fresh the backups of each index are, and what there is of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from reconciler.model.address import Address
from reconciler.model.observed import Phase
from reconciler.model.values import Micros


class Freshness(Enum):
    """How a policy stands with one index."""

    LATE = "late"
    NEVER = "never"  # backed up
    BEGUN = "begun"  # the first backup is being taken
    FRESH = "fresh"
    PAUSED = "paused"
    UNSELECTED = "unselected"  # selected no more
    ABSENT = "absent"  # the index is not in the project


OVERDUE = frozenset({Freshness.LATE, Freshness.NEVER})
"""Where somebody has to look."""


@dataclass(frozen=True, slots=True)
class Held:
    """A backup that stays whatever the rules say; until None: for good."""

    address: Address
    reason: str
    until: Micros | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """One Ready backup; `address` is None where nobody here manages it."""

    remote_id: str
    taken_at: Micros
    address: Address | None = None
    records: int | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Stock:
    """What a number of backups comes to; sizes that the API does not tell add nothing."""

    count: int = 0
    records: int = 0
    size_bytes: int = 0

    @classmethod
    def total(cls, copies: "tuple[Copy, ...]") -> "Stock":
        """Add up backups."""
        return cls(
            len(copies),
            sum(copy.records or 0 for copy in copies),
            sum(copy.size_bytes or 0 for copy in copies),
        )


@dataclass(frozen=True, slots=True)
class Stream:
    """The backups of one index by one policy; `due` is the first slot that none of them covers."""

    policy: Address
    index: str
    standing: Freshness
    due: Micros | None = None
    newest: Copy | None = None
    stock: Stock = field(default_factory=Stock)
    kept_as: Mapping[str, int] = field(default_factory=dict)  # rule -> how many it keeps
    held: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """What still runs or has failed, of this state; of backups also what nobody manages."""

    kind: str
    index: str
    remote_id: str
    phase: Phase
    address: Address | None = None
    since: Micros | None = None
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class IndexBoard:
    """One index: every Ready backup of it, whoever took it, and how each policy stands."""

    name: str
    is_there: bool
    newest: Copy | None = None
    stock: Stock = field(default_factory=Stock)
    unmanaged: int = 0
    elsewhere: int = 0
    streams: tuple[Stream, ...] = ()
    jobs: tuple[Job, ...] = ()

    @property
    def is_overdue(self) -> bool:
        """Whether a policy has no backup of it that is new enough."""
        return any(stream.standing in OVERDUE for stream in self.streams)


@dataclass(frozen=True, slots=True)
class Unread:
    """What nothing can be said of, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Board:
    """All indexes, those with something overdue first.

    `is_known` is False where so little could be read that nothing is said of any index.
    """

    now: Micros
    grace: Micros
    configuration: str
    indexes: tuple[IndexBoard, ...] = ()
    unread: tuple[Unread, ...] = ()
    is_known: bool = True
    project: str | None = None  # None: nobody has seen an index of it yet
    policies: Mapping[Address, bool] = field(default_factory=dict)  # whether each has what to do

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Give what every policy has of every index."""
        return tuple(stream for index in self.indexes for stream in index.streams)

    @property
    def idle(self) -> tuple[Address, ...]:
        """Name the policies that select no index, and have to: nothing of theirs can be late."""
        return tuple(sorted(policy for policy, selects in self.policies.items() if not selects))

    @property
    def is_overdue(self) -> bool:
        """Whether anything is late, was never backed up, or selects nothing."""
        return bool(self.idle) or any(index.is_overdue for index in self.indexes)

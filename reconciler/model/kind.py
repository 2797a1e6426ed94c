"""The protocol that every kind satisfies; a kind is one file in `kinds` and one schema.

Kinds are pure: they read normal-form payloads and return requests as values. The engine sends,
the planner decides; neither knows a kind by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from reconciler.model.address import Address
from reconciler.model.change import FieldChange
from reconciler.model.desired import Desired, OnRemove
from reconciler.model.observed import Index, Listing, Marker, Observed, Seen
from reconciler.model.request import Request
from reconciler.model.state import Entry
from reconciler.model.values import JSON, Fields, Micros


class FieldRule(Enum):
    """What a difference in a declared field means once the object exists."""

    IMMUTABLE = "immutable"  # refuse, or replace where the lifecycle says so
    UPDATABLE = "updatable"  # change it in place; mappings are owned key by key
    IDENTITY = "identity"  # another value is another job: run again, refuse while one runs
    NEXT_RUN = "next_run"  # counts when the job runs next; refuse while one runs
    LOCAL = "local"  # ours alone, the API never sees it


class WhenGone(Enum):
    """What a managed object's absence means."""

    ATTENTION = "attention"  # a point in time cannot be made again
    RECREATE = "recreate"  # made again from what is pinned in state
    HISTORY = "history"  # done is done, whatever the API remembers; unfinished needs attention


class MarkerIn(Enum):
    """Where the API lets us sign an object of this kind."""

    DESCRIPTION = "description"
    TAG = "tag"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rules:
    """How the planner treats a kind, as data; `fields` covers every property of its schema."""

    fields: Mapping[str, FieldRule]
    when_gone: WhenGone
    on_remove: OnRemove = OnRemove.KEEP
    defaults: Fields = field(default_factory=dict)
    holds_points_in_time: bool = False  # its last good object of a source is guarded
    counts_to_quota: bool = False
    unique: tuple[str, ...] = ()  # fields that no two declared objects may share
    makes_index: str | None = None  # the field that names the index it makes


@dataclass(frozen=True, slots=True)
class Needs:
    """What an object hangs on: addresses, and index names that must exist first."""

    addresses: tuple[Address, ...] = ()
    indexes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """All that planning may look at besides configuration and state."""

    now: Micros
    seen: Mapping[str, Seen]
    indexes: Mapping[str, Index] | None  # None: the list of indexes could not be read
    entries: Mapping[Address, Entry] = field(default_factory=dict)
    records: Mapping[str, int] = field(default_factory=dict)  # index name -> records, where read
    namespaces: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expansion:
    """What a declared object stands for: itself, or the children that a policy wants."""

    make: tuple[Desired, ...] = ()
    keep: Mapping[Address, tuple[str, ...]] = field(default_factory=dict)
    expire: Mapping[Address, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resolution:
    """A create made definite at plan time: chosen ids pinned, or why it cannot be planned."""

    pins: Fields = field(default_factory=dict)
    awaits: tuple[str, ...] = ()  # pins that are known only after another step
    problem: str = ""
    way_out: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A live object that stands where ours should go, and the id that would adopt it."""

    summary: str
    remote_id: str


@dataclass(frozen=True, slots=True)
class Running:
    """The job goes on; `handle` is JSON for state, enough to take the job up in a later run."""

    handle: Fields
    percent: float | None = None
    records: int | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """The job is done; facts are merged into the state entry."""

    facts: Fields


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ended without its object being whole."""

    reason: str
    facts: Fields = field(default_factory=dict)


Progress = Running | Ready | Failed


@dataclass(frozen=True, slots=True)
class Created:
    """What the answer to a create told: the id to keep, facts, and the handle to watch."""

    remote_id: str
    handle: Fields
    facts: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison after a create: the engine sends `request`, a pure compare judges."""

    name: str
    request: Request
    field: str
    expect: JSON


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that a create is built from: the address, declared fields, and pins made definite."""

    address: Address
    fields: Fields
    pins: Fields


class Remote(Protocol):
    """The part of a kind that speaks of the API."""

    @property
    def marker_in(self) -> MarkerIn:
        """Where our signature goes."""
        ...

    def listings(self, indexes: Sequence[str]) -> tuple[Listing, ...]:
        """Name the lists that show all objects of the kind (`indexes`: those that matter)."""
        ...

    def decode(self, lists: Mapping[str, Sequence[Fields]]) -> tuple[Observed, ...]:
        """Turn complete lists, by listing name, into observed objects."""
        ...

    def scope(self, fields: Fields) -> tuple[str, ...]:
        """Name the listings that an object with these fields hangs on."""
        ...

    def describe(self, remote_id: str, fields: Fields) -> Request:
        """Ask for one object by its id."""
        ...

    def decode_one(self, payload: Fields, fields: Fields) -> Observed:
        """Turn the answer to `describe` into an observed object."""
        ...

    def claims(self, observed: Observed) -> bool:
        """Whether an object that nobody manages is worth naming as one of this kind."""
        del observed
        return True

    def same(self, entry: Entry, observed: Observed) -> bool:
        """Tell whether an observed object is the very one that the entry recorded."""
        ...

    def recognise(
        self, wanted: Wanted, marker: Marker, before: Sequence[str], seen: Sequence[Observed]
    ) -> tuple[Observed, ...]:
        """Find what an unanswered create made, oldest first; `before` are ids seen before it."""
        ...

    def bind(self, wanted: Wanted, entries: Mapping[Address, Entry]) -> Fields:
        """Make awaited pins definite from the entries it needs; raises ValueError if it cannot."""
        del entries
        return wanted.pins

    def create(self, wanted: Wanted, marker: Marker) -> Request:
        """Build the create."""
        ...

    def created(self, reply: Fields, wanted: Wanted) -> Created:
        """Read the answer to a create; raises ValueError when it lacks what must be there."""
        ...

    def resume(self, observed: Observed, wanted: Wanted) -> Created:
        """Give what `created` would have given, from an object found by `recognise` or adopt."""
        ...

    def watch(self, handle: Fields, fields: Fields) -> Request:
        """Ask how the job is getting on."""
        ...

    def judge(self, handle: Fields, reply: Fields) -> Progress:
        """Read the answer to `watch`."""
        ...

    def change(self, remote_id: str, changes: Sequence[FieldChange]) -> Request:
        """Build the in-place change; raises ValueError where the kind has none."""
        del remote_id, changes
        raise ValueError("objects of this kind cannot be changed in place")

    def unprotect(self, observed: Observed) -> Request | None:
        """Build the lifting of deletion protection, where it is on."""
        del observed
        return None

    def remove(self, remote_id: str, fields: Fields) -> Request | None:
        """Build the delete of the object itself; None where the API has none."""
        del remote_id, fields
        return None

    def cancel(self, remote_id: str, fields: Fields) -> Request | None:
        """Build the cancel of the running job; None where the API has none."""
        del remote_id, fields
        return None

    def verifies(self, fields: Fields) -> bool:
        """Whether an object with these fields is checked after its create."""
        del fields
        return False

    def checks(self, entry: Entry) -> tuple[Check, ...]:
        """Name the comparisons that prove the object whole, from the entry's pinned counts."""
        del entry
        return ()


class Kind(Protocol):
    """One kind of declared object; kinds derive from it to get what most kinds do."""

    @property
    def name(self) -> str:
        """The word in addresses, for example `backup`."""
        ...

    @property
    def key(self) -> str:
        """The top-level key in YAML, for example `backups`."""
        ...

    @property
    def rules(self) -> Rules:
        """How the planner treats it."""
        ...

    @property
    def remote(self) -> Remote | None:
        """Its part that speaks of the API; None for kinds that only expand into others."""
        ...

    def complete(self, name: str, fields: Fields) -> Fields:
        """Fill in what the declaration leaves out."""
        del name
        return {**self.rules.defaults, **fields}

    def needs(self, fields: Fields) -> Needs:
        """Name what it depends on by itself."""
        del fields
        return Needs()

    def expand(self, desired: Desired, world: World) -> Expansion:
        """Give what the declaration stands for; most kinds: itself."""
        del world
        return Expansion(make=(desired,))

    def resolve(self, desired: Desired, entry: Entry | None, world: World) -> Resolution:
        """Make a create definite: choose and pin ids; most kinds: nothing to pin."""
        del desired, entry, world
        return Resolution()

    def conflict(self, desired: Desired, strangers: Sequence[Observed]) -> Conflict | None:
        """Find a live object, not in state, that a create would collide with or repeat."""
        del desired, strangers
        return None

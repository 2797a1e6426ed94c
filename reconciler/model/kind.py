"""The protocol that every kind satisfies; a kind is one file in `kinds` and one schema.

Kinds are pure: they read normal-form payloads and return requests as values. The engine sends,
the planner decides; neither knows a kind by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from reconciler.model.address import Address
from reconciler.model.board import Stream
from reconciler.model.change import FieldChange
from reconciler.model.desired import Desired, Held, Lifecycle
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.job import Check, Created, Progress, Wanted
from reconciler.model.observed import Index, Listing, Marker, Observed, Seen
from reconciler.model.request import Request
from reconciler.model.rules import MarkerIn, Needs, Rules
from reconciler.model.state import Entry, LedgerItem
from reconciler.model.track import Track
from reconciler.model.values import Fields, Micros

Path: TypeAlias = tuple[str | int, ...]
"""The way from a block to a value in it: keys, and indexes of lists."""


@dataclass(frozen=True, slots=True)
class World:
    """All that planning may look at besides configuration and state."""

    now: Micros
    seen: Mapping[str, Seen]
    indexes: Mapping[str, Index] | None  # None: the list of indexes could not be read
    entries: Mapping[Address, Entry] = field(default_factory=dict)
    records: Mapping[str, int] = field(default_factory=dict)  # index name -> records, where read
    namespaces: Mapping[str, int] = field(default_factory=dict)
    server_now: Micros | None = None  # the API's own clock, where it was heard
    lineage: str | None = None  # what our markers begin with
    declared: Mapping[Address, Desired] = field(default_factory=dict)  # by itself, in YAML
    ledger: Mapping[str, LedgerItem] = field(default_factory=dict)

    @property
    def dating(self) -> Micros:
        """Give the clock by which entries are dated; that of the API is the same for all runs."""
        return self.now if self.server_now is None else self.server_now


@dataclass(frozen=True, slots=True)
class Expansion:
    """What a declared object stands for: itself, or the children that a policy wants."""

    make: tuple[Desired, ...] = ()
    keep: Mapping[Address, tuple[str, ...]] = field(default_factory=dict)
    expire: Mapping[Address, str] = field(default_factory=dict)
    pushed: Mapping[Address, Address] = field(default_factory=dict)  # expired once that is Ready
    least: int = 1  # how many Ready ones an expiry has to leave
    attention: Mapping[Address, str] = field(default_factory=dict)  # what comes of its failure
    lifecycle: Lifecycle | None = None  # how all children are looked after; None: as they were
    held: Mapping[Address, Held] = field(default_factory=dict)  # by nobody but a hold's end
    refusals: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolution:
    """A create made definite at plan time: chosen ids pinned, or why it cannot be planned."""

    pins: Fields = field(default_factory=dict)
    awaits: tuple[str, ...] = ()  # pins that are known only after another step
    facts: Fields = field(default_factory=dict)  # of what it comes from, for reviewers
    problem: str = ""
    way_out: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A live object that stands where ours should go, and the id that would adopt it."""

    summary: str
    remote_id: str
    way_out: str = ""  # what else could be done, continuing "`adopt: ID` takes it over"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an object that is to be adopted came from: proved, unknown (a note), or not ours."""

    pins: Fields = field(default_factory=dict)
    note: str = ""
    problem: str = ""
    way_out: str = ""


@dataclass(frozen=True, slots=True)
class Exported:
    """How a live object would be declared, or why nobody can say that; `called` gives its key."""

    called: str
    fields: Fields
    note: str = ""
    problem: str = ""


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

    def vanished(self, handle: Fields) -> Fields | None:
        """Give what to watch instead where the API has forgotten the job; None: nothing is left."""
        del handle
        return None

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

    def problems(self, name: str, fields: Fields) -> tuple[tuple[Path, Diagnostic], ...]:
        """Find what no schema can judge, and where in the block it stands; most kinds: nothing."""
        del name, fields
        return ()

    def needs(self, fields: Fields) -> Needs:
        """Name what it depends on by itself."""
        del fields
        return Needs()

    def child(self, desired: Desired, observed: Observed) -> Desired | None:
        """Give the child that an object was made for, as its marker says; most kinds: none."""
        del desired, observed
        return None

    def renamed(self, fields: Fields, moves: Mapping[Address, Address]) -> Fields:
        """Let fields that name other objects follow renames; most kinds: none does."""
        del moves
        return fields

    def expand(self, desired: Desired, world: World) -> Expansion:
        """Give what the declaration stands for; most kinds: itself."""
        del world
        return Expansion(make=(desired,))

    def selects(self, desired: Desired, world: World) -> bool | None:
        """Whether it has an index to look after, or needs none; most kinds look after none."""
        del desired, world
        return None

    def streams(self, desired: Desired, world: World, grace: Micros) -> tuple[Stream, ...]:
        """Say how fresh the backups are that it stands for; most kinds: it stands for none."""
        del desired, world, grace
        return ()

    def tracks(self, desired: Desired, world: World | None) -> tuple[Track, ...]:
        """Say what it does over time, to any index or to those of a world; most kinds: nothing."""
        del desired, world
        return ()

    def resolve(self, desired: Desired, entry: Entry | None, world: World) -> Resolution:
        """Make a create definite: choose and pin ids; most kinds: nothing to pin."""
        del desired, entry, world
        return Resolution()

    def conflict(
        self, desired: Desired, strangers: Sequence[Observed], *, remembers: bool = True
    ) -> Conflict | None:
        """Find a live object, not in state, that a create would collide with or repeat.

        `remembers` is False where state is so new that it cannot know what we ran before.
        """
        del desired, strangers, remembers
        return None

    def origin(self, desired: Desired, observed: Observed, world: World) -> Origin:
        """Tell where an object that is to be adopted came from; most kinds: it does not matter."""
        del desired, observed, world
        return Origin()

    def exported(self, observed: Observed, world: World) -> Exported:
        """Say how a live object would be declared; most kinds: by what is seen of it."""
        del world
        return Exported(observed.name, observed.fields)

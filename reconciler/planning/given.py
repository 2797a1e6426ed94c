"""What planning is given, and the one case that each decision looks at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Precondition, Reason, Standing
from reconciler.model.desired import DEFAULT_LIFECYCLE, Configuration, Desired
from reconciler.model.kind import Kind, Remote, World
from reconciler.model.observed import Observed, Phase
from reconciler.model.plan import Permissions, Plan
from reconciler.model.state import Entry, LedgerItem, State, Verification
from reconciler.model.values import JSON, Fields, Micros

Place = tuple[str, str, str]
"""Where a live object stands: its kind, the list that shows it, and its id there."""

Job = tuple[str, bytes]
"""A kind and the fields that make two declarations the same object, however they are called."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What decisions look up again and again, prepared once (`planning.tables`)."""

    makers: Mapping[str, Address] = field(default_factory=dict)  # index name -> who makes it
    objects: Mapping[Place, Observed] = field(default_factory=dict)
    holders: Mapping[Place, Address] = field(default_factory=dict)  # of objects in state
    strangers: Mapping[str, tuple[Observed, ...]] = field(default_factory=dict)  # by kind
    marked: Mapping[Address, tuple[Observed, ...]] = field(default_factory=dict)  # with our marker
    jobs: Mapping[Job, tuple[Address, ...]] = field(default_factory=dict)  # of entries
    ledger: Mapping[Job, tuple[LedgerItem, ...]] = field(default_factory=dict)
    open_intents: frozenset[Address] = frozenset()


@dataclass(frozen=True, slots=True)
class Review:
    """The plan that was reviewed, and its steps that an earlier run of it has done."""

    plan: Plan
    done: frozenset[str] = frozenset()
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """The whole input of planning; equal inputs give equal plans, byte for byte."""

    configuration: Configuration
    state: State
    world: World
    kinds: Mapping[str, Kind]
    permissions: Permissions
    api_base: str
    tool: str
    settle_window: Micros
    project: str | None = None  # the suffix that the project's index hosts show
    state_file: str | None = None  # its name
    tables: Tables = field(default_factory=Tables)
    review: Review | None = None  # nothing is planned that it did not announce
    renamed: frozenset[Address] = frozenset()  # keep the name that their old key gave them

    def needed(self, kind: Kind, fields: Fields, explicit: Iterable[Address]) -> set[Address]:
        """Name the declared addresses that an object hangs on: said so, or making what it needs."""
        needs = kind.needs(fields)
        makers = self.tables.makers
        found = {*explicit, *needs.addresses}
        found |= {makers[index] for index in needs.indexes if index in makers}
        return {address for address in found if address in self.configuration.desired}


@dataclass(frozen=True, slots=True)
class Case:
    """One address to decide about, and what was decided before it."""

    given: Given
    kind: Kind
    address: Address
    desired: Desired | None
    entry: Entry | None
    decided: Mapping[Address, Change]

    @property
    def remote(self) -> Remote:
        """The kind's remote part; kinds without one are expanded and never decided about."""
        if self.kind.remote is None:
            raise TypeError(f"{self.kind.name} has no remote part")
        return self.kind.remote

    @property
    def must_replace(self) -> bool:
        """Whether the operator asked for a new one."""
        return self.address in self.given.permissions.replace

    @property
    def is_protected(self) -> bool:
        """Whether state or declaration forbids to end the object."""
        known = (self.desired, self.entry)
        return any(one is not None and one.lifecycle.prevent_destroy for one in known)

    @property
    def hold(self) -> str:
        """Why state or declaration holds the object; empty where none does."""
        known = (self.desired, self.entry)
        found = (one.lifecycle.hold(self.given.world.now) for one in known if one is not None)
        return next((reason for reason in found if reason), "")

    def change(
        self, action: Action, standing: Standing, reason: Reason, because: str, way_out: str = ""
    ) -> Change:
        """Start a change for this address, carrying what declaration and state know."""
        known = self.desired if self.desired is not None else self.entry
        return Change(
            address=self.address,
            action=action,
            standing=standing,
            reason=reason,
            because=because,
            way_out=way_out,
            wanted=self._wanted(),
            remote_id=None if self.entry is None else self.entry.remote_id,
            lifecycle=DEFAULT_LIFECYCLE if known is None else known.lifecycle,
            depends_on=self._depends_on(),
            owner=None if known is None else known.owner,
            transient=self.desired is not None and self.desired.transient,
            source=None if self.desired is None else self.desired.source,
        )

    def _wanted(self) -> Fields:
        """Give the declared fields in the order of the kind's rules, which is how people read."""
        fields: Fields = {} if self.desired is None else self.desired.fields
        known = {name: fields[name] for name in self.kind.rules.fields if name in fields}
        return {**known, **fields}

    def _depends_on(self) -> tuple[Address, ...]:
        """Give all that it hangs on; state keeps this, so that deletes find their order."""
        if self.desired is None:
            return () if self.entry is None else self.entry.depends_on
        desired = self.desired
        found = self.given.needed(self.kind, desired.fields, desired.depends_on)
        return tuple(sorted(found - {self.address}))

    def no_op(self, standing: Standing, reason: Reason, because: str, way_out: str = "") -> Change:
        """Start a change that does nothing."""
        return self.change(Action.NO_OP, standing, reason, because, way_out)

    def refuse(self, reason: Reason, because: str, way_out: str) -> Change:
        """Start a change that refuses the whole plan."""
        return self.change(Action.NO_OP, Standing.REFUSED, reason, because, way_out)


def precondition(observed: Observed) -> Precondition:
    """Write down what must still hold right before this object is changed or removed."""
    marker = None if observed.marker is None else observed.marker.as_tag()
    return Precondition(
        observed.remote_id, observed.created_at, marker, observed.phase, observed.traits
    )


def unverified(known: Entry | LedgerItem) -> str:
    """Say where a check that is still open stands."""
    said = "failed last time" if known.verification is Verification.FAILED else "was not done"
    return f"verification {said}"


def shown(observed: Observed | None, entry: Entry | None) -> Fields:
    """Give what people want to know of a live object before it is touched."""
    facts = observed.facts if observed is not None else entry.facts if entry is not None else {}
    keys = ("record_count", "namespace_count", "size_bytes", "created_at", "records", "status")
    found: dict[str, JSON] = {key: facts[key] for key in keys if facts.get(key) is not None}
    if entry is not None and entry.phase is Phase.READY and "records" in entry.pins:
        found["restored_records"] = entry.pins["records"]
    if observed is not None and observed.phase is Phase.RUNNING and observed.percent is not None:
        found["percent"] = observed.percent
    return found

"""What planning is given, and the one case that each decision looks at."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Precondition, Reason, Standing
from reconciler.model.desired import DEFAULT_LIFECYCLE, Configuration, Desired
from reconciler.model.kind import Kind, Remote, World
from reconciler.model.observed import Observed, Phase
from reconciler.model.plan import Permissions
from reconciler.model.state import Entry, State
from reconciler.model.values import JSON, Fields, Micros


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
    doubted: Mapping[str, str] | None = None  # listing name -> why it is not believed


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

    def change(
        self, action: Action, standing: Standing, reason: Reason, because: str, way_out: str = ""
    ) -> Change:
        """Start a change for this address, carrying what declaration and state know."""
        known = self.desired if self.desired is not None else self.entry
        desired = self.desired
        return Change(
            address=self.address,
            action=action,
            standing=standing,
            reason=reason,
            because=because,
            way_out=way_out,
            wanted={} if desired is None else desired.fields,
            remote_id=None if self.entry is None else self.entry.remote_id,
            lifecycle=DEFAULT_LIFECYCLE if known is None else known.lifecycle,
            depends_on=() if known is None else known.depends_on,
            owner=None if known is None else known.owner,
            transient=desired is not None and desired.transient,
            source=None if desired is None else desired.source,
        )

    def no_op(self, standing: Standing, reason: Reason, because: str, way_out: str = "") -> Change:
        """Start a change that does nothing."""
        return self.change(Action.NO_OP, standing, reason, because, way_out)

    def refuse(self, reason: Reason, because: str, way_out: str) -> Change:
        """Start a change that refuses the whole plan."""
        return self.change(Action.NO_OP, Standing.REFUSED, reason, because, way_out)


def precondition(observed: Observed) -> Precondition:
    """Write down what must still hold right before this object is changed or removed."""
    marker = None if observed.marker is None else observed.marker.as_tag()
    return Precondition(observed.remote_id, observed.created_at, marker, observed.phase)


def shown(observed: Observed | None, entry: Entry | None) -> Fields:
    """Give what people want to know of a live object before it is touched."""
    facts = observed.facts if observed is not None else entry.facts if entry is not None else {}
    keys = ("record_count", "namespace_count", "size_bytes", "created_at", "records", "status")
    found: dict[str, JSON] = {key: facts[key] for key in keys if facts.get(key) is not None}
    if observed is not None and observed.phase is Phase.RUNNING and observed.percent is not None:
        found["percent"] = observed.percent
    return found

"""Rebuilds a lost state from markers: what they prove is taken in, the rest is asked for."""

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.engine.observe import Subject, observe
from reconciler.errors import GuardError
from reconciler.model import records
from reconciler.model.address import Address
from reconciler.model.desired import Desired
from reconciler.model.job import Wanted
from reconciler.model.kind import World
from reconciler.model.observed import LINEAGE_LETTERS, Observed, Phase, Seen
from reconciler.model.state import Binding, Entry, State
from reconciler.model.values import text
from reconciler.planning.compare import compare
from reconciler.workflow.session import Session


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was recovered, and for declared objects without proof the ids that could be adopted."""

    recovered: tuple[Entry, ...]
    candidates: tuple[tuple[Address, str], ...]


async def rebuild(session: Session) -> Rebuilt:
    """Write a new state from live markers; raises GuardError where a state exists already."""
    async with session.locked("state rebuild") as recorder:
        if not recorder.state.is_empty or recorder.state.binding is not None:
            raise GuardError.of(
                "state-exists",
                f"{session.settings.state_path} holds a state already",
                "move it away first if it is really of no use",
            )
        subject = Subject(session.kinds, session.configuration, State())
        observation = await observe(session.api(), subject, session.ports.clock.now())
        found = _proved(session, observation.world)
        lineage = _lineage(found.values())
        if lineage is not None:
            padded = f"{lineage}-{session.ports.random.take(12).hex()}"
            binding = Binding(padded, session.base, session.configuration.name, observation.project)
            entries = [_entry(session, one, seen) for one, seen in sorted(found.items())]
            await recorder.save(records.bind(binding), *(records.put(one) for one in entries))
        recovered = tuple(entry for _, entry in sorted(recorder.state.entries.items()))
        return Rebuilt(recovered, _candidates(session, observation.world, set(found)))


def _proved(session: Session, world: World) -> dict[Address, Observed]:
    """Map declared addresses to the live objects that carry their markers; newest wins."""
    found: dict[Address, Observed] = {}
    for kind_name in sorted(world.seen):
        for item in sorted(world.seen[kind_name].objects, key=lambda one: one.created_at or 0):
            marker = item.marker
            if marker is None or marker.address.kind != kind_name:
                continue
            desired = session.configuration.desired.get(marker.address)
            if desired is not None and _fits(session, desired, item):
                found[marker.address] = item
    return found


def _fits(session: Session, desired: Desired, item: Observed) -> bool:
    kind = session.kinds[desired.address.kind]
    return not compare(kind.rules, desired.fields, None, item).immutable


def _lineage(found: Iterable[Observed]) -> str | None:
    """Give the one lineage of all markers; raises GuardError when there are several."""
    lineages = {item.marker.lineage for item in found if item.marker is not None}
    if len(lineages) > 1:
        raise GuardError.of(
            "lineages-differ",
            f"the markers come from {len(lineages)} states: {', '.join(sorted(lineages))}",
            "adopt the objects one by one with `adopt: ID`",
        )
    lineage = next(iter(lineages), None)
    if lineage is not None and len(lineage) != LINEAGE_LETTERS:
        raise ValueError("markers carry eight letters of a lineage")
    return lineage


def _entry(session: Session, address: Address, item: Observed) -> Entry:
    desired = session.configuration.desired[address]
    remote = session.kinds[address.kind].remote
    running = remote is not None and item.phase is Phase.RUNNING
    wanted = Wanted(address, desired.fields, {})
    backup_id = text(item.facts.get("backup_id"))
    return Entry(
        address=address,
        remote_id=item.remote_id,
        fields=desired.fields,
        phase=item.phase,
        handle=remote.resume(item, wanted).handle if running and remote is not None else None,
        recorded_at=session.ports.clock.now(),
        facts=item.facts,
        pins={"backup_id": backup_id} if backup_id else {},
        marker=None if item.marker is None else item.marker.as_tag(),
        depends_on=desired.depends_on,
        lifecycle=desired.lifecycle,
    )


def _candidates(
    session: Session, world: World, recovered: set[Address]
) -> tuple[tuple[Address, str], ...]:
    """Name the live objects that look like declared ones, for people to decide about."""
    found: list[tuple[Address, str]] = []
    for address, desired in sorted(session.configuration.desired.items()):
        if address in recovered:
            continue
        kind = session.kinds[address.kind]
        for item in world.seen.get(address.kind, Seen()).objects:
            differs = compare(kind.rules, desired.fields, None, item)
            if not differs.immutable and not differs.identity and kind.remote is not None:
                found.append((address, item.remote_id))
    return tuple(found)

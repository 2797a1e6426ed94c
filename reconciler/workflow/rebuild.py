"""Rebuilds a lost state from markers: what they prove is taken in, the rest is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.engine.observe import observe
from reconciler.errors import GuardError
from reconciler.model import records
from reconciler.model.address import Address
from reconciler.model.desired import Desired
from reconciler.model.job import Wanted
from reconciler.model.kind import World
from reconciler.model.observed import Observed, Phase, Seen
from reconciler.model.state import Binding, Entry, State
from reconciler.planning.compare import compare
from reconciler.workflow.session import Session


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was recovered, and for declared objects without proof the ids that could be adopted."""

    recovered: tuple[Entry, ...]
    candidates: tuple[tuple[Address, str], ...]


async def rebuild(session: Session, lineage: str | None = None) -> Rebuilt:
    """Write a new state from live markers of one lineage; raises GuardError.

    Markers prove which state made an object, not that it is this one's: somebody has to say so by
    naming the lineage.
    """
    async with session.locked("state rebuild") as recorder:
        if not recorder.state.is_empty or recorder.state.binding is not None:
            raise GuardError.of(
                "state-exists",
                f"{session.settings.state_path} holds a state already",
                "move it away first if it is really of no use",
            )
        observation = await observe(
            session.api(), session.subject(State()), session.ports.clock.now()
        )
        _insist_on_whole_lists(observation.world)
        signed = _signed(session, observation.world)
        found = _chosen(signed, lineage)
        if found and lineage is not None:
            padded = f"{lineage}-{session.ports.random.take(12).hex()}"
            binding = Binding(padded, session.base, session.configuration.name, observation.project)
            entries = [
                _entry(session, observation.world, desired, seen)
                for _, seen in sorted(found.items())
                if (desired := _declared(session, seen)) is not None
            ]
            await recorder.save(records.bind(binding), *(records.put(one) for one in entries))
        recovered = tuple(entry for _, entry in sorted(recorder.state.entries.items()))
        return Rebuilt(recovered, _candidates(session, observation.world, set(found)))


def _insist_on_whole_lists(world: World) -> None:
    """A list that could not be read may hold more markers; half a state is worse than none."""
    for seen in world.seen.values():
        for listing, why in seen.unreadable.items():
            raise GuardError.of(
                "unreadable", f"the list of {listing} could not be read: {why}", "run again later"
            )


def _signed(session: Session, world: World) -> list[tuple[Address, Observed]]:
    """Give the live objects that carry markers of declared addresses and fit them; best last."""
    found: list[tuple[Address, Observed]] = []
    for kind_name in sorted(world.seen):
        for item in sorted(world.seen[kind_name].objects, key=_worth):
            marker = item.marker
            if marker is None or marker.address.kind != kind_name:
                continue
            desired = _declared(session, item)
            if desired is not None and _fits(session, desired, item):
                found.append((marker.address, item))
    return found


def _declared(session: Session, item: Observed) -> Desired | None:
    """Find what an object was made for, as its marker says: a block, or a child of one."""
    declared = session.configuration.desired
    if item.marker is None or item.marker.address in declared:
        return None if item.marker is None else declared[item.marker.address]
    if _is_wanted(session, item.marker.address, item):
        return None
    children = (session.kinds[owner.address.kind].child(owner, item) for owner in declared.values())
    return next((child for child in children if child is not None), None)


def _is_wanted(session: Session, made_as: Address, item: Observed) -> bool:
    """Tell whether a child may be what a block declares, which was moved out of its owner then.

    It is named as a candidate only. Where `moved` still says so, the next plan moves it again.
    """
    return any(
        desired.address.kind == made_as.kind
        and made_as not in desired.before
        and _looks_like(session, desired, item)
        for desired in session.configuration.desired.values()
    )


def _looks_like(session: Session, desired: Desired, item: Observed) -> bool:
    differs = compare(session.kinds[desired.address.kind].rules, desired.fields, None, item)
    return not differs.immutable and not differs.identity


def _worth(item: Observed) -> tuple[bool, int]:
    return item.phase is not Phase.FAILED, item.created_at or 0


def _fits(session: Session, desired: Desired, item: Observed) -> bool:
    kind = session.kinds[desired.address.kind]
    return not compare(kind.rules, desired.fields, None, item).immutable


def _chosen(
    signed: Sequence[tuple[Address, Observed]], lineage: str | None
) -> dict[Address, Observed]:
    """Take the objects of the named lineage; without a name, say which there are and stop."""
    lineages: dict[str, list[str]] = {}
    for address, item in signed:
        if item.marker is not None:
            lineages.setdefault(item.marker.lineage, []).append(f"{address} ({item.remote_id})")
    if lineage is None and lineages:
        shown = "; ".join(
            f"{name}: {', '.join(objects)}" for name, objects in sorted(lineages.items())
        )
        raise GuardError.of(
            "lineage-unconfirmed",
            f"live objects carry markers of these lineages: {shown}",
            f"if they are yours, say so: --lineage {min(lineages)}",
        )
    return {
        address: item
        for address, item in signed
        if item.marker is not None and item.marker.lineage == lineage
    }


def _entry(session: Session, world: World, desired: Desired, item: Observed) -> Entry:
    address = desired.address
    remote = session.kinds[address.kind].remote
    running = remote is not None and item.phase is Phase.RUNNING
    wanted = Wanted(address, desired.fields, {})
    origin = session.kinds[address.kind].origin(desired, item, world)
    return Entry(
        address=address,
        remote_id=item.remote_id,
        fields=desired.fields,
        phase=item.phase,
        handle=remote.resume(item, wanted).handle if running and remote is not None else None,
        recorded_at=world.dating,
        facts=item.facts,
        pins=origin.pins,
        marker=None if item.marker is None else item.marker.as_tag(),
        depends_on=desired.depends_on,
        lifecycle=desired.lifecycle,
        owner=desired.owner,
    )


def _candidates(
    session: Session, world: World, recovered: set[Address]
) -> tuple[tuple[Address, str], ...]:
    """Name the live objects that look like declared ones, for people to decide about."""
    found: list[tuple[Address, str]] = []
    for address, desired in sorted(session.configuration.desired.items()):
        if address in recovered:
            continue
        if session.kinds[address.kind].remote is None:
            continue
        seen = world.seen.get(address.kind, Seen())
        like = [item for item in seen.objects if _looks_like(session, desired, item)]
        found += [(address, item.remote_id) for item in like]
    return tuple(found)

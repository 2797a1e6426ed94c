"""What a policy does about each index over time, by its declaration, or with what there is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from reconciler.kinds import restore
from reconciler.kinds._children import Child, attempt, by_index, owned
from reconciler.kinds._holds import holds, vain
from reconciler.kinds._selection import Selection, select
from reconciler.kinds._taking import as_children, claimed, spent, taken_back
from reconciler.model import retention, schedule
from reconciler.model.address import Address
from reconciler.model.desired import Desired, Ensure, Held
from reconciler.model.kind import World
from reconciler.model.observed import Index, Phase
from reconciler.model.retention import Copy
from reconciler.model.track import Track
from reconciler.model.values import Fields, Micros, integer, mapping, text
from reconciler.model.zone import LATEST, find_zone

_PAUSED: Final = "the policy is paused"
_COPIES: Final = frozenset((Phase.READY, Phase.RUNNING))


def declared(desired: Desired) -> Track:
    """Give what the policy does about any index, from the first backup on."""
    fields = desired.fields
    return Track(
        policy=desired.address,
        index="",
        schedule=None if fields.get("paused") else schedule.parse(fields),
        retention=retention.parse(mapping(fields.get("retention"))),
        zone=find_zone(text(fields.get("timezone")) or "UTC"),
        least=integer(fields["min_ready"]) or 1,
        keeps_all=_PAUSED if fields.get("paused") else "",
        note=_PAUSED if fields.get("paused") else "",
        said=_said(fields),
    )


def live(desired: Desired, world: World) -> Iterator[Track]:
    """Give a track for each index that is selected, or has backups that are, or will be, its own.

    An index that was made anew is another: the backups of the old one are a track of their own, and
    nothing is added to it. A policy without an index has a track that says so.
    """
    chosen = select(mapping(desired.fields["indexes"]), world.indexes or {})
    children, rules = _children(desired, world, chosen), declared(desired)
    rules = replace(rules, keeps_all=rules.keeps_all or _frozen(desired, world.now, children))
    counted = by_index([child for child in children if child.phase in _COPIES])
    known = by_index(_sorted([*children, *spent(desired, world, children)]))
    selected = {index.name: index for index in chosen.indexes}
    if not (selected or counted):
        note = f"it selects none of the project's indexes ({len(world.indexes or ()):,})"
        yield replace(rules, schedule=None, note=note)
    holders = _restored(world)
    for name in sorted({*selected, *counted}):
        groups: dict[str, list[Child]] = {}
        for child in counted.get(name, ()):
            groups.setdefault(child.source, []).append(child)
        present = counted[name][-1].source if name in counted else ""
        for source, group in groups.items() or {"": list[Child]()}.items():
            note = _note(desired, is_selected=name in selected, is_present=source == present)
            plan = None if note else rules.schedule
            yield replace(
                rules,
                index=name,
                schedule=plan,
                existing=tuple(Copy(str(child.address), child.taken_at) for child in group),
                held=_held(desired, group, world.now, holders),
                is_late=_is_late(plan, world.now, selected.get(name), known.get(name, ())),
                note=note,
            )


def _frozen(desired: Desired, now: Micros, children: Sequence[Child]) -> str:
    """Say that nothing expires while a hold holds nothing; empty where all do."""
    hold = next(vain(desired.fields, now, children), None)
    return "" if hold is None else f"the hold of {hold.backup} holds nothing"


def _children(desired: Desired, world: World, chosen: Selection) -> Sequence[Child]:
    """Give the backups that are the policy's once apply has taken up what it claims."""
    taken = [*taken_back(desired, world)]
    if not desired.fields.get("paused"):
        others = {one.adopt for one in _claims_before(desired, world)}
        taken += (one for one in claimed(desired, world, chosen) if one.adopt not in others)
    return _sorted([*owned(desired.address, world), *as_children(taken, world)])


def _claims_before(desired: Desired, world: World) -> Iterator[Desired]:
    """Give what blocks adopt, and what policies claim that have their turn before."""
    for place, other in sorted(world.declared.items()):
        if place.kind != desired.address.kind:
            yield other
        elif place < desired.address and not other.fields.get("paused"):
            chosen = select(mapping(other.fields["indexes"]), world.indexes or {})
            yield from claimed(other, world, chosen) if other.ensure is Ensure.PRESENT else ()


def _sorted(children: Sequence[Child]) -> Sequence[Child]:
    return sorted(children, key=lambda child: (child.slot, child.address))


def _is_late(
    plan: schedule.Schedule | None, now: Micros, index: Index | None, known: Sequence[Child]
) -> bool:
    """Tell whether a run that comes now makes a backup."""
    due = None if plan is None else schedule.latest_due(plan, now)
    is_ready = index is not None and index.ready
    return due is not None and is_ready and attempt(known, due) is not None


def _note(desired: Desired, *, is_selected: bool, is_present: bool) -> str:
    """Say why nothing is made of an index; empty where it is."""
    if desired.fields.get("paused"):
        return _PAUSED
    if not is_selected:
        return "it is selected no more"
    return "" if is_present else "it was made anew since"


def _held(
    desired: Desired, children: Sequence[Child], now: Micros, holders: Mapping[str, Address]
) -> Mapping[str, Held]:
    """Give what keeps each backup whatever the rules say; of several, what lasts the longest."""
    lasting = sorted(
        holds(desired.fields, now), key=lambda hold: LATEST if hold.until is None else hold.until
    )
    found = {
        str(child.address): Held(hold.reason, hold.until)
        for hold in lasting
        for child in children
        if hold.backup in child.names
    }
    for child in children:
        if child.remote_id in holders:
            why = Held(f"{holders[child.remote_id]} is restored from it")
            found[str(child.address)] = why
    return found


def _restored(world: World) -> Mapping[str, Address]:
    """Map the ids of backups to the declared restore that was, or will be, made from each."""
    found: dict[str, Address] = {}
    for place, desired in world.declared.items():
        if place.kind == restore.KIND.name and desired.ensure is not Ensure.ABSENT:
            entry = world.entries.get(place)
            pins = restore.KIND.resolve(desired, None, world).pins if entry is None else entry.pins
            found[text(pins.get("backup_id"))] = place
    return found


def _said(fields: Fields) -> str:
    """Write the rules as they were declared, on one line."""
    zone = f" in {text(fields['timezone'])}" if fields.get("timezone") else ""
    due = f"every {text(fields['every'])}" if fields.get("every") else text(fields["schedule"])
    rules = [f"{key}: {value}" for key, value in mapping(fields.get("retention")).items()]
    least = integer(fields["min_ready"]) or 1
    rules += [f"min_ready: {least}"] if least > 1 else []
    return f"{due}{zone}; {', '.join(rules) or 'no retention, everything is kept'}"

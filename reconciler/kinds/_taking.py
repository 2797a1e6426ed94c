"""What a policy takes into state: backups with our marker that no entry names, and claimed ones."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from reconciler.kinds import backup
from reconciler.kinds._children import Child, of_object
from reconciler.kinds._selection import Selection
from reconciler.kinds._slots import BACKUP, BETWEEN, Slot, address, slot_of, stem
from reconciler.model.address import Address
from reconciler.model.desired import Desired
from reconciler.model.kind import World
from reconciler.model.observed import Observed, Phase, Seen
from reconciler.model.state import LedgerItem
from reconciler.model.values import JSON, SECOND, mapping, text


def signed(desired: Desired, observed: Observed) -> Desired | None:
    """Give the backup that a live one was made as: one whose marker names a slot of ours."""
    if observed.marker is None or not _is_place(desired, observed.marker.address, observed):
        return None
    return _as_it_is(desired, observed.marker.address, observed)


def _is_place(desired: Desired, place: Address, observed: Observed) -> bool:
    """Tell whether an address is that of a slot of the policy and of the backup's index.

    Markers never change, so after a rename the older ones go by the name of before.
    """
    if place.kind != BACKUP:
        return False
    names = [one.name for one in (desired.address, *desired.before)]
    begins = [f"{stem(name, text(observed.fields.get('index')))}--" for name in names]
    return any(
        Slot.parse(place.name.removeprefix(begin)) is not None
        for begin in begins
        if place.name.startswith(begin)
    )


def taken_back(desired: Desired, world: World) -> Iterator[Desired]:
    """Take up again what carries our marker and is in no entry: forgotten, or lost."""
    found: dict[Address, Desired] = {}
    let_go, wanted = _let_go(world), _wanted(world)
    for item in _strangers(world):
        child = signed(desired, item) if _is_ours(item, world) else None
        if child is None or child.address in world.entries or _is_out(desired, item, let_go):
            continue
        if _is_wanted(item, wanted):
            continue
        found.setdefault(child.address, child)
    yield from found.values()


def spent(desired: Desired, world: World, children: Sequence[Child]) -> Iterator[Child]:
    """Give what was made for slots of ours and was moved out since: they are not made again."""
    known = {child.address for child in children}
    for item in world.seen.get(BACKUP, Seen()).objects:
        child = signed(desired, item) if _is_ours(item, world) else None
        if child is not None and child.address not in known:
            yield replace(of_object(child.address, item), phase=None)


def claimed(desired: Desired, world: World, chosen: Selection) -> Iterator[Desired]:
    """Take backups of the selected indexes that nobody manages under the policy, by their names."""
    pattern = text(mapping(desired.fields.get("claim")).get("names"))
    names = {index.name for index in chosen.indexes}
    taken, let_go, wanted = set(world.entries), _let_go(world), _wanted(world)
    for item in sorted(_strangers(world), key=lambda item: item.by_age) if pattern else ():
        index, made = text(item.fields.get("index")), item.created_at
        nobodys = item.marker is None or _is_orphan(desired, item, world)
        nobodys = nobodys and item.phase is Phase.READY and index in names
        if not nobodys or made is None or not fnmatchcase(item.name, pattern):
            continue
        if _is_out(desired, item, let_go) or _is_wanted(item, wanted):
            continue
        place = address(desired.address.name, index, Slot(made, claimed=True))
        while place in taken:  # taken in the same second
            made += SECOND
            place = address(desired.address.name, index, Slot(made, claimed=True))
        taken.add(place)
        yield _as_it_is(desired, place, item, item.remote_id)


def left_behind(desired: Desired, world: World, chosen: Selection) -> Mapping[Address, int]:
    """Count the backups that policies declared no more have of the selected indexes."""
    names = {index.name for index in chosen.indexes}
    owners = [
        entry.owner
        for entry in world.entries.values()
        if entry.owner is not None
        and entry.owner.kind == desired.address.kind
        and entry.owner not in world.declared
        and entry.fields.get("index") in names
    ]
    return {owner: owners.count(owner) for owner in sorted(set(owners))}


def namesakes(desired: Desired, world: World) -> Mapping[Address, int]:
    """Count the backups of other declared policies that were made under the name of this one."""
    name, found = desired.address.name, Counter[Address]()
    for entry in world.entries.values():
        owner = entry.owner
        if owner is None or owner == desired.address or owner not in world.declared:
            continue
        signed_as = f"@{BACKUP}.{stem(name, text(entry.fields.get('index')))}{BETWEEN}"
        if signed_as in (entry.marker or ""):
            found[owner] += 1
    return found


def as_children(taken: Sequence[Desired], world: World) -> list[Child]:
    """Count what is taken into state by this plan among the attempts: its slots are not due."""
    if not taken:
        return []
    marked = {item.marker.address: item for item in _strangers(world) if item.marker is not None}
    by_id = {item.remote_id: item for item in world.seen.get(BACKUP, Seen()).objects}
    return [
        of_object(one.address, marked[one.address] if one.adopt is None else by_id[one.adopt])
        for one in taken
    ]


def _strangers(world: World) -> Iterator[Observed]:
    held = {
        remote_id
        for place, entry in world.entries.items()
        if place.kind == BACKUP
        for remote_id in (entry.remote_id, *entry.deposed)
    }
    for item in world.seen.get(BACKUP, Seen()).objects:
        if item.remote_id not in held:
            yield item


def _is_ours(item: Observed, world: World) -> bool:
    return item.marker is not None and item.marker.lineage == world.lineage


def _is_orphan(desired: Desired, item: Observed, world: World) -> bool:
    """Tell whether a policy of ours made it that is declared no more, under no name."""
    if item.marker is None or not _is_ours(item, world):
        return False
    made_as = item.marker.address
    if slot_of(made_as.name) is None or made_as in world.declared:
        return False
    kind = desired.address.kind
    policies = (one for one in world.declared.values() if one.address.kind == kind)
    return all(signed(one, item) is None for one in policies)


def _let_go(world: World) -> Mapping[str, LedgerItem]:
    """Map the ids of forgotten backups to how each was forgotten last."""
    items = sorted(world.ledger.values(), key=lambda item: (item.at, item.key))
    return {item.remote_id: item for item in items if item.address.kind == BACKUP}


def _is_out(desired: Desired, item: Observed, let_go: Mapping[str, LedgerItem]) -> bool:
    """Tell whether somebody had moved it out of its policy, or declared it by itself, before."""
    known = let_go.get(item.remote_id)
    if known is None:
        return False
    if known.unowned:
        return True
    place = known.address  # all that tells in items of before
    if _is_place(desired, place, item):
        return False
    return slot_of(place.name) is None if item.marker is None else place != item.marker.address


def _wanted(world: World) -> Mapping[tuple[JSON, JSON], frozenset[str]]:
    """Map index and name of backups that blocks declare, and state lacks, to their keys of old."""
    return {
        (one.fields["index"], one.fields["name"]): frozenset(place.name for place in one.before)
        for one in world.declared.values()
        if one.address.kind == BACKUP and one.address not in world.entries
    }


def _is_wanted(item: Observed, wanted: Mapping[tuple[JSON, JSON], frozenset[str]]) -> bool:
    """Tell whether a block is about it that has to adopt it, or else a policy would end it.

    Where `moved` says that it came from here, state follows that once it knows of it.
    """
    before = wanted.get((item.fields.get("index"), item.fields.get("name")))
    if before is None:
        return False
    return item.marker is None or item.marker.address.name not in before


def _as_it_is(
    desired: Desired, place: Address, observed: Observed, adopt: str | None = None
) -> Desired:
    """Declare a live backup as it is, with the policy's care."""
    fields = {key: value for key, value in observed.fields.items() if value is not None}
    return Desired(
        address=place,
        fields=backup.KIND.complete(place.name, fields),
        source=desired.source,
        adopt=adopt,
        depends_on=desired.depends_on,
        lifecycle=desired.lifecycle,
        owner=desired.address,
    )

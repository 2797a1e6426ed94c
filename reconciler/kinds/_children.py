"""The backups that a policy has made so far: which attempt is due, and what is kept or expires.

They are the state entries that it owns. What nobody owns is never counted, and never expires.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from itertools import takewhile
from typing import Final

from reconciler.kinds._slots import BACKUP, Slot, slot_of
from reconciler.model.address import Address
from reconciler.model.kind import World
from reconciler.model.observed import Observed, Phase, Seen
from reconciler.model.retention import Copy, Retention, covered_last, keep
from reconciler.model.state import Entry
from reconciler.model.values import Fields, Micros, integer, text

MOST_FAILURES: Final = 2
"""So many attempts that failed in a row stop new ones until somebody looks."""

SUPERSEDED: Final = "it failed, and a later one is Ready"


@dataclass(frozen=True, slots=True)
class Child:
    """One backup of a policy; `phase` is None where it is gone, or was not seen."""

    address: Address
    index: str
    source: str  # the id of the index, which a new one of its name does not share
    slot: Slot
    phase: Phase | None
    remote_id: str
    taken_at: Micros
    names: frozenset[str]  # by which a hold may mean it
    runs: bool = False  # was seen to; `phase` may still say so of what ended since
    was: Phase | None = None  # by state, which still says what became of one that is gone


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides how long backups are kept."""

    retention: Retention
    zone: tzinfo
    least: int
    now: Micros


@dataclass(frozen=True, slots=True)
class Kept:
    """Which backups stay, with every reason, which expire, by which rule, and which wait for it."""

    keep: dict[Address, tuple[str, ...]] = field(default_factory=dict)
    expire: dict[Address, str] = field(default_factory=dict)
    pushed: dict[Address, Address] = field(default_factory=dict)


def owned(owner: Address, world: World) -> tuple[Child, ...]:
    """Give the backups of a policy, of the oldest slot first.

    What a block declares by itself is none of them, even where state still says so.
    """
    entries = [
        entry
        for entry in world.entries.values()
        if entry.owner == owner
        and entry.address.kind == BACKUP
        and entry.address not in world.declared
    ]
    if not entries:
        return ()
    objects = {item.remote_id: item for item in world.seen.get(BACKUP, Seen()).objects}
    found = (_of_entry(entry, objects.get(entry.remote_id)) for entry in entries)
    return tuple(sorted(found, key=lambda child: (child.slot, child.address)))


def of_object(place: Address, observed: Observed) -> Child:
    """Give a live backup that is about to be taken into state under a policy."""
    child = _child(place, observed.fields, observed.facts, observed.phase, observed.remote_id)
    return replace(child, runs=observed.phase is Phase.RUNNING)


def _of_entry(entry: Entry, observed: Observed | None) -> Child:
    facts = entry.facts if observed is None else observed.facts
    child = _child(entry.address, entry.fields, facts, _phase(entry, observed), entry.remote_id)
    runs = observed is not None and observed.phase is Phase.RUNNING
    return replace(child, runs=runs, was=entry.phase)


def _child(
    place: Address, fields: Fields, facts: Fields, phase: Phase | None, remote_id: str
) -> Child:
    slot, index = slot_of(place.name), text(fields.get("index"))
    taken_at = integer(facts.get("created_at")) or (0 if slot is None else slot.due)
    return Child(
        address=place,
        index=index,
        source=text(facts.get("source_index_id")) or index,
        slot=slot or Slot(taken_at, claimed=True),
        phase=phase,
        remote_id=remote_id,
        taken_at=taken_at,
        names=frozenset((remote_id, str(place), place.name, text(fields.get("name")))),
    )


def _phase(entry: Entry, observed: Observed | None) -> Phase | None:
    if observed is None:
        return Phase.RUNNING if entry.phase is Phase.RUNNING else None
    if Phase.FAILED in {entry.phase, observed.phase}:
        return Phase.FAILED
    return Phase.RUNNING if Phase.RUNNING in {entry.phase, observed.phase} else Phase.READY


def by_index(children: Sequence[Child]) -> Mapping[str, Sequence[Child]]:
    """Group backups by the name of their index."""
    found: dict[str, list[Child]] = {}
    for child in children:
        found.setdefault(child.index, []).append(child)
    return found


def failures(children: Sequence[Child]) -> Sequence[Child]:
    """Give the attempts at one index that failed in a row, the newest first."""
    return list(takewhile(lambda child: child.phase is Phase.FAILED, reversed(children)))


def running(children: Sequence[Child], due: Micros) -> Child | None:
    """Give the backup of an earlier slot that still runs, after which the next one has to wait.

    Else a job that is stuck would be joined by another in every slot.
    """
    return next((child for child in children if child.runs and child.slot.due < due), None)


def attempt(children: Sequence[Child], due: Micros) -> Slot | None:
    """Give the attempt to make at one index for its newest slot, if any.

    A slot that was missed is made once, late; one that was made before is never made again,
    whatever became of it, but for one more attempt after a first failure.
    """
    newest = max((child.slot.due for child in children), default=None)
    failed = failures(children)
    if len(failed) >= MOST_FAILURES or (newest is not None and newest > due):
        return None
    if running(children, due) is not None:
        return None
    if newest is None or newest < due:
        return Slot(due)
    return Slot(due, 2) if failed and failed[0].slot == Slot(due) else None


def retained(children: Sequence[Child], coming: Mapping[str, Address], rules: Rules) -> Kept:
    """Decide about every backup; an index that was made anew has rules to itself.

    `coming` are the backups that this plan makes, by index: they count as copies, and what only
    they push out has to wait until they are Ready.
    """
    found = Kept()
    for index, mine in by_index(children).items():
        groups: dict[str, list[Child]] = {}
        for child in mine:
            if child.phase is not None:
                groups.setdefault(child.source, []).append(child)
        newest = mine[-1].source
        for source, group in groups.items():
            _retain(group, coming.get(index) if source == newest else None, rules, found)
        ready = [child.slot for child in mine if child.phase is Phase.READY]
        before = [child for child in mine if ready and ready[-1] > child.slot]
        for child in before:
            if child.phase is Phase.FAILED or (child.phase is None and child.was is Phase.FAILED):
                found.expire[child.address] = SUPERSEDED
        _let_go_of_lost(mine, before, rules, found)
    return found


def _let_go_of_lost(
    mine: Sequence[Child], before: Sequence[Child], rules: Rules, found: Kept
) -> None:
    """Let go of what is gone once no rule would keep it, were it there: nobody has to be asked.

    Only of what a later Ready one follows (`before`), so that no slot is made a second time.
    """
    lost = [child for child in before if child.phase is None and child.was is Phase.READY]
    for source in {child.source for child in lost}:
        there = [one for one in mine if one.source == source and one.phase is Phase.READY]
        group = [*there, *(child for child in lost if child.source == source)]
        copies = [Copy(str(child.address), child.taken_at) for child in group]
        kept = keep(copies, rules.retention, rules.zone, rules.now)
        rule = covered_last(copies, rules.retention, rules.zone, rules.now)
        least = sorted(group, key=_by_age, reverse=True)[: rules.least]
        for child in lost:
            name = str(child.address)
            if child.source == source and name not in kept and child not in least:
                found.expire[child.address] = f"last kept as {', '.join(rule[name])}"


def _retain(group: Sequence[Child], coming: Address | None, rules: Rules, found: Kept) -> None:
    ready = [child for child in group if child.phase is Phase.READY]
    waiting = {str(child.address): child for child in group if child.phase is Phase.RUNNING}
    there = [Copy(str(child.address), child.taken_at) for child in ready]
    later = [Copy(name, child.taken_at) for name, child in waiting.items()]
    if coming is not None:
        later.append(Copy(str(coming), rules.now))
    copies = [*there, *later]
    kept = keep(copies, rules.retention, rules.zone, rules.now)
    alone = keep(there, rules.retention, rules.zone, rules.now) if later else kept
    rule = covered_last(copies, rules.retention, rules.zone, rules.now)
    newest = sorted(ready, key=_by_age, reverse=True)
    for place, child in enumerate(newest):
        name = str(child.address)
        reasons = kept.get(name, ())
        if place < rules.least:
            reasons = (*reasons, f"min_ready {rules.least}")
        if reasons:
            found.keep[child.address] = reasons
            continue
        found.expire[child.address] = f"last kept as {', '.join(rule[name])}"
        if name in alone:
            found.pushed[child.address] = coming or max(waiting.values(), key=_by_slot).address
    for child in waiting.values():
        found.keep[child.address] = kept.get(str(child.address), ()) or ("still running",)


def _by_age(child: Child) -> tuple[Micros, Address]:
    return child.taken_at, child.address


def _by_slot(child: Child) -> Slot:
    return child.slot

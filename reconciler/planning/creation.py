"""Decisions that end in a create: what it hangs on, and what is pinned for it."""

from dataclasses import replace

from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.desired import Desired, Ensure
from reconciler.model.kind import World
from reconciler.model.values import JSON, Fields
from reconciler.planning.given import Case
from reconciler.planning.moving import named
from reconciler.planning.sight import unreadable

BRIEFLY = "removed again in the same run, whatever comes of it"
_BROKEN = {Standing.ATTENTION, Standing.WITHHELD, Standing.UNREADABLE, Standing.REFUSED}
_MAKES = {Action.CREATE, Action.REPLACE}


def create(case: Case, reason: Reason, because: str) -> Change:
    """Plan a create, or say what keeps it from being planned."""
    desired = case.desired
    if desired is None:
        raise TypeError("only declared objects are created")
    why = unreadable(case.given, case.kind, case.remote.scope(desired.fields))
    if why:
        return case.no_op(Standing.UNREADABLE, Reason.UNREADABLE, why)
    stopped = _stopped_by_needs(case, desired)
    if stopped is not None:
        return stopped
    resolution = case.kind.resolve(desired, case.entry, _known(case, desired))
    if resolution.problem:
        if resolution.way_out:
            return case.refuse(Reason.IMPOSSIBLE, resolution.problem, resolution.way_out)
        return case.no_op(Standing.UNREADABLE, Reason.UNREADABLE, resolution.problem)
    found = case.change(Action.CREATE, Standing.PLANNED, reason, because)
    return replace(
        found,
        pins={**resolution.pins, **named(case.given, case.address)},
        awaits=resolution.awaits,
        facts={**_stake(case, desired), **resolution.facts},
        notes=(BRIEFLY,) if desired.transient else (),
    )


def _known(case: Case, desired: Desired) -> World:
    """Give the world without the entries that this plan makes anew: their ids are not known yet."""
    world = case.given.world
    anew = {
        address
        for address in case.given.needed(case.kind, desired.fields, ())
        if (before := case.decided.get(address)) is not None
        and before.action in _MAKES
        and before.standing is Standing.PLANNED
    }
    if not anew:
        return world
    entries = {address: entry for address, entry in world.entries.items() if address not in anew}
    return replace(world, entries=entries)


def _stopped_by_needs(case: Case, desired: Desired) -> Change | None:
    for address in sorted(case.given.needed(case.kind, desired.fields, desired.depends_on)):
        before = case.decided[address]
        if before.standing in _BROKEN:
            return _stopped_by(case, before)
    return _absent_by_declaration(case, desired) or _without_index(case, desired)


def _stopped_by(case: Case, before: Change) -> Change:
    same = {Standing.UNREADABLE, Standing.WITHHELD}
    standing = before.standing if before.standing in same else Standing.ATTENTION
    because = f"hangs on {before.address}: {before.because}"
    return case.no_op(standing, Reason.DEPENDENCY, because, before.way_out)


def _absent_by_declaration(case: Case, desired: Desired) -> Change | None:
    """What is made from an object cannot be made from one that is declared absent."""
    declared = case.given.configuration.desired
    for address in sorted(case.given.needed(case.kind, desired.fields, ())):
        if declared[address].ensure is Ensure.ABSENT:
            because = f"it is made from {address}, which is declared absent"
            way_out = f"remove `ensure: absent` from {address}, or make it from something else"
            return case.refuse(Reason.IMPOSSIBLE, because, way_out)
    return None


def _without_index(case: Case, desired: Desired) -> Change | None:
    known = case.given.world.indexes
    for index in case.kind.needs(desired.fields).indexes:
        if index in case.given.tables.makers:
            continue
        if known is None:
            because = "the list of indexes could not be read"
            return case.no_op(Standing.UNREADABLE, Reason.UNREADABLE, because)
        if index not in known:
            because = f"there is no index {index} in the project"
            way_out = "check the name, or declare the restore that makes it"
            return case.refuse(Reason.IMPOSSIBLE, because, way_out)
    return None


def _stake(case: Case, desired: Desired) -> Fields:
    """Say how much the named index holds, so that a reviewer sees what is at stake."""
    world = case.given.world
    facts: dict[str, JSON] = {}
    for index in case.kind.needs(desired.fields).indexes:
        if index in world.records:
            facts["index_records"] = world.records[index]
            facts["index_namespaces"] = world.namespaces.get(index)
        elif desired.owner is None and world.indexes is not None and index in world.indexes:
            facts["index_records"] = None  # was asked for; of what a policy makes nobody asks
    return facts

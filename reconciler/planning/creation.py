"""Decisions that end in a create: what it hangs on, and what is pinned for it."""

from collections.abc import Iterable
from dataclasses import replace

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.rules import Needs
from reconciler.model.values import JSON, Fields, text
from reconciler.planning.given import Case, Given
from reconciler.planning.sight import unreadable

_BROKEN = {Standing.ATTENTION, Standing.WITHHELD, Standing.UNREADABLE, Standing.REFUSED}


def create(case: Case, reason: Reason, because: str) -> Change:
    """Plan a create, or say what keeps it from being planned."""
    desired = case.desired
    if desired is None:
        raise TypeError("only declared objects are created")
    why = unreadable(case.given, case.kind, case.remote.scope(desired.fields))
    if why:
        return case.no_op(Standing.UNREADABLE, Reason.UNREADABLE, why)
    stopped = _stopped_by_needs(case, case.kind.needs(desired.fields))
    if stopped is not None:
        return stopped
    resolution = case.kind.resolve(desired, case.entry, case.given.world)
    if resolution.problem:
        if resolution.way_out:
            return case.refuse(Reason.IMPOSSIBLE, resolution.problem, resolution.way_out)
        return case.no_op(Standing.UNREADABLE, Reason.UNREADABLE, resolution.problem)
    found = case.change(Action.CREATE, Standing.PLANNED, reason, because)
    return replace(
        found,
        pins=resolution.pins,
        awaits=resolution.awaits,
        facts=_source_facts(case.given, case.kind.needs(desired.fields)),
    )


def dependencies(case_needs: Needs, explicit: Iterable[Address], given: Given) -> set[Address]:
    """Name the addresses that must be done first: declared, needed, or making a needed index."""
    makers = index_makers(given)
    found = {*explicit, *case_needs.addresses}
    found |= {makers[index] for index in case_needs.indexes if index in makers}
    return {address for address in found if address in given.configuration.desired}


def index_makers(given: Given) -> dict[str, Address]:
    """Map the indexes that this configuration makes to the addresses that make them."""
    found: dict[str, Address] = {}
    for address, desired in given.configuration.desired.items():
        kind = given.kinds.get(address.kind)
        if kind is not None and kind.rules.makes_index is not None:
            found[text(desired.fields.get(kind.rules.makes_index))] = address
    return found


def _stopped_by_needs(case: Case, needs: Needs) -> Change | None:
    desired = case.desired
    explicit = () if desired is None else desired.depends_on
    for address in sorted(dependencies(needs, explicit, case.given)):
        before = case.decided.get(address)
        if before is not None and before.standing in _BROKEN:
            unreadable_too = before.standing is Standing.UNREADABLE
            standing = Standing.UNREADABLE if unreadable_too else Standing.ATTENTION
            because = f"hangs on {address}: {before.because}"
            return case.no_op(standing, Reason.DEPENDENCY, because, before.way_out)
    for index in needs.indexes:
        missing = _missing_index(case, index)
        if missing is not None:
            return missing
    return None


def _missing_index(case: Case, index: str) -> Change | None:
    if index in index_makers(case.given):
        return None
    known = case.given.world.indexes
    if known is None:
        return case.no_op(
            Standing.UNREADABLE, Reason.UNREADABLE, "the list of indexes could not be read"
        )
    if index in known:
        return None
    return case.refuse(
        Reason.IMPOSSIBLE,
        f"there is no index {index} in the project",
        "check the name, or declare the restore that makes it",
    )


def _source_facts(given: Given, needs: Needs) -> Fields:
    """Say how much the named index holds, so that a reviewer sees what is at stake."""
    facts: dict[str, JSON] = {}
    for index in needs.indexes:
        if index in given.world.records:
            facts["index_records"] = given.world.records[index]
            facts["index_namespaces"] = given.world.namespaces.get(index)
        elif given.world.indexes is not None and index in given.world.indexes:
            facts["index_records"] = None
    return facts

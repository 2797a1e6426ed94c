"""Makes the plan: every address decided about, guarded, ordered, digested.

expand -> decide in dependency order -> guard -> order steps -> digest
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from graphlib import TopologicalSorter

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.desired import Desired, Ensure
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.kind import Expansion
from reconciler.model.observed import Observed, Seen
from reconciler.model.plan import Header, Ownership, Plan, Unmanaged
from reconciler.model.rules import FieldRule
from reconciler.model.state import Entry, State
from reconciler.planning import guards
from reconciler.planning.adoption import decide_new, known_ids
from reconciler.planning.creation import dependencies
from reconciler.planning.existing import decide_existing
from reconciler.planning.given import Case, Given
from reconciler.planning.identity import change_digest, plan_id
from reconciler.planning.order import order_steps
from reconciler.planning.removal import decide_deposed, decide_removed
from reconciler.planning.sight import doubts


def make_plan(given: Given) -> Plan:
    """Plan; pure, so the same input gives the same plan, byte for byte."""
    given, moves = _moved(given)
    bound = guards.binding_refusals(given)
    if bound:
        return Plan(_header(given, ()), (), (), refusals=bound)
    given = replace(given, doubted=doubts(given))
    expanded, expansions = _expand(given)
    changes = _decide(expanded, expansions)
    changes = guards.guard_backups(expanded, changes)
    quota, over, near = guards.forecast(expanded, changes)
    refusals = (
        *guards.empty_refusals(given),
        *guards.change_refusals(changes),
        *guards.removal_refusals(expanded, changes),
        *over,
    )
    changes = tuple(replace(change, digest=change_digest(change)) for change in changes)
    unread = _unread(given)
    return Plan(
        header=_header(expanded, changes),
        changes=changes,
        steps=() if refusals else order_steps(expanded, changes),
        refusals=refusals,
        warnings=(*near, *unread),
        unmanaged=_unmanaged(given, changes),
        moves=moves,
        refreshes=() if refusals else _refreshes(expanded, changes),
        quota=quota,
        complete=not unread,
    )


def _header(given: Given, changes: Sequence[Change]) -> Header:
    binding = given.state.binding
    return Header(
        id=plan_id(given, changes),
        tool=given.tool,
        api_base=given.api_base,
        lineage=None if binding is None else binding.lineage,
        configuration=given.configuration.name,
        configuration_digest=given.configuration.digest,
        now=given.world.now,
    )


def _moved(given: Given) -> tuple[Given, Mapping[Address, Address]]:
    """Follow the declared renames in state; one that was followed before is nothing."""
    entries = dict(given.state.entries)
    moves: dict[Address, Address] = {}
    for moved in given.configuration.moved:
        if moved.before in entries and moved.after not in entries:
            entries[moved.after] = replace(entries.pop(moved.before), address=moved.after)
            moves[moved.before] = moved.after
    state = replace(given.state, entries=entries)
    return replace(given, state=state, world=replace(given.world, entries=entries)), moves


def _expand(given: Given) -> tuple[Given, Mapping[Address, Expansion]]:
    """Put what every declaration stands for in its place."""
    wanted: dict[Address, Desired] = {}
    expansions: dict[Address, Expansion] = {}
    for address, desired in sorted(given.configuration.desired.items()):
        kind = given.kinds[address.kind]
        expansion = kind.expand(desired, given.world)
        if kind.remote is None:
            expansions[address] = expansion
        for child in expansion.make:
            owned = child.address != address
            wanted[child.address] = replace(child, owner=address) if owned else child
    return replace(given, configuration=replace(given.configuration, desired=wanted)), expansions


def _decide(given: Given, expansions: Mapping[Address, Expansion]) -> tuple[Change, ...]:
    decided: dict[Address, Change] = {}
    for address in _in_order(given):
        case = Case(
            given=given,
            kind=given.kinds[address.kind],
            address=address,
            desired=given.configuration.desired.get(address),
            entry=given.state.entries.get(address),
            decided=decided,
        )
        decided[address] = _decide_one(case, expansions)
    found = [decided[address] for address in sorted(decided)]
    for address, entry in sorted(given.state.entries.items()):
        kind = given.kinds[address.kind]
        case = Case(given, kind, address, given.configuration.desired.get(address), entry, decided)
        found += [decide_deposed(case, remote_id) for remote_id in entry.deposed]
    return tuple(found)


def _decide_one(case: Case, expansions: Mapping[Address, Expansion]) -> Change:
    desired, entry = case.desired, case.entry
    if desired is not None and desired.ensure is not Ensure.ABSENT:
        return decide_new(case) if entry is None else decide_existing(case)
    expansion = None if entry is None or entry.owner is None else expansions.get(entry.owner)
    if expansion is None or desired is not None:
        return decide_removed(case)
    return _decide_owned(case, expansion)


def _decide_owned(case: Case, expansion: Expansion) -> Change:
    """An owner's children stay unless it says, with a rule, that they have expired."""
    rule = expansion.expire.get(case.address)
    if rule is None:
        reasons = ", ".join(expansion.keep.get(case.address, ())) or "its owner is declared"
        return case.no_op(Standing.UNCHANGED, Reason.KEPT, f"kept: {reasons}")
    found = decide_removed(case)
    if found.action not in {Action.DELETE, Action.FORGET}:
        return found
    return replace(found, reason=Reason.EXPIRED, because=f"expired: {rule}")


def _in_order(given: Given) -> tuple[Address, ...]:
    """Sort all addresses so that each comes after what it hangs on."""
    desired = given.configuration.desired
    graph: dict[Address, set[Address]] = {address: set() for address in given.state.entries}
    for address, declared in desired.items():
        needs = given.kinds[address.kind].needs(declared.fields)
        graph[address] = dependencies(needs, declared.depends_on, given) - {address}
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    found: list[Address] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        found += ready
        sorter.done(*ready)
    return tuple(found)


def _unread(given: Given) -> tuple[Diagnostic, ...]:
    """Say which lists could not be read; what hangs on them is not planned."""
    whys: dict[str, str] = {}
    for seen in given.world.seen.values():
        whys.update(seen.unreadable)
    whys.update(given.doubted or {})
    return tuple(
        Diagnostic(
            "unreadable",
            f"the list of {listing.replace('_', ' ').replace(':', ' of ')} is not readable: {why}",
            "nothing that hangs on it is planned; run again when it can be read",
            severity=Severity.WARNING,
        )
        for listing, why in sorted(whys.items())
    )


def _unmanaged(given: Given, changes: Sequence[Change]) -> tuple[Unmanaged, ...]:
    """List the live objects that are nobody's, somebody else's, or a second one of ours."""
    taken = {change.remote_id for change in changes if change.action is Action.ADOPT}
    found: list[Unmanaged] = []
    for name, kind in sorted(given.kinds.items()):
        known = known_ids(given, kind)
        for item in given.world.seen.get(name, Seen()).objects:
            if (item.listing, item.remote_id) in known or item.remote_id in taken:
                continue
            if kind.remote is not None and not kind.remote.claims(item):
                continue
            found.append(Unmanaged(name, item.remote_id, item.name, _ownership(item, given.state)))
    return tuple(sorted(found, key=lambda item: (item.kind, item.name, item.remote_id)))


def _ownership(item: Observed, state: State) -> Ownership:
    if item.marker is None:
        return Ownership.UNMANAGED
    if item.marker.lineage != state.lineage8:
        return Ownership.ELSEWHERE
    entry = state.entries.get(item.marker.address)
    return Ownership.UNMANAGED if entry is None else Ownership.DUPLICATE


def _refreshes(given: Given, changes: Sequence[Change]) -> tuple[Entry, ...]:
    """Give the entries whose declared care changed: lifecycle, dependencies, fields of ours."""
    found: list[Entry] = []
    for change in changes:
        entry = given.state.entries.get(change.address)
        desired = given.configuration.desired.get(change.address)
        if entry is None or desired is None or change.reason is Reason.DEPOSED:
            continue
        kind = given.kinds[change.address.kind]
        ours = {FieldRule.LOCAL, FieldRule.NEXT_RUN}
        local = [name for name, rule in kind.rules.fields.items() if rule in ours]
        matches = change.reason is Reason.MATCHES
        kept = {name: value for name, value in entry.fields.items() if name not in local}
        needs = dependencies(kind.needs(desired.fields), desired.depends_on, given)
        now = replace(
            entry,
            fields=desired.fields
            if matches
            else {**kept, **{n: desired.fields[n] for n in local if n in desired.fields}},
            lifecycle=desired.lifecycle,
            depends_on=tuple(sorted(needs)),
        )
        if now != entry:
            found.append(now)
    return tuple(found)

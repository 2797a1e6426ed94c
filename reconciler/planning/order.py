"""Steps and their order: what comes first, and what only runs to clean up.

adopt, cancel, forget      at once, but for an entry whose leftovers go first
create -> verify -> update along the dependencies of the configuration
unprotect -> delete        after all of these, one at a time, dependants first
unprotect -> delete        of transient objects: always, right after their checks
delete                     of what a policy let expire: after what is made of the same index, each
                           behind what was left behind in its entry
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, planned
from reconciler.model.observed import Phase
from reconciler.model.plan import Operation, Step, When
from reconciler.model.state import UNVERIFIED
from reconciler.planning.expiry import Room, Stream, awaited, expires, oldest_first, stream
from reconciler.planning.given import Given
from reconciler.planning.quota import rooms
from reconciler.planning.tables import job_of


def order_steps(given: Given, changes: Sequence[Change]) -> tuple[Step, ...]:
    """Take the planned changes apart into steps, sorted so that each stands after its needs."""
    will_run = planned(changes)
    closing = _closing(will_run)
    chains = [(one, _chain(given, one)) for one in will_run if not _closes(one, closing)]
    last = {
        change.address: steps[-1].id
        for change, steps in chains
        if steps and change.reason is not Reason.DEPOSED
    }
    found: dict[str, Step] = {}
    for change, steps in chains:
        needed = change.depends_on if change.action in _FOLLOW else ()
        first_after = tuple(sorted(last[address] for address in needed if address in last))
        for number, step in enumerate(steps):
            after = first_after if number == 0 else (steps[number - 1].id,)
            found[step.id] = replace(step, after=after)
    everything = tuple(sorted(found))
    cleanups = _cleanups(will_run, found)
    deletes = _deletes(given, will_run, (*everything, *(step.id for step in cleanups)))
    places = rooms(given, changes)
    expiries = _expiries(will_run, last, places)
    for room in places:
        first = found[f"{Operation.CREATE.value} {room.create}"]
        leaves = f"{Operation.DELETE.value} {room.expiry}"
        found[first.id] = replace(first, after=(*first.after, leaves))
    more = (*cleanups, *deletes, *expiries, *closing.values())
    return _sorted({**found, **{step.id: step for step in more}})


def _closing(changes: Sequence[Change]) -> Mapping[Address, Step]:
    """Forget an entry only once all is ended that it left behind: nothing else names that."""
    left: dict[Address, list[str]] = {}
    for change in changes:
        if change.reason is Reason.DEPOSED:
            left.setdefault(change.address, []).append(_last_step(change).id)
    return {
        change.address: replace(
            _step(change, Operation.FORGET), after=tuple(sorted(left[change.address]))
        )
        for change in changes
        if _closes(change, left)
    }


def _closes(change: Change, left: Collection[Address]) -> bool:
    forgets = change.action is Action.FORGET and change.reason is not Reason.DEPOSED
    return forgets and change.address in left


def _chain(given: Given, change: Change) -> list[Step]:
    remote = given.kinds[change.address.kind].remote
    operations = _OPERATIONS[change.action]
    unverified = _is_unverified(given, change)
    if change.reason is Reason.UNVERIFIED:
        operations = (Operation.VERIFY,)
    elif (change.action is Action.UPDATE and unverified) or (
        operations[:1] in _ENDS_READY and remote is not None and remote.verifies(change.wanted)
    ):
        operations = (*operations, Operation.VERIFY)
    elif change.action is Action.ADOPT:
        operations = _adoption(change, unverified=unverified)
    return [_step(change, operation) for operation in operations]


def _is_unverified(given: Given, change: Change) -> bool:
    """Whether a check of the object is open: by its entry, or by what the ledger remembers."""
    entry = given.state.entries.get(change.address)
    if entry is not None:
        return entry.verification in UNVERIFIED
    items = given.tables.ledger.get(job_of(given, change.address, change.wanted), ())
    return any(
        item.remote_id == change.remote_id and item.verification in UNVERIFIED for item in items
    )


def _adoption(change: Change, *, unverified: bool) -> tuple[Operation, ...]:
    """What is adopted is waited for while it runs, then changed and checked as any other is."""
    held = change.precondition
    waits = (Operation.WAIT,) if held is not None and held.phase is Phase.RUNNING else ()
    updates = (Operation.UPDATE,) if change.fields else ()
    verifies = (Operation.VERIFY,) if unverified else ()
    return Operation.ADOPT, *waits, *updates, *verifies


_FOLLOW = {Action.CREATE, Action.REPLACE, Action.UPDATE}
_OPERATIONS = {
    Action.CREATE: (Operation.CREATE,),
    Action.REPLACE: (Operation.CREATE,),
    Action.WAIT: (Operation.WAIT,),
    Action.ADOPT: (Operation.ADOPT,),
    Action.UPDATE: (Operation.UPDATE,),
    Action.CANCEL: (Operation.CANCEL,),
    Action.FORGET: (Operation.FORGET,),
    Action.DELETE: (),  # in the chain behind everything else
    Action.NO_OP: (),
}
_ENDS_READY = {(Operation.CREATE,), (Operation.WAIT,)}


def _step(change: Change, operation: Operation) -> Step:
    deposed = change.reason is Reason.DEPOSED
    suffix = f" {change.remote_id}" if deposed else ""
    return Step(
        id=f"{operation.value} {change.address}{suffix}",
        address=change.address,
        operation=operation,
        remote_id=change.remote_id if change.action is not Action.CREATE else None,
    )


def _cleanups(changes: Sequence[Change], made: Mapping[str, Step]) -> list[Step]:
    """Remove transient objects whatever became of their checks, and of what hangs on them."""
    found: list[Step] = []
    for change in changes:
        if not change.transient or change.action not in {Action.CREATE, Action.WAIT}:
            continue
        users = _users(change.address, changes)
        after = tuple(sorted(step.id for step in made.values() if step.address in users))
        for operation in _removal(change):
            found.append(replace(_step(change, operation), after=after, when=When.ALWAYS))
            after = (found[-1].id,)
    return found


def _users(address: Address, changes: Sequence[Change]) -> set[Address]:
    """Give an address and all that hang on it, one behind the other."""
    found, grown = {address}, True
    while grown:
        more = {one.address for one in changes if found & set(one.depends_on)} - found
        found, grown = found | more, bool(more)
    return found


def _expiries(
    changes: Sequence[Change], last: Mapping[Address, str], places: Sequence[Room]
) -> list[Step]:
    """Chain what a policy lets go of one index, oldest first, behind what has to be Ready then.

    No other index waits for it or keeps it waiting. What makes room under the quota comes first.
    """
    before = awaited(changes, places)
    makers = {room.expiry for room in places}
    found: list[Step] = []
    waited: dict[Stream, set[str]] = {}
    chain: dict[Stream, str] = {}
    for change in sorted(filter(expires, changes), key=oldest_first):
        steps, whose = _with_leftovers(change, changes), stream(change)
        after = {last[address] for address in before[change.address] if address in last}
        if change.address not in makers:
            seen = waited.setdefault(whose, set())
            after, waited[whose] = after - seen, seen | after
            after |= {chain[whose]} if whose in chain else set()
            chain[whose] = steps[-1].id
        for step in steps:
            found.append(replace(step, after=tuple(sorted(after))))
            after = {step.id}
    return found


def _with_leftovers(change: Change, changes: Sequence[Change]) -> list[Step]:
    """End what an entry has left behind before it, as only the entry names that."""
    left = [one for one in changes if _is_left(one, {change.address})]
    left.sort(key=lambda one: one.remote_id or "")
    return [_last_step(one) for one in (*left, change)]


def _is_left(change: Change, addresses: Collection[Address]) -> bool:
    return change.reason is Reason.DEPOSED and change.address in addresses


def _last_step(change: Change) -> Step:
    forgets = change.action is Action.FORGET
    return _step(change, Operation.FORGET if forgets else Operation.DELETE)


def _deletes(given: Given, changes: Sequence[Change], before: Sequence[str]) -> list[Step]:
    """Chain all deletes behind everything else, dependants before what they hang on."""
    rank = _ranks(given)
    expired = {change.address for change in filter(expires, changes)}
    ordered = sorted(
        (
            change
            for change in changes
            if change.action in {Action.DELETE, Action.REPLACE}
            and not (expires(change) or _is_left(change, expired))
        ),
        key=lambda change: (
            rank.get(change.address, 0),
            change.address,
            change.reason is Reason.DEPOSED,  # before the entry goes in which it stands
            change.remote_id or "",
        ),
        reverse=True,
    )
    found: list[Step] = []
    after = tuple(before)
    for change in ordered:
        for operation in _removal(change):
            found.append(replace(_step(change, operation), after=after))
            after = (found[-1].id,)
    return found


def _removal(change: Change) -> list[Operation]:
    """A protected object has its protection lifted first, as a step of its own."""
    fields = change.wanted if change.transient else (change.before or {})
    protected = fields.get("deletion_protection") == "enabled"
    return [*([Operation.UNPROTECT] if protected else []), Operation.DELETE]


def _ranks(given: Given) -> Mapping[Address, int]:
    """Number the entries so that each has a higher number than what it hangs on."""
    entries = sorted(given.state.entries.items())
    sorter = TopologicalSorter({address: entry.depends_on for address, entry in entries})
    try:
        return {address: number for number, address in enumerate(sorter.static_order())}
    except CycleError:  # written down by different runs; any order is as good
        return {}


def _sorted(steps: dict[str, Step]) -> tuple[Step, ...]:
    sorter = TopologicalSorter({step.id: step.after for step in steps.values()})
    sorter.prepare()
    found: list[Step] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        found += [steps[step_id] for step_id in ready]
        sorter.done(*ready)
    return tuple(found)

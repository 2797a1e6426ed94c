"""Steps and their order: what comes first, and what only runs to clean up.

adopt, cancel, forget      at once
create -> verify -> update along the dependencies of the configuration
unprotect -> delete        after all of these, one at a time, dependants first
unprotect -> delete        of transient objects: always, right after their checks
"""

from collections.abc import Iterable, Sequence
from graphlib import TopologicalSorter

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, planned
from reconciler.model.plan import Operation, Step, When
from reconciler.planning.creation import dependencies
from reconciler.planning.given import Given


def order_steps(given: Given, changes: Sequence[Change]) -> tuple[Step, ...]:
    """Take the planned changes apart into steps, sorted so that each stands after its needs."""
    will_run = planned(changes)
    chains = [(change, _chain(given, change)) for change in will_run]
    last = {change.address: steps[-1].id for change, steps in chains if steps}
    found: dict[str, Step] = {}
    for change, steps in chains:
        needed = dependencies_of(given, change)
        first_after = tuple(sorted(last[address] for address in needed if address in last))
        for number, step in enumerate(steps):
            after = first_after if number == 0 else (steps[number - 1].id,)
            found[step.id] = _with(step, after)
    everything = tuple(sorted(found))
    for step in _cleanups(will_run, found):
        found[step.id] = step
    for step in _deletes(given, will_run, everything):
        found[step.id] = step
    return _sorted(found)


def dependencies_of(given: Given, change: Change) -> set[Address]:
    """Name the declared addresses that come before a change."""
    kind = given.kinds[change.address.kind]
    desired = given.configuration.desired.get(change.address)
    fields = change.wanted or (change.before or {})
    if desired is None and not change.wanted:
        return set()
    return dependencies(kind.needs(fields), change.depends_on, given) - {change.address}


def _chain(given: Given, change: Change) -> list[Step]:
    remote = given.kinds[change.address.kind].remote
    operations = _OPERATIONS[change.action]
    if change.reason is Reason.UNVERIFIED:
        operations = (Operation.VERIFY,)
    elif operations[:1] in _ENDS_READY and remote is not None and remote.verifies(change.wanted):
        operations = (*operations, Operation.VERIFY)
    elif change.action is Action.ADOPT and change.fields:
        operations = (*operations, Operation.UPDATE)
    return [_step(change, operation) for operation in operations]


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


def _step(change: Change, operation: Operation, when: When = When.ON_SUCCESS) -> Step:
    deposed = change.reason is Reason.DEPOSED
    suffix = f" {change.remote_id}" if deposed else ""
    return Step(
        id=f"{operation.value} {change.address}{suffix}",
        address=change.address,
        operation=operation,
        when=when,
        remote_id=change.remote_id if change.action is not Action.CREATE else None,
    )


def _with(step: Step, after: Iterable[str], when: When | None = None) -> Step:
    return Step(
        step.id, step.address, step.operation, tuple(after), when or step.when, step.remote_id
    )


def _cleanups(changes: Sequence[Change], made: dict[str, Step]) -> list[Step]:
    """Remove transient objects whatever became of their checks."""
    found: list[Step] = []
    for change in changes:
        if not change.transient or change.action is not Action.CREATE:
            continue
        after = tuple(sorted(step.id for step in made.values() if step.address == change.address))
        for operation in _removal(change):
            step = _step(change, operation, When.ALWAYS)
            found.append(_with(step, after))
            after = (step.id,)
    return found


def _deletes(given: Given, changes: Sequence[Change], before: Sequence[str]) -> list[Step]:
    """Chain all deletes behind everything else, dependants before what they hang on."""
    deleting = [change for change in changes if change.action in {Action.DELETE, Action.REPLACE}]
    ordered = sorted(deleting, key=lambda change: _depth(given, change), reverse=True)
    found: list[Step] = []
    after = tuple(before)
    for change in ordered:
        for operation in _removal(change):
            step = _with(_step(change, operation), after)
            found.append(step)
            after = (step.id,)
    return found


def _removal(change: Change) -> list[Operation]:
    """A protected object has its protection lifted first, as a step of its own."""
    fields = change.wanted if change.transient else (change.before or {})
    protected = fields.get("deletion_protection") == "enabled"
    return [*([Operation.UNPROTECT] if protected else []), Operation.DELETE]


def _depth(given: Given, change: Change) -> tuple[int, Address, str]:
    """Count how many others an object hangs on, one behind the other, by what state knows."""
    seen: set[Address] = set()
    level, depth = {change.address}, 0
    while True:
        entries = [given.state.entries[item] for item in level if item in given.state.entries]
        level = {address for entry in entries for address in entry.depends_on} - seen
        if not level:
            return depth, change.address, change.remote_id or ""
        seen |= level
        depth += 1


def _sorted(steps: dict[str, Step]) -> tuple[Step, ...]:
    sorter = TopologicalSorter({step.id: step.after for step in steps.values()})
    sorter.prepare()
    found: list[Step] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        found += [steps[step_id] for step_id in ready]
        sorter.done(*ready)
    return tuple(found)

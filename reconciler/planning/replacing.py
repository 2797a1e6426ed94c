"""Decisions that make another object where one is, or was: replaced, or run again."""

from dataclasses import replace

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.desired import OnChange
from reconciler.planning.adoption import conflict, finished_before
from reconciler.planning.compare import Differences
from reconciler.planning.creation import create
from reconciler.planning.given import Case, Given, precondition, shown
from reconciler.planning.leftovers import is_under_way
from reconciler.planning.removal import END_THE_HOLD
from reconciler.planning.sight import Finding

_NEW_KEY = "declare it under a new key"


def is_asked(given: Given, address: Address) -> bool:
    """Whether the operator asks for a new one, and no earlier run has begun to make it."""
    entry = given.state.entries.get(address)
    if address not in given.permissions.replace or entry is None:
        return False
    return not is_under_way(given, entry)


def anew(case: Case, reason: Reason, because: str) -> Change:
    """Plan another one where none is left, unless somebody else's stands in its way by now."""
    in_the_way = None if case.desired is None else conflict(case, case.desired)
    return create(case, reason, because) if in_the_way is None else in_the_way


def again(case: Case, differs: Differences) -> Change:
    """Another identity is another job, unless that very job is known to have finished before."""
    if case.desired is not None and finished_before(case, case.desired) is not None:
        return case.no_op(Standing.UNCHANGED, Reason.FINISHED, "finished before")
    names = " and ".join(change.path for change in differs.identity)
    found = anew(case, Reason.IDENTITY_DIFFERS, f"{names} changed, so it runs again")
    return replace(found, fields=differs.identity)


def immutable(case: Case, finding: Finding, differs: Differences) -> Change:
    """Replace what cannot be changed where the declaration says so, else refuse."""
    names = " and ".join(change.path for change in differs.immutable)
    if finding.observed is None:
        said = f"it is not there any more, and {names} changed since it was made"
        ways = f"revert, or --replace {case.address} makes another from what is declared now"
        found = case.refuse(Reason.IMMUTABLE_DIFFERS, said, ways)
        return replace(found, fields=differs.immutable, facts=shown(None, case.entry))
    if case.desired is not None and case.desired.lifecycle.on_change is OnChange.REPLACE:
        because = f"{names} cannot change in place"
        found = replaced(case, finding, Reason.IMMUTABLE_DIFFERS, because)
        return replace(found, fields=differs.immutable)
    ways = _NEW_KEY
    if case.kind.rules.is_replaceable:
        ways = f"{_NEW_KEY}, or set `lifecycle: {{on_change: replace}}`"
    found = case.refuse(
        Reason.IMMUTABLE_DIFFERS, f"{names} cannot change once it exists", f"{ways}, or revert"
    )
    return replace(found, fields=differs.immutable, facts=shown(finding.observed, case.entry))


def replaced(case: Case, finding: Finding, reason: Reason, because: str) -> Change:
    """Create first, then delete the old; the delete needs its permission, and so does the whole."""
    if not case.kind.rules.is_replaceable:
        said = "it is there, and no other can be made under its name"
        way_out = "declare another under a new key, or have this one deleted first"
        return case.refuse(Reason.IMPOSSIBLE, said, way_out)
    made = create(case, reason, because)
    observed = finding.observed
    if made.standing is not Standing.PLANNED or observed is None:
        return made
    if case.is_protected:
        asked = reason is Reason.REPLACE_REQUESTED
        first = "apply without --replace" if asked else "revert, apply"
        way_out = f"{first} with prevent_destroy: false, then replace it"
        return case.refuse(Reason.PROTECTED, f"{because}, but prevent_destroy is set", way_out)
    if case.hold:
        return case.refuse(Reason.HELD, f"{because}, but it is held: {case.hold}", END_THE_HOLD)
    found = replace(
        made,
        action=Action.REPLACE,
        remote_id=observed.remote_id,
        before=observed.fields,
        precondition=precondition(observed),
        facts={**made.facts, **shown(observed, case.entry)},
    )
    if case.given.permissions.deletes:
        return found
    return replace(found, standing=Standing.WITHHELD, way_out="--allow-deletes plans it")

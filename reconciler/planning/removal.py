"""Decisions that end our care for an object: forget, cancel, delete."""

from dataclasses import replace

from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.desired import Ensure, OnRemove
from reconciler.model.observed import Phase
from reconciler.planning.given import Case, precondition, shown
from reconciler.planning.sight import Finding, Sight, find


def decide_removed(case: Case) -> Change:
    """Decide about an entry whose block is gone, or is declared absent."""
    entry, desired = case.entry, case.desired
    if entry is None:
        return case.no_op(Standing.UNCHANGED, Reason.MATCHES, "not there, as declared")
    finding = find(case.kind, entry, case.given)
    absent = desired is not None and desired.ensure is Ensure.ABSENT
    reason = Reason.ENSURE_ABSENT if absent else Reason.NOT_DECLARED
    said = "ensure: absent" if absent else "no longer declared"
    on_remove = entry.lifecycle.on_remove
    if finding.sight is Sight.ABSENT:
        return _forget(case, finding, Reason.GONE, f"{said}, and gone from the project")
    can_delete = case.remote.remove(entry.remote_id, entry.fields) is not None
    if can_delete and (absent or on_remove is OnRemove.DELETE):
        said = said if absent else f"{said}, on_remove: delete"
        return delete(case, finding, reason, said)
    if (absent or on_remove is OnRemove.CANCEL) and entry.phase is Phase.RUNNING:
        return cancel(case, finding, reason, said)
    return _forget(case, finding, reason, f"{said}, on_remove: {on_remove.value}")


def cancel(case: Case, finding: Finding, reason: Reason, because: str) -> Change:
    """Plan to cancel a running job, saying how far it came."""
    if finding.sight is Sight.UNREADABLE:
        return case.no_op(Standing.UNREADABLE, Reason.UNREADABLE, finding.why)
    observed = finding.observed
    if observed is None or finding.sight is not Sight.PRESENT or observed.phase is Phase.READY:
        return _forget(case, finding, reason, f"{because}, and not running any more")
    if case.remote.cancel(observed.remote_id, observed.fields) is None:
        return case.refuse(
            Reason.IMPOSSIBLE, "the API cannot cancel this job", "wait until it ends"
        )
    found = case.change(Action.CANCEL, Standing.PLANNED, reason, f"{because}, running")
    return replace(
        found,
        before=observed.fields,
        precondition=precondition(observed),
        facts=shown(observed, case.entry),
        forgets=reason is not Reason.ENSURE_CANCELLED,
    )


def delete(case: Case, finding: Finding, reason: Reason, because: str) -> Change:
    """Plan a delete, unless it is protected, not permitted, or not surely ours."""
    observed = finding.observed
    if finding.sight in {Sight.UNREADABLE, Sight.NOT_YET} or observed is None:
        return case.no_op(Standing.UNREADABLE, Reason.UNREADABLE, finding.why)
    if finding.sight is Sight.STRANGER:
        because = f"{observed.remote_id} does not carry our marker any more, so it is not deleted"
        way_out = "look at it, then remove it by hand or adopt it"
        return case.no_op(Standing.ATTENTION, Reason.MARKER_LOST, because, way_out)
    if case.entry is not None and case.entry.lifecycle.prevent_destroy:
        because = f"{because}, but prevent_destroy is set"
        way_out = "declare it with prevent_destroy: false and apply that first"
        return case.refuse(Reason.PROTECTED, because, way_out)
    found = replace(
        case.change(Action.DELETE, Standing.PLANNED, reason, because),
        before=observed.fields,
        precondition=precondition(observed),
        facts=shown(observed, case.entry),
        forgets=True,
    )
    if case.given.permissions.deletes:
        return found
    return replace(found, standing=Standing.WITHHELD, way_out="--allow-deletes plans it")


def decide_deposed(case: Case, remote_id: str) -> Change:
    """Decide about an object that a replacement has left behind."""
    if case.entry is None:
        raise TypeError("only entries depose objects")
    old = replace(case, entry=replace(case.entry, remote_id=remote_id, deposed=()), desired=None)
    finding = find(case.kind, old.entry or case.entry, case.given)
    if finding.sight is Sight.ABSENT:
        found = _forget(old, finding, Reason.DEPOSED, "replaced before, and gone by now")
        return replace(found, remote_id=remote_id)
    found = delete(old, finding, Reason.DEPOSED, "replaced by a newer one")
    return replace(found, remote_id=remote_id)


def _forget(case: Case, finding: Finding, reason: Reason, because: str) -> Change:
    observed, entry = finding.observed, case.entry
    found = case.change(Action.FORGET, Standing.PLANNED, reason, because)
    notes: tuple[str, ...] = ()
    if entry is not None and entry.phase is Phase.RUNNING and observed is not None:
        cannot = case.remote.cancel(entry.remote_id, entry.fields) is None
        notes = ("its job goes on: the API cannot cancel it",) if cannot else ()
    return replace(
        found,
        before=None if entry is None else entry.fields,
        precondition=None if observed is None else precondition(observed),
        facts=shown(observed, entry),
        notes=notes,
        forgets=True,
    )

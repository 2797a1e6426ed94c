"""Decisions that end our care for an object: forget, cancel, delete."""

from dataclasses import dataclass, replace
from typing import Final

from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.desired import Ensure, OnRemove
from reconciler.model.observed import Observed, Phase
from reconciler.model.state import Entry
from reconciler.planning.given import Case, precondition, shown
from reconciler.planning.sight import Finding, Sight, another, find, may_vanish

_DEMANDS = {Reason.ENSURE_ABSENT, Reason.DESTROY_REQUESTED}
END_THE_HOLD: Final = "remove the hold from the policy and apply that first"
_NOT_SURE = {Sight.UNREADABLE, Sight.NOT_YET}


def decide_removed(case: Case) -> Change:
    """Decide about an entry whose block is gone, or is declared absent."""
    entry, desired = case.entry, case.desired
    if entry is None:
        return case.no_op(Standing.UNCHANGED, Reason.MATCHES, "not there, as declared")
    finding = find(case.kind, entry, case.given)
    if case.given.permissions.destroy:
        return _ended(case, finding, entry, _Said(Reason.DESTROY_REQUESTED, "destroy asks for it"))
    if desired is not None and desired.ensure is Ensure.ABSENT:
        return _ended(case, finding, entry, _Said(Reason.ENSURE_ABSENT, "ensure: absent"))
    return _ended(case, finding, entry, _Said(Reason.NOT_DECLARED, "no longer declared"))


@dataclass(frozen=True, slots=True)
class _Said:
    """Why care ends, as a code and in words."""

    reason: Reason
    words: str


def _ended(case: Case, finding: Finding, entry: Entry, said: _Said) -> Change:
    if finding.sight is Sight.UNREADABLE:
        return case.no_op(Standing.UNREADABLE, Reason.UNREADABLE, finding.why)
    if may_vanish(case.kind, entry):
        ended = "finished" if entry.phase is Phase.READY else "failed"
        return forget(case, finding, said.reason, f"{said.words}, {ended}")
    if finding.sight is Sight.ABSENT:
        return forget(case, finding, Reason.GONE, f"{said.words}, and gone from the project")
    return _by_lifecycle(case, finding, entry, said)


def _by_lifecycle(case: Case, finding: Finding, entry: Entry, said: _Said) -> Change:
    absent, on_remove = said.reason in _DEMANDS, entry.lifecycle.on_remove
    can_delete = case.remote.remove(entry.remote_id, entry.fields) is not None
    words = said.words if absent else f"{said.words}, on_remove: {on_remove.value}"
    if can_delete and (absent or on_remove is OnRemove.DELETE):
        return delete(case, finding, said.reason, words)
    if (absent or on_remove is OnRemove.CANCEL) and entry.phase is Phase.RUNNING:
        return cancel(case, finding, said.reason, said.words)
    return forget(case, finding, said.reason, words)


def cancel(case: Case, finding: Finding, reason: Reason, because: str) -> Change:
    """Plan to cancel a running job, saying how far it came."""
    observed = finding.observed
    if finding.sight in _NOT_SURE or observed is None:
        return case.no_op(Standing.UNREADABLE, Reason.UNREADABLE, finding.why)
    if finding.sight is Sight.STRANGER:
        return forget(case, finding, reason, f"{because}, and gone from the project")
    if observed.phase is not Phase.RUNNING:
        return forget(case, finding, reason, f"{because}, and not running any more")
    if case.remote.cancel(observed.remote_id, observed.fields) is None:
        said = "the API cannot cancel this job"
        return case.refuse(Reason.IMPOSSIBLE, said, "wait until it ends")
    if case.is_protected:
        return _protected(case, observed, f"{because}, running, but prevent_destroy is set")
    return replace(
        case.change(Action.CANCEL, Standing.PLANNED, reason, f"{because}, running"),
        before=observed.fields,
        precondition=precondition(observed),
        facts=shown(observed, case.entry),
        forgets=reason is not Reason.ENSURE_CANCELLED,
    )


def delete(case: Case, finding: Finding, reason: Reason, because: str) -> Change:
    """Plan a delete, unless it is protected, not permitted, or not surely ours."""
    observed = finding.observed
    if finding.sight in _NOT_SURE or observed is None:
        return case.no_op(Standing.UNREADABLE, Reason.UNREADABLE, finding.why)
    if finding.sight is Sight.STRANGER:
        reason, said = another(case.entry, observed)
        way_out = "look at it, then remove it by hand or adopt it"
        return case.no_op(Standing.ATTENTION, reason, f"{said}, so it is not deleted", way_out)
    if (case.is_protected or case.hold) and reason is not Reason.EXPIRED:
        return _refused(case, observed, because)
    found = replace(
        case.change(Action.DELETE, Standing.PLANNED, reason, because),
        before=observed.fields,
        precondition=precondition(observed),
        facts=shown(observed, case.entry),
        notes=_warnings(case, observed),
        forgets=True,
    )
    if reason is Reason.EXPIRED:
        return found if case.given.permissions.expiry else _withheld(found, "--allow-expiry")
    if case.given.permissions.deletes or reason is Reason.TRANSIENT:
        return found
    return _withheld(found, "--allow-deletes")


def _withheld(found: Change, flag: str) -> Change:
    return replace(found, standing=Standing.WITHHELD, way_out=f"{flag} plans it")


def _warnings(case: Case, observed: Observed) -> tuple[str, ...]:
    found: list[str] = []
    running = observed.phase is Phase.RUNNING
    if running and case.remote.cancel(observed.remote_id, observed.fields) is None:
        found.append("its job is still running, and the API cannot cancel it")
    if case.remote.unprotect(observed) is not None:
        found.append("its deletion protection is lifted first")
    return tuple(found)


def _refused(case: Case, observed: Observed, because: str) -> Change:
    if case.is_protected:
        return _protected(case, observed, f"{because}, but prevent_destroy is set")
    found = case.refuse(Reason.HELD, f"{because}, but it is held: {case.hold}", END_THE_HOLD)
    return replace(found, facts=shown(observed, case.entry))


def _protected(case: Case, observed: Observed, because: str) -> Change:
    way_out = "declare it with prevent_destroy: false and apply that first"
    found = case.refuse(Reason.PROTECTED, because, way_out)
    return replace(found, facts=shown(observed, case.entry))


def forget(case: Case, finding: Finding, reason: Reason, because: str) -> Change:
    """Plan to end our care and leave what there is, saying what goes on."""
    observed, entry = finding.observed, case.entry
    if finding.sight is Sight.STRANGER:
        observed = None  # what is there now is not what we forget
    notes: tuple[str, ...] = ()
    if entry is not None and entry.phase is Phase.RUNNING and observed is not None:
        goes_on = observed.phase is Phase.RUNNING
        can = case.remote.cancel(entry.remote_id, entry.fields) is not None
        note = "its job goes on" if can else "its job goes on: the API cannot cancel it"
        notes = (note,) if goes_on else ()
    return replace(
        case.change(Action.FORGET, Standing.PLANNED, reason, because),
        before=None if entry is None else entry.fields,
        precondition=None if observed is None else precondition(observed),
        facts=shown(observed, entry),
        notes=notes,
        forgets=True,
    )

"""Decisions about declared objects that state already knows."""

from dataclasses import replace

from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.desired import Ensure, OnChange
from reconciler.model.observed import Phase
from reconciler.model.rules import WhenGone
from reconciler.model.state import Entry, Verification
from reconciler.planning.compare import Differences, compare
from reconciler.planning.creation import create
from reconciler.planning.given import Case, precondition, shown
from reconciler.planning.removal import cancel
from reconciler.planning.sight import Finding, Sight, find

_NEW_KEY = "declare it under a new key"


def decide_existing(case: Case) -> Change:
    """Decide about an entry whose block is declared."""
    desired, entry = case.desired, case.entry
    if desired is None or entry is None:
        raise TypeError("an existing object has both a declaration and an entry")
    if desired.adopt is not None and desired.adopt != entry.remote_id:
        because = f"state holds {entry.remote_id} here, adopt names {desired.adopt}"
        return case.refuse(Reason.CONFLICT, because, "remove `adopt`, or use a new key for it")
    finding = find(case.kind, entry, case.given)
    if desired.ensure is Ensure.CANCELLED:
        return _cancelled(case, finding)
    if case.kind.rules.when_gone is WhenGone.HISTORY and entry.phase is Phase.READY:
        return _finished(case)
    return _by_sight(case, finding)


def _by_sight(case: Case, finding: Finding) -> Change:
    match finding.sight:
        case Sight.UNREADABLE:
            return case.no_op(Standing.UNREADABLE, Reason.UNREADABLE, finding.why)
        case Sight.NOT_YET:
            return _not_yet(case)
        case Sight.STRANGER:
            return _stranger(case, finding)
        case Sight.ABSENT:
            return _absent(case)
        case Sight.PRESENT:
            return _present(case, finding)


def _cancelled(case: Case, finding: Finding) -> Change:
    running = case.entry is not None and case.entry.phase is Phase.RUNNING
    if not running or finding.sight is Sight.ABSENT:
        return case.no_op(Standing.UNCHANGED, Reason.MATCHES, "no job is running")
    observed = finding.observed
    if observed is not None and observed.phase is not Phase.RUNNING:
        because = "it ended before it could be cancelled"
        return case.change(Action.WAIT, Standing.PLANNED, Reason.STILL_RUNNING, because)
    return cancel(case, finding, Reason.ENSURE_CANCELLED, "declared as cancelled")


def _finished(case: Case) -> Change:
    """A finished job is history: the API may forget it, only another identity runs again."""
    differs = _differences(case, None)
    if differs.identity:
        return _again(case, differs)
    if case.address in case.given.permissions.replace:
        return create(case, Reason.REPLACE_REQUESTED, "--replace asks for another run")
    return case.no_op(Standing.UNCHANGED, Reason.FINISHED, "finished")


def _again(case: Case, differs: Differences) -> Change:
    names = " and ".join(change.path for change in differs.identity)
    found = create(case, Reason.IDENTITY_DIFFERS, f"{names} changed, so it runs again")
    return replace(found, fields=differs.identity)


def _not_yet(case: Case) -> Change:
    because = "made moments ago, not in the lists yet"
    entry = case.entry
    if entry is not None and entry.phase is Phase.RUNNING:
        return case.change(Action.WAIT, Standing.PLANNED, Reason.STILL_RUNNING, because)
    return case.no_op(Standing.UNCHANGED, Reason.NOT_LISTED_YET, because)


def _stranger(case: Case, finding: Finding) -> Change:
    if case.kind.rules.when_gone is WhenGone.HISTORY:
        return _absent(case)
    remote_id = case.entry.remote_id if case.entry is not None else ""
    seen = finding.observed
    if case.desired is not None and case.desired.adopt == remote_id and seen is not None:
        return case.change(
            Action.ADOPT,
            Standing.PLANNED,
            Reason.ADOPT_REQUESTED,
            f"adopt: {remote_id}, which has lost our marker",
        )
    return case.no_op(
        Standing.ATTENTION,
        Reason.MARKER_LOST,
        f"{remote_id} does not carry our marker any more: it may be another object of that name",
        f"`adopt: {remote_id}` in {case.address} takes it as it is",
    )


def _absent(case: Case) -> Change:
    rules, asked = case.kind.rules, case.address in case.given.permissions.replace
    if rules.when_gone is WhenGone.HISTORY:
        differs = _differences(case, None)
        if differs.identity:
            return _again(case, differs)
    if asked:
        because = "gone from the project, --replace makes another"
        return create(case, Reason.REPLACE_REQUESTED, because)
    if rules.when_gone is WhenGone.RECREATE:
        return create(case, Reason.GONE, "gone from the project, made again from what is pinned")
    return case.no_op(
        Standing.ATTENTION,
        Reason.GONE,
        "gone from the project, and a point in time cannot be made again"
        if rules.holds_points_in_time
        else "gone from the project before it was done",
        f"--replace {case.address} takes a new one",
    )


def _present(case: Case, finding: Finding) -> Change:
    differs = _differences(case, finding)
    entry, observed = case.entry, finding.observed
    if entry is None or observed is None:
        raise TypeError("a present object has an entry and was observed")
    if Phase.FAILED in {entry.phase, observed.phase}:
        return _failed(case, finding, differs)
    if entry.phase is Phase.RUNNING:
        return _running(case, finding, differs)
    if differs.immutable:
        return _immutable(case, finding, differs)
    return _settled(case, finding, differs, entry)


def _settled(case: Case, finding: Finding, differs: Differences, entry: Entry) -> Change:
    if case.address in case.given.permissions.replace:
        return _replace(case, finding, Reason.REPLACE_REQUESTED, "--replace asks for a new one")
    if differs.updatable:
        return _update(case, finding, differs)
    if entry.verification in {Verification.PENDING, Verification.FAILED}:
        said = "failed last time" if entry.verification is Verification.FAILED else "was not done"
        because = f"verification {said}, it is tried again"
        return case.change(Action.WAIT, Standing.PLANNED, Reason.UNVERIFIED, because)
    return case.no_op(Standing.UNCHANGED, Reason.MATCHES, "as declared")


def _failed(case: Case, finding: Finding, differs: Differences) -> Change:
    if differs.identity:
        return _again(case, differs)
    if case.address in case.given.permissions.replace:
        if case.kind.rules.when_gone is WhenGone.HISTORY:
            return create(case, Reason.REPLACE_REQUESTED, "--replace asks for another run")
        return _replace(case, finding, Reason.REPLACE_REQUESTED, "failed, --replace makes another")
    observed = finding.observed
    status = "failed" if observed is None else str(observed.facts.get("status") or "failed")
    rules = case.kind.rules.fields
    trigger = " or a new `trigger`" if "trigger" in rules else ""
    found = case.no_op(
        Standing.ATTENTION,
        Reason.FAILED,
        f"it ended as {status}",
        f"--replace {case.address}{trigger} makes another",
    )
    return replace(found, facts=shown(observed, case.entry))


def _running(case: Case, finding: Finding, differs: Differences) -> Change:
    changed = (*differs.identity, *differs.next_run)
    if changed:
        names = " and ".join(change.path for change in changed)
        found = case.refuse(
            Reason.STILL_RUNNING,
            f"{names} changed while it runs",
            "wait until it ends, or cancel it with `ensure: cancelled` first",
        )
        return replace(found, fields=changed)
    if differs.immutable:
        return _immutable(case, finding, differs)
    found = case.change(Action.WAIT, Standing.PLANNED, Reason.STILL_RUNNING, "still running")
    return replace(found, facts=shown(finding.observed, case.entry))


def _immutable(case: Case, finding: Finding, differs: Differences) -> Change:
    names = " and ".join(change.path for change in differs.immutable)
    if case.desired is not None and case.desired.lifecycle.on_change is OnChange.REPLACE:
        found = _replace(case, finding, Reason.IMMUTABLE_DIFFERS, f"{names} cannot change in place")
        return replace(found, fields=differs.immutable)
    can_replace = case.kind.rules.holds_points_in_time
    ways = f"{_NEW_KEY}, or set `lifecycle: {{on_change: replace}}`" if can_replace else _NEW_KEY
    found = case.refuse(
        Reason.IMMUTABLE_DIFFERS, f"{names} cannot change once it exists", f"{ways}, or revert"
    )
    return replace(found, fields=differs.immutable)


def _replace(case: Case, finding: Finding, reason: Reason, because: str) -> Change:
    """Create first, then delete the old; the delete needs its permission, and so does the whole."""
    made = create(case, reason, because)
    if made.standing is not Standing.PLANNED or finding.observed is None:
        return made
    found = replace(
        made,
        action=Action.REPLACE,
        remote_id=finding.observed.remote_id,
        before=finding.observed.fields,
        precondition=precondition(finding.observed),
        facts=shown(finding.observed, case.entry),
    )
    if case.entry is not None and case.entry.lifecycle.prevent_destroy:
        way = "set prevent_destroy: false and apply, then replace it"
        return case.refuse(Reason.PROTECTED, f"{because}, but prevent_destroy is set", way)
    if not case.given.permissions.deletes:
        way = "--allow-deletes plans it"
        return replace(found, standing=Standing.WITHHELD, way_out=way)
    return found


def _update(case: Case, finding: Finding, differs: Differences) -> Change:
    names = sorted({change.path.partition(".")[0] for change in differs.updatable})
    verb = "differs" if len(names) == 1 and not names[0].endswith("s") else "differ"
    found = case.change(
        Action.UPDATE,
        Standing.PLANNED,
        Reason.FIELDS_DIFFER,
        f"{' and '.join(names)} {verb}",
    )
    observed = finding.observed
    return replace(
        found,
        fields=differs.updatable,
        before=None if observed is None else observed.fields,
        precondition=None if observed is None else precondition(observed),
    )


def _differences(case: Case, finding: Finding | None) -> Differences:
    wanted = {} if case.desired is None else case.desired.fields
    observed = None if finding is None else finding.observed
    return compare(case.kind.rules, wanted, case.entry, observed)

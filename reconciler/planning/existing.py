"""Decisions about declared objects that state already knows."""

from dataclasses import replace

from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.desired import Ensure, OnChange
from reconciler.model.observed import Observed, Phase
from reconciler.model.rules import WhenGone
from reconciler.model.state import Entry, Verification
from reconciler.planning.adoption import adopt, finished_before
from reconciler.planning.compare import Differences, compare
from reconciler.planning.creation import create
from reconciler.planning.given import Case, precondition, shown
from reconciler.planning.removal import cancel
from reconciler.planning.sight import Finding, Sight, find, may_vanish

_NEW_KEY = "declare it under a new key"
_UNVERIFIED = {Verification.PENDING, Verification.FAILED}


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
        return _cancelled(case, finding, entry)
    if may_vanish(case.kind, entry):
        return _ended(case, finding, entry)
    return _by_sight(case, finding, entry)


def _by_sight(case: Case, finding: Finding, entry: Entry) -> Change:
    observed = finding.observed
    match finding.sight:
        case Sight.UNREADABLE:
            return case.no_op(Standing.UNREADABLE, Reason.UNREADABLE, finding.why)
        case Sight.NOT_YET:
            return _not_yet(case, entry)
        case Sight.STRANGER if observed is not None:
            return _stranger(case, finding, entry, observed)
        case Sight.PRESENT if observed is not None:
            return _present(case, finding, entry, observed)
        case _:
            return _absent(case, entry)


def _cancelled(case: Case, finding: Finding, entry: Entry) -> Change:
    gone = {Sight.ABSENT, Sight.STRANGER}
    if entry.phase is not Phase.RUNNING or finding.sight in gone:
        return case.no_op(Standing.UNCHANGED, Reason.MATCHES, "no job is running")
    if finding.observed is not None and finding.observed.phase is not Phase.RUNNING:
        because = "it ended before it could be cancelled; apply records that"
        return case.change(Action.WAIT, Standing.PLANNED, Reason.STILL_RUNNING, because)
    return cancel(case, finding, Reason.ENSURE_CANCELLED, "ensure: cancelled")


def _ended(case: Case, finding: Finding, entry: Entry) -> Change:
    """A job that ended is history: the API may forget it, only another identity runs again."""
    differs = _differences(case, None)
    if differs.identity:
        return _again(case, differs)
    if case.must_replace:
        return create(case, Reason.REPLACE_REQUESTED, "--replace asks for another run")
    if entry.phase is Phase.READY:
        return case.no_op(Standing.UNCHANGED, Reason.FINISHED, "finished")
    return _failed(case, finding, entry)


def _again(case: Case, differs: Differences) -> Change:
    """Another identity is another job, unless that very job is known to have finished before."""
    if case.desired is not None and finished_before(case, case.desired) is not None:
        return case.no_op(Standing.UNCHANGED, Reason.FINISHED, "finished before")
    names = " and ".join(change.path for change in differs.identity)
    found = create(case, Reason.IDENTITY_DIFFERS, f"{names} changed, so it runs again")
    return replace(found, fields=differs.identity)


def _not_yet(case: Case, entry: Entry) -> Change:
    """Neither listed nor found by its id: lag, or gone already; nothing is concluded yet."""
    if entry.phase is Phase.RUNNING:
        because = "made moments ago, not in the lists yet"
        return case.change(Action.WAIT, Standing.PLANNED, Reason.STILL_RUNNING, because)
    because = "not to be seen; made so recently that the API may not show it yet"
    way_out = "run again when the settle window has passed"
    return case.no_op(Standing.ATTENTION, Reason.NOT_LISTED_YET, because, way_out)


def _stranger(case: Case, finding: Finding, entry: Entry, observed: Observed) -> Change:
    if case.kind.rules.when_gone is WhenGone.HISTORY:
        return _absent(case, entry)
    remote_id = entry.remote_id
    if case.desired is not None and case.desired.adopt == remote_id:
        because = f"adopt: {remote_id}, which has lost our marker"
        return adopt(case, observed, Reason.ADOPT_REQUESTED, because)
    found = case.no_op(
        Standing.ATTENTION,
        Reason.MARKER_LOST,
        f"{remote_id} does not carry our marker any more: it may be another object of that name",
        f"`adopt: {remote_id}` in {case.address} takes it as it is",
    )
    return replace(found, facts=shown(finding.observed, None))


def _absent(case: Case, entry: Entry) -> Change:
    rules = case.kind.rules
    if rules.when_gone is WhenGone.HISTORY:
        differs = _differences(case, None)
        if differs.identity:
            return _again(case, differs)
    if case.must_replace:
        because = "gone from the project, --replace makes another"
        return create(case, Reason.REPLACE_REQUESTED, because)
    if rules.when_gone is WhenGone.RECREATE:
        return _absent_index(case, entry)
    found = case.no_op(
        Standing.ATTENTION,
        Reason.GONE,
        "gone from the project, and a point in time cannot be made again"
        if rules.holds_points_in_time
        else "gone from the project before it was done",
        f"--replace {case.address} takes a new one",
    )
    return replace(found, facts=shown(None, entry))


def _absent_index(case: Case, entry: Entry) -> Change:
    """What can be made again is, but never beside its own job, nor after a job that failed."""
    if entry.phase is Phase.RUNNING and entry.handle is not None:
        because = "its job is followed to the end; the object is not there yet"
        return case.change(Action.WAIT, Standing.PLANNED, Reason.STILL_RUNNING, because)
    if entry.phase is Phase.FAILED:
        way_out = f"--replace {case.address} tries again, once the cause is mended"
        because = "its job failed, and left nothing"
        return case.no_op(Standing.ATTENTION, Reason.FAILED, because, way_out)
    return create(case, Reason.GONE, "gone from the project, made again from what is pinned")


def _present(case: Case, finding: Finding, entry: Entry, observed: Observed) -> Change:
    differs = _differences(case, finding)
    if Phase.FAILED in {entry.phase, observed.phase}:
        return _again(case, differs) if differs.identity else _failed(case, finding, entry)
    if entry.phase is Phase.RUNNING:
        return _running(case, observed, entry, differs)
    if differs.immutable:
        return _immutable(case, finding, differs)
    if case.must_replace:
        return _replace(case, finding, Reason.REPLACE_REQUESTED, "--replace asks for a new one")
    if differs.updatable:
        return _update(case, entry, observed, differs)
    return _as_declared(case, entry)


def _as_declared(case: Case, entry: Entry) -> Change:
    if entry.verification in _UNVERIFIED:
        said = "failed last time" if entry.verification is Verification.FAILED else "was not done"
        because = f"verification {said}, it is tried again"
        return case.change(Action.WAIT, Standing.PLANNED, Reason.UNVERIFIED, because)
    return case.no_op(Standing.UNCHANGED, Reason.MATCHES, "as declared")


def _failed(case: Case, finding: Finding, entry: Entry) -> Change:
    rules, observed = case.kind.rules, finding.observed
    if case.must_replace:
        if rules.when_gone is WhenGone.HISTORY:
            return create(case, Reason.REPLACE_REQUESTED, "--replace asks for another run")
        return _replace(case, finding, Reason.REPLACE_REQUESTED, "failed, --replace makes another")
    way_out = f"--replace {case.address} makes another"
    if "trigger" in rules.fields:
        way_out = f"--replace {case.address} or a new `trigger` makes another"
    elif not rules.is_replaceable:
        way_out = "look at it; a restore under a new key does not stand in its way"
    found = case.no_op(Standing.ATTENTION, Reason.FAILED, _how_it_failed(entry, observed), way_out)
    return replace(found, facts=shown(observed, entry))


def _how_it_failed(entry: Entry, observed: Observed | None) -> str:
    if observed is not None and observed.phase is not Phase.FAILED:
        return f"its job failed, though {observed.remote_id} is there: it may not be whole"
    facts = entry.facts if observed is None else observed.facts
    status = facts.get("status") or facts.get("state")
    return f"it ended as {status}" if observed is not None and status else "it failed"


def _running(case: Case, observed: Observed, entry: Entry, differs: Differences) -> Change:
    if observed.phase is Phase.READY and case.kind.rules.when_gone is WhenGone.HISTORY:
        because = "it has ended, apply records that"
        found = case.change(Action.WAIT, Standing.PLANNED, Reason.STILL_RUNNING, because)
        return replace(found, facts=shown(observed, entry))
    changed = (*differs.identity, *differs.next_run)
    if changed:
        names = " and ".join(change.path for change in changed)
        found = case.refuse(
            Reason.STILL_RUNNING,
            f"{names} changed while it runs",
            "wait until it ends, or cancel it with `ensure: cancelled` first",
        )
        return replace(found, fields=changed, facts=shown(observed, entry))
    if differs.immutable:
        return _immutable(case, Finding(Sight.PRESENT, observed), differs)
    found = case.change(Action.WAIT, Standing.PLANNED, Reason.STILL_RUNNING, "still running")
    return replace(found, facts=shown(observed, entry))


def _immutable(case: Case, finding: Finding, differs: Differences) -> Change:
    names = " and ".join(change.path for change in differs.immutable)
    if case.desired is not None and case.desired.lifecycle.on_change is OnChange.REPLACE:
        found = _replace(case, finding, Reason.IMMUTABLE_DIFFERS, f"{names} cannot change in place")
        return replace(found, fields=differs.immutable)
    ways = _NEW_KEY
    if case.kind.rules.is_replaceable:
        ways = f"{_NEW_KEY}, or set `lifecycle: {{on_change: replace}}`"
    found = case.refuse(
        Reason.IMMUTABLE_DIFFERS, f"{names} cannot change once it exists", f"{ways}, or revert"
    )
    return replace(found, fields=differs.immutable, facts=shown(finding.observed, case.entry))


def _replace(case: Case, finding: Finding, reason: Reason, because: str) -> Change:
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
        way_out = "set prevent_destroy: false and apply, then replace it"
        return case.refuse(Reason.PROTECTED, f"{because}, but prevent_destroy is set", way_out)
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


def _update(case: Case, entry: Entry, observed: Observed, differs: Differences) -> Change:
    names = sorted({change.path.partition(".")[0] for change in differs.updatable})
    verb = "differs" if len(names) == 1 and not names[0].endswith("s") else "differ"
    found = case.change(
        Action.UPDATE,
        Standing.PLANNED,
        Reason.FIELDS_DIFFER,
        f"{' and '.join(names)} {verb}",
    )
    return replace(
        found,
        fields=differs.updatable,
        before=observed.fields,
        precondition=precondition(observed),
        facts=shown(observed, entry),
        notes=("then it is verified again",) if entry.verification in _UNVERIFIED else (),
    )


def _differences(case: Case, finding: Finding | None) -> Differences:
    wanted = {} if case.desired is None else case.desired.fields
    observed = None if finding is None else finding.observed
    return compare(case.kind.rules, wanted, case.entry, observed)

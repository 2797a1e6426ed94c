"""Decisions about declared objects that state already knows."""

from dataclasses import replace

from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.desired import Ensure
from reconciler.model.observed import Observed, Phase
from reconciler.model.rules import WhenGone
from reconciler.model.state import UNVERIFIED, Entry
from reconciler.planning.adoption import adopt
from reconciler.planning.compare import Differences, compare
from reconciler.planning.creation import create
from reconciler.planning.given import Case, precondition, shown, unverified
from reconciler.planning.removal import cancel
from reconciler.planning.replacing import again, anew, immutable, is_asked, replaced
from reconciler.planning.sight import Finding, Sight, another, find, may_vanish


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
        return again(case, differs)
    if case.must_replace:
        return anew(case, Reason.REPLACE_REQUESTED, "--replace asks for another run")
    if entry.phase is Phase.READY:
        return case.no_op(Standing.UNCHANGED, Reason.FINISHED, "finished")
    return _failed(case, finding, entry)


def _not_yet(case: Case, entry: Entry) -> Change:
    """Neither listed nor found by its id: lag, or gone already; nothing is concluded yet."""
    notes = _postponed(case, "it is surely gone")
    if entry.phase is Phase.RUNNING:
        because = "made moments ago, not in the lists yet"
        found = case.change(Action.WAIT, Standing.PLANNED, Reason.STILL_RUNNING, because)
        return replace(found, notes=notes)
    because = "not to be seen; made so recently that the API may not show it yet"
    way_out = "run again when the settle window has passed"
    found = case.no_op(Standing.ATTENTION, Reason.NOT_LISTED_YET, because, way_out)
    return replace(found, notes=notes)


def _postponed(case: Case, until: str) -> tuple[str, ...]:
    return (f"--replace is postponed until {until}",) if is_asked(case.given, case.address) else ()


def _stranger(case: Case, finding: Finding, entry: Entry, observed: Observed) -> Change:
    if case.kind.rules.when_gone is WhenGone.HISTORY:
        return _absent(case, entry)
    remote_id = entry.remote_id
    if case.desired is not None and case.desired.adopt == remote_id:
        signed = entry.marker is not None
        because = f"adopt: {remote_id}, which {'has lost our marker' if signed else 'is another'}"
        return adopt(case, observed, Reason.ADOPT_REQUESTED, because, entry)
    reason, said = another(entry, observed)
    if reason is Reason.MARKER_LOST:
        said = f"{said}: it may be another object of that name"
    way_out = f"`adopt: {remote_id}` in {case.address} takes it as it is"
    found = case.no_op(Standing.ATTENTION, reason, said, way_out)
    return replace(found, facts=shown(finding.observed, None))


def _absent(case: Case, entry: Entry) -> Change:
    rules, differs = case.kind.rules, _differences(case, None)
    if differs.identity:
        return again(case, differs)
    if case.must_replace:
        because = "gone from the project, --replace makes another"
        return anew(case, Reason.REPLACE_REQUESTED, because)
    if differs.immutable:
        return immutable(case, Finding(Sight.ABSENT), differs)
    if rules.when_gone is WhenGone.RECREATE:
        return _absent_index(case, entry)
    found = case.no_op(
        Standing.ATTENTION,
        Reason.GONE,
        "gone from the project, and a point in time cannot be made again"
        if rules.when_gone is WhenGone.ATTENTION
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
        return _failed_with(case, finding, entry, differs)
    if entry.phase is Phase.RUNNING:
        return _running(case, observed, entry, differs)
    if differs.immutable:
        return immutable(case, finding, differs)
    if is_asked(case.given, case.address):
        return replaced(case, finding, Reason.REPLACE_REQUESTED, "--replace asks for a new one")
    return _usable(case, entry, observed, differs)


def _usable(case: Case, entry: Entry, observed: Observed, differs: Differences) -> Change:
    if differs.drifted:
        return _drifted(case, observed, differs)
    if differs.updatable:
        return _update(case, entry, observed, differs)
    return _as_declared(case, entry)


def _as_declared(case: Case, entry: Entry) -> Change:
    if entry.verification in UNVERIFIED:
        because = f"{unverified(entry)}, it is tried again"
        return case.change(Action.WAIT, Standing.PLANNED, Reason.UNVERIFIED, because)
    return case.no_op(Standing.UNCHANGED, Reason.MATCHES, "as declared")


def _drifted(case: Case, observed: Observed, differs: Differences) -> Change:
    """What was sent is what is declared, and the API shows something else: nothing to replace."""
    names = " and ".join(change.path for change in differs.drifted)
    because = f"the API shows another {names} than was sent"
    way_out = "declare what it shows"
    if case.kind.rules.is_replaceable:
        way_out = f"{way_out}, or --replace {case.address} takes another"
    found = case.no_op(Standing.ATTENTION, Reason.IMMUTABLE_DIFFERS, because, way_out)
    return replace(found, fields=differs.drifted, facts=shown(observed, case.entry))


def _failed_with(case: Case, finding: Finding, entry: Entry, differs: Differences) -> Change:
    if differs.identity:
        return again(case, differs)
    if differs.immutable and not case.must_replace:
        return immutable(case, finding, differs)
    return _failed(case, finding, entry)


def _failed(case: Case, finding: Finding, entry: Entry) -> Change:
    rules, observed = case.kind.rules, finding.observed
    if case.must_replace:
        if rules.when_gone is WhenGone.HISTORY:
            return anew(case, Reason.REPLACE_REQUESTED, "--replace asks for another run")
        return replaced(case, finding, Reason.REPLACE_REQUESTED, "failed, --replace makes another")
    way_out = f"--replace {case.address} makes another"
    if "trigger" in rules.fields:
        way_out = f"--replace {case.address} or a new `trigger` makes another"
    elif not rules.is_replaceable:
        way_out = f"look at it; a {case.kind.name} under a new key does not stand in its way"
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
        return replace(
            found, facts=shown(observed, entry), notes=_postponed(case, "that is recorded")
        )
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
        return immutable(case, Finding(Sight.PRESENT, observed), differs)
    found = case.change(Action.WAIT, Standing.PLANNED, Reason.STILL_RUNNING, "still running")
    return replace(found, facts=shown(observed, entry), notes=_postponed(case, "it has ended"))


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
        notes=("then it is verified again",) if entry.verification in UNVERIFIED else (),
    )


def _differences(case: Case, finding: Finding | None) -> Differences:
    wanted = {} if case.desired is None else case.desired.fields
    observed = None if finding is None else finding.observed
    return compare(case.kind.rules, wanted, case.entry, observed)

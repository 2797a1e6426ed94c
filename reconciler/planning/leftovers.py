"""Decisions about what a replacement has left behind: it never outlives the entry that names it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reconciler.model.address import Address
from reconciler.model.change import BESIDE, Action, Change, Reason, Standing, as_no_op
from reconciler.model.copies import has_records, source
from reconciler.model.desired import Ensure, Lifecycle, OnRemove
from reconciler.model.observed import Phase
from reconciler.model.state import Entry
from reconciler.planning.given import Case, Given, shown
from reconciler.planning.removal import delete, forget
from reconciler.planning.sight import Finding, Sight, find, find_deposed


def decide_deposed(case: Case, remote_id: str) -> Change:
    """Decide about an object that a replacement has left behind."""
    entry, main = case.entry, case.decided.get(case.address)
    if entry is None:
        raise TypeError("only entries depose objects")
    # Protection and holds are about what took the place.
    free = replace(entry.lifecycle, prevent_destroy=False, held=None)
    deposed = replace(_left(entry, remote_id), lifecycle=free)
    old = replace(case, entry=deposed, desired=None)
    finding = find_deposed(case.kind, deposed, case.given)
    if finding.sight is Sight.ABSENT:
        found = forget(old, finding, Reason.DEPOSED, "replaced before, and gone by now")
        found = replace(found, before=None, facts={})  # what is known is known of the new one
    elif main is not None and main.action in {Action.FORGET, Action.DELETE}:
        return _with_entry(case, old, finding, main)
    else:
        found = _beside(case, old, finding, entry)
    if not case.must_replace or _makes(case) or not is_under_way(case.given, entry):
        return found
    return replace(found, notes=(*found.notes, "--replace was fulfilled by an earlier run"))


def is_under_way(given: Given, entry: Entry) -> bool:
    """Whether a replacement that has begun is still to end.

    It has ended where what it left behind stays: that may be for ever, and keeps no other waiting.
    """
    kind = given.kinds[entry.address.kind]
    found = (find_deposed(kind, _left(entry, one), given) for one in entry.deposed)
    ends = any(not _no_copy(given, entry, finding) for finding in found)
    return ends or (bool(entry.deposed) and entry.phase is Phase.RUNNING)


def _left(entry: Entry, remote_id: str) -> Entry:
    return replace(entry, remote_id=remote_id, deposed=(), marker=None)


def _makes(case: Case) -> bool:
    """Whether this plan makes another, beside which nobody has seen yet what is left behind."""
    main = case.decided.get(case.address)
    return main is not None and main.action in {Action.CREATE, Action.REPLACE}


def _beside(case: Case, old: Case, finding: Finding, entry: Entry) -> Change:
    """Delete what has been replaced by as good a copy; by another only what is named and shown."""
    why, beside = _not_replaced(case, entry), None
    way_out = f"--replace {case.address} makes another in its place"
    if not why:
        why, way_out = _no_copy(case.given, entry, finding), _ways_out(case, entry)
        beside = _permitted_beside(case, entry) if why else None
    if why and beside is None:
        found = old.no_op(Standing.ATTENTION, Reason.DEPOSED, f"kept: {why}", way_out)
        return replace(found, facts=shown(finding.observed, old.entry))
    waits = ", once that is Ready" if entry.phase is Phase.RUNNING else ""
    found = delete(old, finding, Reason.DEPOSED, f"replaced by {entry.remote_id}{waits}")
    if beside is None:
        return found
    note = f"{why}; --allow-last-backup ends this one all the same"
    return replace(found, notes=(*found.notes, note), pins={BESIDE: beside})


def _permitted_beside(case: Case, entry: Entry) -> str | None:
    """Give the id of the successor that is no copy, where a flag permits the end of what is one."""
    main = find(case.kind, entry, case.given).observed
    if case.address not in case.given.permissions.last_backups or _makes(case):
        return None
    return main.remote_id if main is not None and main.phase is Phase.READY else None


def _ways_out(case: Case, entry: Entry) -> str:
    """Name the better way first: another backup, where this one has nothing that one may have."""
    main = find(case.kind, entry, case.given).observed
    ready = main is not None and main.phase is Phase.READY and not _makes(case)
    if main is None or not ready:
        return f"--allow-last-backup {case.address} ends it once what replaces it is Ready"
    ends = f"--allow-last-backup {case.address} ends"
    if has_records(main):
        return f"{ends} it"
    return f"--replace {case.address} makes another; {ends} this one"


def _with_entry(case: Case, old: Case, finding: Finding, main: Change) -> Change:
    """End our care as that for the entry ends; where its object is gone, as its own would have."""
    because = f"left behind; {main.because}"
    if main.action is Action.DELETE:
        return delete(old, finding, Reason.DEPOSED, because)
    if main.reason in _GONE and old.entry is not None and _was_to_be_deleted(case, main):
        if main.reason is not Reason.EXPIRED:  # neither keeps what a rule lets go
            old = replace(old, entry=replace(old.entry, lifecycle=_protection(case)))
        return delete(old, finding, Reason.DEPOSED, f"replaced by {main.remote_id}; {main.because}")
    found = forget(old, finding, Reason.DEPOSED, because)
    found = replace(found, standing=main.standing)
    seen = finding.observed
    return replace(found, facts={}) if seen is None else replace(found, before=seen.fields)


_GONE = {Reason.GONE, Reason.EXPIRED}
"""Why an entry is forgotten that would have been deleted, had its object been there."""


def _was_to_be_deleted(case: Case, main: Change) -> bool:
    absent = case.desired is not None and case.desired.ensure is Ensure.ABSENT
    asked = absent or case.given.permissions.destroy or main.reason is Reason.EXPIRED
    return asked or (case.entry is not None and case.entry.lifecycle.on_remove is OnRemove.DELETE)


def _protection(case: Case) -> Lifecycle:
    """Protect the last of an address as it was declared itself, now that nothing took its place."""
    known = [one.lifecycle for one in (case.desired, case.entry) if one is not None]
    held = next((one.held for one in known if one.hold(case.given.world.now)), None)
    return replace(known[-1], prevent_destroy=case.is_protected, held=held)


def _not_replaced(case: Case, entry: Entry) -> str:
    """Say why a leftover may be all there is; empty where its successor was seen, and is good."""
    main = find(case.kind, entry, case.given)
    if main.sight is not Sight.PRESENT or main.observed is None:
        seen = f"what was to replace it, {entry.remote_id}, "
        return f"{seen}is gone" if main.sight is Sight.ABSENT else f"{seen}was not seen"
    if Phase.FAILED in {entry.phase, main.observed.phase}:
        return "what was to replace it failed"
    if main.observed.phase is Phase.RUNNING and entry.phase is not Phase.RUNNING:
        return f"what was to replace it, {entry.remote_id}, is not Ready"
    return ""


def _no_copy(given: Given, entry: Entry, finding: Finding) -> str:
    """Say why a successor that is good does not hold what this one does; apply asks the same."""
    kind = given.kinds[entry.address.kind]
    main, left = find(kind, entry, given).observed, finding.observed
    guarded = kind.rules.holds_points_in_time
    if main is None or left is None or not guarded or left.facts.get("record_count") == 0:
        return ""
    if left.phase is not Phase.READY:
        return ""
    lacks = ["is of another index of that name"] if source(main) != source(left) else []
    if main.phase is Phase.READY and not has_records(main):
        counted = main.facts.get("record_count") is not None
        lacks.append("has no records" if counted else "is not known to have records")
    return f"what replaced it, {main.remote_id}, {' and '.join(lacks)}" if lacks else ""


def keep_named(given: Given, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Keep an entry while something that it left behind stays: nothing else in state names that."""
    left: dict[Address, list[Change]] = {}
    for change in changes:
        if _is_leftover(given, change):
            left.setdefault(change.address, []).append(change)
    return tuple(_kept(given, change, left.get(change.address, ())) for change in changes)


def _is_leftover(given: Given, change: Change) -> bool:
    entry = given.state.entries.get(change.address)
    return entry is not None and change.remote_id in entry.deposed


def _kept(given: Given, change: Change, left: Iterable[Change]) -> Change:
    """Hold back what would end an entry, for the reason for which something of it stays."""
    stays = next((one for one in left if one.standing is not Standing.PLANNED), None)
    ends = change.forgets and change.standing is Standing.PLANNED
    if stays is None or not ends or _is_leftover(given, change):
        return change
    if stays.standing is Standing.REFUSED:  # and so is the whole plan
        return change
    if stays.standing is not Standing.UNREADABLE:
        return replace(change, standing=stays.standing, way_out=stays.way_out)
    why = f"{stays.remote_id}, left behind, cannot be told from gone: {stays.because}"
    return replace(as_no_op(change, Standing.UNREADABLE, Reason.UNREADABLE, why), notes=())

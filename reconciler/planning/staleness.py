"""Compares what was reviewed with what is there: what is left to do, and what has become stale.

Percentages, counts, sizes, ages and times are no part of the comparison, nor is what became due
since: that waits for the next plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, Standing, planned
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.observed import Phase
from reconciler.model.plan import CHANGING, Operation, Plan, Step
from reconciler.planning.expiry import expires
from reconciler.planning.given import Given
from reconciler.planning.review import (
    Announced,
    Announcements,
    Place,
    announcements,
    carries_out,
    steps_by_change,
)
from reconciler.planning.since import moved_on, needs_more, not_ready, renamed

_BRING = {Operation.CREATE, Operation.WAIT}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is left to run of a reviewed plan, and its steps that are passed over, with reasons."""

    plan: Plan
    stale: tuple[Diagnostic, ...] = ()
    passed_over: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Rest:
    """What is found out, change by change."""

    names: dict[str, str] = field(default_factory=dict)  # step now -> step that was reviewed
    dropped: set[str] = field(default_factory=set)  # steps now that nobody reviewed
    stale: list[Diagnostic] = field(default_factory=list)
    passed_over: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Now:
    """What would be planned now, as it is looked up."""

    changes: Mapping[Address, Sequence[Change]]
    steps: Mapping[Place, Sequence[Step]]
    looks: frozenset[str]  # steps that only look


def compare(given: Given, made: Plan) -> Comparison:
    """Compare a plan made under review with the one that was reviewed; TypeError without one."""
    review = given.review
    if review is None:
        raise TypeError("only a plan made under review can be compared with what was reviewed")
    known, now, rest = announcements(review), _now(made), _Rest()
    for change in planned(review.plan.changes):
        for one in known.get(change.address, ()):
            if one.change is change and one.left:
                _compare_one(given, known, now, one, rest)
    rest.stale += renamed(review.plan, made)
    return Comparison(_merged(review.plan, made, rest), tuple(rest.stale), rest.passed_over)


def _now(made: Plan) -> _Now:
    changes: dict[Address, list[Change]] = {}
    for change in made.changes:
        changes.setdefault(change.address, []).append(change)
    looks = frozenset(step.id for step in made.steps if step.operation not in CHANGING)
    return _Now(changes, steps_by_change(made), looks)


def _compare_one(
    given: Given, known: Announcements, now: _Now, one: Announced, rest: _Rest
) -> None:
    reviewed = given.review
    change = one.change
    there = now.changes.get(change.address, ())
    again = next((other for other in there if carries_out(given, known, one, other)), None)
    if reviewed is None or (again is None and reviewed.resumed and _arrived(change, there)):
        return
    if again is None:
        told = moved_on(reviewed.plan, change, there)
    else:
        steps = now.steps.get((again.address, again.remote_id, again.action), ())
        names = {step.id: _name(step, one) for step in steps}
        more = [step for step in steps if _is_more(names[step.id], step, one)]
        failed = _came_to_nothing(given, now, one)
        rest.names.update(names)
        if not more and failed is None:
            return
        rest.dropped.update(names)
        told = (
            needs_more(reviewed.plan, change, more[0])
            if failed is None
            else not_ready(reviewed.plan, change, failed)
        )
    rest.stale.append(told)
    why = told.summary.removeprefix(f"{change.address}: ")
    mine = {step.id for step in one.steps} - reviewed.done - now.looks
    rest.passed_over.update(dict.fromkeys(sorted(mine), why))


def _came_to_nothing(given: Given, now: _Now, one: Announced) -> Address | None:
    """Name what was to be Ready before an expiry, is not, and is not made or waited for any more.

    That an earlier run sent its create stands in state as done, whatever became of the job.
    """
    if given.review is None or not expires(one.change):
        return None
    steps = {step.id: step.address for step in given.review.plan.steps if step.operation in _BRING}
    coming = {place[0] for place in now.steps}
    for address in (steps[before] for step in one.left for before in step.after if before in steps):
        entry = given.state.entries.get(address)
        if address not in coming and (entry is None or entry.phase is not Phase.READY):
            return address
    return None


def _name(step: Step, one: Announced) -> str:
    """Give the name under which a step was reviewed; what is gone is forgotten, not deleted."""
    same = [other.id for other in one.steps if other.operation is step.operation]
    if same or step.operation is not Operation.FORGET:
        return same[0] if same else step.id
    return one.left[-1].id


def _is_more(name: str, step: Step, one: Announced) -> bool:
    return step.operation in CHANGING and name not in {other.id for other in one.steps}


def _arrived(reviewed: Change, there: Sequence[Change]) -> bool:
    """Whether an earlier run brought it about, and was cut off before it could record that."""
    if reviewed.action is Action.CANCEL:
        ended = {Action.NO_OP, Action.WAIT}
        quiet = {Standing.UNCHANGED, Standing.PLANNED}
        return any(now.action in ended and now.standing in quiet for now in there)
    if reviewed.action not in {Action.UPDATE, Action.ADOPT}:
        return False
    return any(
        now.remote_id == reviewed.remote_id
        and (now.standing is Standing.UNCHANGED or now.reason is Reason.UNVERIFIED)
        for now in there
    )


def _merged(reviewed: Plan, made: Plan, rest: _Rest) -> Plan:
    """Give the plan to run, in the reviewed plan's name; refused is what the guards refuse now."""
    before = {step.id: step for step in reviewed.steps}
    over = [replace(before[step_id], after=()) for step_id in rest.passed_over]
    kept = [step for step in made.steps if step.id not in rest.dropped]
    names = {step.id: rest.names.get(step.id, step.id) for step in kept}
    steps = list(over)
    for step in kept:
        announced = before.get(names[step.id])
        waits = set() if announced is None else set(announced.after) & set(rest.passed_over)
        after = sorted({names[one] for one in step.after if one in names} | waits)
        steps.append(replace(step, id=names[step.id], after=tuple(after)))
    unseen = {care.address for care in made.care if care not in reviewed.care}
    return replace(
        made,
        header=reviewed.header,
        steps=tuple(steps),
        refreshes=tuple(one for one in made.refreshes if one.address not in unseen),
        care=tuple(one for one in made.care if one in reviewed.care),
        all_seen=True,  # whatever was announced and cannot be seen is stale
    )

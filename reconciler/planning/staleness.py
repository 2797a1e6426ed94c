"""Compares what was reviewed with what is there: what is left to do, and what has become stale.

Percentages, counts, sizes, ages and times are no part of the comparison, nor is what became due
since: that waits for the next plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.plan import CHANGING, Operation, Plan, Step
from reconciler.planning.given import Given, Review
from reconciler.planning.review import announcing, carries_out, left_of, steps_of
from reconciler.planning.since import moved_on, needs_more, renamed


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


def compare(given: Given, made: Plan) -> Comparison:
    """Compare a plan made under review with the one that was reviewed; TypeError without one."""
    review = given.review
    if review is None:
        raise TypeError("only a plan made under review can be compared with what was reviewed")
    rest = _Rest()
    for change in announcing(review.plan):
        _compare_one(given, review, made, change, rest)
    rest.stale += renamed(review.plan, made)
    return Comparison(_merged(review.plan, made, rest), tuple(rest.stale), rest.passed_over)


def _compare_one(given: Given, review: Review, made: Plan, change: Change, rest: _Rest) -> None:
    mine = steps_of(review.plan, change)
    left = left_of(review, change)
    if not left:
        return
    there = [one for one in made.changes if one.address == change.address]
    now = next((one for one in there if carries_out(given, change, one)), None)
    if now is not None:
        names = {step.id: _name(step, mine, left) for step in steps_of(made, now)}
        more = [step for step in steps_of(made, now) if _is_more(names[step.id], step, mine)]
        rest.names.update(names)
        if not more:
            return
        rest.dropped.update(names)
        told = needs_more(review.plan, change, more[0])
    elif review.resumed and any(_has_arrived(change, one) for one in there):
        return
    else:
        told = moved_on(review.plan, change, there)
    rest.stale.append(told)
    why = told.summary.removeprefix(f"{change.address}: ")
    looks = {step.id for step in made.steps if step.operation not in CHANGING}
    rest.passed_over.update(dict.fromkeys({step.id for step in mine} - review.done - looks, why))


def _name(step: Step, mine: Sequence[Step], left: Sequence[Step]) -> str:
    """Give the name under which a step was reviewed; what is gone is forgotten, not deleted."""
    same = [one.id for one in mine if one.operation is step.operation]
    if same or step.operation is not Operation.FORGET:
        return same[0] if same else step.id
    return left[-1].id


def _is_more(name: str, step: Step, mine: Sequence[Step]) -> bool:
    return step.operation in CHANGING and name not in {one.id for one in mine}


def _has_arrived(reviewed: Change, now: Change) -> bool:
    """Whether an earlier run brought it about, and was cut off before it could record that."""
    if reviewed.action is Action.CANCEL:
        quiet = now.standing in {Standing.UNCHANGED, Standing.PLANNED}
        return quiet and now.action in {Action.NO_OP, Action.WAIT}
    if reviewed.action not in {Action.UPDATE, Action.ADOPT} or now.remote_id != reviewed.remote_id:
        return False
    return now.standing is Standing.UNCHANGED or now.reason is Reason.UNVERIFIED


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
        complete=True,  # whatever was announced and cannot be seen is stale
    )

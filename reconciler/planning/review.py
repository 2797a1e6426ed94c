"""Holds what would be planned now against the plan that was reviewed; the rest is held back.

A digest tells whether a change is the very one that was reviewed. Where an earlier run of the plan
was cut off, what is left of a change looks different by then, in ways that are known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange, Reason, Standing, planned
from reconciler.model.plan import CHANGING, Operation, Permissions, Plan, Step, change_of
from reconciler.planning.given import Given, Review
from reconciler.planning.identity import change_digest

_LATER = "the next plan shows it for approval"


def hold_back(given: Given, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Withhold every change that the reviewed plan did not announce; without one, none."""
    review = given.review
    if review is None:
        return tuple(changes)
    followed = {step.address for step in review.plan.steps}
    announced = tuple(one for one in announcing(review.plan) if left_of(review, one))
    return tuple(
        change
        if change.standing is not Standing.PLANNED
        or (change.action is Action.WAIT and change.address in followed)
        or any(carries_out(given, one, change) for one in announced)
        else replace(change, standing=Standing.WITHHELD, way_out=_LATER)
        for change in changes
    )


def refuse_nothing(given: Given, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Let what stands in the way of single changes stop these, not what else was reviewed."""
    if given.review is None:
        return tuple(changes)
    return tuple(
        replace(change, standing=Standing.ATTENTION)
        if change.standing is Standing.REFUSED
        else change
        for change in changes
    )


def announcing(plan: Plan) -> tuple[Change, ...]:
    """Give the changes of a plan that must be derived again, digest by digest."""
    return tuple(change for change in planned(plan.changes) if change.digest)


def steps_of(plan: Plan, change: Change) -> tuple[Step, ...]:
    """Give the steps of a plan that belong to one of its changes."""
    same = [one for one in plan.changes if one.address == change.address]
    return tuple(
        step
        for step in plan.steps
        if step.address == change.address and change_of(same, step) is change
    )


def left_of(review: Review, change: Change) -> tuple[Step, ...]:
    """Give the steps of a reviewed change that are still to be done; looks are always repeated."""
    mine = steps_of(review.plan, change)
    return tuple(step for step in mine if step.operation in CHANGING and step.id not in review.done)


def unspent(review: Review) -> Permissions:
    """Give the plan's permissions without those that what is done has used up."""
    allowed = review.plan.permissions
    return replace(
        allowed,
        replace=allowed.replace - set(_done(review, Operation.CREATE)),
        last_backups=allowed.last_backups - set(_done(review, Operation.DELETE)),
    )


def _done(review: Review, *operations: Operation) -> Iterator[Address]:
    for step in review.plan.steps:
        if step.id in review.done and step.operation in operations:
            yield step.address


def is_begun(review: Review, change: Change) -> bool:
    """Whether an earlier run has done the first step of a change that was reviewed."""
    mine = [step.id for step in steps_of(review.plan, change) if step.operation in CHANGING]
    return bool(mine) and mine[0] in review.done


def carries_out(given: Given, reviewed: Change, now: Change) -> bool:
    """Whether a change that would be planned now is one that was reviewed, or the rest of it."""
    if now.address != reviewed.address or now.standing is not Standing.PLANNED:
        return False
    if change_digest(now) == reviewed.digest:
        return True
    review = given.review
    if review is None or not review.resumed:
        return False
    if _fulfils(given, review, reviewed, now) or _has_ended(reviewed, now):
        return True
    return is_begun(review, reviewed) and _is_rest(reviewed, now)


def _fulfils(given: Given, review: Review, reviewed: Change, now: Change) -> bool:
    """Whether only that is known now which was to be known once an earlier step was done."""
    if not reviewed.awaits or now.awaits:
        return False
    made = {
        given.state.entries[address].remote_id
        for address in _done(review, Operation.CREATE)
        if address in reviewed.depends_on and address in given.state.entries
    }
    if not all(now.pins.get(key) in made for key in reviewed.awaits):
        return False
    pins = {key: value for key, value in now.pins.items() if key not in reviewed.awaits}
    before = replace(now, pins=pins, awaits=reviewed.awaits)
    return change_digest(before) == reviewed.digest


def _has_ended(reviewed: Change, now: Change) -> bool:
    """Whether an end was sent, and only its record is missing."""
    ends = {Action.DELETE, Action.CANCEL, Action.REPLACE}
    same = now.action is Action.FORGET and now.remote_id == reviewed.remote_id
    if not same or reviewed.action not in ends:
        return False
    if reviewed.action is Action.CANCEL:
        return reviewed.forgets
    return now.reason in {Reason.GONE, Reason.DEPOSED}


def _is_rest(reviewed: Change, now: Change) -> bool:
    """Whether it is what is left of a change whose first step is done."""
    if reviewed.transient:
        return now.reason is Reason.TRANSIENT
    if now.remote_id != reviewed.remote_id:
        return False
    if reviewed.action is Action.REPLACE:
        left = now.action is Action.DELETE and now.reason is Reason.DEPOSED
        return left and now.precondition == reviewed.precondition
    updates = reviewed.action is Action.ADOPT and now.action is Action.UPDATE
    return updates and _values(now.fields) == _values(reviewed.fields)


def _values(fields: Sequence[FieldChange]) -> list[tuple[str, object, object]]:
    return [(one.path, one.before, one.after) for one in fields]

"""Holds what would be planned now against the plan that was reviewed; the rest is held back.

A digest tells whether a change is the very one that was reviewed. Where an earlier run of the plan
was cut off, what is left of a change looks different by then, in ways that are known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.model.address import Address
from reconciler.model.change import BESIDE, Action, Change, FieldChange, Reason, Standing, planned
from reconciler.model.plan import CHANGING, Operation, Permissions, Plan, Step, change_of
from reconciler.planning.given import Given, Review
from reconciler.planning.identity import change_digest

_LATER = "the next plan shows it for approval"


@dataclass(frozen=True, slots=True)
class Announced:
    """A change that was reviewed: its steps, and which of these are still to be done."""

    change: Change
    steps: tuple[Step, ...]
    left: tuple[Step, ...]  # looks are always repeated, and not counted here

    @property
    def is_begun(self) -> bool:
        """Whether an earlier run has done the first step."""
        first = next((step for step in self.steps if step.operation in CHANGING), None)
        return first is not None and first not in self.left


Announcements = Mapping[Address, Sequence[Announced]]
"""What was reviewed, by address."""


def announcements(review: Review) -> Announcements:
    """Give the changes of a reviewed plan that have to be derived again, digest by digest."""
    steps = steps_by_change(review.plan)
    found: dict[Address, list[Announced]] = {}
    for change in planned(review.plan.changes):
        if change.digest:
            mine = steps.get((change.address, change.remote_id, change.action), ())
            left = [one for one in mine if one.operation in CHANGING and one.id not in review.done]
            announced = Announced(change, tuple(mine), tuple(left))
            found.setdefault(change.address, []).append(announced)
    return found


Place = tuple[Address, str | None, Action]
"""What tells the changes of one plan apart."""


def steps_by_change(plan: Plan) -> Mapping[Place, Sequence[Step]]:
    """Give the steps of a plan by the change that they belong to."""
    changes: dict[Address, list[Change]] = {}
    for change in plan.changes:
        changes.setdefault(change.address, []).append(change)
    found: dict[Place, list[Step]] = {}
    for step in plan.steps:
        change = change_of(changes[step.address], step)
        found.setdefault((change.address, change.remote_id, change.action), []).append(step)
    return found


def hold_back(given: Given, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Withhold every change that the reviewed plan did not announce; without one, none."""
    review = given.review
    if review is None:
        return tuple(changes)
    known = announcements(review)
    followed = {step.address for step in review.plan.steps}
    return tuple(
        change
        if change.standing is not Standing.PLANNED
        or (change.action is Action.WAIT and change.address in followed)
        or any(carries_out(given, known, one, change) for one in known.get(change.address, ()))
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


def unspent(review: Review) -> Permissions:
    """Give the plan's permissions without those that what is done has used up."""
    allowed = review.plan.permissions
    done = [step for step in review.plan.steps if step.id in review.done]
    made = {step.address for step in done if step.operation is Operation.CREATE}
    gone = {step.address for step in done if step.operation is Operation.DELETE}
    return replace(
        allowed, replace=allowed.replace - made, last_backups=allowed.last_backups - gone
    )


def carries_out(given: Given, known: Announcements, one: Announced, now: Change) -> bool:
    """Whether a change that would be planned now is one that was reviewed, or the rest of it."""
    if now.standing is not Standing.PLANNED or not one.left:
        return False
    if change_digest(now) == one.change.digest:
        return True
    if given.review is None or not given.review.resumed:
        return False
    if _fulfils(given, known, one.change, now) or _has_ended(one.change, now):
        return True
    return one.is_begun and _is_rest(one.change, now)


def _fulfils(given: Given, known: Announcements, reviewed: Change, now: Change) -> bool:
    """Whether only that is known now which was to be known once an earlier step was done."""
    if not reviewed.awaits or now.awaits:
        return False
    made = {
        given.state.entries[address].remote_id
        for address in reviewed.depends_on
        if address in given.state.entries and any(_has_made(one) for one in known.get(address, ()))
    }
    if not all(now.pins.get(key) in made for key in reviewed.awaits):
        return False
    pins = {key: value for key, value in now.pins.items() if key not in reviewed.awaits}
    before = replace(now, pins=pins, awaits=reviewed.awaits)
    return change_digest(before) == reviewed.digest


def _has_made(one: Announced) -> bool:
    return one.is_begun and one.change.action in {Action.CREATE, Action.REPLACE}


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
        same = now.precondition == reviewed.precondition
        return left and same and BESIDE not in now.pins  # what is no copy was not reviewed
    updates = reviewed.action is Action.ADOPT and now.action is Action.UPDATE
    return updates and _values(now.fields) == _values(reviewed.fields)


def _values(fields: Sequence[FieldChange]) -> list[tuple[str, object, object]]:
    return [(one.path, one.before, one.after) for one in fields]

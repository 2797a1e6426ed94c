"""What makes a reviewed change stale, in words; and what is left of one that was cut off."""

from dataclasses import replace

import pytest
from unit.planning.reviewed import GIVEN, HEADER
from unit.timing import growth

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange, Precondition, Reason, Standing
from reconciler.model.observed import Phase
from reconciler.model.plan import Operation, Plan, Step
from reconciler.planning.given import Review
from reconciler.planning.identity import change_digest
from reconciler.planning.review import announcements, carries_out, hold_back
from reconciler.planning.since import (
    moved_on,
    needs_more,
    renamed,
)
from reconciler.planning.staleness import compare

ADDRESS = Address("restore", "docs")
HELD = Precondition("docs", 7, "5eed0001@restore.docs@01JD0000000000000000000000", Phase.READY)
CHANGE = Change(
    address=ADDRESS,
    action=Action.UPDATE,
    standing=Standing.PLANNED,
    reason=Reason.FIELDS_DIFFER,
    because="tags differ",
    wanted={"tags": {"a": "1"}},
    fields=(FieldChange("tags.a", "0", "1"),),
    pins={"backup_id": "b-1"},
    remote_id="docs",
    precondition=HELD,
)
CREATE = replace(
    CHANGE,
    action=Action.CREATE,
    because="not in state",
    fields=(),
    remote_id=None,
    precondition=None,
)
PLAN = Plan(HEADER, (CHANGE,), ())


MOVED = {
    "its tags.a was changed in the project, from 0 to 9": replace(
        CHANGE, fields=(FieldChange("tags.a", "9", "1"),)
    ),
    "its tags.b was changed in the project, to [1]": replace(
        CHANGE, fields=(*CHANGE.fields, FieldChange("tags.b", [1], None))
    ),
    "its tags.a was changed in the project, to what is declared": replace(CHANGE, fields=()),
    "docs was there, and other is now": replace(CHANGE, remote_id="other"),
    "docs was there, and no object of ours is now": replace(CHANGE, remote_id=None),
    "docs was ready, and is running": replace(
        CHANGE, precondition=replace(HELD, phase=Phase.RUNNING)
    ),
    "docs was made anew under the same id": replace(
        CHANGE, precondition=replace(HELD, created_at=8)
    ),
    "docs carries another marker than it did": replace(
        CHANGE, precondition=replace(HELD, marker=None)
    ),
    "backup b-1 was chosen for it, and backup b-2 would be now": replace(
        CHANGE, pins={"backup_id": "b-2"}
    ),
    "what it is made from (backup_id) is not known any more": replace(
        CHANGE, awaits=("backup_id",)
    ),
    "it was planned since tags differ, now it would be since gone": replace(
        CHANGE, reason=Reason.GONE, because="gone"
    ),
    "other fields are wanted": replace(CHANGE, wanted={}),
    "an update was planned (tags differ), now a delete would be (gone)": replace(
        CHANGE, action=Action.DELETE, because="gone"
    ),
    "nothing is left to do (as declared)": replace(
        CHANGE, action=Action.NO_OP, standing=Standing.UNCHANGED, because="as declared"
    ),
    "it cannot be done any more: in the way": replace(
        CHANGE, action=Action.NO_OP, standing=Standing.ATTENTION, because="in the way"
    ),
}


@pytest.mark.parametrize("said", MOVED)
def test_each_move_has_its_words(said: str) -> None:
    assert change_digest(MOVED[said]) != change_digest(CHANGE)
    told = moved_on(PLAN, CHANGE, [MOVED[said]])
    when = "since this plan was made at 1970-01-01T00:00:00Z"
    assert told.summary == f"restore.docs: {said}, {when}"


def test_what_is_nowhere_any_more_is_said() -> None:
    told = moved_on(PLAN, CHANGE, [])
    assert "it is neither declared nor in state any more" in told.summary


def test_what_was_to_be_known_later_and_is_known_already_is_said() -> None:
    awaited = replace(CREATE, pins={}, awaits=("backup_id",))
    told = moved_on(PLAN, awaited, [CREATE])
    assert "what it is made from (backup_id) is known already" in told.summary


def test_object_with_the_planned_id_is_the_one_to_compare_with() -> None:
    deposed = replace(CHANGE, remote_id="old", because="left behind")
    now = replace(CHANGE, fields=(FieldChange("tags.a", "9", "1"),))
    assert "from 0 to 9" in moved_on(PLAN, CHANGE, [deposed, now]).summary


def test_step_that_was_not_reviewed_is_said() -> None:
    unprotect = Step("unprotect restore.docs", ADDRESS, Operation.UNPROTECT)
    assert "its deletion protection was turned on" in needs_more(PLAN, CHANGE, unprotect).summary
    update = Step("update restore.docs", ADDRESS, Operation.UPDATE)
    assert "another step is needed: update" in needs_more(PLAN, CHANGE, update).summary


def test_rename_that_nobody_reviewed_is_said() -> None:
    old = Address("restore", "old")
    (told,) = renamed(PLAN, replace(PLAN, moves={old: ADDRESS}))
    assert told.summary.startswith("restore.docs: state holds restore.old since this plan was made")
    assert renamed(replace(PLAN, moves={old: ADDRESS}), replace(PLAN, moves={old: ADDRESS})) == []
    assert renamed(replace(PLAN, moves={old: ADDRESS}), PLAN) == []


def is_rest(reviewed: Change, now: Change, *, done: bool = True, resumed: bool = True) -> bool:
    """Tell whether a change counts as what is left of a reviewed one, whose first step is done."""
    reviewed = replace(reviewed, digest=change_digest(reviewed))
    first = Operation.ADOPT if reviewed.action is Action.ADOPT else Operation.CREATE
    steps = (
        Step(f"{first.value} {ADDRESS}", ADDRESS, first),
        Step(f"update {ADDRESS}", ADDRESS, Operation.UPDATE),
    )
    review = Review(
        replace(PLAN, changes=(reviewed,), steps=steps),
        frozenset({steps[0].id} if done else ()),
        resumed,
    )
    known = announcements(review)
    return carries_out(replace(GIVEN, review=review), known, known[ADDRESS][0], now)


ADOPT = replace(CHANGE, action=Action.ADOPT, reason=Reason.ADOPT_REQUESTED)
REPLACE = replace(CHANGE, action=Action.REPLACE, remote_id="old")
LEFT = replace(CHANGE, action=Action.DELETE, reason=Reason.DEPOSED, remote_id="old")
CANCEL = replace(CHANGE, action=Action.CANCEL, forgets=True)
FORGET = replace(CHANGE, action=Action.FORGET, reason=Reason.NOT_DECLARED)
DRILL = replace(CREATE, transient=True)


@pytest.mark.parametrize(
    ("reviewed", "now"),
    [
        (ADOPT, CHANGE),
        (REPLACE, LEFT),
        (REPLACE, replace(LEFT, action=Action.FORGET)),
        (CANCEL, FORGET),
        (replace(CHANGE, action=Action.DELETE), replace(FORGET, reason=Reason.GONE)),
        (DRILL, replace(LEFT, reason=Reason.TRANSIENT)),
    ],
)
def test_what_is_left_of_a_change_is_known(reviewed: Change, now: Change) -> None:
    assert is_rest(reviewed, now)
    assert not is_rest(reviewed, now, resumed=False)


@pytest.mark.parametrize(
    ("reviewed", "now"),
    [
        (ADOPT, replace(CHANGE, fields=(FieldChange("tags.a", "9", "1"),))),
        (ADOPT, replace(CHANGE, remote_id="other")),
        (REPLACE, replace(LEFT, precondition=replace(HELD, created_at=9))),
        (REPLACE, replace(LEFT, reason=Reason.NOT_DECLARED)),
        (replace(CANCEL, forgets=False), FORGET),
        (replace(CHANGE, action=Action.DELETE), FORGET),
        (CHANGE, FORGET),
        (DRILL, LEFT),
        (CHANGE, replace(CHANGE, standing=Standing.WITHHELD)),
    ],
)
def test_what_is_not_left_of_a_change_is_not_taken_for_it(reviewed: Change, now: Change) -> None:
    assert not is_rest(reviewed, now)


def test_rest_of_what_was_not_begun_is_nothing() -> None:
    assert not is_rest(REPLACE, LEFT, done=False)


def test_comparing_wants_a_review() -> None:
    with pytest.raises(TypeError):
        compare(GIVEN, PLAN)


def compared(count: int) -> None:
    """Compare a plan of so many creates with itself, some of them done before."""
    addresses = [Address("backup", f"b{number}") for number in range(count)]
    changes = [replace(CREATE, address=one, awaits=()) for one in addresses]
    changes = [replace(one, digest=change_digest(one)) for one in changes]
    steps = [Step(f"create {one}", one, Operation.CREATE) for one in addresses]
    plan = replace(PLAN, changes=tuple(changes), steps=tuple(steps))
    done = frozenset(step.id for step in steps[::2])
    given = replace(GIVEN, review=Review(plan, done, resumed=True))
    made = replace(plan, changes=hold_back(given, plan.changes), steps=tuple(steps[1::2]))
    assert compare(given, made).stale == ()


def test_comparing_grows_with_the_number_of_changes_and_not_with_its_square() -> None:
    assert growth(compared, 300, 3000) < 25

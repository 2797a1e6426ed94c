"""What makes a reviewed change stale, in words; and what is left of one that was cut off."""

from dataclasses import replace

import pytest
from golden.case import KINDS, Case, given_of
from unit.timing import growth

from reconciler.config.build import build
from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange, Precondition, Reason, Standing
from reconciler.model.desired import Configuration
from reconciler.model.observed import Phase
from reconciler.model.plan import Header, Operation, Plan, Step
from reconciler.model.values import SECOND
from reconciler.planning.given import Review
from reconciler.planning.identity import change_digest
from reconciler.planning.planner import make_plan
from reconciler.planning.review import announcements, carries_out, hold_back
from reconciler.planning.since import (
    declared_apart,
    misfits,
    moved_on,
    needs_more,
    renamed,
    too_old,
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
HEADER = Header("ab", "0.1.0", "https://api.pinecone.io", "5eed", "default", "cd" * 32, 0)
PLAN = Plan(HEADER, (CHANGE,), ())
GIVEN = given_of(Case(b"version: 1\n", {}, None, {}))


def configuration(backups: str) -> Configuration:
    return build([("main.yaml", f"version: 1\nbackups:\n{backups}".encode())], KINDS)


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


@pytest.mark.parametrize(
    "now",
    [
        replace(HEADER, tool="1.0.0"),
        replace(HEADER, api_base="https://other.pinecone.io"),
        replace(HEADER, configuration="other"),
        replace(HEADER, configuration_digest="ef" * 32),
        replace(HEADER, lineage="0ff"),
        replace(HEADER, lineage=None),
    ],
)
def test_each_part_of_the_header_must_match(now: Header) -> None:
    assert [one.reference for one in misfits(HEADER, now, resumed=True)] == ["plan-mismatch"]
    assert misfits(now, now, resumed=False) == ()


def test_only_its_own_run_may_have_begun_the_state_of_a_plan_without_one() -> None:
    first = replace(HEADER, lineage=None)
    assert misfits(first, HEADER, resumed=True) == ()
    assert len(misfits(first, HEADER, resumed=False)) == 1


def test_states_without_lineage_are_told_apart_by_the_names_of_their_files() -> None:
    first = replace(HEADER, lineage=None, state_file="default.json")
    assert misfits(first, first, resumed=False) == ()
    (told,) = misfits(first, replace(first, state_file="prod.json"), resumed=False)
    assert "the state file default.json, this run is for prod.json" in told.summary
    # Once there is a lineage, the file may be renamed.
    assert misfits(HEADER, replace(HEADER, state_file="prod.json"), resumed=False) == ()


def test_other_declarations_are_named_five_of_each() -> None:
    extra = "".join(f"  n{number}: {{index: docs-prod}}\n" for number in range(7))
    then = configuration("  a: {index: docs-prod}\n  b: {index: docs-prod}\n  c: {index: x}\n")
    plan = make_plan(replace(GIVEN, configuration=then))
    now = configuration(
        "  b: {index: docs-prod, lifecycle: {prevent_destroy: true}}\n  c: {index: y}\n" + extra
    )
    apart = declared_apart(plan, now.desired, GIVEN.kinds)
    assert apart == (
        "declared only then: backup.a; declared only now: backup.n0, backup.n1, backup.n2,"
        " backup.n3, backup.n4 and 2 more; declared differently: backup.b, backup.c"
    )
    header = replace(plan.header, configuration_digest=now.digest)
    (told,) = misfits(plan.header, header, resumed=False, apart=apart)
    assert told.summary.endswith(f"this run is for {now.digest[:12]} ({apart})")
    assert misfits(plan.header, plan.header, resumed=False, apart=apart) == ()


def test_a_field_that_is_now_called_like_its_key_is_declared_differently() -> None:
    plan = make_plan(replace(GIVEN, configuration=configuration("  docs: {index: other}\n")))
    now = configuration("  docs: {index: docs}\n")
    apart = declared_apart(plan, now.desired, GIVEN.kinds)
    assert apart == "declared differently: backup.docs"


NIGHTLY = "backup_policies: {p: {indexes: {glob: [x]}, every: 24h, retention: {keep_last: 2}}}\n"


@pytest.mark.parametrize(
    "block",
    [
        "  a: {index: x}\n  b: {index: x, depends_on: [backup.a]}\n",
        "  a: {index: x}\n  b: {index: x, ensure: absent}\n",
        "  a: {index: x}\n  b: {index: x, adopt: 8c85e612}\n",
        "  a: {index: x}\n  b: {index: x}\nmoved: [{from: backup.c, to: backup.b}]\n",
        "  a: {index: x}\n  b: {index: x}\n" + NIGHTLY,
    ],
)
def test_what_is_no_field_of_an_object_is_said_to_be_none(block: str) -> None:
    then = configuration("  a: {index: x}\n  b: {index: x}\n")
    plan = make_plan(replace(GIVEN, configuration=then))
    now = configuration(block)
    assert now.digest != then.digest
    apart = declared_apart(plan, now.desired, GIVEN.kinds)
    header = replace(plan.header, configuration_digest=now.digest)
    (told,) = misfits(plan.header, header, resumed=False, apart=apart)
    assert told.summary.endswith(
        "(no field or lifecycle: a policy, adopt, ensure, depends_on, moved or a name)"
    )


def test_plan_of_a_part_names_no_declarations() -> None:
    then = configuration("  a: {index: docs-prod}\n  b: {index: docs-prod}\n")
    permissions = replace(GIVEN.permissions, targets=frozenset({"backup.a"}))
    plan = make_plan(replace(GIVEN, configuration=then, permissions=permissions))
    assert declared_apart(plan, then.desired, GIVEN.kinds) == ""


def test_minutes_and_patch_versions_do_not_matter() -> None:
    assert misfits(HEADER, replace(HEADER, tool="0.9.3", now=9), resumed=False) == ()


def test_age_has_both_its_ends() -> None:
    day = 86_400 * SECOND
    assert too_old(HEADER, day, day) == ()
    assert too_old(HEADER, -300 * SECOND, day) == ()
    assert len(too_old(HEADER, day + 1, day)) == 1
    assert "clocks" in too_old(HEADER, -301 * SECOND, day)[0].summary


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

"""Whatever has drifted apart: plans are the same, in order, never reach for what is not ours."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from golden.case import given_of, load_case, rendered
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from property.applying import applied
from property.projects import Json, cases

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, Standing, planned
from reconciler.model.kind import World
from reconciler.model.observed import Phase
from reconciler.model.plan import Operation, Plan
from reconciler.planning.diff import diff
from reconciler.planning.given import Given
from reconciler.planning.planner import make_plan
from reconciler.views import plan_text
from reconciler.views.plan_json import plan_json

PLANS = settings(
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
GIVEN = cases().map(given_of)
GOLDEN = Path(__file__).parents[1] / "golden"
ENDS = {Operation.DELETE, Operation.UNPROTECT}
TOUCHES = {Action.UPDATE, Action.DELETE, Action.CANCEL, Action.REPLACE, Action.FORGET}
HANGS = {
    "backup": {"backups"},
    "restore": {"indexes"},
    "import": {"imports:docs-prod"},
    "collection": {"collections"},
}


def document(plan: Plan) -> bytes:
    return json.dumps(plan_json(plan)).encode()


@settings(PLANS, max_examples=20)
@given(GIVEN)
def test_a_thousand_runs_give_the_same_bytes(what: Given) -> None:
    first = rendered(what)
    assert all(rendered(what) == first for _ in range(50))  # of 20 examples


def test_order_of_hashes_changes_no_byte() -> None:
    """Sets and mappings come in another order in each process; these two are of our choice."""
    seeds = [processed(seed) for seed in ("1", "20261124")]
    assert seeds[0]["iteration"] != seeds[1]["iteration"]
    assert seeds[0]["plans"] == seeds[1]["plans"] == dict(everything())


def processed(hash_seed: str) -> Json:
    """Render in a process of its own, which hashes with this seed."""
    paths = os.pathsep.join(str(GOLDEN.parents[up]) for up in (0, 1))
    code = "from property.test_plans import tell; tell()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": paths},
        capture_output=True,
        check=True,
        timeout=60,
    )
    found: Json = json.loads(done.stdout)
    return found


def tell() -> None:
    """Print what this process makes of the cases, and in which order it goes through a set."""
    told = {"iteration": list({str(number) for number in range(100)}), "plans": dict(everything())}
    sys.stdout.write(json.dumps(told))


def everything() -> Iterator[tuple[str, dict[str, str]]]:
    """Render the cases in which much depends on, and is sorted by, something."""
    for folder in sorted(GOLDEN.glob("order-*")):
        yield folder.name, rendered(given_of(load_case(folder)))


@PLANS
@given(GIVEN, st.randoms(use_true_random=False))
def test_order_of_listed_objects_changes_nothing(what: Given, random: st.DataObject) -> None:
    seen = {}
    for name, one in what.world.seen.items():
        objects = list(one.objects)
        random.shuffle(objects)  # type: ignore[attr-defined]
        seen[name] = type(one)(tuple(objects), one.unreadable, one.confirmed_gone, one.unconfirmed)
    world = World(
        what.world.now,
        seen,
        what.world.indexes,
        dict(reversed(list(what.world.entries.items()))),
    )
    again = type(what)(
        **{
            name: world if name == "world" else getattr(what, name)
            for name in type(what).__dataclass_fields__
        }
    )
    assert document(make_plan(again)) == document(make_plan(what))


@PLANS
@given(GIVEN)
def test_steps_stand_after_what_they_wait_for(what: Given) -> None:
    done: set[str] = set()
    for step in make_plan(what).steps:
        assert set(step.after) <= done
        assert step.id not in done
        done.add(step.id)


@PLANS
@given(GIVEN)
def test_creates_follow_dependencies_and_deletes_reverse_them(what: Given) -> None:
    plan = make_plan(what)
    place = {step.id: number for number, step in enumerate(plan.steps)}
    for change in planned(plan.changes):
        for needed in change.depends_on:
            first, second = place.get(f"create {needed}"), place.get(f"create {change.address}")
            assert first is None or second is None or first < second
    for address, entry in what.state.entries.items():
        for needed in entry.depends_on:
            first, second = place.get(f"delete {address}"), place.get(f"delete {needed}")
            assert first is None or second is None or first < second
    numbers = [place[step.id] for step in plan.steps if step.operation in ENDS]
    others = [place[step.id] for step in plan.steps if step.operation not in ENDS]
    assert not numbers or not others or min(numbers) > max(others)


@PLANS
@given(GIVEN)
def test_nothing_is_touched_that_is_not_in_state(what: Given) -> None:
    for change in planned(make_plan(what).changes):
        if change.action in TOUCHES:
            entry = what.state.entries[change.address]
            assert change.remote_id in {entry.remote_id, *entry.deposed}


@PLANS
@given(GIVEN)
def test_nothing_is_deleted_without_permission(what: Given) -> None:
    plan = make_plan(what)
    if not what.permissions.deletes:
        assert not [step for step in plan.steps if step.operation in ENDS]


@PLANS
@given(GIVEN)
def test_newest_good_backup_is_never_deleted_without_its_flag(what: Given) -> None:
    good = sorted(
        (one.created_at or 0, one.remote_id)
        for one in what.world.seen["backup"].objects
        if one.phase is Phase.READY and one.facts["record_count"]
    )
    assume(good)
    plan = make_plan(what)
    ends = {
        change.remote_id: change
        for change in planned(plan.changes)
        if change.action is Action.DELETE and change.address.kind == "backup"
    }
    change = ends.get(good[-1][1])
    if change is not None:
        assert change.address in what.permissions.last_backups or succeeded(plan, change)
    if all(remote_id in ends for _, remote_id in good):
        allowed = what.permissions.last_backups
        one_by_one = (ends[remote_id] for _, remote_id in good)
        assert all(one.address in allowed or succeeded(plan, one) for one in one_by_one)


def succeeded(plan: Plan, change: Change) -> bool:
    """Whether the new one is waited for first; apply looks whether that one is whole."""
    mains = [one for one in plan.changes if one.address == change.address]
    return change.reason is Reason.DEPOSED and mains[0].action is Action.WAIT


@PLANS
@given(GIVEN)
def test_unreadable_list_plans_nothing_that_hangs_on_it(what: Given) -> None:
    unread = {name for one in what.world.seen.values() for name in one.unreadable}
    assume(unread)
    plan = make_plan(what)
    assert not plan.complete
    for change in planned(plan.changes):
        assert not HANGS[change.address.kind] & unread


@PLANS
@given(GIVEN)
def test_text_and_json_tell_the_same_numbers(what: Given) -> None:
    plan = make_plan(what)
    found = json.loads(document(plan))
    summary: Json = found["summary"]
    text = plan_text.summary(plan)
    if text.startswith("Plan:"):
        for verb, key in (("add", "add"), ("change", "change"), ("destroy", "destroy")):
            assert f"{summary[key]} to {verb}" in text
    for word, key in (("unchanged", "unchanged"), ("withheld", "withheld"), ("refused", "refused")):
        assert (f"{summary[key]} {word}" in text) == (summary[key] > 0)
    changes = found["resource_changes"]
    actions = [one["change"]["actions"] for one in changes]
    assert sum("create" in one for one in actions) == summary["add"]
    assert sum("delete" in one for one in actions) == summary["destroy"] + summary["cancel"]
    standings = ("unchanged", "attention", "withheld", "unreadable", "refused")
    idle = sum(summary[key] for key in standings)
    assert idle + len(planned(plan.changes)) == len(changes)


@PLANS
@given(GIVEN)
def test_every_planned_change_has_steps_and_a_digest(what: Given) -> None:
    plan = make_plan(what)
    stepped = {step.address for step in plan.steps}
    for change in plan.changes:
        runs = change.standing is Standing.PLANNED
        assert bool(change.digest) == (runs and change.action is not Action.WAIT)
        assert not runs or plan.is_refused or change.address in stepped


@PLANS
@given(GIVEN)
def test_one_apply_leaves_nothing_to_do_but_what_only_time_makes_due(what: Given) -> None:
    plan = make_plan(what)
    assume(not plan.is_refused)
    again = make_plan(applied(what, plan))
    assert touched(again) <= due_later(plan)
    assert due_later(plan) or not again.is_refused, again.refusals


@PLANS
@given(GIVEN)
def test_a_second_apply_leaves_nothing_to_do_at_all(what: Given) -> None:
    for _ in range(2):
        plan = make_plan(what)
        assume(not plan.is_refused)
        what = applied(what, plan)
    again = make_plan(what)
    assert not touched(again)
    assert not again.is_refused


def touched(plan: Plan) -> set[Address]:
    """Give the addresses about which an apply would do anything, in the project or in state."""
    cared = {*(entry.address for entry in plan.refreshes), *(care.address for care in plan.care)}
    return cared | {step.address for step in plan.steps}


def due_later(plan: Plan) -> set[Address]:
    """Give the addresses of which a plan says that nothing can be decided yet.

    A job that runs: nothing of its object can be changed meanwhile, so only its end makes an
    update or a restart due. What a list that failed would show, or one may not show yet: it is
    neither there nor gone, and once it can be told it may have to be forgotten. A copy left behind
    that is kept since nothing good has replaced it yet: once something has, it goes.
    """
    return {
        change.address
        for change in plan.changes
        if change.action is Action.WAIT
        or change.standing is Standing.UNREADABLE
        or change.reason is Reason.NOT_LISTED_YET
        or (change.reason is Reason.DEPOSED and change.standing is Standing.ATTENTION)
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=10,
)
FIELDS = st.dictionaries(st.text(max_size=3), JSON, max_size=4)


@settings(deadline=None, max_examples=100)
@given(FIELDS)
def test_nothing_differs_from_itself(fields: Json) -> None:
    assert diff(fields, json.loads(json.dumps(fields))) == ()


@settings(deadline=None, max_examples=100)
@given(FIELDS, FIELDS)
def test_what_differs_is_told_both_ways(before: Json, after: Json) -> None:
    there = {one.path: (one.before, one.after) for one in diff(before, after)}
    back = {one.path: (one.after, one.before) for one in diff(after, before)}
    assert there == back
    if before == after:
        assert not there

"""Policies over many indexes: what a plan asks the API for, how its work grows, what fits."""

import pytest
from unit.planning.many import PAGE, Project
from unit.timing import growth

from reconciler.model.change import Action
from reconciler.model.plan import Operation, Plan


@pytest.mark.parametrize(("indexes", "copies"), [(200, 5), (1000, 6)])
def test_plan_asks_for_lists_and_nothing_of_each_index(indexes: int, copies: int) -> None:
    project = Project(indexes, copies)
    plan = project.plan(project.observe(), quota=61_000)
    assert project.asked.pop("GET /backups") == -(-indexes * copies // PAGE)
    assert project.asked == {"GET /indexes": 1, "GET /restore-jobs": 1}
    made = [one for one in plan.changes if one.action is Action.CREATE]
    assert len(made) == indexes
    assert plan.complete


def test_work_grows_with_the_backups_and_no_faster() -> None:
    projects = {count: Project(count, 20) for count in (20, 200)}
    seen = {count: project.observe() for count, project in projects.items()}
    assert growth(lambda count: projects[count].plan(seen[count]), 20, 200) < 25


def firsts(plan: Plan) -> dict[str, list[str]]:
    """Give for each create, by the name of its index, the indexes whose expiry it waits for."""
    assert not plan.refusals
    creates = [step for step in plan.steps if step.operation is Operation.CREATE]
    return {
        step.address.name.split("--")[1]: [one.split("--")[1] for one in step.after]
        for step in creates
    }


def test_full_project_makes_room_for_each_create_by_what_expires_of_its_index() -> None:
    project = Project(100, 5, "keep_last: 4")  # 500, which is a documented quota
    waits = firsts(project.plan(project.observe()))
    assert len(waits) == 100
    assert all(before == [name] for name, before in waits.items())


def test_room_that_is_left_goes_to_new_indexes_first() -> None:
    project = Project(2, 3, "keep_last: 2", new_indexes=1)
    waits = firsts(project.plan(project.observe(), quota=7))
    assert waits == {"docs-0000": ["docs-0000"], "docs-0001": ["docs-0001"], "docs-new-0": []}


def test_what_an_index_can_spare_makes_room_for_another() -> None:
    project = Project(2, 3, "keep_last: 1", new_indexes=1)
    waits = firsts(project.plan(project.observe(), quota=6))
    assert waits["docs-0000"] == ["docs-0000"]
    assert waits["docs-0001"] == ["docs-0001"]
    assert len(waits["docs-new-0"]) == 1


def test_quota_that_nothing_fits_refuses_and_says_so() -> None:
    project = Project(3, 1, "keep_last: 5")
    plan = project.plan(project.observe(), quota=2)
    assert plan.steps == ()
    (refusal,) = plan.refusals
    assert refusal.hint.startswith("no retention would fit (3 indexes, 0 other backups, 3 more at")


def test_what_only_new_backups_push_out_makes_no_room_for_them() -> None:
    project = Project(2, 3, "keep_last: 3")
    plan = project.plan(project.observe(), quota=6)
    (refusal,) = plan.refusals
    assert refusal.hint.startswith("a retention of at most 2 of each index would fit (2 indexes, ")
    assert project.plan(project.observe(), quota=8).refusals == ()


def test_more_than_any_documented_quota_is_refused_unless_one_is_named() -> None:
    project = Project(400, 2, "keep_last: 5")
    plan = project.plan(project.observe())
    (refusal,) = plan.refusals
    assert refusal.summary.endswith(
        "and 400 more make 1,200, more than the 1,000 that Enterprise allows"
    )
    assert refusal.hint == (
        "a retention of at most 1 of each index would fit (400 indexes, 0 other backups, 400 more "
        "at once); remove some first, or say with --backup-quota N that it takes more"
    )
    assert project.plan(project.observe(), quota=1200).refusals == ()


def test_quota_names_the_bound_where_only_that_keeps_what_would_make_room() -> None:
    project = Project(1, 8, "keep_last: 2", new_indexes=3)
    (refusal,) = project.plan(project.observe(), quota=8).refusals
    assert refusal.hint.startswith("--max-expiries 4 lets enough go first; ")
    assert project.plan(project.observe(), quota=8, most=4).refusals == ()
    assert project.plan(project.observe(), quota=8, most=3).refusals != ()


def test_quota_of_nobody_orders_nothing_where_there_is_room() -> None:
    project = Project(2, 3, "keep_last: 3")
    plan = project.plan(project.observe())
    creates = {step.id for step in plan.steps if step.operation is Operation.CREATE}
    deletes = [step for step in plan.steps if step.operation is Operation.DELETE]
    assert len(deletes) == 2
    assert all(set(step.after) <= creates and step.after for step in deletes)

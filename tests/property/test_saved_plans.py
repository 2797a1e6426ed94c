"""Whatever has drifted apart: a saved plan comes back, and fits what it was made of."""

from dataclasses import replace

from golden.case import given_of
from hypothesis import HealthCheck, assume, given, settings
from property.applying import applied
from property.projects import cases

from reconciler.model.change import Standing, planned
from reconciler.model.plan import CHANGING, Plan
from reconciler.planning.given import Given, Review
from reconciler.planning.planner import make_plan
from reconciler.planning.staleness import compare
from reconciler.views.lines import paint
from reconciler.views.plan_file import decode, encode
from reconciler.views.plan_text import render

PLANS = settings(
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
GIVEN = cases().map(given_of)


def under(what: Given, plan: Plan, review: Review | None = None) -> Plan:
    """Make the plan that is left of a reviewed one."""
    given = replace(what, review=review or Review(plan))
    compared = compare(given, make_plan(given))
    assert not compared.stale, compared.stale
    return compared.plan


@PLANS
@given(GIVEN)
def test_saved_plan_comes_back_and_is_shown_the_same(what: Given) -> None:
    plan = make_plan(what)
    found = decode(encode(plan), "plan.json")
    assert found == replace(plan, refreshes=())
    assert paint(render(found), color=True) == paint(render(plan), color=True)


@PLANS
@given(GIVEN)
def test_nothing_is_stale_where_nothing_has_moved(what: Given) -> None:
    plan = make_plan(what)
    assume(not plan.is_refused)
    left = under(what, decode(encode(plan), "plan.json"))
    assert left.steps == plan.steps
    assert left.refreshes == plan.refreshes
    assert not [one for one in left.changes if one.standing is Standing.WITHHELD] or any(
        one.standing is Standing.WITHHELD for one in plan.changes
    )


@PLANS
@given(GIVEN)
def test_plan_without_a_change_never_lets_one_through(what: Given) -> None:
    plan = make_plan(what)
    assume(not plan.is_refused)
    nothing = replace(plan, changes=(), steps=(), moves={}, care=())
    given = replace(what, review=Review(nothing))
    assert not planned(make_plan(given).changes)
    assert not make_plan(given).steps


@PLANS
@given(GIVEN)
def test_complete_plan_asks_for_nothing_that_changes_anything(what: Given) -> None:
    plan = make_plan(what)
    assume(not plan.is_refused and plan.steps and not plan.moves)
    done = frozenset(step.id for step in plan.steps)
    left = under(applied(what, plan), plan, Review(plan, done, resumed=True))
    assert not [step.id for step in left.steps if step.operation in CHANGING]

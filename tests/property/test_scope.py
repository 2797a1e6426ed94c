"""Whatever is left out: what is in scope is planned as it would be without it, and nothing else."""

from dataclasses import replace

from golden.case import given_of
from hypothesis import given
from hypothesis import strategies as st
from property.projects import cases
from property.test_plans import PLANS

from reconciler.model.change import Action, planned
from reconciler.planning.given import Given
from reconciler.planning.planner import make_plan

GIVEN = cases().map(given_of)
NAMES = ["backup.b0", "backup.b?", "restore.*", "restore.r0", "import.m0", "import.*", "*"]
PATTERNS = st.frozensets(st.sampled_from(NAMES), max_size=2)
MAKES = {Action.CREATE, Action.UPDATE, Action.REPLACE, Action.ADOPT}


@PLANS
@given(GIVEN, PATTERNS, PATTERNS)
def test_what_is_in_scope_is_planned_as_without_a_scope(
    what: Given, targets: frozenset[str], excludes: frozenset[str]
) -> None:
    allowed = replace(what.permissions, targets=targets, excludes=excludes)
    whole, part = make_plan(what), make_plan(replace(what, permissions=allowed))
    inside = {change.address for change in part.changes}
    for change in planned(part.changes):
        before = [one for one in whole.changes if one.address == change.address]
        assert change.digest in {one.digest for one in planned(before)} or change.awaits
    assert {step.address for step in part.steps} <= inside
    assert {entry.address for entry in part.refreshes} <= inside
    assert part.left_out == len({change.address for change in whole.changes} - inside)
    assert part.complete == (part.all_seen and not part.left_out)


@PLANS
@given(GIVEN, st.sampled_from(NAMES))
def test_what_a_target_hangs_on_comes_along(what: Given, pattern: str) -> None:
    allowed = replace(what.permissions, targets=frozenset({pattern}))
    part = make_plan(replace(what, permissions=allowed))
    inside = {change.address for change in part.changes}
    known = {*what.configuration.desired, *what.state.entries}
    for change in part.changes:
        assert set(change.depends_on) & known <= inside


@PLANS
@given(GIVEN, st.sampled_from(NAMES))
def test_target_and_exclude_of_the_same_leave_nothing(what: Given, pattern: str) -> None:
    both = frozenset({pattern})
    allowed = replace(what.permissions, targets=both, excludes=both)
    part = make_plan(replace(what, permissions=allowed))
    assert not part.changes
    assert not part.steps


@PLANS
@given(GIVEN, PATTERNS)
def test_destroy_makes_nothing_and_ends_only_what_is_managed(
    what: Given, targets: frozenset[str]
) -> None:
    allowed = replace(
        what.permissions, destroy=True, deletes=True, replace=frozenset(), targets=targets
    )
    plan = make_plan(replace(what, permissions=allowed))
    assert not {change.action for change in planned(plan.changes)} & MAKES
    assert {change.address for change in plan.changes} <= what.state.entries.keys()
    if not targets:
        assert {change.address for change in plan.changes} == what.state.entries.keys()
    for change in planned(plan.changes):
        assert not change.lifecycle.prevent_destroy or change.action is Action.FORGET

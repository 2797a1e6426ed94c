"""What a hold stands against: every way in which a backup of a policy could be deleted."""

from dataclasses import replace

import pytest
from simulation.cases import WINDOW
from simulation.test_policies import EXPIRY, HOUR, HOURLY, POLICY, backups, hours
from simulation.world import World

from reconciler.model.change import Change, Reason, Standing
from reconciler.model.plan import Permissions, Plan

ALL = Permissions(deletes=True, expiry=True, empty=True, max_removals=99)
NOTHING = "backups: {}\n"


def held_by(world: World, more: str = "", until: str = "") -> str:
    """Declare the policy with a hold on the first backup that it has."""
    hold = f"hold: [{{backup: {backups(world)[0]['backup_id']}, reason: audit{until}}}]{more}"
    return f"backup_policies: {{hourly: {{{HOURLY}, {hold}}}}}\n"


def first(world: World, plan: Plan) -> Change:
    return next(one for one in plan.changes if one.remote_id == backups(world)[0]["backup_id"])


def test_an_absent_policy_does_not_delete_what_the_same_block_holds() -> None:
    world = World()
    hours(world, 3)
    plan = world.plan(held_by(world, ", ensure: absent"), ALL, **WINDOW)
    found = first(world, plan)
    assert (found.standing, found.reason) == (Standing.REFUSED, Reason.HELD)
    assert found.because == "ensure: absent, but it is held: audit"
    assert "held" in {one.reference for one in plan.refusals}
    assert plan.steps == ()


@pytest.mark.parametrize("way", ["removed", "destroy", "replace"])
def test_a_hold_in_state_refuses_what_would_end_the_backup(way: str) -> None:
    world = World()
    hours(world, 3)
    yaml = held_by(world, ", lifecycle: {on_remove: delete}")
    world.apply(yaml, EXPIRY, **WINDOW)
    address = first(world, world.plan(yaml, **WINDOW)).address
    permissions = {
        "removed": ALL,
        "destroy": replace(ALL, destroy=True),
        "replace": replace(ALL, replace=frozenset({address})),
    }
    plan = world.plan(NOTHING if way == "removed" else yaml, permissions[way], **WINDOW)
    found = plan.change(address)
    assert (found.standing, found.reason) == (Standing.REFUSED, Reason.HELD)
    assert found.because.endswith("but it is held: audit")
    assert plan.steps == ()


def test_a_hold_ends_with_its_time_also_where_its_block_is_gone() -> None:
    world = World()
    hours(world, 3)
    until = ", until: 2026-11-18T18:00:00Z"
    yaml = held_by(world, ", lifecycle: {on_remove: delete}", until)
    world.apply(yaml, EXPIRY, **WINDOW)
    refusals = world.plan(NOTHING, ALL, **WINDOW).refusals
    assert "held" in {one.reference for one in refusals}
    world.wait(6 * HOUR)
    refusals = world.plan(NOTHING, ALL, **WINDOW).refusals
    assert "held" not in {one.reference for one in refusals}


def test_a_hold_that_is_removed_is_lifted_by_an_apply() -> None:
    world = World()
    hours(world, 3)
    plan = world.plan(held_by(world), EXPIRY, **WINDOW)
    assert [(one.path, one.before, one.after) for one in plan.care] == [
        ("lifecycle.held", None, "audit")
    ]
    world.apply(held_by(world), EXPIRY, **WINDOW)
    world.apply(POLICY, EXPIRY, **WINDOW)
    assert {one.lifecycle.held for one in world.state().entries.values()} == {None}

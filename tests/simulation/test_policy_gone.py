"""What becomes of backups of a policy that are gone from the project without its doing."""

from simulation.cases import WINDOW
from simulation.hourly import EXPIRY, HOUR, POLICY, backups, hours, policy
from simulation.world import World

from reconciler.model.address import Address
from reconciler.model.change import Action, Reason, Standing
from reconciler.model.plan import Permissions


def lose(world: World, place: int) -> Address:
    """Delete one of the backups by hand, the oldest being the first; gives its address."""
    name = backups(world)[place]["name"]
    world.send("DELETE", f"/backups/{backups(world)[place]['backup_id']}")
    world.wait(HOUR)
    return Address("backup", name)


def test_what_is_gone_is_forgotten_once_no_rule_would_keep_it() -> None:
    world = World()
    hours(world, 3)
    lost = lose(world, 0)
    # Two are left, and it is the third of three: what it was is missed.
    assert world.plan(POLICY, **WINDOW).change(lost).standing is Standing.ATTENTION
    hours(world, 1)
    found = world.plan(POLICY, **WINDOW).change(lost)
    assert (found.action, found.standing, found.reason) == (
        Action.FORGET,
        Standing.PLANNED,
        Reason.EXPIRED,
    )
    assert found.because == "gone from the project, and expired: last kept as last backup"
    hours(world, 2)
    assert lost not in world.state().entries
    assert world.committed("create_backup") == 6


def test_it_needs_no_permission_and_counts_as_no_removal() -> None:
    world = World()
    hours(world, 3)
    lost = [lose(world, 0), lose(world, 0)]
    shorter = POLICY.replace("keep_last: 3", "keep_last: 1")
    plan = world.plan(shorter, Permissions(max_removals=0), **WINDOW)
    assert plan.refusals == ()
    assert {plan.change(one).action for one in lost} == {Action.FORGET}


def test_what_is_gone_stays_in_sight_while_a_rule_would_keep_it() -> None:
    world = World()
    daily = POLICY.replace("keep_last: 3", "keep_daily: 2")
    hours(world, 3, daily)
    newest = lose(world, -1)
    hours(world, 3, daily)
    assert newest not in world.state().entries  # a later one stands for the day
    last = lose(world, -1)
    assert world.plan(daily, **WINDOW).change(last).standing is Standing.ATTENTION


def test_what_is_held_is_missed_for_as_long_as_it_is_held() -> None:
    world = World()
    hours(world, 3)
    held = backups(world)[0]["backup_id"]
    yaml = policy(f"hold: [{{backup: {held}, reason: audit}}]")
    lost = lose(world, 0)
    hours(world, 3, yaml)
    assert world.plan(yaml, EXPIRY, **WINDOW).change(lost).standing is Standing.ATTENTION


def test_what_an_incomplete_list_leaves_out_is_not_forgotten() -> None:
    world = World()
    hours(world, 3)
    lost = lose(world, 0)
    hours(world, 1)
    world.fault("describe_backup", "status", "before", status=500, times=100)
    found = world.plan(POLICY, EXPIRY, **WINDOW).change(lost)
    assert (found.action, found.standing) == (Action.NO_OP, Standing.UNREADABLE)

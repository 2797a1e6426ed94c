"""What becomes of a copy that a replacement left behind in an entry that a policy lets expire."""

from dataclasses import replace

import pytest
from simulation.cases import WINDOW, outcomes
from simulation.hourly import EXPIRY, HOUR, POLICY, backups, hours, policy
from simulation.world import World

from reconciler.model.address import Address
from reconciler.model.change import Action
from reconciler.model.event import Outcome
from reconciler.model.plan import Permissions
from reconciler.workflow.apply import exit_code

BOTH = replace(EXPIRY, deletes=True)


def left_behind(world: World, yaml: str = POLICY) -> tuple[Address, str]:
    """Replace one of three, and have its old copy stay; gives its address and that copy."""
    hours(world, 3, yaml)
    replaced = backups(world)[-2]
    child, old = Address("backup", str(replaced["name"])), str(replaced["backup_id"])
    world.fault("delete_backup", "status", when="before", status=403)
    again = Permissions(deletes=True, replace=frozenset({child}))
    assert exit_code(world.apply(yaml, again, **WINDOW)) == 9
    assert world.state().entries[child].deposed == (old,)
    world.wait(HOUR)
    return child, old


def expiring(world: World) -> tuple[Address, str]:
    """Have an entry that names an old copy come to the turn in which it expires."""
    child, old = left_behind(world)
    while world.plan(POLICY, BOTH, **WINDOW).change(child).action is not Action.DELETE:
        world.apply(POLICY, EXPIRY, **WINDOW)
        world.wait(HOUR)
    return child, old


@pytest.mark.parametrize("parallelism", [1, 10])
def test_what_was_left_behind_goes_before_the_entry_that_names_it_expires(parallelism: int) -> None:
    world = World()
    child, old = expiring(world)
    applied = world.apply(POLICY, BOTH, parallelism=parallelism, **WINDOW)
    assert exit_code(applied) == 0
    ended = [step.id for step in applied.plan.steps if step.address == child]
    assert ended == [f"delete {child} {old}", f"delete {child}"]
    assert child not in world.state().entries
    assert old not in world.oracle.store.backups


def test_an_entry_stays_when_the_copy_that_it_names_could_not_be_deleted() -> None:
    world = World()
    child, old = expiring(world)
    world.fault("delete_backup", "status", when="before", status=403)
    applied = world.apply(POLICY, BOTH, **WINDOW)
    assert outcomes(applied)[f"delete {child}"] is Outcome.SKIPPED
    assert world.state().entries[child].deposed == (old,)
    assert exit_code(world.apply(POLICY, BOTH, **WINDOW)) == 0
    assert old not in world.oracle.store.backups


def test_entries_that_stay_for_what_they_name_keep_no_others_from_expiring() -> None:
    world = World()
    for _ in range(2):
        left_behind(world)
    hours(world, 8)
    kept = [one for one in world.state().entries.values() if one.deposed]
    assert len(world.state().entries) == 3 + len(kept)


def test_protection_refuses_no_plan_for_what_was_left_behind_by_what_expired() -> None:
    world = World()
    guarded = policy("lifecycle: {prevent_destroy: true}")
    child, old = left_behind(world)
    hours(world, 1, guarded)
    world.send("DELETE", f"/backups/{world.state().entries[child].remote_id}")
    world.wait(HOUR)
    hours(world, 3, guarded)
    assert world.plan(guarded, EXPIRY, **WINDOW).refusals == ()
    world.apply(guarded, Permissions(expiry=True, deletes=True), **WINDOW)
    assert child not in world.state().entries
    assert old not in world.oracle.store.backups

"""Policies whose backups fail, whose answers are lost and whose runs die."""

from dataclasses import replace

import pytest
from simulation.boundaries import Boundaries, CrashError
from simulation.cases import WINDOW, outcomes
from simulation.hourly import EXPIRY, HOUR, POLICY, backups, hours, policy
from simulation.saving import apply_file, saved
from simulation.world import Process, World

from reconciler.model.event import Outcome
from reconciler.model.plan import Permissions


def fail_backups(world: World, share: float) -> None:
    world.turn(replace(world.knobs, jobs_fail=share))


def test_two_failures_in_a_row_stop_new_attempts_until_somebody_looks() -> None:
    world = World()
    hours(world, 1)
    fail_backups(world, 1.0)
    hours(world, 4)
    assert world.committed("create_backup") == 3  # a good one, and two attempts that failed
    plan = world.plan(POLICY, **WINDOW)
    assert plan.steps == ()
    last = max(plan.changes, key=lambda one: one.address)
    assert last.because == (
        "it ended as Failed; 2 attempts failed in a row, so none is made of docs-prod any more "
        "until somebody looks"
    )
    fail_backups(world, 0.0)
    again = Permissions(expiry=True, deletes=True, replace=frozenset({last.address}))
    world.apply(POLICY, again, **WINDOW)
    world.wait(HOUR)
    hours(world, 2)
    assert {one["status"] for one in backups(world)} == {"Ready"}


def test_one_failure_is_made_up_for_within_its_slot_and_goes_later() -> None:
    world = World()
    hours(world, 1)
    fail_backups(world, 1.0)
    applied = world.apply(POLICY, EXPIRY, **WINDOW)
    assert Outcome.FAILED in outcomes(applied).values()
    fail_backups(world, 0.0)
    hours(world, 1)
    assert [one["status"] for one in backups(world)] == ["Ready", "Failed", "Ready"]
    hours(world, 1)
    assert [one["status"] for one in backups(world)] == ["Ready", "Ready", "Ready"]


def test_what_is_pushed_out_stays_when_its_successor_fails() -> None:
    world = World()
    hours(world, 3)
    fail_backups(world, 1.0)
    applied = world.apply(POLICY, EXPIRY, **WINDOW)
    assert set(outcomes(applied).values()) == {Outcome.FAILED, Outcome.SKIPPED}
    assert [one["status"] for one in backups(world)] == ["Ready", "Ready", "Ready", "Failed"]


@pytest.mark.parametrize("listing", ["list_project_backups", "list_indexes"])
def test_nothing_is_made_and_nothing_expires_while_a_list_cannot_be_read(listing: str) -> None:
    world = World()
    hours(world, 4, policy("name: 'h-{index}-{slot}'").replace("keep_last: 3", "keep_last: 9"))
    world.fault(listing, "status", "before", status=403, times=100)
    plan = world.plan(POLICY, EXPIRY, **WINDOW)
    assert plan.steps == ()
    assert not plan.complete


def test_a_death_at_any_boundary_makes_no_second_backup_and_ends_no_good_one() -> None:
    before = World()
    hours(before, 3)
    whole = Process()
    before.copy().apply(POLICY, EXPIRY, whole, **WINDOW)
    points = len(whole.boundaries.names)
    assert points > 40
    for point in range(1, points + 1):
        world = before.copy()
        with pytest.raises(CrashError):
            world.apply(POLICY, EXPIRY, Process(Boundaries(point)), **WINDOW)
        world.wait(300)
        world.apply(POLICY, EXPIRY, **WINDOW)
        world.wait(300)
        assert world.plan(POLICY, EXPIRY, **WINDOW).steps == (), point
        assert world.committed("create_backup") == 4, point
        assert [one["status"] for one in backups(world)][-3:] == ["Ready"] * 3, point
        assert world.oracle.violations == [], point


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_makes_no_second_backup_of_a_slot(when: str) -> None:
    world = World()
    hours(world, 3)
    world.fault("create_backup", "drop", when)
    world.fault("delete_backup", "drop", when)
    hours(world, 2)
    slots = [entry.address for entry in world.state().entries.values()]
    assert len(backups(world)) == len(slots) == 3
    assert world.committed("create_backup") == 5


def test_a_killed_reviewed_plan_goes_on_with_its_expiry() -> None:
    before = World()
    hours(before, 3)
    data = saved(before, POLICY, EXPIRY, **WINDOW)
    whole = Process()
    apply_file(before.copy(), data, POLICY, whole, **WINDOW)
    for point in range(1, len(whole.boundaries.names), 5):
        world = before.copy()
        with pytest.raises(CrashError):
            apply_file(world, data, POLICY, Process(Boundaries(point)), **WINDOW)
        world.wait(300)
        apply_file(world, data, POLICY, **WINDOW)
        world.wait(300)
        apply_file(world, data, POLICY, **WINDOW)
        assert world.committed("create_backup") == 4, point
        assert len(backups(world)) == 3, point

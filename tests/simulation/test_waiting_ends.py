"""An end is recorded once the state is free again; else the next run finds it out."""

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import pytest
from simulation.cases import BACKUP, DOCS, outcomes
from simulation.given_back import CREATED, SLOW, once_given_back
from simulation.world import World
from unit.statefile.fakes import PowerDisk

from reconciler.model.event import Cause, Event, Outcome
from reconciler.model.observed import Phase
from reconciler.workflow.apply import exit_code


class LockedDisk(PowerDisk):
    """A disk on which somebody else keeps the state for some time."""

    until: Callable[[], bool] = staticmethod(lambda: True)

    def lock(self, path: str, info: bytes) -> Any:  # noqa: ANN401 - as the fake says
        return super().lock(path, info) if self.until() else b""


def kept_for(seconds: float) -> World:
    """A world in which somebody takes the state while another run waits, and keeps it."""
    disk = LockedDisk()
    world = World(knobs=SLOW, disk=disk)

    def keep() -> None:
        since = world.time.seconds
        disk.until = lambda: world.time.seconds - since >= 600 + seconds

    once_given_back(world, keep)
    return world


def test_an_end_waits_until_another_run_has_done_with_the_state() -> None:
    world = kept_for(500)
    applied = world.apply(BACKUP)
    assert outcomes(applied) == CREATED
    assert world.state().entries[DOCS].phase is Phase.READY
    assert [event for event in world.events if "waiting to record an end" in event.message]


@pytest.mark.parametrize(("kept", "asked"), [(700, 0), (30, 10)])
def test_an_end_that_cannot_be_recorded_in_time_is_left_to_the_next_run(
    kept: float, asked: float
) -> None:
    world = kept_for(kept)
    applied = world.apply(BACKUP, lock_seconds=asked)
    (result,) = applied.results
    assert (result.outcome, result.cause) == (Outcome.PENDING, Cause.LOCKED)
    assert "how it ended is not recorded: state/default.json is locked" in result.message
    assert exit_code(applied) == 4
    world.wait(1000)
    again = world.apply(BACKUP)
    assert outcomes(again) == {"wait backup.docs": Outcome.DONE}
    assert world.committed("create_backup") == 1


def test_a_stop_while_the_state_is_with_another_ends_within_seconds() -> None:
    world = kept_for(10_000)
    hear = world.on_event
    asked: list[int] = []

    def stop(there: World, event: Event) -> None:
        if hear is not None and not asked:
            hear(there, event)
            there.on_event = stop
        if "waiting to record an end" in event.message:
            asked.append(there.now())
            there.stop.requested = True

    world.on_event = stop
    applied = world.apply(BACKUP)
    assert world.now() - asked[0] < 5_000_000
    assert outcomes(applied) == {"create backup.docs": Outcome.PENDING}
    assert exit_code(applied) == 130


def test_whichever_step_of_taking_the_state_again_fails_no_end_is_lost() -> None:
    """The end is recorded, or a copy of it is kept; the next run needs neither."""
    ends: set[tuple[Outcome, int]] = set()
    for step in count(1):
        world = World(knobs=SLOW)
        world.disk.fail_with = lambda: OSError(28, "No space left on device")
        once_given_back(world, partial(fail_at, world, step))
        applied = world.apply(BACKUP)
        if world.disk.steps < world.disk.fail_at:
            break
        (result,) = applied.results
        kept = [name for name in world.disk.names if ".unsaved-" in name]
        assert bool(kept) is (result.outcome is Outcome.FAILED), step
        assert bool(applied.problems) or result.outcome is Outcome.DONE, step
        ends.add((result.outcome, exit_code(applied)))
        world.disk.fail_at = -1
        assert exit_code(world.apply(BACKUP)) == 0, step
        assert world.state().entries[DOCS].phase is Phase.READY
        assert world.committed("create_backup") == 1
    assert ends == {(Outcome.FAILED, 1), (Outcome.DONE, 3)}


def fail_at(world: World, step: int) -> None:
    """Let the disk fail so many steps from now."""
    world.disk.fail_at = world.disk.steps + step

"""A wall clock that is set while a run goes on: durations are those of the steady clock."""

import pytest
from simulation.boundaries import Boundaries
from simulation.cases import BACKUP, IMPORT, WINDOW
from simulation.world import Process, World

from reconciler.emulator.service import Knobs
from reconciler.model.event import Cause
from reconciler.model.values import SECOND
from reconciler.workflow.apply import exit_code

DAY = 24 * 3600 * SECOND
JUMPS = (DAY, -DAY, 2 * SECOND)


def set_at(name: str, jump: int) -> Process:
    """Make a process whose clock is set once, when it comes to a boundary of a name."""
    process = Process()

    def hit(_: int, crossed: str) -> None:
        if crossed == name and not process.skew:
            process.skew = jump

    process.boundaries = Boundaries(on_hit=hit)
    return process


@pytest.mark.parametrize("jump", JUMPS)
def test_a_lost_answer_is_settled_for_a_whole_window_whatever_the_clock_says(jump: int) -> None:
    world = World(knobs=Knobs(list_lag_seconds=4.0))
    world.fault("create_backup", "drop")
    applied = world.apply(BACKUP, process=set_at("done create_backup", jump), **WINDOW)
    assert exit_code(applied) == 0
    assert world.committed("create_backup") == 1


@pytest.mark.parametrize("jump", JUMPS)
def test_a_job_is_waited_for_as_long_as_was_said_whatever_the_clock_says(jump: int) -> None:
    world = World(knobs=Knobs(import_seconds=900.0))
    process, began = set_at("answered startBulkImport", jump), world.now()
    applied = world.apply(IMPORT, process=process, timeout_seconds=600.0)
    assert applied.results[0].cause is Cause.DEADLINE
    assert 600 <= (world.now() - began) / SECOND < 700

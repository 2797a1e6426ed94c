"""A run that is stopped, or finds the state with another, ends soon and loses nothing."""

import asyncio

import pytest
from simulation.cases import (
    ALL,
    BACKUP,
    IMPORT,
    WINDOW,
    outcomes,
)
from simulation.world import World

from reconciler.emulator.service import Knobs
from reconciler.engine.run import StoppedError
from reconciler.errors import LockedError
from reconciler.model.event import Cause, Event, Outcome
from reconciler.model.plan import Permissions
from reconciler.model.ports import Call
from reconciler.workflow.apply import Applied, apply, exit_code
from reconciler.workflow.session import Session


def test_a_stop_before_the_first_step_starts_nothing() -> None:
    world = World()

    def stop(there: World, call: Call) -> None:
        if "restore-jobs" in call.url:
            there.stop.requested = True

    world.on_call = stop
    applied = world.apply(ALL)
    assert set(outcomes(applied).values()) == {Outcome.SKIPPED}
    assert exit_code(applied) == 130
    assert world.committed("create_backup") == 0


def test_a_stop_while_settling_keeps_the_intent() -> None:
    world = World()
    world.fault("create_backup", "drop", when="before", times=3)
    world.apply(BACKUP, **WINDOW)

    def stop(there: World, event: Event) -> None:
        if "waiting" in event.message:
            there.stop.requested = True

    world.on_event = stop
    with pytest.raises(StoppedError):
        world.apply(BACKUP, settle_window=100_000_000)
    assert world.state().intents


def test_a_stop_while_a_request_hangs_ends_within_seconds() -> None:
    world = World()
    world.fault("create_backup", "delay", when="before", delay_seconds=25)

    def stop(there: World, call: Call) -> None:
        if call.fresh:
            there.stop.requested = True

    world.on_call = stop
    before = world.now()
    applied = world.apply(BACKUP)
    assert world.now() - before < 6_000_000
    assert outcomes(applied) == {"create backup.docs": Outcome.PENDING}
    assert world.state().intents
    world.on_call = None
    assert exit_code(world.apply(BACKUP, **WINDOW)) == 0
    assert world.committed("create_backup") == 1


def test_a_stop_just_as_the_deadline_passes_is_a_stop() -> None:
    world = World(knobs=Knobs(backup_seconds=600))

    def stop(there: World, event: Event) -> None:
        if event.seconds is not None and event.seconds >= 60:
            there.stop.requested = True

    world.on_event = stop
    applied = world.apply(BACKUP, timeout_seconds=60.0)
    assert applied.results[0].cause is Cause.INTERRUPTED
    assert exit_code(applied) == 130


def test_a_second_operator_is_locked_out() -> None:
    world = World()

    def intrude(there: World, call: Call) -> None:
        if call.fresh:
            there.on_call = None
            assert "state/default.json.lock" in there.disk.locks

    world.on_call = intrude
    world.apply(BACKUP)
    world.disk.locks["state/default.json.lock"] = b""
    session = world.session(BACKUP, Permissions())
    with pytest.raises(LockedError):
        world.process(_acquire(session))


async def _acquire(session: Session) -> None:
    async with session.locked("apply"):
        raise AssertionError("the lock was taken")


def test_a_run_that_waited_for_the_lock_goes_on_from_what_the_other_has_left() -> None:
    world = World()
    world.apply(IMPORT)
    one, other = (world.session(IMPORT + BACKUP, Permissions(), lock_seconds=600) for _ in "ab")
    first, second = world.process(_side_by_side(one, other))
    assert outcomes(first) == {"create backup.docs": Outcome.DONE}
    assert not second.plan.is_refused
    assert outcomes(second) == {"wait backup.docs": Outcome.DONE}
    assert world.committed("create_backup") == 1


async def _side_by_side(*sessions: Session) -> list[Applied]:
    return await asyncio.gather(*(apply(session, lambda _: True) for session in sessions))

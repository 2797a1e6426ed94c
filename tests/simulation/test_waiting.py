"""A run that only waits gives the state back, and records ends in the state as it is by then."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import pytest
from simulation.boundaries import Boundaries, CrashError
from simulation.cases import AGAIN, BACKUP, DOCS, IMPORT, NOVEMBER, RESTORE, outcomes
from simulation.ports import target_of
from simulation.saving import apply_file, changes, saved
from simulation.world import Process, World
from unit.statefile.fakes import PowerDisk

from reconciler.emulator.service import Knobs
from reconciler.model.address import Address
from reconciler.model.event import Cause, Event, Outcome
from reconciler.model.observed import Phase
from reconciler.model.plan import Permissions
from reconciler.model.ports import Call
from reconciler.model.state import Verification
from reconciler.views.apply_text import summary
from reconciler.workflow.apply import Applied, exit_code
from reconciler.workflow.session import Session
from reconciler.workflow.state import forget, move

LOCK = "state/default.json.lock"
JOURNAL = "state/default.json.journal"
SLOW = Knobs(backup_seconds=600, restore_seconds=600, import_seconds=600)
GIVEN_BACK = "only waiting is left"
CREATED = {"create backup.docs": Outcome.DONE}


def once_given_back(world: World, work: Callable[[], object]) -> list[object]:
    """Do something, once, when a run has given the state back; gives what came of it."""
    found: list[object] = []

    def hear(there: World, event: Event) -> None:
        if GIVEN_BACK in event.message:
            there.on_event = None
            there.meanwhile(lambda: found.append(work()))

    world.on_event = hear
    return found


def by_hand(world: World, work: Callable[[Session], Coroutine[Any, Any, object]]) -> None:
    world.process(work(world.session(BACKUP, Permissions())))


def holds(world: World) -> dict[str, set[bool]]:
    """Note, of each path that is asked for, whether somebody held the state then."""
    found: dict[str, set[bool]] = {}

    def note(there: World, call: Call) -> None:
        path, _ = target_of(call)
        found.setdefault(path, set()).add(LOCK in there.disk.locks)

    world.on_call = note
    return found


def test_the_state_is_free_and_at_rest_while_a_job_runs() -> None:
    world = World(knobs=SLOW)
    files = once_given_back(world, lambda: {*world.disk.names, *world.disk.locks})
    held = holds(world)
    applied = world.apply(BACKUP)
    assert outcomes(applied) == CREATED
    assert files == [{"state/default.json"}]
    watched = held[f"/backups/{world.state().entries[DOCS].remote_id}"]
    assert watched == {True, False}  # the first look tells that there is something to wait for
    assert JOURNAL not in world.disk.names
    assert [event.message for event in world.events if GIVEN_BACK in event.message] == [
        "only waiting is left: until a job ends, other runs may use the state"
    ]


def test_what_is_still_to_be_sent_keeps_the_state() -> None:
    world = World(knobs=SLOW)
    held = holds(world)
    assert exit_code(world.apply(BACKUP + RESTORE)) == 0
    backup = world.state().entries[DOCS].remote_id
    assert held[f"/backups/{backup}"] == {True}  # the restore comes after it
    assert False in held["/indexes/again"]
    assert held[f"/backups/{backup}/create-index"] == {True}


def test_a_replacement_keeps_the_state_until_the_old_one_is_deleted() -> None:
    world = World(knobs=SLOW)
    world.apply(BACKUP)
    once_given_back(world, lambda: pytest.fail("it was given back"))
    replaced = "{index: docs-prod, description: new, lifecycle: {on_change: replace}}"
    applied = world.apply(f"backups: {{docs: {replaced}}}\n", Permissions(deletes=True))
    assert exit_code(applied) == 0
    assert world.committed("delete_backup") == 1


def test_a_run_that_waits_for_nothing_does_not_give_the_state_back() -> None:
    world = World(knobs=SLOW)
    once_given_back(world, lambda: pytest.fail("it was given back"))
    applied = world.apply(BACKUP, wait=False)
    assert outcomes(applied) == {"create backup.docs": Outcome.PENDING}


def test_more_jobs_than_run_side_by_side_are_waited_for_without_the_state() -> None:
    world = World(knobs=SLOW)
    many = "".join(f"  b{number}: {{index: docs-prod}}\n" for number in range(5))
    yaml = f"backups:\n{many}"
    world.apply(yaml, wait=False)
    held = holds(world)
    applied = world.apply(yaml, parallelism=1)
    assert set(outcomes(applied).values()) == {Outcome.DONE}
    ids = [entry.remote_id for entry in world.state().entries.values()]
    assert {True} not in [held[f"/backups/{one}"] for one in ids]


def test_a_verification_goes_on_without_the_state_and_is_recorded() -> None:
    world = World(knobs=SLOW)
    held = holds(world)
    assert exit_code(world.apply(BACKUP + RESTORE)) == 0
    (counted,) = [path for path in held if "/ix/again" in path]
    assert held[counted] == {False}
    assert world.state().entries[AGAIN].verification is Verification.PASSED


def test_a_second_apply_takes_up_the_same_jobs_and_makes_nothing_twice() -> None:
    world = World(knobs=SLOW)
    yaml = BACKUP + IMPORT
    second = once_given_back(world, lambda: world.apply(yaml))
    first = world.apply(yaml)
    assert outcomes(first) == {
        "create backup.docs": Outcome.DONE,
        "create import.november": Outcome.DONE,
    }
    (other,) = second
    assert isinstance(other, Applied)
    assert outcomes(other) == {
        "wait backup.docs": Outcome.DONE,
        "wait import.november": Outcome.DONE,
    }
    assert [exit_code(first), exit_code(other)] == [0, 0]
    assert world.committed("create_backup") == world.committed("startBulkImport") == 1
    assert world.plan(yaml).is_empty


def test_a_plan_meanwhile_names_no_holder() -> None:
    world = World(knobs=SLOW)
    plans = once_given_back(world, lambda: world.plan(BACKUP))
    world.apply(BACKUP)
    assert len(plans) == 1
    assert not [event for event in world.events if "holds the state" in event.message]


def test_what_others_record_of_an_entry_meanwhile_stays() -> None:
    world = World(knobs=SLOW)
    kept = "backups: {docs: {index: docs-prod, lifecycle: {prevent_destroy: true}}}\n"
    once_given_back(world, lambda: world.apply(kept, wait=False))
    assert outcomes(world.apply(BACKUP)) == CREATED
    entry = world.state().entries[DOCS]
    assert entry.lifecycle.prevent_destroy
    assert entry.phase is Phase.READY


def test_what_others_make_meanwhile_stays_in_state() -> None:
    world = World(knobs=SLOW)
    once_given_back(world, lambda: world.apply(BACKUP + IMPORT, wait=False))
    assert exit_code(world.apply(BACKUP)) == 0
    state = world.state()
    assert state.entries[DOCS].phase is Phase.READY
    assert state.entries[NOVEMBER].phase is Phase.RUNNING


def test_a_job_that_another_run_cancels_is_said_to_be_let_go() -> None:
    world = World(knobs=SLOW)
    yaml = BACKUP + IMPORT
    once_given_back(world, lambda: world.apply(BACKUP, wait=False))
    applied = world.apply(yaml)
    assert outcomes(applied) == {
        "create backup.docs": Outcome.DONE,
        "create import.november": Outcome.PENDING,
    }
    (left,) = [one for one in applied.results if one.outcome is Outcome.PENDING]
    said = f"made {left.remote_id}; another run has let go of it, or put another in its place"
    assert left.message == said
    assert [line.text for line in summary(applied.results, applied.state, 200)][1:3] == [
        f"pending: create import.november: {said}",
        "Apply incomplete. Resources: 1 added, 0 changed, 0 destroyed. Steps: 1 done, 1 pending.",
    ]
    assert exit_code(applied) == 5
    assert NOVEMBER not in world.state().entries


def test_a_job_that_another_run_cancels_and_keeps_has_failed() -> None:
    world = World(knobs=SLOW)
    cancelled = IMPORT.replace("{index", "{ensure: cancelled, index")
    once_given_back(world, lambda: world.apply(cancelled))
    applied = world.apply(IMPORT)
    assert outcomes(applied) == {"create import.november": Outcome.FAILED}
    assert exit_code(applied) == 1
    assert world.state().entries[NOVEMBER].phase is Phase.FAILED


def test_an_object_of_the_same_name_that_another_run_makes_is_not_taken_for_ours() -> None:
    world = World(knobs=replace(SLOW, backup_seconds=1))
    yaml = BACKUP + RESTORE.replace("tags", "deletion_protection: disabled, tags")

    def make_anew() -> None:
        world.send("DELETE", "/indexes/again")
        world.wait(300)
        world.apply(yaml, Permissions(replace=frozenset({AGAIN})), wait=False)

    once_given_back(world, make_anew)
    applied = world.apply(yaml)
    ends = outcomes(applied)
    assert ends["create restore.again"] is Outcome.PENDING, applied.results
    assert ends["verify restore.again"] is Outcome.SKIPPED
    assert exit_code(applied) == 5
    assert world.state().entries[AGAIN].phase is Phase.RUNNING


@pytest.mark.parametrize(
    "work",
    [
        lambda session: forget(session, [DOCS]),
        lambda session: move(session, DOCS, Address("backup", "new")),
    ],
    ids=["rm", "mv"],
)
def test_an_entry_that_goes_by_hand_meanwhile_is_not_put_back(
    work: Callable[[Session], Coroutine[Any, Any, object]],
) -> None:
    world = World(knobs=SLOW)
    once_given_back(world, lambda: by_hand(world, work))
    applied = world.apply(BACKUP)
    assert outcomes(applied) == {"create backup.docs": Outcome.PENDING}
    (made,) = world.send("GET", "/backups")["data"]
    assert f"made {made['backup_id']}; another run has let go" in applied.results[0].message
    assert exit_code(applied) == 5
    assert DOCS not in world.state().entries


def remove(world: World) -> None:
    for name in [name for name in world.disk.names if name.startswith("state/default")]:
        del world.disk.names[name]


def exchange(world: World) -> None:
    """Put the state of another lineage in place of ours."""
    elsewhere = "state/other.json"
    there = Process(state_path=elsewhere)
    world.apply(IMPORT, Permissions(new_state=True), there, wait=False)
    world.disk.names["state/default.json"] = world.disk.names[elsewhere]


@pytest.mark.parametrize("change", [remove, exchange])
def test_a_state_that_is_another_one_by_then_is_left_alone(
    change: Callable[[World], None],
) -> None:
    world = World(knobs=SLOW)
    left = once_given_back(world, lambda: (change(world), world.state())[1])
    applied = world.apply(BACKUP)
    assert outcomes(applied) == {"create backup.docs": Outcome.FAILED}
    assert [one.reference for one in applied.problems[0].diagnostics] == [
        "state-replaced",
        "state-unsaved",
    ]
    assert exit_code(applied) == 1
    assert left == [world.state()]
    assert [name for name in world.disk.names if ".unsaved-" in name]


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


def test_a_stop_while_the_state_is_free_leaves_it_at_rest() -> None:
    world = World(knobs=SLOW)

    def ask(there: World, event: Event) -> None:
        if GIVEN_BACK in event.message:
            there.stop.requested = True

    world.on_event = ask
    applied = world.apply(BACKUP)
    assert outcomes(applied) == {"create backup.docs": Outcome.PENDING}
    assert exit_code(applied) == 130
    assert JOURNAL not in world.disk.names
    world.on_event = None
    assert outcomes(world.apply(BACKUP)) == {"wait backup.docs": Outcome.DONE}


def test_a_death_while_the_state_is_free_costs_nothing() -> None:
    world = World(knobs=SLOW)
    boundaries = Boundaries()

    def die(there: World, event: Event) -> None:
        if GIVEN_BACK in event.message:
            there.on_event = None
            boundaries.die_at = len(boundaries.names) + 1

    world.on_event = die
    with pytest.raises(CrashError):
        world.apply(BACKUP + IMPORT, process=Process(boundaries))
    assert not world.disk.locks
    assert set(world.disk.names) == {"state/default.json"}
    sent = changes(world)
    assert exit_code(world.apply(BACKUP + IMPORT)) == 0
    assert changes(world) == sent


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


def test_a_saved_plan_that_was_given_back_is_recorded_as_complete() -> None:
    world = World(knobs=SLOW)
    data = saved(world, BACKUP + IMPORT)
    assert exit_code(apply_file(world, data, BACKUP + IMPORT)) == 0
    last = world.state().last_plan
    assert last is not None
    assert last.complete
    sent = changes(world)
    assert apply_file(world, data, BACKUP + IMPORT).results == ()
    assert changes(world) == sent


def test_a_saved_plan_that_was_superseded_meanwhile_is_not_recorded_as_complete() -> None:
    world = World(knobs=SLOW)
    data = saved(world, BACKUP)
    once_given_back(world, lambda: world.apply(BACKUP + IMPORT, wait=False))
    assert exit_code(apply_file(world, data, BACKUP)) == 0
    assert world.state().last_plan is None


def test_two_applies_of_one_saved_plan_do_its_steps_once() -> None:
    world = World(knobs=SLOW)
    data = saved(world, BACKUP + IMPORT)
    second = once_given_back(world, lambda: apply_file(world, data, BACKUP + IMPORT))
    first = apply_file(world, data, BACKUP + IMPORT)
    (other,) = second
    assert isinstance(other, Applied)
    assert [exit_code(first), exit_code(other)] == [0, 0]
    assert world.committed("create_backup") == world.committed("startBulkImport") == 1
    last = world.state().last_plan
    assert last is not None
    assert last.complete

"""A run that only waits gives the state back, and needs it again only to record an end."""

import pytest
from simulation.boundaries import Boundaries, CrashError
from simulation.cases import AGAIN, BACKUP, DOCS, IMPORT, RESTORE, outcomes
from simulation.given_back import CREATED, GIVEN_BACK, JOURNAL, LOCK, SLOW, once_given_back
from simulation.ports import target_of
from simulation.saving import apply_file, changes, saved
from simulation.world import Process, World

from reconciler.model.event import Event, Outcome
from reconciler.model.plan import Permissions
from reconciler.model.ports import Call
from reconciler.model.state import Verification
from reconciler.workflow.apply import exit_code


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

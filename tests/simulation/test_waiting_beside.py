"""What others do with the state while a run only waits stays as they have left it."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest
from simulation.cases import AGAIN, BACKUP, DOCS, IMPORT, NOVEMBER, RESTORE, outcomes
from simulation.given_back import CREATED, SLOW, once_given_back
from simulation.saving import apply_file, saved
from simulation.world import Process, World

from reconciler.model.address import Address
from reconciler.model.event import Outcome
from reconciler.model.observed import Phase
from reconciler.model.plan import Permissions
from reconciler.views.apply_text import summary
from reconciler.workflow.apply import Applied, exit_code
from reconciler.workflow.session import Session
from reconciler.workflow.state import forget, move


def by_hand(world: World, work: Callable[[Session], Coroutine[Any, Any, object]]) -> None:
    world.process(work(world.session(BACKUP, Permissions())))


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

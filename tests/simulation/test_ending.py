"""What cuts a step or a run short, what it ends with, and what the next run makes of it."""

import pytest
from simulation.cases import (
    AGAIN,
    ALL,
    BACKUP,
    DELETED,
    DOCS,
    IMPORT,
    NOVEMBER,
    RESTORE,
    WINDOW,
    host_of,
    linger,
    once_before,
)
from simulation.world import World

from reconciler.emulator.service import Knobs
from reconciler.errors import GuardError
from reconciler.model.event import Cause, Outcome
from reconciler.model.plan import Permissions
from reconciler.model.ports import Call
from reconciler.workflow.apply import exit_code

SERVERLESS = {"serverless": {"cloud": "aws", "region": "us-east-1"}}


def test_two_imports_that_could_be_ours_stop_and_ask() -> None:
    world = World(knobs=Knobs(import_seconds=600))
    host = host_of(world, "docs-prod")

    def rival(there: World, call: Call) -> None:
        if call.fresh:
            there.on_call = None
            there.send("POST", f"{host}/bulk/imports", {"uri": "s3://b/november"})
            there.fault("startBulkImport", "drop")

    world.on_call = rival
    applied = world.apply(IMPORT, **WINDOW)
    assert applied.results[0].outcome is Outcome.FAILED
    assert "2 objects could be the one" in applied.results[0].message
    asked = world.apply(IMPORT, **WINDOW)
    assert "could be the one" in str(asked.problems[0])
    assert exit_code(asked) == 1
    chosen = IMPORT.replace("uri", "adopt: '1', uri")
    assert exit_code(world.apply(chosen, **WINDOW)) == 0
    assert world.committed("startBulkImport") == 2


def test_a_key_that_is_refused_in_the_middle_stops_with_its_own_code() -> None:
    world = World(knobs=Knobs(backup_seconds=120))
    world.fault("describe_backup", "status", when="before", status=401)
    applied = world.apply(BACKUP)
    assert applied.results[0].cause is Cause.PERMISSION
    assert exit_code(applied) == 9
    assert exit_code(world.apply(BACKUP)) == 0
    assert world.committed("create_backup") == 1


def test_what_changes_between_plan_and_step_stops_that_step() -> None:
    world = World()
    world.apply(BACKUP + RESTORE)

    def meddle(there: World) -> None:
        there.send("PATCH", "/indexes/again", {"tags": {"reconciler": "other"}})

    once_before(world, "update", meddle)
    applied = world.apply(BACKUP + RESTORE.replace("a: b", "a: c"))
    assert exit_code(applied) == 5
    assert world.send("GET", "/indexes/again")["tags"]["a"] == "b"


def test_what_somebody_made_anew_between_plan_and_delete_is_not_deleted() -> None:
    world = World()
    free = DELETED.replace("from:", "deletion_protection: disabled, from:")
    world.apply(BACKUP + free)
    theirs = {"name": "again", "dimension": 8, "metric": "cosine", "spec": SERVERLESS}

    def meddle(there: World) -> None:
        there.send("DELETE", "/indexes/again")
        there.send("POST", "/indexes", theirs)

    once_before(world, "delete", meddle)
    assert exit_code(world.apply(BACKUP, Permissions(deletes=True))) == 5
    assert world.send("GET", "/indexes/again")["dimension"] == 8


def test_a_state_that_cannot_be_written_sends_no_create() -> None:
    world = World()
    world.disk.fail_with = lambda: OSError(28, "No space left on device")
    world.on_event = lambda there, _: setattr(there.disk, "fail_at", there.disk.steps + 1)
    applied = world.apply(BACKUP + IMPORT, parallelism=1)
    assert [result.outcome for result in applied.results] == [Outcome.FAILED, Outcome.SKIPPED]
    assert "No space left" in applied.results[0].message
    assert exit_code(applied) == 1
    assert world.committed("create_backup") == 0
    assert world.committed("startBulkImport") == 0


def test_a_state_that_belongs_elsewhere_settles_nothing() -> None:
    world = World()
    world.fault("create_backup", "drop", when="before", times=3)
    world.apply(BACKUP, **WINDOW)
    with pytest.raises(GuardError):
        world.apply("name: other\n" + BACKUP, **WINDOW)
    assert world.committed("create_backup") == 0


def test_requests_are_counted() -> None:
    """A plan costs list calls, one confirming GET per missing id, one stats call per index."""
    world = World()
    world.plan(ALL)
    asked = [
        (call.method, call.url.split("?")[0].split("5080")[1].split("/ix/docs-prod")[0])
        for call in world.sent
    ]
    assert len(asked) == 5  # indexes, backups, restore jobs, imports of docs-prod, its counts
    world.apply(ALL)
    world.sent.clear()
    world.plan(ALL)
    assert len(world.sent) == 4
    world.send("DELETE", f"/backups/{world.state().entries[DOCS].remote_id}")
    world.sent.clear()
    world.plan(ALL)
    assert len(world.sent) == 5


def test_a_name_that_was_taken_meanwhile_is_a_conflict_and_nothing_is_adopted() -> None:
    world = World()
    world.apply(BACKUP)

    def take(there: World, call: Call) -> None:
        if call.fresh:
            there.on_call = None
            serverless = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
            there.send("POST", "/indexes", {"name": "again", "dimension": 8, "spec": serverless})

    world.on_call = take
    applied = world.apply(BACKUP + RESTORE)
    assert applied.results[0].outcome is Outcome.FAILED
    assert "409" in applied.results[0].message
    assert not world.state().intents
    assert AGAIN not in world.state().entries
    assert world.plan(BACKUP + RESTORE).is_refused


def test_an_import_that_stops_slowly_is_waited_for() -> None:
    world = World(knobs=Knobs(import_seconds=600))
    world.apply(BACKUP + IMPORT, wait=False)
    linger(world, "DELETE", "/bulk/imports/", 3)
    assert exit_code(world.apply(BACKUP)) == 0
    assert not world.state().entries.get(NOVEMBER)


def test_an_import_that_does_not_stop_is_left_to_the_next_run() -> None:
    world = World(knobs=Knobs(import_seconds=600))
    world.apply(BACKUP + IMPORT, wait=False)
    linger(world, "DELETE", "/bulk/imports/", 10_000)
    assert exit_code(world.apply(BACKUP)) == 8
    world.on_answer = None
    assert exit_code(world.apply(BACKUP)) == 0
    assert NOVEMBER not in world.state().entries


def test_what_waits_for_somebody_has_a_code_of_its_own_where_it_is_asked_for() -> None:
    world = World(knobs=Knobs(jobs_fail=True))
    assert exit_code(world.apply(BACKUP)) == 1
    again = world.apply(BACKUP)
    assert (exit_code(again), exit_code(again, detailed=True)) == (0, 2)
    whole = World()
    assert exit_code(whole.apply(BACKUP), detailed=True) == 0

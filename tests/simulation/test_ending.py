"""How runs are stopped, locked out and cut short; adopting, forgetting and taking up again."""

import asyncio

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
    outcomes,
)
from simulation.world import Process, World

from reconciler.emulator.service import Knobs
from reconciler.engine.run import StoppedError
from reconciler.errors import GuardError, LockedError
from reconciler.model.address import Address
from reconciler.model.change import Reason, Standing
from reconciler.model.event import Cause, Event, Outcome
from reconciler.model.observed import Phase
from reconciler.model.plan import Permissions
from reconciler.model.ports import Call
from reconciler.workflow.apply import Applied, apply, exit_code
from reconciler.workflow.session import Session

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


def test_adopting_takes_in_what_is_there_and_changes_what_differs() -> None:
    world = World()
    backup = world.send("POST", "/indexes/docs-prod/backups", {"name": "docs"})["backup_id"]
    world.wait(30)
    yaml = f"backups: {{docs: {{index: docs-prod, adopt: {backup}}}}}\n"
    assert exit_code(world.apply(yaml)) == 0
    assert world.committed("create_backup") == 1
    assert world.plan(yaml).is_empty
    assert world.plan(BACKUP).is_empty
    world.send("POST", f"/backups/{backup}/create-index", {"name": "again", "tags": {"x": "y"}})
    world.wait(30)
    adopted = RESTORE.replace("tags", "adopt: again, tags")
    applied = world.apply(BACKUP + adopted)
    assert list(outcomes(applied)) == ["adopt restore.again", "update restore.again"]
    index = world.send("GET", "/indexes/again")
    assert (index["tags"], index["deletion_protection"]) == ({"x": "y", "a": "b"}, "enabled")
    assert world.plan(BACKUP + adopted).is_empty


def test_adopting_a_running_job_watches_it_to_its_end() -> None:
    world = World(knobs=Knobs(import_seconds=600))
    host = host_of(world, "docs-prod")
    started = world.send("POST", f"{host}/bulk/imports", {"uri": "s3://b/november"})["id"]
    refused = world.plan(IMPORT)
    assert refused.is_refused
    assert f"adopt: {started}" in refused.refusals[0].hint
    yaml = IMPORT.replace("uri", f"adopt: '{started}', uri")
    assert exit_code(world.apply(yaml)) == 0
    assert exit_code(world.apply(yaml)) == 0
    assert world.state().entries[NOVEMBER].phase is Phase.READY
    assert world.committed("startBulkImport") == 1


def test_what_vanishes_before_it_is_adopted_is_stale() -> None:
    world = World()
    backup = world.send("POST", "/indexes/docs-prod/backups", {"name": "docs"})["backup_id"]
    world.wait(30)

    def meddle(there: World) -> None:
        there.send("DELETE", f"/backups/{backup}")

    once_before(world, "adopt", meddle)
    applied = world.apply(f"backups: {{docs: {{index: docs-prod, adopt: {backup}}}}}\n")
    assert exit_code(applied) == 5
    assert not world.state().entries


def test_a_kept_object_is_forgotten_and_taken_up_again_when_its_block_returns() -> None:
    world = World()
    world.apply(BACKUP + IMPORT)
    world.apply(IMPORT)
    assert DOCS not in world.state().entries
    applied = world.apply(BACKUP + IMPORT)
    assert applied.plan.change(DOCS).reason is Reason.READOPTED
    assert world.committed("create_backup") == 1
    assert not world.state().ledger


def test_care_that_is_declared_is_in_state_without_a_step() -> None:
    world = World()
    world.apply(BACKUP)
    kept = "backups: {docs: {index: docs-prod, lifecycle: {prevent_destroy: true}}}\n"
    applied = world.apply(kept)
    assert applied.results == ()
    assert world.state().entries[DOCS].lifecycle.prevent_destroy
    removed = world.plan(
        "backups: {docs: {index: docs-prod, ensure: absent}}\n", Permissions(deletes=True)
    )
    assert removed.is_refused


def test_a_rename_moves_the_entry_and_nothing_else() -> None:
    world = World()
    world.apply(BACKUP)
    moved = (
        "backups: {renamed: {index: docs-prod, name: docs}}\n"
        "moved: [{from: backup.docs, to: backup.renamed}]\n"
    )
    assert exit_code(world.apply(moved)) == 0
    assert list(world.state().entries) == [Address("backup", "renamed")]
    assert world.committed("create_backup") == 1
    assert world.plan(moved).is_empty


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


def test_a_state_that_belongs_elsewhere_settles_nothing() -> None:
    world = World()
    world.fault("create_backup", "drop", when="before", times=3)
    world.apply(BACKUP, **WINDOW)
    with pytest.raises(GuardError):
        world.apply("name: other\n" + BACKUP, **WINDOW)
    assert world.committed("create_backup") == 0


def test_adopting_by_hand_ends_an_unsettled_create() -> None:
    world = World()
    world.fault("create_backup", "drop", when="before", times=3)
    world.apply(BACKUP, **WINDOW)
    backup = world.send("POST", "/indexes/docs-prod/backups", {"name": "docs"})["backup_id"]
    world.wait(30)
    assert (
        exit_code(world.apply(f"backups: {{docs: {{index: docs-prod, adopt: {backup}}}}}\n")) == 0
    )
    assert not world.state().intents


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


def test_an_adopted_object_that_was_made_anew_meanwhile_is_stale() -> None:
    world = World()
    world.apply(BACKUP)
    backup = world.state().entries[DOCS].remote_id
    world.send("POST", f"/backups/{backup}/create-index", {"name": "again"})
    world.wait(60)
    adopting = BACKUP + RESTORE.replace("tags", "adopt: again, tags")

    def sign(there: World) -> None:
        mark = "abcdef01@restore.again@01ARZ3NDEKTSV4RRFFQ69G5FAV"
        there.send("PATCH", "/indexes/again", {"tags": {"reconciler": mark}})

    once_before(world, "adopt", sign)
    assert exit_code(world.apply(adopting)) == 5
    assert AGAIN not in world.state().entries


def test_an_index_that_came_by_its_marker_from_a_backup_is_not_ours() -> None:
    """A backup of our restored index carries our tag on to whatever is restored from it."""
    world = World()
    world.apply(BACKUP + RESTORE)
    copy = world.send("POST", "/indexes/again/backups", {"name": "copy"})["backup_id"]
    world.wait(60)
    world.send("PATCH", "/indexes/again", {"deletion_protection": "disabled"})
    world.send("DELETE", "/indexes/again")
    world.send("POST", f"/backups/{copy}/create-index", {"name": "again"})
    world.wait(300)
    absent = RESTORE.replace("from:", "ensure: absent, from:")
    applied = world.apply(BACKUP + absent, Permissions(deletes=True))
    assert applied.plan.change(AGAIN).standing is Standing.ATTENTION
    assert world.send("GET", "/indexes/again")["name"] == "again"


def test_an_index_of_our_name_that_another_state_has_made_is_not_ours() -> None:
    """Its marker alone must tell: which backup it came from cannot be read."""
    world = World()
    world.apply(BACKUP + RESTORE)
    world.send("PATCH", "/indexes/again", {"deletion_protection": "disabled"})
    world.send("DELETE", "/indexes/again")
    theirs = "restores: {again: {from: {index: docs-prod}, deletion_protection: disabled}}\n"
    other = Process(state_path="other/default.json", name="another")
    assert exit_code(world.apply(theirs, process=other)) == 0
    world.fault("list_restore_jobs", "status", when="before", status=500, times=100)
    absent = RESTORE.replace("from:", "ensure: absent, from:")
    applied = world.apply(BACKUP + absent, Permissions(deletes=True))
    assert applied.plan.change(AGAIN).reason is Reason.MARKER_LOST
    assert world.send("GET", "/indexes/again")["name"] == "again"


def test_what_waits_for_somebody_has_a_code_of_its_own_where_it_is_asked_for() -> None:
    world = World(knobs=Knobs(jobs_fail=True))
    assert exit_code(world.apply(BACKUP)) == 1
    again = world.apply(BACKUP)
    assert (exit_code(again), exit_code(again, detailed=True)) == (0, 2)
    whole = World()
    assert exit_code(whole.apply(BACKUP), detailed=True) == 0

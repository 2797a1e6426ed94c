"""The engine in a simulated world: each way a step can end, and what the next run makes of it."""

import re

import pytest
from simulation.world import BASE, World

from reconciler.emulator.service import Knobs
from reconciler.engine.run import StoppedError
from reconciler.errors import GuardError, LockedError
from reconciler.model.address import Address
from reconciler.model.change import Reason, Standing
from reconciler.model.event import Cause, Event, Outcome
from reconciler.model.observed import Phase
from reconciler.model.plan import Permissions
from reconciler.model.ports import Answer, Call
from reconciler.model.state import LedgerReason, Verification
from reconciler.workflow.apply import Applied, exit_code
from reconciler.workflow.session import Session

BACKUP = "backups: {docs: {index: docs-prod}}\n"
RESTORE = "restores: {again: {from: {backup: docs}, tags: {a: b}}}\n"
IMPORT = "imports: {november: {index: docs-prod, uri: s3://b/november}}\n"
ALL = BACKUP + RESTORE + IMPORT
DOCS = Address("backup", "docs")
AGAIN = Address("restore", "again")
NOVEMBER = Address("import", "november")
WINDOW = {"settle_window": 5_000_000}


def outcomes(applied: Applied) -> dict[str, Outcome]:
    return {result.step_id: result.outcome for result in applied.results}


def host_of(world: World, index: str) -> str:
    host: str = world.send("GET", f"/indexes/{index}")["host"]
    return host.removeprefix(BASE)


def test_everything_is_made_and_the_next_plan_is_empty() -> None:
    world = World()
    applied = world.apply(ALL)
    assert set(outcomes(applied).values()) == {Outcome.DONE}
    assert exit_code(applied) == 0
    assert world.plan(ALL).is_empty
    state = world.state()
    assert state.entries[AGAIN].verification is Verification.PASSED
    assert {entry.phase for entry in state.entries.values()} == {Phase.READY}
    assert not state.intents


def test_a_plan_sends_nothing_that_changes_anything() -> None:
    world = World()
    before = len([one for one in world.log() if one["committed"]])
    world.plan(ALL)
    assert len([one for one in world.log() if one["committed"]]) == before


def test_the_intent_is_on_disk_before_the_create_is_sent() -> None:
    world = World()
    seen: list[bool] = []

    def look(there: World, call: Call) -> None:
        if call.method == "POST" and call.url.endswith("/backups"):
            texts = [inode.synced for inode in there.disk.names.values()]
            seen.append(any(b'"intend"' in text for text in texts))

    world.on_call = look
    world.apply(BACKUP)
    assert seen == [True]


def test_creates_go_out_on_a_fresh_connection_and_reads_do_not() -> None:
    world = World()
    world.apply(ALL)
    creates = [call for call in world.sent if call.fresh]
    assert len(creates) == 3
    assert all(call.method == "POST" for call in creates)


@pytest.mark.parametrize("kind", ["drop", "html", "garbage", "truncate", "status"])
@pytest.mark.parametrize(
    ("operation", "yaml"),
    [
        ("create_backup", BACKUP),
        ("create_index_from_backup_operation", BACKUP + RESTORE),
        ("startBulkImport", IMPORT),
    ],
)
def test_a_lost_answer_is_settled_in_the_same_run(operation: str, yaml: str, kind: str) -> None:
    world = World()
    more = {"status": 504} if kind == "status" else {}
    world.fault(operation, kind, **more)
    assert exit_code(world.apply(yaml, **WINDOW)) == 0
    assert world.committed(operation) == 1
    assert world.plan(yaml).is_empty


def test_a_create_that_never_arrived_is_sent_again_after_the_window() -> None:
    world = World()
    world.fault("create_backup", "status", when="before", status=500)
    before = world.now()
    assert exit_code(world.apply(BACKUP, **WINDOW)) == 0
    assert world.now() - before > 5_000_000
    assert world.committed("create_backup") == 1
    assert len(world.log("create_backup")) == 2


def test_the_settle_window_begins_at_the_last_send_not_at_the_first_try() -> None:
    world = World()
    world.fault("create_backup", "status", when="before", status=429, retry_after=40, times=2)
    world.fault("create_backup", "drop")
    assert exit_code(world.apply(BACKUP, settle_window=100_000_000)) == 0
    sends = [n for n, call in enumerate(world.sent) if call.fresh]
    assert len(sends) == 3
    lists_after = [
        at
        for at, call in zip(world.sent_at, world.sent, strict=True)
        if "/backups?" in call.url and at > world.sent_at[sends[-1]]
    ]
    assert lists_after[0] - world.sent_at[sends[-1]] >= 100_000_000
    assert world.committed("create_backup") == 1


def test_an_intent_that_waits_for_its_send_is_dated_anew() -> None:
    world = World()
    world.fault("create_backup", "status", when="before", status=429, retry_after=40)
    dates: list[int] = []

    def look(there: World, call: Call) -> None:
        if call.fresh:
            dates.extend(one.server_date or 0 for one in there.state().intents.values())

    world.on_call = look
    world.apply(BACKUP)
    assert dates[1] - dates[0] >= 39_000_000


def test_a_create_gives_up_after_three_sends_and_the_next_run_settles_it() -> None:
    world = World()
    world.fault("create_backup", "drop", when="before", times=3)
    applied = world.apply(BACKUP, **WINDOW)
    assert outcomes(applied) == {"create backup.docs": Outcome.FAILED}
    assert exit_code(applied) == 1
    assert world.state().intents
    plan = world.plan(BACKUP)
    assert plan.change(DOCS).reason is Reason.UNSETTLED
    assert not plan.steps
    assert exit_code(world.apply(BACKUP, **WINDOW)) == 0
    assert world.committed("create_backup") == 1


def test_an_unsettled_create_that_is_declared_no_more_is_not_sent_again() -> None:
    world = World()
    world.fault("create_backup", "drop", when="before", times=3)
    world.apply(BACKUP + IMPORT, **WINDOW)
    assert exit_code(world.apply(IMPORT, **WINDOW)) == 0
    assert world.committed("create_backup") == 0
    assert not world.state().intents


def test_an_unsettled_create_that_was_done_is_found_even_if_declared_no_more() -> None:
    world = World()
    world.fault("create_backup", "drop")

    def fail_lists(there: World, call: Call) -> None:
        if call.fresh:
            there.on_call = None
            there.fault("list_project_backups", "status", when="before", status=503, times=40)

    world.on_call = fail_lists
    world.apply(BACKUP + IMPORT, **WINDOW)
    world.send("DELETE", "/_emulator/faults")
    applied = world.apply(IMPORT, **WINDOW)
    assert exit_code(applied) == 0
    assert applied.plan.change(DOCS).action.value == "forget"
    assert world.committed("create_backup") == 1


def test_a_refused_create_leaves_no_intent() -> None:
    world = World()
    world.fault("create_backup", "status", when="before", status=403)
    applied = world.apply(BACKUP)
    assert exit_code(applied) == 9
    assert not world.state().intents


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


def test_a_failed_backup_needs_attention_and_is_made_again_only_when_asked() -> None:
    world = World(knobs=Knobs(backup_seconds=600))
    world.apply(BACKUP, wait=False)
    backup_id = world.state().entries[DOCS].remote_id
    world.send("DELETE", f"/backups/{backup_id}")
    world.wait(700)
    applied = world.apply(BACKUP)
    assert applied.plan.change(DOCS).standing is Standing.ATTENTION
    assert exit_code(world.apply(BACKUP, Permissions(replace=frozenset({DOCS})))) == 0
    assert world.committed("create_backup") == 2


def test_a_job_that_vanishes_while_it_is_watched_fails_after_the_window() -> None:
    world = World(knobs=Knobs(backup_seconds=600))

    def delete(there: World, call: Call) -> None:
        if call.method == "GET" and "/backups/" in call.url:
            there.on_call = None
            there.send("DELETE", call.url.removeprefix(BASE))

    world.on_call = delete
    applied = world.apply(BACKUP, **WINDOW)
    assert applied.results[0].outcome is Outcome.FAILED
    assert exit_code(applied) == 1
    assert world.committed("create_backup") == 1


def test_a_deadline_leaves_the_job_pending_for_the_next_run() -> None:
    world = World(knobs=Knobs(backup_seconds=600))
    applied = world.apply(BACKUP + RESTORE, timeout_seconds=60.0)
    assert outcomes(applied)["create backup.docs"] is Outcome.PENDING
    assert outcomes(applied)["create restore.again"] is Outcome.SKIPPED
    assert exit_code(applied) == 8
    assert exit_code(world.apply(BACKUP + RESTORE)) == 0
    assert world.committed("create_backup") == 1


def test_an_api_that_fails_while_a_job_runs_says_nothing_about_the_job() -> None:
    world = World(knobs=Knobs(backup_seconds=120))
    world.fault("describe_backup", "status", when="before", status=503, times=12)
    assert exit_code(world.apply(BACKUP)) == 0


def test_a_key_that_is_refused_in_the_middle_stops_with_its_own_code() -> None:
    world = World(knobs=Knobs(backup_seconds=120))
    world.fault("describe_backup", "status", when="before", status=401)
    applied = world.apply(BACKUP)
    assert applied.results[0].cause is Cause.PERMISSION
    assert exit_code(applied) == 9
    assert exit_code(world.apply(BACKUP)) == 0
    assert world.committed("create_backup") == 1


def test_one_failure_takes_only_its_dependants_with_it() -> None:
    world = World()
    world.fault("create_backup", "status", when="before", status=422)
    applied = world.apply(ALL)
    assert outcomes(applied) == {
        "create backup.docs": Outcome.FAILED,
        "create import.november": Outcome.DONE,
        "create restore.again": Outcome.SKIPPED,
        "verify restore.again": Outcome.SKIPPED,
    }
    assert exit_code(applied) == 3
    assert exit_code(world.apply(ALL)) == 0


def test_a_verification_that_fails_is_tried_again_and_never_restores_again() -> None:
    world = World(knobs=Knobs(stats_lag_seconds=3600))
    applied = world.apply(BACKUP + RESTORE, verify_seconds=30.0)
    assert exit_code(applied) == 7
    assert world.state().entries[AGAIN].verification is Verification.FAILED
    assert world.plan(BACKUP + RESTORE).change(AGAIN).reason is Reason.UNVERIFIED
    assert exit_code(world.apply(BACKUP + RESTORE, verify_seconds=7200.0)) == 0
    assert world.committed("create_index_from_backup_operation") == 1


def test_a_restored_index_that_is_gone_is_made_again_from_the_pinned_backup() -> None:
    world = World()
    world.apply(BACKUP + RESTORE)
    pinned = world.state().entries[AGAIN].pins["backup_id"]
    world.send("PATCH", "/indexes/again", {"deletion_protection": "disabled"})
    world.send("DELETE", "/indexes/again")
    world.wait(300)
    applied = world.apply(BACKUP + RESTORE)
    assert exit_code(applied) == 0
    assert world.state().entries[AGAIN].pins["backup_id"] == pinned
    assert world.committed("create_index_from_backup_operation") == 2
    assert world.plan(BACKUP + RESTORE).is_empty


def test_an_index_with_our_name_but_without_our_marker_is_left_alone() -> None:
    world = World()
    world.apply(BACKUP + RESTORE)
    world.send("PATCH", "/indexes/again", {"tags": {"reconciler": ""}})
    applied = world.apply(BACKUP + RESTORE.replace("a: b", "a: c"))
    assert applied.plan.change(AGAIN).reason is Reason.MARKER_LOST
    assert world.send("GET", "/indexes/again")["tags"]["a"] == "b"
    adopting = RESTORE.replace("tags", "adopt: again, tags")
    assert exit_code(world.apply(BACKUP + adopting)) == 0
    assert world.plan(BACKUP + adopting).is_empty


def test_what_changes_between_plan_and_step_stops_that_step() -> None:
    world = World()
    world.apply(BACKUP + RESTORE)

    def meddle(there: World, event: Event) -> None:
        if event.operation is not None and event.operation.value == "update":
            there.on_event = None
            there.send("PATCH", "/indexes/again", {"tags": {"reconciler": "other"}})

    world.on_event = meddle
    applied = world.apply(BACKUP + RESTORE.replace("a: b", "a: c"))
    assert exit_code(applied) == 5
    assert world.send("GET", "/indexes/again")["tags"]["a"] == "b"


DELETED = "restores: {again: {from: {backup: docs}, lifecycle: {on_remove: delete}}}\n"


def test_a_protected_index_is_unprotected_and_deleted() -> None:
    world = World()
    world.apply(BACKUP + DELETED)
    applied = world.apply(BACKUP, Permissions(deletes=True))
    assert list(outcomes(applied)) == ["unprotect restore.again", "delete restore.again"]
    assert exit_code(applied) == 0
    assert AGAIN not in world.state().entries
    assert world.plan(BACKUP).is_empty


def test_a_backup_that_is_busy_is_deleted_when_it_is_free() -> None:
    world = World(knobs=Knobs(restore_seconds=60))
    more = "backups: {more: {index: docs-prod}}\n"
    docs = "docs: {index: docs-prod, lifecycle: {on_remove: delete}}"
    yaml = more.replace("more:", f"{docs}, more:")
    world.apply(yaml)
    backup_id = world.state().entries[DOCS].remote_id
    world.send("POST", f"/backups/{backup_id}/create-index", {"name": "by-hand"})
    applied = world.apply(
        "backups: {more: {index: docs-prod}}\n",
        Permissions(deletes=True, last_backups=frozenset({DOCS})),
    )
    assert exit_code(applied) == 0
    assert world.committed("delete_backup") == 1


def test_what_somebody_else_deleted_meanwhile_is_done() -> None:
    world = World()
    world.apply(BACKUP + DELETED)

    def meddle(there: World, event: Event) -> None:
        if event.operation is not None and event.operation.value == "unprotect":
            there.on_event = None
            there.send("PATCH", "/indexes/again", {"deletion_protection": "disabled"})
            there.send("DELETE", "/indexes/again")

    world.on_event = meddle
    assert exit_code(world.apply(BACKUP, Permissions(deletes=True))) == 0
    assert AGAIN not in world.state().entries


REPLACED = (
    "backups: {docs: {index: docs-prod, description: new, lifecycle: {on_change: replace}}}\n"
)


def test_a_replacement_deletes_the_old_one_only_after_the_new_one_is_ready() -> None:
    world = World()
    world.apply(BACKUP)
    old = world.state().entries[DOCS].remote_id
    applied = world.apply(REPLACED, Permissions(deletes=True))
    assert list(outcomes(applied)) == ["create backup.docs", "delete backup.docs"]
    assert world.log("delete_backup")[0]["object_id"] == old
    entry = world.state().entries[DOCS]
    assert (entry.remote_id != old, entry.deposed) == (True, ())
    assert world.plan(REPLACED).is_empty


def test_a_replacement_cut_off_before_its_delete_goes_on_in_the_next_run() -> None:
    world = World()
    world.apply(BACKUP)
    old = world.state().entries[DOCS].remote_id
    world.fault("delete_backup", "status", when="before", status=403)
    assert exit_code(world.apply(REPLACED, Permissions(deletes=True))) == 9
    assert world.state().entries[DOCS].deposed == (old,)
    assert world.plan(REPLACED).changes[-1].standing is Standing.WITHHELD
    assert exit_code(world.apply(REPLACED, Permissions(deletes=True))) == 0
    assert world.state().entries[DOCS].deposed == ()
    assert world.committed("create_backup") == 2


def test_an_empty_new_backup_does_not_stand_in_for_the_old_one() -> None:
    world = World()
    world.apply(BACKUP)
    world.send("DELETE", "/indexes/docs-prod")
    serverless = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
    world.send("POST", "/indexes", {"name": "docs-prod", "dimension": 8, "spec": serverless})
    world.wait(60)
    applied = world.apply(REPLACED, Permissions(deletes=True))
    assert exit_code(applied) == 6
    assert "cannot stand in for" in applied.results[-1].message
    assert world.committed("delete_backup") == 0


def test_a_running_import_is_cancelled_and_forgotten() -> None:
    world = World(knobs=Knobs(import_seconds=600))
    world.apply(BACKUP + IMPORT, wait=False)
    world.wait(300)
    applied = world.apply(BACKUP)
    assert outcomes(applied)["cancel import.november"] is Outcome.DONE
    item = next(iter(world.state().ledger.values()))
    assert (item.address, item.reason) == (NOVEMBER, LedgerReason.FORGOTTEN)
    assert world.plan(BACKUP).is_empty


def test_an_import_declared_as_cancelled_is_cancelled_and_stays() -> None:
    world = World(knobs=Knobs(import_seconds=600))
    world.apply(IMPORT, wait=False)
    cancelled = IMPORT.replace("uri", "ensure: cancelled, uri")
    assert exit_code(world.apply(cancelled)) == 0
    assert world.state().entries[NOVEMBER].phase is Phase.FAILED
    assert world.plan(cancelled).is_empty


def test_an_import_that_ended_before_it_could_be_cancelled_is_kept_as_history() -> None:
    world = World(knobs=Knobs(import_seconds=600))
    world.apply(BACKUP + IMPORT, wait=False)

    def finish(there: World, event: Event) -> None:
        if event.operation is not None and event.operation.value == "cancel":
            there.on_event = None
            there.wait(1000)

    world.on_event = finish
    assert exit_code(world.apply(BACKUP)) == 0
    item = next(iter(world.state().ledger.values()))
    assert item.reason is LedgerReason.FINISHED
    assert exit_code(world.apply(BACKUP + IMPORT)) == 0
    assert world.committed("startBulkImport") == 1


def test_an_import_runs_again_by_a_new_trigger_and_the_first_stays_in_the_ledger() -> None:
    world = World()
    world.apply(IMPORT)
    again = IMPORT.replace("uri", "trigger: second, uri")
    applied = world.apply(again)
    assert outcomes(applied)["create import.november"] is Outcome.FAILED  # the namespace exists
    assert len(world.state().ledger) == 1
    assert world.plan(again).change(NOVEMBER).standing is Standing.ATTENTION


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

    def meddle(there: World, event: Event) -> None:
        if event.operation is not None and event.operation.value == "adopt":
            there.on_event = None
            there.send("DELETE", f"/backups/{backup}")

    world.on_event = meddle
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


def test_a_resent_create_that_meets_its_own_first_object_takes_it_up() -> None:
    """The lists lag behind the settle window: the name itself tells that it is there."""
    world = World()
    world.apply(BACKUP)
    world.send("POST", "/_emulator/knobs", {"list_lag_seconds": 8})
    world.fault("create_index_from_backup_operation", "drop")
    applied = world.apply(BACKUP + RESTORE, settle_window=7_000_000)
    assert applied.results[0].outcome in {Outcome.DONE, Outcome.FAILED}
    world.wait(60)
    assert exit_code(world.apply(BACKUP + RESTORE)) == 0
    assert world.committed("create_index_from_backup_operation") == 1


def test_what_is_gone_before_it_is_updated_is_stale() -> None:
    world = World()
    world.apply(BACKUP + RESTORE)

    def meddle(there: World, event: Event) -> None:
        if event.operation is not None and event.operation.value == "update":
            there.on_event = None
            there.send("PATCH", "/indexes/again", {"deletion_protection": "disabled"})
            there.send("DELETE", "/indexes/again")

    world.on_event = meddle
    applied = world.apply(BACKUP + RESTORE.replace("a: b", "a: c"))
    assert exit_code(applied) == 5
    assert "is gone" in applied.results[0].message


def test_an_import_that_vanished_before_it_was_cancelled_is_forgotten() -> None:
    world = World(knobs=Knobs(import_seconds=600))
    world.apply(BACKUP + IMPORT, wait=False)

    def meddle(there: World, event: Event) -> None:
        if event.operation is not None and event.operation.value == "cancel":
            there.on_event = None
            there.send("DELETE", "/indexes/docs-prod")

    world.on_event = meddle
    assert exit_code(world.apply(BACKUP)) == 0
    assert NOVEMBER not in world.state().entries


def linger(world: World, after: str, path: str, times: int) -> None:
    """Let an object look as it did before for some answers after it was changed."""
    before: list[Answer] = []
    left = [0]

    def answer(call: Call, real: Answer) -> Answer:
        if call.method == after:
            left[0] = times
        if call.method != "GET" or path not in call.url or call.url.endswith(path):
            return real
        if left[0] > 0:
            left[0] -= 1
            return before[-1]
        before.append(real)
        return real

    world.on_answer = answer


def test_an_object_that_disappears_slowly_is_waited_for() -> None:
    world = World()
    world.apply(BACKUP + DELETED)
    linger(world, "DELETE", "/indexes/", 3)
    assert exit_code(world.apply(BACKUP, Permissions(deletes=True))) == 0
    world.on_answer = None
    assert world.plan(BACKUP).is_empty


def test_an_object_that_does_not_disappear_is_left_to_the_next_run() -> None:
    world = World()
    world.apply(BACKUP + DELETED)
    linger(world, "DELETE", "/indexes/", 10_000)
    applied = world.apply(BACKUP, Permissions(deletes=True))
    assert exit_code(applied) == 8
    world.on_answer = None
    world.wait(300)
    assert exit_code(world.apply(BACKUP, Permissions(deletes=True))) == 0
    assert AGAIN not in world.state().entries


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


def test_a_job_that_cannot_be_asked_for_says_so_and_is_asked_again() -> None:
    world = World(knobs=Knobs(backup_seconds=200))
    world.fault("describe_backup", "status", when="before", status=503, times=12)
    assert exit_code(world.apply(BACKUP)) == 0
    assert any("no news: describe_backup" in event.message for event in world.events)


def test_a_backup_without_counts_leaves_a_restore_unverified_and_says_so() -> None:
    world = World()

    def forget_counts(_: Call, real: Answer) -> Answer:
        body = re.sub(rb'"(record|namespace)_count":\s*\d+', rb'"\1_count": null', real.body)
        return Answer(real.status, real.headers, body)

    world.on_answer = forget_counts
    assert exit_code(world.apply(BACKUP + RESTORE)) == 0
    assert world.state().entries[AGAIN].verification is Verification.NONE
    assert any("nothing could be compared" in event.message for event in world.events)
    assert world.plan(BACKUP + RESTORE).is_empty


def test_a_leftover_that_somebody_removed_is_let_go() -> None:
    world = World()
    world.apply(BACKUP)
    old = world.state().entries[DOCS].remote_id
    world.fault("delete_backup", "status", when="before", status=403)
    world.apply(REPLACED, Permissions(deletes=True))
    world.send("DELETE", f"/backups/{old}")
    world.wait(300)
    assert exit_code(world.apply(REPLACED)) == 0
    assert world.state().entries[DOCS].deposed == ()
    assert world.plan(REPLACED).is_empty


def test_an_adopted_object_that_was_made_anew_meanwhile_is_stale() -> None:
    world = World()
    world.apply(BACKUP)
    backup = world.state().entries[DOCS].remote_id
    world.send("POST", f"/backups/{backup}/create-index", {"name": "again"})
    world.wait(60)
    adopting = BACKUP + RESTORE.replace("tags", "adopt: again, tags")

    def sign(there: World, event: Event) -> None:
        if event.operation is not None and event.operation.value == "adopt":
            there.on_event = None
            mark = "abcdef01@restore.again@01ARZ3NDEKTSV4RRFFQ69G5FAV"
            there.send("PATCH", "/indexes/again", {"tags": {"reconciler": mark}})

    world.on_event = sign
    assert exit_code(world.apply(adopting)) == 5
    assert AGAIN not in world.state().entries

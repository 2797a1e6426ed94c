"""How what apply makes can end, and what the next run makes of it."""

import re

from simulation.cases import (
    AGAIN,
    ALL,
    BACKUP,
    DOCS,
    RESTORE,
    WINDOW,
    outcomes,
)
from simulation.world import BASE, World

from reconciler.emulator.service import Knobs
from reconciler.model.change import Reason, Standing
from reconciler.model.event import Outcome
from reconciler.model.observed import Phase
from reconciler.model.plan import Permissions
from reconciler.model.ports import Answer, Call
from reconciler.model.state import Verification
from reconciler.workflow.apply import exit_code


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


def test_a_restored_index_that_somebody_deletes_half_way_is_not_waited_for_for_ever() -> None:
    world = World(knobs=Knobs(restore_seconds=600))
    world.apply(BACKUP + RESTORE, timeout_seconds=10.0)
    world.send("PATCH", "/indexes/again", {"deletion_protection": "disabled"})
    world.send("DELETE", "/indexes/again")
    world.wait(600)
    world.apply(BACKUP + RESTORE, timeout_seconds=10.0)
    plan = world.plan(BACKUP + RESTORE)
    assert (plan.change(AGAIN).standing, plan.change(AGAIN).reason) == (
        Standing.ATTENTION,
        Reason.FAILED,
    )
    anew = Permissions(replace=frozenset({AGAIN}))
    world.apply(BACKUP + RESTORE, anew, timeout_seconds=1000.0)
    assert world.plan(BACKUP + RESTORE).is_empty


def test_a_deadline_leaves_the_job_pending_for_the_next_run() -> None:
    world = World(knobs=Knobs(backup_seconds=600))
    applied = world.apply(BACKUP + RESTORE, timeout_seconds=60.0)
    assert outcomes(applied)["create backup.docs"] is Outcome.PENDING
    assert outcomes(applied)["create restore.again"] is Outcome.SKIPPED
    assert exit_code(applied) == 8
    assert exit_code(world.apply(BACKUP + RESTORE)) == 0
    assert world.committed("create_backup") == 1


def test_a_kind_may_have_a_deadline_of_its_own() -> None:
    world = World(knobs=Knobs(backup_seconds=600))
    applied = world.apply(BACKUP, timeout_seconds=10.0, timeouts={"restore": 10.0})
    assert exit_code(applied) == 8
    applied = world.apply(BACKUP, timeout_seconds=10.0, timeouts={"backup": 1000.0})
    assert exit_code(applied) == 0
    assert world.committed("create_backup") == 1


def test_an_api_that_fails_while_a_job_runs_says_nothing_about_the_job() -> None:
    world = World(knobs=Knobs(backup_seconds=120))
    world.fault("describe_backup", "status", when="before", status=503, times=12)
    assert exit_code(world.apply(BACKUP)) == 0


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


def test_a_forgotten_restore_that_was_not_whole_is_verified_by_the_run_that_takes_it_up() -> None:
    world = World(knobs=Knobs(stats_lag_seconds=3600))
    backup_id = world.send("POST", "/indexes/docs-prod/backups", {"name": "by-hand"})["backup_id"]
    world.wait(60)
    restore = f"restores: {{again: {{from: {{backup_id: {backup_id}}}}}}}\n"
    other = "backups: {other: {index: docs-prod}}\n"
    world.apply(other + restore, verify_seconds=30.0)
    pins = world.state().entries[AGAIN].pins
    world.apply(other)
    world.send("DELETE", f"/backups/{backup_id}")
    applied = world.apply(other + restore, verify_seconds=30.0)
    assert outcomes(applied)["adopt restore.again"] is Outcome.DONE
    assert exit_code(applied) == 7
    assert world.state().entries[AGAIN].pins == pins
    assert exit_code(world.apply(other + restore, verify_seconds=7200.0)) == 0
    assert world.state().entries[AGAIN].verification is Verification.PASSED
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

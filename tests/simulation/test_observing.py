"""Observing when the API is not well: what cannot be read is never taken for absent."""

import pytest
from simulation.cases import AGAIN, ALWAYS, BACKUP, DOCS, IMPORT, NOVEMBER, RESTORE
from simulation.world import BASE, Process, World

from reconciler.api.failures import DeniedError, UnavailableError
from reconciler.emulator.service import Knobs
from reconciler.model.change import Action, Reason, Standing
from reconciler.model.event import Cause, Outcome
from reconciler.model.observed import Phase
from reconciler.model.plan import Permissions
from reconciler.model.ports import Call
from reconciler.model.state import Verification
from reconciler.model.values import SECOND
from reconciler.workflow.apply import exit_code


def test_an_unreadable_list_of_backups_plans_nothing_that_hangs_on_it() -> None:
    world = World()
    world.fault("list_project_backups", "status", **ALWAYS)
    plan = world.plan(BACKUP + RESTORE + IMPORT, Permissions(new_state=True))
    assert plan.change(DOCS).standing is Standing.UNREADABLE
    assert plan.change(AGAIN).standing is Standing.UNREADABLE
    assert plan.change(NOVEMBER).action is Action.CREATE
    assert not plan.complete
    assert not plan.is_empty


def test_an_unreadable_list_of_indexes_leaves_only_what_needs_none() -> None:
    world = World()
    world.fault("list_indexes", "status", **ALWAYS)
    plan = world.plan(BACKUP + RESTORE, Permissions(new_state=True))
    assert plan.change(DOCS).standing is Standing.UNREADABLE
    assert plan.change(AGAIN).standing is Standing.UNREADABLE


def test_an_unreadable_list_of_imports_concerns_that_index_only() -> None:
    world = World()
    world.fault("listBulkImports", "status", **ALWAYS)
    plan = world.plan(BACKUP + IMPORT)
    assert plan.change(NOVEMBER).standing is Standing.UNREADABLE
    assert plan.change(DOCS).action is Action.CREATE


def test_restore_jobs_only_add_to_what_the_indexes_say() -> None:
    world = World()
    world.apply(BACKUP + RESTORE)
    world.fault("list_restore_jobs", "status", **ALWAYS)
    plan = world.plan(BACKUP + RESTORE)
    assert plan.change(AGAIN).standing is Standing.UNCHANGED
    assert not plan.complete


def test_a_lost_restore_is_found_without_the_list_of_jobs() -> None:
    world = World()
    world.apply(BACKUP)
    world.fault("create_index_from_backup_operation", "drop")

    def fail_jobs(there: World, call: Call) -> None:
        if call.fresh:
            there.on_call = None
            there.fault("list_restore_jobs", "status", when="before", status=503, times=5)

    world.on_call = fail_jobs
    assert exit_code(world.apply(BACKUP + RESTORE, settle_window=1_000_000)) == 0
    assert world.committed("create_index_from_backup_operation") == 1


def test_when_nothing_can_be_read_the_run_ends() -> None:
    world = World()
    for operation in ("list_indexes", "list_project_backups", "list_restore_jobs"):
        world.fault(operation, "status", **ALWAYS)
    with pytest.raises(UnavailableError):
        world.plan(BACKUP)


def test_a_refused_key_ends_the_run() -> None:
    world = World()
    world.fault("list_project_backups", "status", when="before", status=401)
    with pytest.raises(DeniedError):
        world.plan(BACKUP)


def test_counts_that_may_not_be_read_are_said_to_be_so() -> None:
    world = World()
    world.fault("describeIndexStats", "status", when="before", status=403)
    plan = world.plan(BACKUP)
    assert plan.change(DOCS).action is Action.CREATE
    assert plan.change(DOCS).facts == {"index_records": None}


def test_a_missing_object_is_confirmed_by_its_id() -> None:
    world = World()
    world.apply(BACKUP)
    world.wait(300)
    world.send("DELETE", f"/backups/{world.state().entries[DOCS].remote_id}")
    assert world.plan(BACKUP).change(DOCS).reason is Reason.GONE
    world.fault("describe_backup", "status", **ALWAYS)
    assert world.plan(BACKUP).change(DOCS).standing is Standing.UNREADABLE


def test_an_object_that_lists_do_not_show_yet_is_seen_by_its_id() -> None:
    world = World()
    world.apply(BACKUP)
    world.send("POST", "/_emulator/knobs", {"list_lag_seconds": 10_000})
    assert world.plan(BACKUP).change(DOCS).standing is Standing.UNCHANGED


def test_an_import_into_an_index_that_a_restore_makes_waits_for_it() -> None:
    world = World()
    yaml = BACKUP + RESTORE + "imports: {november: {index: again, uri: s3://b/november}}\n"
    plan = world.plan(yaml)
    create = next(step for step in plan.steps if step.id == "create import.november")
    assert create.after == ("verify restore.again",)
    assert exit_code(world.apply(yaml)) == 0
    assert world.plan(yaml).is_empty


def test_an_import_whose_index_is_gone_needs_attention() -> None:
    world = World(knobs=Knobs(import_seconds=600))
    world.apply(BACKUP + IMPORT, wait=False)
    world.send("DELETE", "/indexes/docs-prod")
    world.wait(300)
    plan = world.plan(BACKUP + IMPORT)
    assert plan.change(NOVEMBER).standing is Standing.ATTENTION


def test_a_wait_is_taken_up_by_the_next_run() -> None:
    world = World(knobs=Knobs(restore_seconds=600))
    assert exit_code(world.apply(BACKUP + RESTORE, wait=False)) == 3  # the restore has not begun
    world.wait(60)
    applied = world.apply(BACKUP + RESTORE, timeout_seconds=10_000.0, wait=False)
    assert applied.results[-1].outcome in {Outcome.PENDING, Outcome.SKIPPED}
    assert exit_code(applied) == 0
    assert exit_code(world.apply(BACKUP + RESTORE)) == 0
    assert world.state().entries[AGAIN].verification is Verification.PASSED
    assert world.committed("create_index_from_backup_operation") == 1


def test_a_restore_whose_index_is_deleted_midway_fails_and_says_so() -> None:
    world = World(knobs=Knobs(restore_seconds=60))
    yaml = BACKUP + RESTORE.replace("from:", "deletion_protection: disabled, from:")

    def delete(there: World, call: Call) -> None:
        if "/restore-jobs/" in call.url:
            there.on_call = None
            there.send("DELETE", "/indexes/again")

    world.on_call = delete
    applied = world.apply(yaml, settle_window=1_000_000)
    failed = [result for result in applied.results if result.outcome is Outcome.FAILED]
    assert [result.step_id for result in failed] == ["create restore.again"]
    assert world.state().entries[AGAIN].phase is Phase.FAILED


def test_counts_that_the_key_may_not_read_fail_the_verification_with_the_keys_code() -> None:
    world = World()
    world.apply(BACKUP)
    world.fault("describeIndexStats", "status", when="before", status=403, every=1)
    applied = world.apply(BACKUP + RESTORE)
    assert applied.results[-1].cause is Cause.PERMISSION
    assert exit_code(applied) == 9


def test_counts_that_fail_for_a_while_are_asked_for_again() -> None:
    world = World()
    world.apply(BACKUP)

    def fail_once(there: World, call: Call) -> None:
        if call.fresh:
            there.on_call = None
            there.fault("describeIndexStats", "status", when="before", status=503, times=7)

    world.on_call = fail_once
    assert exit_code(world.apply(BACKUP + RESTORE)) == 0


def test_a_delete_that_stays_busy_gives_up_and_says_why() -> None:
    world = World()
    yaml = "backups: {docs: {index: docs-prod, lifecycle: {on_remove: delete}}}\n"
    world.apply(yaml + IMPORT)
    world.fault("delete_backup", "status", when="before", status=412, every=1)
    lifted = Permissions(deletes=True, last_backups=frozenset({DOCS}))
    applied = world.apply(IMPORT, lifted)
    assert applied.results[0].outcome is Outcome.FAILED
    assert "412" in applied.results[0].message
    assert DOCS in world.state().entries


def test_requests_for_an_index_go_to_its_own_host() -> None:
    world = World()
    world.apply(IMPORT)
    starts = [call.url for call in world.sent if call.url.endswith("/bulk/imports")]
    assert starts
    assert all(url.startswith(f"{BASE}/ix/docs-prod-") for url in starts)


@pytest.mark.parametrize("skew", [-3600 * SECOND, 3600 * SECOND])
def test_the_settle_window_runs_on_the_servers_clock(skew: int) -> None:
    world = World()
    world.apply(BACKUP, process=Process(skew=skew))
    world.send("DELETE", f"/backups/{world.state().entries[DOCS].remote_id}")
    assert world.plan(BACKUP).change(DOCS).reason is Reason.NOT_LISTED_YET
    world.wait(121)
    assert world.plan(BACKUP).change(DOCS).reason is Reason.GONE
    assert world.plan(BACKUP, process=Process(skew=skew)).change(DOCS).reason is Reason.GONE


def test_another_first_apply_during_the_first_look_is_no_reason_to_refuse() -> None:
    world = World()
    met: list[int] = []

    def beside(world: World, call: Call) -> None:
        if "/backups" in call.url and not met:
            met.append(1)
            world.meanwhile(lambda: met.append(exit_code(world.apply(BACKUP))))

    world.on_call = beside
    assert exit_code(world.apply(BACKUP)) == 0
    assert met == [1, 0]
    assert world.committed("create_backup") == 1

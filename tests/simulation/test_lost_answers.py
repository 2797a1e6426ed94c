"""A create whose answer was lost is found, or sent again once it has surely made nothing."""

import pytest
from simulation.boundaries import CrashError
from simulation.cases import (
    BACKUP,
    DOCS,
    IMPORT,
    NOVEMBER,
    RESTORE,
    WINDOW,
    host_of,
    outcomes,
)
from simulation.world import BASE, World

from reconciler.emulator.service import Call as EmulatorCall
from reconciler.model.change import Reason
from reconciler.model.event import Outcome
from reconciler.model.ports import Call
from reconciler.workflow.apply import exit_code


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


def crowd_out(world: World) -> None:
    """Let people fill the first page after our create, and tidy up before the second is read."""
    path = "/indexes/docs-prod/backups"
    theirs: list[str] = []

    def interfere(there: World, call: Call) -> None:
        if call.method != "GET" or "/backups?" not in call.url:
            return
        if not theirs and there.committed("create_backup") == 1:
            theirs.extend(there.send("POST", path, {"name": "x"})["backup_id"] for _ in range(100))
            there.wait(60)
        elif theirs and "paginationToken" in call.url:
            there.on_call = None
            there.send("DELETE", f"/backups/{theirs[-1]}")

    world.on_call = interfere


def test_a_list_that_moved_between_its_pages_and_hid_the_backup_makes_no_second_one() -> None:
    world = World()
    world.fault("create_backup", "drop")
    crowd_out(world)
    assert exit_code(world.apply(BACKUP, **WINDOW)) == 0
    assert world.on_call is None, "nothing was hidden"
    assert not world.oracle.violations
    assert world.committed("create_backup") == 101


def test_a_namesake_of_a_backup_that_was_never_made_is_not_taken_for_ours() -> None:
    world = World()
    theirs = world.send("POST", "/indexes/docs-prod/backups", {"name": "docs"})["backup_id"]
    world.fault("create_backup", "status", when="before", status=500)
    assert exit_code(world.apply(BACKUP, **WINDOW)) == 0
    assert world.committed("create_backup") == 2
    assert world.state().entries[DOCS].remote_id != theirs


def test_an_import_from_before_is_not_taken_for_ours() -> None:
    world = World()
    world.apply(BACKUP)
    theirs = {"uri": "s3://b/november"}
    world.send("POST", f"{host_of(world, 'docs-prod')}/bulk/imports", theirs)
    world.wait(600)
    world.fault("startBulkImport", "status", when="before", status=500)
    again = IMPORT.replace("november}", "november, trigger: again}")
    world.apply(BACKUP + again, **WINDOW)
    assert world.committed("startBulkImport") == 2
    assert world.state().entries[NOVEMBER].remote_id == "2"


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


def test_a_process_that_stood_still_before_it_sent_leaves_no_second_backup() -> None:
    world = World()

    def stand_still(there: World, call: Call) -> None:
        if call.fresh:
            there.on_call = None
            there.wait(3600)
            path = call.url.removeprefix(BASE)
            sent = EmulatorCall(call.method, path, "", {"Api-Key": "x"}, call.body or b"")
            there.postpone(20, "reconciler", sent)
            raise CrashError

    world.on_call = stand_still
    with pytest.raises(CrashError):
        world.apply(BACKUP)
    assert exit_code(world.apply(BACKUP)) == 0
    assert world.committed("create_backup") == 1


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

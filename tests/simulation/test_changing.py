"""How changes, deletes, cancels and replacements can end when others meddle."""

from simulation.cases import (
    AGAIN,
    ALL,
    BACKUP,
    DELETED,
    DOCS,
    IMPORT,
    NOVEMBER,
    REPLACED,
    RESTORE,
    linger,
    once_before,
    outcomes,
)
from simulation.world import World

from reconciler.emulator.service import Knobs
from reconciler.model.address import Address
from reconciler.model.change import Reason, Standing
from reconciler.model.event import Outcome
from reconciler.model.observed import Phase
from reconciler.model.plan import Permissions
from reconciler.model.state import LedgerReason
from reconciler.workflow.apply import exit_code


def test_a_plan_sends_nothing_that_changes_anything() -> None:
    world = World()
    before = len([one for one in world.log() if one["committed"]])
    world.plan(ALL)
    assert len([one for one in world.log() if one["committed"]]) == before


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


def test_a_replacement_that_has_to_wait_is_not_done() -> None:
    world = World()
    world.apply(BACKUP)
    world.send("DELETE", f"/backups/{world.state().entries[DOCS].remote_id}")
    asked = Permissions(replace=frozenset({DOCS}))
    early = world.apply(BACKUP, asked)
    assert early.plan.change(DOCS).notes == ("--replace is postponed until it is surely gone",)
    assert exit_code(early) == 1
    world.wait(300)
    assert exit_code(world.apply(BACKUP, asked)) == 0
    assert world.committed("create_backup") == 2


def test_a_replacement_of_what_still_runs_is_left_to_another_run() -> None:
    world = World(knobs=Knobs(backup_seconds=60))
    world.apply(BACKUP, wait=False)
    asked = Permissions(replace=frozenset({DOCS}), deletes=True)
    early = world.apply(BACKUP, asked)
    assert early.plan.change(DOCS).notes == ("--replace is postponed until it has ended",)
    assert exit_code(early) == 3
    assert exit_code(world.apply(BACKUP, asked)) == 0
    assert world.committed("create_backup") == 2


def test_a_backup_is_renamed_together_with_what_names_it() -> None:
    june = Address("backup", "june")
    world = World()
    world.apply(BACKUP + RESTORE)
    backup, restore = BACKUP.replace("docs:", "june:"), RESTORE.replace("docs", "june")
    moved = "moved: [{from: backup.docs, to: backup.june}]\n"
    assert exit_code(world.apply(backup + restore + moved)) == 0
    entry = world.state().entries[AGAIN]
    assert entry.fields["from"] == {"backup": "june"}
    assert entry.depends_on == (june,)
    assert world.plan(backup + restore).is_empty


def test_a_backup_is_renamed_together_with_what_is_remembered_of_a_restore() -> None:
    world = World()
    world.apply(BACKUP + RESTORE)
    pins = world.state().entries[AGAIN].pins
    world.apply(BACKUP)
    backup, restore = BACKUP.replace("docs:", "june:"), RESTORE.replace("docs", "june")
    world.apply(backup + "moved: [{from: backup.docs, to: backup.june}]\n")
    assert [item.fields["from"] for item in world.state().ledger.values()] == [{"backup": "june"}]
    applied = world.apply(backup + restore)
    assert applied.plan.change(AGAIN).reason is Reason.READOPTED
    assert world.state().entries[AGAIN].pins == pins
    assert world.plan(backup + restore).is_empty


def test_a_cancelled_import_is_nobody_elses_when_it_is_forgotten() -> None:
    world = World(knobs=Knobs(import_seconds=600))
    other = "  other: {index: docs-prod, uri: s3://b/other}\n"
    both = f"imports:\n{other}  november: {{index: docs-prod, uri: s3://b/november}}\n"
    world.apply(both, wait=False)
    assert exit_code(world.apply(f"imports:\n{other}")) == 0
    assert world.committed("cancelBulkImport") == 1
    assert world.plan(f"imports:\n{other}").unmanaged == ()


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

    def meddle(there: World) -> None:
        there.send("PATCH", "/indexes/again", {"deletion_protection": "disabled"})
        there.send("DELETE", "/indexes/again")

    once_before(world, "unprotect", meddle)
    assert exit_code(world.apply(BACKUP, Permissions(deletes=True))) == 0
    assert AGAIN not in world.state().entries


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

    def finish(there: World) -> None:
        there.wait(1000)

    once_before(world, "cancel", finish)
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


def test_what_is_gone_before_it_is_updated_is_stale() -> None:
    world = World()
    world.apply(BACKUP + RESTORE)

    def meddle(there: World) -> None:
        there.send("PATCH", "/indexes/again", {"deletion_protection": "disabled"})
        there.send("DELETE", "/indexes/again")

    once_before(world, "update", meddle)
    applied = world.apply(BACKUP + RESTORE.replace("a: b", "a: c"))
    assert exit_code(applied) == 5
    assert "is gone" in applied.results[0].message


def test_an_import_that_vanished_before_it_was_cancelled_is_forgotten() -> None:
    world = World(knobs=Knobs(import_seconds=600))
    world.apply(BACKUP + IMPORT, wait=False)

    def meddle(there: World) -> None:
        there.send("DELETE", "/indexes/docs-prod")

    once_before(world, "cancel", meddle)
    assert exit_code(world.apply(BACKUP)) == 0
    assert NOVEMBER not in world.state().entries


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

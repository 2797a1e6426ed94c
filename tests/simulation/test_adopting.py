"""Taking up what is there, by its id or our marker, and only what is ours."""

from simulation.cases import (
    AGAIN,
    BACKUP,
    DOCS,
    IMPORT,
    NOVEMBER,
    RESTORE,
    WINDOW,
    host_of,
    once_before,
    outcomes,
)
from simulation.world import Process, World

from reconciler.emulator.service import Knobs
from reconciler.model.address import Address
from reconciler.model.change import Reason, Standing
from reconciler.model.observed import Phase
from reconciler.model.plan import Permissions
from reconciler.workflow.apply import exit_code


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

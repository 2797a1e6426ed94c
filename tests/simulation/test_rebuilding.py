"""A lost state is rebuilt from markers of one lineage, whole or not at all."""

import pytest
from simulation.cases import ALWAYS, BACKUP, DOCS, IMPORT, NOVEMBER, RESTORE
from simulation.world import World

from reconciler.emulator.service import Knobs
from reconciler.errors import GuardError
from reconciler.model.change import Action
from reconciler.model.observed import Marker, Phase
from reconciler.model.plan import Permissions
from reconciler.workflow.apply import exit_code
from reconciler.workflow.rebuild import rebuild


def test_a_lost_state_is_rebuilt_from_markers_and_the_rest_is_asked_for() -> None:
    world = World()
    yaml = BACKUP + RESTORE + IMPORT
    world.apply(yaml)
    world.disk.names.clear()
    refused = world.plan(yaml)
    assert [item.reference for item in refused.refusals] == ["state-missing"]
    session = world.session(yaml, Permissions())
    found = world.process(rebuild(session, world.lineage8))
    assert [str(entry.address) for entry in found.recovered] == ["backup.docs", "restore.again"]
    assert found.candidates == ((NOVEMBER, "1"),)
    assert world.plan(BACKUP + RESTORE).is_empty
    assert world.plan(yaml).is_refused  # the import would load the same data again
    adopting = BACKUP + RESTORE + IMPORT.replace("uri", "adopt: '1', uri")
    assert exit_code(world.apply(adopting)) == 0
    assert world.committed("startBulkImport") == 1


def test_a_state_that_exists_is_not_rebuilt() -> None:
    world = World()
    world.apply(BACKUP)
    with pytest.raises(GuardError, match="holds a state already"):
        world.process(rebuild(world.session(BACKUP, Permissions()), world.lineage8))


def test_markers_of_two_states_are_not_rebuilt_into_one() -> None:
    world = World()
    world.apply(BACKUP)
    world.disk.names.clear()
    world.apply("backups: {other: {index: docs-prod}}\n", Permissions(new_state=True))
    world.disk.names.clear()
    both = "backups: {docs: {index: docs-prod}, other: {index: docs-prod}}\n"
    with pytest.raises(GuardError, match=r"lineages: \w{8}: backup\.\w+ .*; \w{8}: backup"):
        world.process(rebuild(world.session(both, Permissions())))
    lineage = Marker.split_description(world.send("GET", "/backups")["data"][0]["description"])[1]
    assert lineage is not None
    found = world.process(rebuild(world.session(both, Permissions()), lineage.lineage))
    assert [str(entry.address) for entry in found.recovered] == ["backup.other"]


def test_what_runs_when_state_is_rebuilt_is_watched_to_its_end() -> None:
    world = World(knobs=Knobs(backup_seconds=600))
    world.apply(BACKUP, wait=False)
    world.disk.names.clear()
    found = world.process(rebuild(world.session(BACKUP, Permissions()), world.lineage8))
    assert [entry.phase for entry in found.recovered] == [Phase.RUNNING]
    assert exit_code(world.apply(BACKUP)) == 0
    assert world.committed("create_backup") == 1


def test_rebuilding_asks_whose_markers_they_are() -> None:
    world = World()
    world.apply(BACKUP)
    world.disk.names.clear()
    with pytest.raises(GuardError, match="carry markers of these lineages"):
        world.process(rebuild(world.session(BACKUP, Permissions())))
    assert world.state().is_empty


def test_half_a_state_is_not_rebuilt() -> None:
    world = World()
    world.apply(BACKUP + RESTORE)
    world.disk.names.clear()
    lineage = world.lineage8
    world.fault("list_project_backups", "status", **ALWAYS)
    with pytest.raises(GuardError, match="could not be read"):
        world.process(rebuild(world.session(BACKUP + RESTORE, Permissions()), lineage))


def test_nothing_to_rebuild_writes_nothing() -> None:
    world = World()
    found = world.process(rebuild(world.session(BACKUP, Permissions()), world.lineage8))
    assert found.recovered == ()
    assert world.plan(BACKUP).change(DOCS).action is Action.CREATE

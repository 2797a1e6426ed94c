"""State belongs to one API, project and configuration, and its loss is noticed."""

import re
from pathlib import Path

from rehearsal.stage import DOCS, Stage

from reconciler.emulator.samples import sample, seed
from reconciler.emulator.server import Server
from reconciler.emulator.service import Emulator


def test_state_pointed_at_another_host_is_refused(stage: Stage) -> None:
    stage.write(DOCS)
    assert stage.apply().code == 0
    other = Emulator()
    seed(other, sample(["docs-prod"]))
    with Server(other) as server:
        stage.url = server.url
        for result in (stage.plan(), stage.apply()):
            assert result.code == 6
            assert "this state belongs to API base" in result.err
        assert stage.committed("create_backup") == 0


def test_another_project_behind_the_same_host_is_refused(tmp_path: Path) -> None:
    """A key of another project shows other index hosts under the same API base."""
    first, second = Emulator(), Emulator(project="9f8e7d6")
    for emulator in (first, second):
        seed(emulator, sample(["docs-prod"]))
    with Server(first) as server:
        port = int(server.url.rpartition(":")[2])
        stage = Stage(server.url, tmp_path)
        stage.write(DOCS)
        assert stage.apply().code == 0
    with Server(second, port):
        result = stage.plan()
        assert result.code == 6
        assert "project 1a2b3c4, this run is for 9f8e7d6" in result.err


def test_another_configuration_name_is_refused(stage: Stage) -> None:
    stage.write(DOCS)
    assert stage.apply().code == 0
    stage.write("name: other\n" + DOCS)
    assert stage.plan().code == 6


def test_a_lost_state_is_refused_and_rebuilt_from_markers(stage: Stage) -> None:
    stage.write(DOCS)
    assert stage.apply().code == 0
    (stage.folder / "state" / "default.json").unlink()
    for result in (stage.plan(), stage.apply()):
        assert result.code == 6
        assert "reconciler state rebuild" in result.err
    asked = stage.run("state", "rebuild", "conf")
    assert asked.code == 6
    named = re.search(r"--lineage (\w{8})", asked.err)
    assert named is not None
    rebuilt = stage.run("state", "rebuild", "conf", "--lineage", named[1])
    assert rebuilt.code == 0, rebuilt.err
    assert "recovered backup.docs" in rebuilt.out
    assert stage.plan().code == 0
    assert stage.committed("create_backup") == 1


def test_an_empty_configuration_never_means_remove_all(stage: Stage) -> None:
    stage.write(DOCS)
    assert stage.apply().code == 0
    stage.write("version: 1\n")
    refused = stage.plan()
    assert refused.code == 6
    assert "--allow-empty" in refused.err
    assert stage.apply("--allow-empty").code == 0
    assert len(stage.backups()) == 1  # kept, and forgotten


def test_a_restore_target_that_is_not_ours_is_refused_with_the_adopt_line(stage: Stage) -> None:
    serverless = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
    stage.call("POST", "/indexes", {"name": "taken", "dimension": 8, "spec": serverless})
    stage.write(
        """
        version: 1
        backups: {docs: {index: docs-prod}}
        restores: {taken: {from: {backup: docs}}}
        """
    )
    result = stage.plan()
    assert result.code == 6
    assert "index taken exists already and is not ours" in result.err
    assert "`adopt: taken`" in result.err
    assert stage.apply().code == 6
    assert stage.committed("create_backup") == 0

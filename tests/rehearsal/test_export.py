"""A project that people made by hand is written down, reviewed, and managed from then on."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from rehearsal.stage import DOCS, Stage
from simulation.pods import add_pod_to

from reconciler.emulator.samples import sample, seed
from reconciler.emulator.server import Server
from reconciler.emulator.service import Emulator

THREE_HUNDRED = 300


def exported(stage: Stage, *arguments: str) -> str:
    """Export to a file of the configuration, and give what was said of it."""
    result = stage.run("export", *arguments)
    assert result.code == 0, result.err
    stage.write(result.out, "export.yaml")
    return result.err


def live(stage: Stage) -> None:
    """Make one or more of everything by hand, and wait until it is there."""
    add_pod_to(stage.call, "movies-pod", 8)
    for name in ("nightly", "nightly", "Nightly: ${var.x}"):
        stage.call("POST", "/indexes/docs-prod/backups", {"name": name, "description": "a: 1 #\n!"})
    stage.call("POST", "/indexes/docs-prod/backups", {})
    stage.call("POST", "/collections", {"name": "old-movies", "source": "movies-pod"})
    for month in ("2026-10", "2026-11"):
        uri = f"s3://acme-vectors/docs/{month}"
        stage.call("POST", f"{stage.host('docs-prod')}/bulk/imports", {"uri": uri})
    stage.advance(5)
    path = f"/backups/{stage.backups()[0]['backup_id']}/create-index"
    stage.call("POST", path, {"name": "again", "tags": {"team": "search"}})
    stage.advance(5)


@pytest.mark.parametrize("version", ["2025-04", "2026-07"])
def test_an_export_that_is_adopted_leaves_nothing_to_do(stage: Stage, version: str) -> None:
    live(stage)
    stage.variables = {"PINECONE_API_VERSION": version}
    before = len(stage.log())
    err = exported(stage, "--adopt")
    assert {one["method"] for one in stage.log()[before:]} == {"GET"}
    assert not (stage.folder / "state").exists()
    assert "Exported: 4 backups, 1 collection, 2 imports, 1 restore." in err
    assert "restore, not known to be restored from a backup: docs-prod, movies-pod" in err
    assert "Plan: 0 to add, 0 to change, 0 to destroy, 8 to adopt." in stage.plan().out
    assert stage.apply().code == 0
    assert stage.plan().code == 0
    text = (stage.folder / "conf" / "export.yaml").read_text()
    stage.write(re.sub(r"^ +adopt: .*\n", "", text, flags=re.MULTILINE), "export.yaml")
    assert stage.plan().code == 0
    assert [stage.committed(one) for one in ("create_backup", "startBulkImport")] == [4, 2]
    again = stage.run("export", "--adopt")
    assert "Exported: nothing." in again.err
    assert "backup, managed by this state: 4" in again.err


@pytest.mark.parametrize("kind", ["import", "restore", "backup"])
def test_an_export_without_adopt_does_what_its_first_lines_say(stage: Stage, kind: str) -> None:
    live(stage)
    exported(stage, "--kind", kind)
    planned = stage.plan()
    if kind == "backup":
        assert "Plan: 4 to add" in planned.out
    else:
        assert planned.code == 6, planned.out


def test_300_backups_made_by_hand_are_adopted_with_three_commands(stage: Stage) -> None:
    for number in range(THREE_HUNDRED):
        stage.call("POST", "/indexes/docs-prod/backups", {"name": f"by-hand-{number % 40}"})
    stage.advance(5)
    counts = [len(stage.log())]
    exported(stage, "--adopt")
    counts.append(len(stage.log()))
    planned = stage.plan()
    counts.append(len(stage.log()))
    assert f"{THREE_HUNDRED} to adopt" in planned.out
    applied = stage.apply()
    counts.append(len(stage.log()))
    assert applied.code == 0
    assert f"{THREE_HUNDRED} adopted" in applied.out
    assert stage.plan().code == 0
    export, plan, apply = (after - before for before, after in pairwise(counts))
    assert export <= 10  # four lists, one of them in pages, and the imports of the index
    assert plan <= 10
    assert apply <= THREE_HUNDRED + 20  # each is looked at once more before it is ours
    assert stage.committed("create_backup") == THREE_HUNDRED


def test_what_could_not_be_read_is_said_and_the_rest_is_exported(stage: Stage) -> None:
    stage.call("POST", "/indexes/docs-prod/backups", {"name": "nightly"})
    stage.advance(5)
    stage.fault("list_collections", "status", "before", status=500, times=50)
    result = stage.run("export")
    assert result.code == 1
    assert "  nightly:" in result.out
    assert "error: unreadable: the list of collections could not be read" in result.err
    assert stage.run("export", "--kind", "backup").code == 0


def test_only_what_is_asked_for_is_exported(stage: Stage) -> None:
    live(stage)
    result = stage.run("export", "--kind", "import", "--index", "docs-prod", "-o", "json")
    assert set(json.loads(result.out)) == {"version", "name", "imports"}
    wrong = stage.run("export", "--kind", "backups")
    assert wrong.code == 64
    assert "--kind takes one of backup, " in wrong.err
    slip = stage.run("export", "--index", "doc-prod")
    assert slip.code == 1
    assert 'Did you mean "docs-prod"?' in slip.err


def test_the_state_of_another_project_hides_nothing(stage: Stage, tmp_path: Path) -> None:
    stage.write(DOCS)
    assert stage.apply().code == 0
    emulator = Emulator()
    seed(emulator, sample(["docs-prod"]))
    with Server(emulator) as server:
        result = Stage(server.url, tmp_path).run("export")
    assert result.code == 6
    assert "state-belongs-elsewhere" in result.err
    assert result.out == ""


def test_a_file_is_written_whatever_letters_stdout_takes(stage: Stage) -> None:
    stage.call("POST", "/indexes/docs-prod/backups", {"name": "nightly", "description": "été 日本"})
    stage.advance(5)
    for encoding in ("ascii", "utf-8"):
        stage.variables = {"PYTHONIOENCODING": encoding}
        result = stage.run("export", "--adopt", "--kind", "backup")
        assert result.code == 0
        assert result.out.isascii() == (encoding == "ascii")
        stage.write(result.out, "export.yaml")
        assert "1 to adopt" in stage.plan().out

"""Parts and ends of a project on the command line: --target, destroy, drift, completion."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from rehearsal.stage import DOCS, Stage

from reconciler.config.schemas import load_schema

TWO = """
version: 1
backups:
  docs: {index: docs-prod}
  faq: {index: docs-prod}
restores:
  again:
    from: {backup: docs}
    tags: {team: search}
    deletion_protection: disabled
"""


def test_a_target_is_applied_alone_and_the_plan_says_so(stage: Stage) -> None:
    stage.write(TWO)
    result = stage.apply("--target", "backup.faq")
    assert result.code == 0
    assert "only part of the configuration was looked at: 2 left out" in result.err
    assert [one["name"] for one in stage.backups()] == ["faq"]
    assert not stage.plan_json("--exclude", "restore.*")["complete"]
    assert stage.plan("--target", "backup.faq").code == 0


def test_a_slip_of_the_pen_in_a_target_is_refused(stage: Stage) -> None:
    stage.write(TWO)
    result = stage.apply("--target", "backup.fag")
    assert result.code == 6
    assert "did you mean backup.faq?" in result.err
    assert not stage.backups()
    assert not (stage.folder / "state").exists()


def test_a_saved_plan_takes_no_other_scope(stage: Stage) -> None:
    stage.write(TWO)
    assert stage.run("plan", "conf", "--target", "backup.*", "--out", "plan.json").code == 0
    result = stage.run("apply", "conf", "--plan", "plan.json", "--target", "backup.faq")
    assert result.code == 64
    assert stage.run("apply", "conf", "--plan", "plan.json").code == 0
    assert sorted(one["name"] for one in stage.backups()) == ["docs", "faq"]


def test_destroy_is_planned_saved_and_applied(stage: Stage) -> None:
    stage.write(TWO)
    assert stage.apply().code == 0
    refused = stage.run("destroy", "conf", "--auto-approve")
    assert refused.code == 6
    assert "--allow-last-backup" in refused.err
    permits = ["--allow-last-backup", "backup.docs", "--allow-last-backup", "backup.faq"]
    planned = stage.run("plan", "conf", "--destroy", *permits, "--out", "plan.json")
    assert planned.code == 0
    assert "3 to destroy" in planned.out
    applied = stage.run("apply", "conf", "--plan", "plan.json")
    assert applied.code == 0
    assert "Destroy complete! Resources: 3 destroyed. Steps: " in applied.out
    assert not stage.backups()
    again = stage.run("destroy", "conf", "--auto-approve")
    assert (again.code, again.out) == (
        0,
        "No changes. Nothing is managed that could be destroyed.\n",
    )


def test_destroy_asks_and_makes_nothing(stage: Stage) -> None:
    stage.write(DOCS)
    assert stage.run("destroy", "conf").code == 64
    both = stage.run("plan", "conf", "--destroy", "--replace", "backup.docs")
    assert both.code == 64
    assert not stage.log("create_backup")


def test_drift_tells_what_somebody_changed_from_what_was_not_applied(stage: Stage) -> None:
    stage.write(TWO)
    assert stage.run("drift", "conf").code == 1  # there is no state to compare with
    assert stage.apply("--exclude", "backup.faq").code == 0
    quiet = stage.run("drift", "conf")
    assert quiet.code == 0
    assert quiet.out.splitlines() == [
        "No drift. 2 objects as recorded.",
        "Not applied yet, and no drift: 1 to make; `reconciler plan` shows it.",
    ]
    stage.call("PATCH", "/indexes/again", {"tags": {"team": "ads"}})
    before = read_all(stage.folder / "state")
    told = stage.run("drift", "conf")
    assert told.code == 2
    assert "tags.team: search -> ads" in told.out
    assert "Drift: 1 changed. 1 object as recorded." in told.out
    assert stage.run("drift", "conf", "--ignore", "restore.*.tags.team").code == 0
    assert stage.run("drift", "conf", "--ignore", "restore.again.tags").code == 0
    assert stage.run("drift", "conf", "--ignore", "tags").code == 64
    slip = stage.run("drift", "conf", "--ignore", "restore.agian.tags")
    assert (slip.code, slip.out) == (6, "")
    assert "--ignore restore.agian.tags: no address or field that is compared" in slip.err
    assert "did you mean restore.again.tags?" in slip.err
    document = json.loads(stage.run("drift", "conf", "-o", "json").out)
    Draft202012Validator(load_schema("drift")).validate(document)
    assert [one["address"] for one in document["objects"]] == ["restore.again"]
    assert read_all(stage.folder / "state") == before


def read_all(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def completed(stage: Stage, *words: str) -> list[str]:
    """Press the tab key behind the words, as bash would."""
    asked = {
        "_RECONCILER_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["reconciler", *words]),
        "COMP_CWORD": str(len(words)),
    }
    before, stage.variables = stage.variables, {**stage.variables, **asked, "PINECONE_API_KEY": ""}
    result = stage.run()
    stage.variables = before
    assert result.err == ""
    return [line.partition(",")[2] for line in result.out.splitlines() if line]


def test_the_tab_key_offers_addresses_of_state_and_configuration(stage: Stage) -> None:
    stage.write(TWO)
    assert completed(stage, "apply", "conf", "--target", "backup.") == ["backup.docs", "backup.faq"]
    assert completed(stage, "state", "show", "b") == []
    assert stage.apply("--target", "backup.faq").code == 0
    assert completed(stage, "state", "show", "b") == ["backup.faq"]
    stage.write("backups: [this is no configuration")
    assert completed(stage, "plan", "conf", "--exclude", "b") == ["backup.faq"]
    assert "destroy" in completed(stage, "d")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(stage: Stage, shell: str) -> None:
    result = stage.run("completion", shell)
    assert result.code == 0
    assert f"_RECONCILER_COMPLETE={shell}_complete" in result.out
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=result.out, text=True, check=True)


def test_other_shells_are_a_usage_error(stage: Stage) -> None:
    assert stage.run("completion", "tcsh").code == 64

"""Plan on the pull request, apply after the merge: one file, and the number that names it."""

import json
import re
import shlex
import stat
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from rehearsal.stage import KEY, Stage

SCHEMA = Draft202012Validator(
    json.loads(Path(__file__).parents[2].joinpath("schemas/plan.schema.json").read_text())
)
BOTH = """
version: 1
backups:
  docs:
    index: docs-prod
restores:
  again:
    from: {backup: docs}
    tags: {purpose: recovery}
"""
TAGGED = BOTH.replace("recovery", "drill")


def save(stage: Stage, *arguments: str) -> str:
    """Save a plan of the folder, and give its SHA-256."""
    result = stage.run("plan", "conf", "--out", "plan.json", *arguments)
    assert result.code == 0, result.err
    assert "Saved the plan to: plan.json" in result.err
    found = re.search(r"^  sha256   ([0-9a-f]{64})$", result.err, re.MULTILINE)
    assert found is not None
    return found[1]


def test_saved_plan_is_shown_as_it_was_printed_and_applied_by_its_number(stage: Stage) -> None:
    stage.write(BOTH)
    printed = stage.run("plan", "conf")
    sha256 = save(stage)
    shown = stage.run("show", "plan.json")
    assert (shown.code, shown.out) == (0, printed.out)
    assert sha256 in shown.err
    applied = stage.run("apply", "conf", "--plan", "plan.json", "--plan-sha256", sha256.upper())
    assert applied.code == 0, applied.err
    assert "Apply complete! Resources: 2 added" in applied.out
    assert stage.plan().code == 0
    again = stage.run("apply", "conf", "--plan", "plan.json")
    assert again.code == 0
    assert stage.committed("create_backup") == 1


SIZED = """
version: 1
variables:
  purpose: {}
backups:
  docs:
    index: docs-prod
    description: ${var.purpose}
"""


def printed_command(err: str) -> list[str]:
    """Give the arguments of the command that `plan --out` prints."""
    line = err.partition("To do exactly this")[2].splitlines()[1]
    name, *arguments = shlex.split(line)
    assert name == "reconciler"
    return arguments


def test_printed_command_applies_to_the_state_and_with_the_variables_of_the_plan(
    stage: Stage,
) -> None:
    stage.write(SIZED)
    chosen = ("-w", "prod", "--var", "purpose=it's due; $(date)", "--api-version", "2025-10")
    planned = stage.run("plan", "conf", "--out", "plan.json", *chosen)
    assert planned.code == 0, planned.err
    applied = stage.run(*printed_command(planned.err))
    assert applied.code == 0, applied.err
    assert [path.name for path in (stage.folder / "state").glob("*.json")] == ["prod.json"]
    assert "No changes." in stage.run("plan", "conf", *chosen).out


def test_printed_command_names_a_password_and_does_not_hold_it(stage: Stage) -> None:
    stage.write(BOTH)
    proxy = ("--proxy", "http://me:hunter2@127.0.0.1:1", "--state", "here.json")
    result = stage.run("plan", "conf", "--out", "plan.json", "--max-removals", "9", *proxy)
    assert "with the same --proxy (it holds a password):" in result.err
    assert "hunter2" not in result.err
    assert printed_command(result.err)[-3:] == ["--state", "here.json", "conf"]


def test_printed_json_and_saved_json_are_the_same_plan(stage: Stage) -> None:
    stage.write(BOTH)
    result = stage.run("plan", "conf", "-o", "json", "--out", "plan.json")
    assert stage.run("show", "plan.json", "-o", "json").out == result.out
    assert "Saved the plan" not in result.out


def test_plan_file_holds_no_key_and_is_for_its_owner_only(stage: Stage) -> None:
    stage.write(BOTH)
    save(stage)
    path = stage.folder / "plan.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert KEY not in text
    assert "/ix/" not in text  # the hosts of the emulator's indexes
    assert [one.name for one in stage.folder.glob("plan.json*")] == ["plan.json"]


def test_plan_file_takes_the_place_of_an_earlier_one(stage: Stage) -> None:
    stage.write(BOTH)
    first = save(stage)
    stage.write(TAGGED)
    assert save(stage) != first
    assert "purpose: drill" in stage.run("show", "plan.json").out


def test_stale_plan_is_refused_with_what_moved(stage: Stage) -> None:
    stage.write(BOTH)
    assert stage.apply().code == 0
    stage.write(TAGGED)
    save(stage)
    stage.call("PATCH", "/indexes/again", {"tags": {"purpose": "by hand"}})
    result = stage.run("apply", "conf", "--plan", "plan.json")
    assert result.code == 5
    assert "error: plan-stale: restore.again: its tags.purpose was changed" in result.err
    assert stage.call("GET", "/indexes/again")["tags"]["purpose"] == "by hand"


def test_another_configuration_is_refused_before_anything_is_read(stage: Stage) -> None:
    stage.write(BOTH)
    save(stage)
    stage.write(TAGGED)
    before = len(stage.log())
    result = stage.run("apply", "conf", "--plan", "plan.json")
    assert result.code == 5
    assert "error: plan-mismatch" in result.err
    assert "(declared differently: restore.again)" in result.err
    assert len(stage.log()) == before


def test_first_plan_of_one_workspace_is_refused_in_another(stage: Stage) -> None:
    stage.write(BOTH)
    save(stage, "-w", "staging")
    before = len(stage.log())
    result = stage.run("apply", "conf", "--plan", "plan.json", "-w", "prod")
    assert result.code == 5
    assert "the state file staging.json, this run is for prod.json" in result.err
    assert len(stage.log()) == before
    assert stage.run("apply", "conf", "--plan", "plan.json", "-w", "staging").code == 0


def test_saved_plan_meets_the_schema_of_plans(stage: Stage) -> None:
    stage.write(BOTH)
    for _ in range(2):  # without a state, and with one
        save(stage)
        SCHEMA.validate(json.loads((stage.folder / "plan.json").read_text()))
        assert stage.apply().code == 0


def test_another_file_than_the_reviewed_one_is_refused(stage: Stage) -> None:
    stage.write(BOTH)
    save(stage)
    result = stage.run("apply", "conf", "--plan", "plan.json", "--plan-sha256", "0" * 64)
    assert result.code == 5
    assert "error: plan-sha256" in result.err
    assert not stage.committed("create_backup")


def test_changed_file_is_refused(stage: Stage) -> None:
    stage.write(BOTH)
    save(stage)
    path = stage.folder / "plan.json"
    path.write_text(path.read_text().replace("recovery", "recovery!"))
    for command in (["show", "plan.json"], ["apply", "conf", "--plan", "plan.json"]):
        result = stage.run(*command)
        assert result.code == 1
        assert "error: plan-damaged" in result.err


def test_old_plan_is_refused(stage: Stage) -> None:
    stage.write(BOTH)
    save(stage)
    result = stage.run("apply", "conf", "--plan", "plan.json", "--max-age", "0s")
    assert result.code == 5
    assert "error: plan-age" in result.err


def test_permissions_come_with_the_plan(stage: Stage) -> None:
    stage.write(BOTH)
    assert stage.apply().code == 0
    gone = "version: 1\nrestores: {again: {from: {backup_id: B}, ensure: absent}}\n"
    known = stage.backups()[0]["backup_id"]
    stage.write(gone.replace("B}", f"{known}}}"))
    save(stage, "--allow-deletes")
    refused = stage.run("apply", "conf", "--plan", "plan.json", "--allow-deletes")
    assert refused.code == 64
    result = stage.run("apply", "conf", "--plan", "plan.json")
    assert result.code == 0, result.err
    assert stage.committed("delete_index") == 1


@pytest.mark.parametrize("options", [["--plan-sha256", "0" * 64], ["--max-age", "1h"]])
def test_options_about_the_file_want_a_file(stage: Stage, options: list[str]) -> None:
    stage.write(BOTH)
    assert stage.run("apply", "conf", "--auto-approve", *options).code == 64


@pytest.mark.parametrize("number", ["abc", "0" * 63, "0" * 65, "g" * 64])
def test_what_is_no_sha256_is_a_usage_error(stage: Stage, number: str) -> None:
    stage.write(BOTH)
    save(stage)
    result = stage.run("apply", "conf", "--plan", "plan.json", "--plan-sha256", number)
    assert result.code == 64
    assert "--plan-sha256 takes the 64 hex digits" in result.err


def test_apply_off_a_terminal_names_both_ways(stage: Stage) -> None:
    stage.write(BOTH)
    result = stage.run("apply", "conf")
    assert result.code == 64
    assert "apply needs --plan or --auto-approve" in result.err


@pytest.mark.parametrize("place", ["folder", "link", "no-folder/plan.json", "state/default.json"])
def test_plan_is_never_saved_over_what_is_no_plain_file(stage: Stage, place: str) -> None:
    stage.write(BOTH)
    (stage.folder / "folder").mkdir()
    (stage.folder / "link").symlink_to("elsewhere")
    assert stage.apply().code == 0
    state = (stage.folder / "state" / "default.json").read_bytes()
    result = stage.run("plan", "conf", "--out", place)
    assert result.code == 1
    assert "error: plan-not-saved" in result.err
    assert (stage.folder / "state" / "default.json").read_bytes() == state
    assert (stage.folder / "link").is_symlink()
    assert not list(Path(stage.folder).rglob("*.tmp-*"))


def test_missing_plan_is_an_error(stage: Stage) -> None:
    stage.write(BOTH)
    for command in (["show", "nope.json"], ["apply", "conf", "--plan", "nope.json"]):
        result = stage.run(*command)
        assert result.code == 1
        assert "error: plan-unreadable: there is no plan at nope.json" in result.err

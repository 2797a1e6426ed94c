"""`apply -o json`: every line meets its schema, and together they tell what was done."""

import json
from typing import Any

from jsonschema import Draft202012Validator
from rehearsal.stage import DOCS, Stage

from reconciler.config.schemas import load_schema

SCHEMA = Draft202012Validator(load_schema("apply"))
Line = dict[str, Any]

BOTH = f"""{DOCS}
restores:
  copy:
    from: {{backup: docs}}
"""


def lines(stage: Stage, *arguments: str, code: int = 0) -> list[Line]:
    result = stage.apply("-o", "json", *arguments)
    assert result.code == code, result.err
    found = [json.loads(line) for line in result.out.splitlines()]
    for line in found:
        SCHEMA.validate(line)
    return found


def of(found: list[Line], kind: str) -> list[Line]:
    return [line for line in found if line["type"] == kind]


def hooks(found: list[Line], kind: str) -> list[tuple[str, str]]:
    return [(one["hook"]["action"], one["hook"]["resource"]["addr"]) for one in of(found, kind)]


def test_every_step_begins_and_ends_and_the_counts_are_those_of_the_plan(stage: Stage) -> None:
    stage.write(BOTH)
    found = lines(stage)
    assert found[0]["type"] == "version"
    steps = [("create", "backup.docs"), ("create", "restore.copy"), ("verify", "restore.copy")]
    assert hooks(found, "apply_start") == steps
    assert hooks(found, "apply_complete") == steps
    (planned,), last = of(found, "change_summary"), found[-1]
    assert last["type"] == "apply_summary"
    assert [(one["operation"], one["address"]) for one in last["steps"]] == steps
    for key in ("add", "change", "remove", "import", "cancel", "forget", "wait"):
        assert last["changes"][key] == planned["changes"][key]
    (backup, copy) = last["made"]
    assert backup == {"address": "backup.docs", "id": stage.backups()[0]["backup_id"]}
    assert copy["index"] == "copy"
    assert copy["host"].startswith(stage.url)


def test_progress_tells_how_far_a_job_is(stage: Stage) -> None:
    stage.write(BOTH)
    far = [
        one["hook"]["percent_complete"]
        for one in of(lines(stage), "apply_progress")
        if one["hook"]["resource"]["addr"] == "restore.copy"
    ]
    assert far
    assert all(one is not None and 0 <= one <= 100 for one in far)


def test_step_that_fails_is_an_error_and_its_dependants_are_skipped(stage: Stage) -> None:
    stage.write(BOTH)
    stage.fault("create_backup", "status", "before", status=403)
    found = lines(stage, code=9)
    assert hooks(found, "apply_errored") == [("create", "backup.docs")]
    assert [line["@level"] for line in of(found, "apply_errored")] == ["error"]
    skipped = [("create", "restore.copy"), ("verify", "restore.copy")]
    assert hooks(found, "apply_skipped") == skipped
    last = found[-1]
    assert [one["outcome"] for one in last["steps"]] == ["failed", "skipped", "skipped"]
    assert (last["exit_code"], last["@level"]) == (9, "error")


def test_refusal_is_a_diagnostic_and_nothing_was_changed(stage: Stage) -> None:
    stage.write(DOCS)
    found = lines(stage, "--backup-quota", "1")
    stage.write(DOCS.replace("docs:", "more:"))
    found = lines(stage, "--backup-quota", "1", code=6)
    (refusal,) = [one for one in of(found, "diagnostic") if one["@level"] == "error"]
    assert refusal["diagnostic"]["reference"] == "backup-quota"
    assert of(found, "change_summary")[0]["applyable"] is False
    assert found[-1]["@message"] == "Nothing was changed."
    assert found[-1]["exit_code"] == 6


def test_error_before_the_run_is_the_last_line(stage: Stage) -> None:
    stage.write("version: 1\nbackups: {docs: {}}\n")
    found = lines(stage, code=1)
    assert [one["type"] for one in found] == ["version", "diagnostic"]
    assert found[-1]["diagnostic"]["range"]["filename"] == "conf/main.yaml"


def test_a_program_is_never_asked(stage: Stage) -> None:
    stage.write(DOCS)
    assert stage.run("apply", "conf", "-o", "json").code == 64

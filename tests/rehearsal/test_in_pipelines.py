"""`plan` in a pipeline: what GitHub and GitLab are told, and what is left alone otherwise."""

import json
from pathlib import Path

import pytest
from rehearsal.stage import DOCS, Stage

DOUBTFUL = """
version: 1
backups:
  docs:
    index: docs-prod
    colour: blue
"""


@pytest.fixture
def files(stage: Stage) -> dict[str, Path]:
    """What a runner gives to a step."""
    names = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_PATH")
    found = {name: stage.folder / name.lower() for name in names}
    for name, path in found.items():
        path.write_text("before\n")
        stage.variables[name] = str(path)
    return found


def test_github_gets_outputs_and_a_summary(stage: Stage, files: dict[str, Path]) -> None:
    stage.write(DOCS)
    result = stage.plan("-o", "github")
    assert result.code == 2
    assert "+ backup.docs" in result.out
    outputs = files["GITHUB_OUTPUT"].read_text().splitlines()
    assert outputs[0] == "before"
    assert {"changes=true", "to_add=1", "exit_code=2"} <= set(outputs)
    summary = files["GITHUB_STEP_SUMMARY"].read_text()
    assert summary.startswith("before\n## Plan of `default`\n\n**Plan: 1 to add,")
    for name in ("GITHUB_ENV", "GITHUB_PATH"):
        assert files[name].read_text() == "before\n"


@pytest.mark.parametrize("how", ["text", "json", "markdown", "gitlab"])
def test_files_of_the_runner_are_left_alone_unless_asked(
    stage: Stage, files: dict[str, Path], how: str
) -> None:
    stage.write(DOCS)
    result = stage.plan("-o", how)
    assert "\n::" not in result.out
    assert {path.read_text() for path in files.values()} == {"before\n"}


def test_error_in_the_yaml_is_annotated_at_its_line(stage: Stage) -> None:
    stage.write(DOUBTFUL)
    result = stage.plan("-o", "github")
    assert result.code == 1
    assert result.out.startswith("::error file=conf/main.yaml,line=6,col=5,title=")
    assert "at conf/main.yaml:6:5" in result.err
    assert "::error" not in stage.plan().out


def test_output_that_cannot_be_written_is_told(stage: Stage) -> None:
    stage.write(DOCS)
    stage.variables["GITHUB_OUTPUT"] = str(stage.folder / "nowhere" / "file")
    result = stage.plan("-o", "github")
    assert result.code == 1
    assert "error: github-file: cannot write to" in result.err


def test_saved_plan_is_shown_in_every_form(stage: Stage) -> None:
    stage.write(DOCS)
    stage.plan("--out", "plan.json")
    assert json.loads(stage.run("show", "plan.json", "-o", "gitlab").out) == {
        "create": 1,
        "update": 0,
        "delete": 0,
    }
    shown = stage.run("show", "plan.json", "-o", "markdown", "--max-bytes", "2000")
    assert shown.code == 0
    assert shown.out.startswith("## Plan of `default`")


def test_limit_without_markdown_is_a_usage_error(stage: Stage) -> None:
    stage.write(DOCS)
    result = stage.plan("--max-bytes", "5000")
    assert result.code == 64
    assert "--max-bytes is about -o markdown" in result.err


def test_steps_are_explained_below_the_plan(stage: Stage) -> None:
    stage.write(DOCS)
    result = stage.plan("--explain")
    assert result.code == 2
    assert result.out.endswith("apply takes them:\n  1  create backup.docs\n")
    assert stage.plan("--explain", "-o", "json").code == 64

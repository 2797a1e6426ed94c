"""Two pull requests on GitHub at once: the second is applied as it was reviewed, or not at all."""

import shutil
from pathlib import Path

from rehearsal.github import GitHub
from rehearsal.pull_request import configure, failed, merge
from rehearsal.stage import Result, Stage

MAIN = "version: 1\nbackups:\n  first: {index: docs-prod}\n"
A, B = "  a: {index: docs-prod}\n", "  b: {index: docs-prod}\n"


def planned(github: GitHub, text: str) -> Path:
    """Plan a branch that holds this configuration; gives its artifact, out of the way of others."""
    configure(github, text)
    shutil.rmtree(github.artifacts, ignore_errors=True)
    github.job("plan")
    (artifact,) = github.artifacts.iterdir()
    kept = github.machine.stage.folder / "kept" / artifact.name
    kept.parent.mkdir(exist_ok=True)
    return artifact.rename(kept)


def merged(github: GitHub, text: str, artifact: Path) -> None:
    """Merge the pull request of that artifact into a main that holds this configuration then."""
    configure(github, text)
    shutil.rmtree(github.artifacts, ignore_errors=True)
    shutil.copytree(artifact, github.artifacts / artifact.name)
    merge(github)
    github.job("reviewed")


def begun(github: GitHub) -> None:
    """Apply what main holds before the two pull requests."""
    merged(github, MAIN, planned(github, MAIN))
    github.job("apply")


def names(stage: Stage) -> list[str]:
    return sorted(one["name"] for one in stage.backups())


def overtaken(github: GitHub, first: Path, second: Path) -> Result:
    """Apply what adds A, then merge a plan for B that was made before; how its apply is refused."""
    merged(github, MAIN + A, first)
    github.job("apply")
    merged(github, MAIN + A + B, second)
    refused = failed(github, "apply").result
    assert refused.code == 5
    return refused


def test_two_pull_requests_planned_side_by_side_need_a_new_plan_for_the_second(
    stage: Stage, github: GitHub
) -> None:
    """Protected, main takes no branch that is behind; what is merged all the same is refused."""
    begun(github)
    a, b = planned(github, MAIN + A), planned(github, MAIN + B)
    refused = overtaken(github, a, b)
    assert "the plan was made for the declarations with digest" in refused.err
    assert names(stage) == ["a", "first"]

    again = planned(github, MAIN + A + B)
    assert "**Plan: 1 to add," in github.summary.rpartition("## Plan of")[2]
    merged(github, MAIN + A + B, again)
    github.job("apply")
    assert names(stage) == ["a", "b", "first"]


def test_a_branch_that_is_brought_up_to_date_before_the_other_is_applied_plans_that_too(
    stage: Stage, github: GitHub
) -> None:
    begun(github)
    a, too_early = planned(github, MAIN + A), planned(github, MAIN + A + B)
    refused = overtaken(github, a, too_early)
    assert "backup.a: " in refused.err
    assert "was made or taken into state by another run" in refused.err
    assert "backup.b: " not in refused.err
    assert names(stage) == ["a", "first"]


def test_what_the_other_pull_request_changed_stales_nothing_once_it_was_applied(
    stage: Stage, github: GitHub
) -> None:
    begun(github)
    merged(github, MAIN + A, planned(github, MAIN + A))
    github.job("apply")
    b = planned(github, MAIN + A + B)  # brought up to date after that, and planned
    stage.call("POST", "/indexes/docs-prod/backups", {"name": "by-hand"})
    merged(github, MAIN + A + B, b)
    github.job("apply")
    assert names(stage) == ["a", "b", "by-hand", "first"]

"""The GitHub workflow of examples/gitops: its jobs are run step by step, on the emulator."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from rehearsal.github import GitHub, StepFailedError
from rehearsal.kit import KIT, Machine, read
from rehearsal.stage import Stage

HEAD, MERGED = "a" * 40, "b" * 40
OURS = "acme/platform"
LABEL = "contains(github.event.pull_request.labels.*.name, 'allow-removals')"
LABELS = "toJSON(github.event.pull_request.labels.*.name)"


@pytest.fixture
def github(stage: Stage) -> GitHub:
    """A runner with the kit checked out, for a pull request without labels."""
    machine = Machine(
        stage,
        {"GITHUB_REPOSITORY": OURS, "GITHUB_SHA": MERGED, "GITHUB_REF_NAME": "main"},
    )
    known = {
        "github.event.pull_request.number": "17",
        "github.repository": OURS,
        "github.token": "token",
        "secrets.PINECONE_EDITOR_KEY": "pcsk_editor",
        "secrets.PINECONE_VIEWER_KEY": "pcsk_viewer",
        "vars.RECONCILER_STATE": str(stage.folder / "disk" / "state.json"),
        LABEL: "false",
        LABELS: "[]",
    }
    return GitHub(machine, known)


def label(github: GitHub, *names: str) -> None:
    """Set the labels of the pull request."""
    github.known[LABELS] = json.dumps(names, indent=2)  # as toJSON writes it, on several lines
    github.known[LABEL] = str("allow-removals" in names).lower()


def merge(github: GitHub, repository: str = OURS) -> None:
    """Let GitHub's API answer as after the merge of a pull request from a repository."""
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed: what the workflow asks GitHub for cannot be filtered")
    head = {"sha": HEAD, "repo": {"full_name": repository}}
    pull = {"merged_at": "2026-11-24T09:00:00Z", "base": {"ref": "main"}, "head": head}
    open_ = {**pull, "merged_at": None, "head": {**head, "sha": "c" * 40}}
    kept = [
        {"name": path.name, "expired": False, "created_at": f"2026-11-24T08:{place:02}:00Z"}
        for place, path in enumerate(sorted(github.artifacts.iterdir(), key=age))
    ]
    lost = {"name": "reconciler-plan-" + "0" * 64, "expired": True, "created_at": "2026-11-25"}
    runs = [{"id": 2, "head_repository": {"full_name": "mallory/platform"}}]
    runs += [{"id": 1, "head_repository": {"full_name": OURS}}]
    answer(github, "pulls", [open_, pull])
    answer(github, "runs", {"workflow_runs": runs})
    answer(github, "artifacts", {"artifacts": [*kept, lost, {**lost, "name": "coverage"}]})


def age(path: Path) -> int:
    return path.stat().st_mtime_ns


def answer(github: GitHub, name: str, what: object) -> None:
    path = github.machine.stage.folder / "answers" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(what))


def configure(github: GitHub, text: str) -> None:
    """Change the configuration in the checkout."""
    (github.machine.checkout / "pinecone" / "docs.yaml").write_text(text)


def failed(github: GitHub, name: str) -> StepFailedError:
    """Run a job that has to fail."""
    with pytest.raises(StepFailedError) as caught:
        github.job(name)
    return caught.value


def test_what_was_reviewed_is_applied_after_the_merge(stage: Stage, github: GitHub) -> None:
    before = len(stage.log())
    github.job("plan")
    (artifact,) = github.artifacts.iterdir()
    sha256 = hashlib.sha256((artifact / "plan.json").read_bytes()).hexdigest()
    assert artifact.name == f"reconciler-plan-{sha256}"
    comment = (stage.folder / "comment.md").read_text()
    assert comment.startswith("## Plan of `docs-platform`\n\n**Plan: 2 to add,")
    assert comment.endswith(f"\nThe saved plan has the SHA-256 `{sha256}`.\n")
    assert github.summary.startswith("## Plan of `docs-platform`")
    assert [one for one in stage.log()[before:] if one["committed"]] == []
    assert not (stage.folder / "disk").exists()  # planning writes no state

    merge(github)
    github.summary = ""
    github.job("reviewed")
    assert github.known["needs.reviewed.outputs.sha256"] == sha256
    assert github.known["needs.reviewed.outputs.run"] == "1"
    assert "**Plan: 2 to add," in github.summary  # for whoever approves
    assert any(f"&head_sha={HEAD} " in line for line in github.machine.notes("gh"))

    github.job("apply")
    assert "Apply complete! Resources: 2 added, 0 changed, 0 destroyed." in github.log
    assert len(stage.backups()) == len(stage.imports()) == 1
    assert github.machine.notes("commands") == [
        "pcsk_viewer plan",
        "pcsk_viewer show",
        "none show",
        "pcsk_editor apply",
    ]


def test_removals_need_a_label(github: GitHub) -> None:
    github.job("plan")
    merge(github)
    github.job("reviewed")
    github.job("apply")
    shutil.rmtree(github.artifacts)
    whole = (KIT / "pinecone" / "docs.yaml").read_text()
    configure(github, whole.partition("\nimports:")[0])
    refused = failed(github, "plan")
    assert "import.docs-2026-11: forget (no longer declared" in refused.result.out
    assert "needs the label allow-removals" in refused.result.out
    assert not github.artifacts.exists()

    label(github, "urgent", "allow-removals")
    github.job("plan")
    merge(github)
    github.job("reviewed")
    github.job("apply")
    assert "1 forgotten" in github.log


def test_deletes_are_planned_with_the_label_only(stage: Stage, github: GitHub) -> None:
    stage.write("version: 1\nname: docs-platform\nrestores: {again: {from: {index: docs-prod}}}\n")
    stage.call("POST", "/indexes/docs-prod/backups", {"name": "by-hand"})
    stage.advance(5)
    stage.variables["RECONCILER_STATE"] = github.known["vars.RECONCILER_STATE"]
    assert stage.apply().code == 0
    gone = (stage.folder / "conf" / "main.yaml").read_text()
    configure(github, gone.replace("docs-prod}", "docs-prod}, ensure: absent"))
    github.job("plan")
    assert "0 to destroy" in github.summary
    assert "withheld" in github.summary
    label(github, "allow-removals")
    github.summary = ""
    github.job("plan")
    assert "1 to destroy" in github.summary


def test_refused_plan_is_commented_and_not_kept(stage: Stage, github: GitHub) -> None:
    configure(github, "version: 1\nrestores: {again: {from: {backup_id: 8c85e612}}}\n")
    assert failed(github, "plan").result.code == 6
    assert "refused" in (stage.folder / "comment.md").read_text()
    assert not github.artifacts.exists()


def test_error_in_the_yaml_is_annotated_and_not_commented(stage: Stage, github: GitHub) -> None:
    configure(github, "version: 1\nbackups: {docs: {indx: docs-prod}}\n")
    assert failed(github, "plan").result.code == 1
    assert "::error file=pinecone/docs.yaml,line=2," in github.log
    assert not (stage.folder / "comment.md").exists()


def test_text_of_a_branch_gives_no_orders(stage: Stage, github: GitHub) -> None:
    text = "$(touch pwned) `touch pwned`; ::add-mask::docs"
    label(github, text, "'; touch pwned #")
    configure(
        github,
        f"version: 1\nbackups: {{docs: {{index: docs-prod, description: '{text}'}}}}\n",
    )
    for name in ("plan.json", "labels.json", "comment.md"):
        (github.machine.checkout / name).symlink_to(stage.folder / "victim")
    github.job("plan")
    assert not list(stage.folder.rglob("pwned"))
    assert not (stage.folder / "victim").exists()
    assert "\n::add-mask::" not in github.log


def test_imports_from_buckets_of_others_are_refused(github: GitHub) -> None:
    whole = (KIT / "pinecone" / "docs.yaml").read_text()
    configure(github, whole.replace("s3://acme-vectors/", "s3://acme-vectors-2/"))
    assert "s3://acme-vectors-2/docs/2026-11 is none of our buckets" in (
        failed(github, "plan").result.out
    )


def test_plan_that_could_not_see_everything_is_refused(stage: Stage, github: GitHub) -> None:
    stage.fault("listBulkImports", "status", "before", status=403)
    assert "the plan is not whole" in failed(github, "plan").result.out


def test_plan_of_a_fork_is_not_applied(github: GitHub) -> None:
    github.job("plan")
    merge(github, "mallory/platform")
    assert "no pull request of ours was merged" in failed(github, "reviewed").result.out


def test_another_plan_than_the_named_one_is_not_applied(stage: Stage, github: GitHub) -> None:
    github.job("plan")
    merge(github)
    (plan,) = github.artifacts.glob("*/plan.json")
    before = plan.read_text()
    plan.write_text(f"{before} ")
    assert "FAILED" in failed(github, "reviewed").result.out
    plan.write_text(before)
    github.job("reviewed")
    plan.write_text(f"{before} ")
    assert failed(github, "apply").result.code == 5
    assert not stage.backups()


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


def test_two_pull_requests_planned_side_by_side_need_a_new_plan_for_the_second(
    stage: Stage, github: GitHub
) -> None:
    """Protected, main takes no branch that is behind; what is merged all the same is refused."""
    begun(github)
    a, b = planned(github, MAIN + A), planned(github, MAIN + B)
    merged(github, MAIN + A, a)
    github.job("apply")
    merged(github, MAIN + A + B, b)
    refused = failed(github, "apply").result
    assert refused.code == 5
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
    merged(github, MAIN + A, a)
    github.job("apply")
    merged(github, MAIN + A + B, too_early)
    refused = failed(github, "apply").result
    assert refused.code == 5
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


def test_a_plan_is_taken_for_as_long_as_it_is_kept() -> None:
    jobs = read(".github/workflows/reconciler.yml")["jobs"]
    (days,) = (
        step["with"]["retention-days"]
        for step in jobs["plan"]["steps"]
        if step.get("uses", "").startswith("actions/upload-artifact@")
    )
    assert f" --max-age {days}d " in jobs["apply"]["steps"][-1]["run"]


def test_no_expression_stands_in_a_script() -> None:
    scripts = [step["run"] for step in steps() if "run" in step]
    assert len(scripts) >= 5
    assert [script for script in scripts if "${{" in script] == []


def test_actions_of_others_are_pinned_to_a_commit() -> None:
    used = {step["uses"] for step in steps() if "uses" in step}
    others = {one for one in used if not one.startswith("./")}
    assert others
    assert [one for one in others if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", one)] == []


def test_each_job_has_the_rights_and_the_key_that_it_needs() -> None:
    workflow = read(".github/workflows/reconciler.yml")
    jobs: Mapping[str, Any] = workflow["jobs"]
    assert workflow["permissions"] == {}
    assert {
        name: sorted(re.findall(r"secrets\.(\w+)", str(job))) for name, job in jobs.items()
    } == {
        "plan": ["PINECONE_VIEWER_KEY"],
        "reviewed": [],
        "apply": ["PINECONE_EDITOR_KEY"],
    }
    writes = {
        name: [key for key, one in job["permissions"].items() if one == "write"]
        for name, job in jobs.items()
    }
    assert writes == {"plan": ["pull-requests"], "reviewed": [], "apply": []}
    assert jobs["apply"]["environment"] == "pinecone"
    assert jobs["apply"]["needs"] == "reviewed"
    own = "github.event.pull_request.head.repo.full_name == github.repository"
    assert own in jobs["plan"]["if"]


def steps() -> Iterator[Mapping[str, Any]]:
    """Give every step of the workflow and of its action."""
    for job in read(".github/workflows/reconciler.yml")["jobs"].values():
        yield from job["steps"]
    yield from read(".github/actions/reconciler-plan/action.yml")["runs"]["steps"]

"""The GitHub workflow of examples/gitops: its jobs are run step by step, on the emulator."""

import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal.github import GitHub
from rehearsal.kit import KIT, read
from rehearsal.pull_request import HEAD, configure, failed, label, merge
from rehearsal.stage import Stage


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

"""A pull request of the kit's repository on GitHub, its labels, its merge and its jobs."""

import json
import shutil
from pathlib import Path

import pytest
from rehearsal.github import GitHub, StepFailedError
from rehearsal.kit import Machine
from rehearsal.stage import Stage

HEAD, MERGED = "a" * 40, "b" * 40
OURS = "acme/platform"
LABEL = "contains(github.event.pull_request.labels.*.name, 'allow-removals')"
LABELS = "toJSON(github.event.pull_request.labels.*.name)"


def runner(stage: Stage) -> GitHub:
    """Give a runner with the kit checked out, for a pull request without labels."""
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

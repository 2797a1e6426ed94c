"""The GitLab pipeline of examples/gitops: the scripts of its jobs are run on the emulator."""

import hashlib
import json
import shutil

import pytest
from rehearsal.kit import KIT, Machine, read
from rehearsal.stage import Stage

KEYS = {"$PINECONE_VIEWER_KEY": "viewer", "$PINECONE_EDITOR_KEY": "editor"}


@pytest.fixture
def machine(stage: Stage) -> Machine:
    """A machine of the pipeline, with the state on its disk."""
    return Machine(stage, {"RECONCILER_STATE": str(stage.folder / "disk" / "state.json")})


def run_job(machine: Machine, name: str, **given: str) -> tuple[int, str]:
    """Run the script of a job as GitLab does; gives its exit code and its log."""
    job = read(".gitlab-ci.yml")[name]
    variables = {key: KEYS[value] for key, value in job["variables"].items()}
    script = "\n".join(job["script"])
    result = machine.bash(script, variables | given, ("-eo", "pipefail"))
    return result.code, result.out + result.err


def hand_over(machine: Machine) -> dict[str, str]:
    """Keep the artifacts of `plan` alone, and give the variables of its dotenv report."""
    artifacts = read(".gitlab-ci.yml")["plan"]["artifacts"]
    dotenv = (machine.checkout / artifacts["reports"]["dotenv"]).read_text()
    files = {path: (machine.checkout / path).read_bytes() for path in artifacts["paths"]}
    shutil.rmtree(machine.checkout)
    shutil.copytree(KIT, machine.checkout)
    for path, data in files.items():
        (machine.checkout / path).write_bytes(data)
    return dict(line.split("=", 1) for line in dotenv.splitlines())


def test_gitlab_shows_the_numbers_and_applies_the_plan_by_its_hash(
    stage: Stage, machine: Machine
) -> None:
    assert run_job(machine, "plan")[0] == 0
    reports = read(".gitlab-ci.yml")["plan"]["artifacts"]["reports"]
    report = json.loads((machine.checkout / reports["terraform"]).read_text())
    assert report == {"create": 2, "update": 0, "delete": 0}
    given = hand_over(machine)
    plan = (machine.checkout / "plan.json").read_bytes()
    assert given == {"PLAN_SHA256": hashlib.sha256(plan).hexdigest()}
    assert not stage.backups()
    code, log = run_job(machine, "apply", **given)
    assert code == 0, log
    assert "Apply complete! Resources: 2 added" in log
    assert machine.notes("commands") == ["viewer plan", "viewer show", "editor apply"]


def test_gitlab_applies_no_other_plan(stage: Stage, machine: Machine) -> None:
    run_job(machine, "plan")
    given = hand_over(machine)
    with (machine.checkout / "plan.json").open("a") as file:
        file.write(" ")
    assert run_job(machine, "apply", **given)[0] == 5
    assert not stage.backups()


def test_gitlab_writes_through_no_link_of_a_branch(stage: Stage, machine: Machine) -> None:
    for name in ("plan.json", "report.json", "plan.env"):
        (machine.checkout / name).symlink_to(stage.folder / "victim")
    assert run_job(machine, "plan")[0] == 0
    assert not (stage.folder / "victim").exists()


def test_gitlab_fails_where_the_plan_is_refused(machine: Machine) -> None:
    path = machine.checkout / "pinecone" / "docs.yaml"
    path.write_text("version: 1\nrestores: {again: {from: {backup_id: 8c85e612}}}\n")
    assert run_job(machine, "plan")[0] == 6


def test_gitlab_applies_by_hand_on_the_default_branch_only() -> None:
    job = read(".gitlab-ci.yml")["apply"]
    assert job["rules"] == [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", "when": "manual"}]
    assert (job["needs"], job["environment"]) == (["plan"], "pinecone")

"""What is checked before a commit: the hook of examples/gitops, and the kit's files and page."""

import re
import shlex
import shutil
import subprocess
import sys

import pytest
import yaml
from rehearsal.kit import KIT, ROOT, Machine, read
from rehearsal.stage import Stage

BAD = "version: 1\nbackups: {docs: {indx: docs-prod}}\n"


def commit_check(machine: Machine) -> tuple[int, str]:
    """Let pre-commit check what is staged in the checkout."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed: pre-commit works in a repository only")
    cache = {"PRE_COMMIT_HOME": str(machine.stage.folder / "cache")}
    run = 'git init -q . && git add . && "$PYTHON" -W default -m pre_commit run --all-files'
    result = machine.bash(run, cache)
    return result.code, result.out + result.err


def test_pre_commit_lets_a_good_configuration_pass_and_stops_a_bad_one(stage: Stage) -> None:
    machine = Machine(stage)
    code, said = commit_check(machine)
    assert code == 0, said
    assert "Passed" in said
    (machine.checkout / "pinecone" / "docs.yaml").write_text(BAD)
    code, said = commit_check(machine)
    assert code == 1
    assert "pinecone/docs.yaml:2:" in said


def test_hook_that_others_install_is_the_local_one(stage: Stage) -> None:
    (offered,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (repo,) = read(".pre-commit-config.yaml")["repos"]
    (local,) = repo["hooks"]
    for key in ("id", "name", "entry", "types", "pass_filenames"):
        assert local[key] == offered[key]
    program, *arguments = shlex.split(offered["entry"])
    assert program == "reconciler"
    stage.write(BAD)
    assert stage.run(*arguments, str(KIT / "pinecone")).code == 0
    assert stage.run(*arguments, "conf").code == 1


def test_hook_is_one_that_pre_commit_takes() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pre_commit",
            "validate-manifest",
            str(ROOT / ".pre-commit-hooks.yaml"),
        ],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("file", "schema"),
    [
        (".github/workflows/reconciler.yml", ["vendor.github-workflows"]),
        (".github/actions/reconciler-plan/action.yml", ["vendor.github-actions"]),
        (".gitlab-ci.yml", ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"]),
    ],
)
def test_pipelines_have_the_form_that_their_hosts_publish(file: str, schema: list[str]) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *schema, KIT / file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_page_names_every_file() -> None:
    page = (KIT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", page)
    files = {path.relative_to(KIT).as_posix() for path in KIT.rglob("*") if path.is_file()}
    linked = {
        name for name in files for link in links if name == link or name.startswith(f"{link}/")
    }
    assert files - linked == {"README.md"}

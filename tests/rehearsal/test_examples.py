"""The examples and the commands that need no account."""

import json
import os
import re
import shlex
import signal
import subprocess
from pathlib import Path

import pytest
from architecture.test_help import COMMANDS
from emulator import watched
from rehearsal.stage import Stage

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(
    folder
    for folder in {path.parent for path in (ROOT / "examples").rglob("[!.]*.yaml")}
    if any("\nversion: 1\n" in path.read_text("utf-8") for path in folder.glob("*.yaml"))
    and folder.name != "disaster-recovery"  # begins with an accident: test_recovery.py
)


def rehearse(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        watched.command("rehearse", *arguments),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONWARNINGS": "error", **watched.environment()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_every_example_rehearses_to_no_changes(example: Path, tmp_path: Path) -> None:
    result = rehearse(str(example), folder=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "No changes." in result.stdout
    assert list(tmp_path.iterdir()) == []  # state is thrown away


def spoken() -> list[list[str]]:
    """Give what the help of commands says about examples, but for what needs more than these."""
    here = re.compile(r"^ +reconciler ((?!rehearse|adopt|state).*examples/[^ ]+)", re.MULTILINE)
    texts = [command.help or "" for command in COMMANDS.values()]
    return [shlex.split(line) for line in dict.fromkeys(here.findall("\n".join(texts)))]


def test_the_commands_that_help_shows_work_on_the_examples(stage: Stage) -> None:
    (stage.folder / "examples").symlink_to(ROOT / "examples")
    commands = spoken()
    assert {words[0] for words in commands} >= {"apply", "drift", "plan", "policy", "status"}
    for name in ("quickstart", "policies"):
        stage.variables["RECONCILER_STATE"] = f"{name}.json"
        applied = stage.run("apply", "--auto-approve", f"examples/{name}")
        assert applied.code == 0, applied.err
        for words in [one for one in commands if f"examples/{name}" in one]:
            result = stage.run(*words)
            assert result.code in {0, 2}, f"{words}: {result.err}"


def test_the_quickstart_shows_what_it_does(tmp_path: Path) -> None:
    result = rehearse(str(ROOT / "examples" / "quickstart"), folder=tmp_path)
    out, err = result.stdout, result.stderr
    for address in (
        "backup.docs-before-reembedding",
        "restore.docs-recovered",
        "import.docs-2026-11",
    ):
        assert re.search(rf"^  \+ {address} +create +not in state$", out, re.MULTILINE)
        assert f"{address}: creating" in err
    assert "index:        docs-prod   200 records, 2 namespaces" in out
    assert "Plan: 3 to add, 0 to change, 0 to destroy." in out
    assert re.search(r"still creating \(\d+ %", err)
    assert "made-up records" in err
    assert "Apply complete!" in out
    assert re.search(r"host  http://127\.0\.0\.1:\d+/ix/docs-recovered", out)
    assert out.index("Apply complete!") < out.index("No changes.")


def test_the_import_example_reads_its_parquet_files(tmp_path: Path) -> None:
    example = ROOT / "examples" / "import"
    mapping = f"s3://acme-vectors={example / 'bucket'}"
    result = rehearse("--bucket", mapping, "--strict-buckets", str(example), folder=tmp_path)
    assert result.returncode == 0, result.stderr
    folder = example / "bucket" / "docs" / "2026-11"
    assert f"The import of s3://acme-vectors/docs/2026-11 reads {folder}." in result.stderr
    counts = re.findall(r"still creating \(\d+ %, (\d+) records\)", result.stderr)
    assert counts
    assert all(int(count) <= 60 for count in counts)


def test_an_import_without_its_bucket_fails_when_buckets_are_strict(tmp_path: Path) -> None:
    result = rehearse("--strict-buckets", str(ROOT / "examples" / "import"), folder=tmp_path)
    assert result.returncode in {1, 3}
    assert "No Parquet files found under s3://acme-vectors/docs/2026-11" in result.stderr


def test_a_mapping_that_makes_no_sense_is_a_usage_error(tmp_path: Path) -> None:
    result = rehearse("--bucket", "s3://b=none", ".", folder=tmp_path)
    assert result.returncode == 64
    assert "none is no folder" in result.stderr


def test_a_rehearsal_starts_with_the_seed(tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text("version: 1\nbackups: {movies: {index: movies}}\n")
    seed = {"indexes": [{"name": "movies", "dimension": 4, "namespaces": {"": 7}}]}
    (tmp_path / "seed.json").write_text(json.dumps(seed))
    result = rehearse("main.yaml", "--seed", "seed.json", folder=tmp_path)
    assert result.returncode == 0
    assert "movies   7 records, 1 namespace" in result.stdout


def test_a_seed_that_makes_no_sense_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text("version: 1\nbackups: {movies: {index: movies}}\n")
    (tmp_path / "seed.json").write_text("[]")
    result = rehearse("main.yaml", "--seed", "seed.json", folder=tmp_path)
    assert result.returncode == 1
    assert "seed-unusable" in result.stderr


def test_a_rehearsal_of_something_impossible_is_refused(tmp_path: Path) -> None:
    config = "version: 1\nrestores: {again: {from: {backup_id: 8c85e612}}}\n"
    (tmp_path / "main.yaml").write_text(config)
    result = rehearse("main.yaml", folder=tmp_path)
    assert result.returncode == 6
    assert "backup 8c85e612" in result.stderr


def test_emulate_says_one_line_and_serves(tmp_path: Path) -> None:
    process = subprocess.Popen(
        watched.command("emulate", "--port", "0"),
        env={**os.environ, **watched.environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        ready = process.stdout.readline()
        url = ready.split()[-1]
        serverless = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
        stage = Stage(url, tmp_path)
        stage.call("POST", "/indexes", {"name": "docs-prod", "dimension": 8, "spec": serverless})
        stage.write("version: 1\nbackups: {docs: {index: docs-prod}}\n")
        assert stage.plan().code == 2
        assert stage.apply().code == 0
        assert stage.plan().code == 0
    finally:
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=20)
    note = "Imports from any bucket bring made-up records.\n"
    assert (process.returncode, rest, err) == (0, "", note)


def test_schemas_are_printed(tmp_path: Path) -> None:
    stage = Stage("http://127.0.0.1:9", tmp_path)
    names = stage.run("schema").out.split()
    assert "reconciler" in names
    for name in names:
        assert "$schema" in json.loads(stage.run("schema", name).out)

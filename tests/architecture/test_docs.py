"""README and docs say what the code does: commands, codes, names, links, plan and picture."""

import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from emulator import watched
from picture import PICTURE, capture, drawn, words

from reconciler.config.build import build
from reconciler.errors import PRECEDENCE, ExitCode
from reconciler.kinds import load_kinds

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "examples").rglob("*.md"),
        ROOT / "state" / "README.md",
    ]
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

INSTALL = "python3 -m venv .venv && .venv/bin/pip install"
REHEARSE = f"{INSTALL} '.[emulator]' && .venv/bin/reconciler rehearse examples/quickstart"
TEST = f"{INSTALL} -e '.[emulator,dev]' && .venv/bin/python -m pytest --cov"
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_readme_has_each_of_its_two_commands_alone_in_a_block() -> None:
    assert [block for block in blocks(README, "sh") if INSTALL in block] == [
        f"{REHEARSE}\n",
        f"{TEST}\n",
    ]


def test_ci_runs_the_command_of_the_readme_and_nothing_else() -> None:
    script = ROOT / ".ci" / "run"
    lines = [line for line in script.read_text(encoding="utf-8").splitlines() if line]
    assert lines[0] == "#!/usr/bin/env bash"
    assert [line for line in lines[1:] if not line.startswith("#")] == [
        "set -euo pipefail",
        'cd "$(dirname "${BASH_SOURCE[0]}")/.."',
        TEST,
    ]
    assert script.stat().st_mode & 0o111


def test_exit_codes_of_the_readme_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| (\d+) \| \S", README, re.MULTILINE)
    assert [int(code) for code in rows] == sorted(ExitCode)


def test_precedence_of_the_readme_is_that_of_the_code() -> None:
    (listed,) = re.findall(r"the first of ([\d, ]+) is the exit code", README)
    assert [int(code) for code in listed.split(", ")] == [
        code for code in PRECEDENCE if code is not ExitCode.OK
    ]


def test_yaml_of_the_readme_is_valid() -> None:
    for block in blocks(README, "yaml"):
        assert build([("README.md", block.encode())], load_kinds()).desired


def test_every_folder_of_the_package_is_on_the_map() -> None:
    folders = {path.parent.name for path in (ROOT / "reconciler").glob("*/__init__.py")}
    assert folders == set(re.findall(r"^\| \[reconciler/(\w+)\]", README, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_to_files_lead_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_calls_of_the_walk_exist() -> None:
    calls = re.findall(r"^\| \d+ \| `([\w.]+)` \|", ARCHITECTURE, re.MULTILINE)
    assert len(calls) > 20
    for call in calls:
        parts = call.split(".")
        package, inside = parts[:2], parts[2:]
        found = import_module(".".join(["reconciler", *package]))
        for name in inside:
            found = getattr(found, name)
        assert callable(found), call


def test_command_that_regenerates_the_envelope_gives_the_committed_file() -> None:
    (code,) = re.findall(r"^\.venv/bin/python -c '(.*)'", CONTRIBUTING, re.MULTILINE)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    committed = (ROOT / "schemas" / "reconciler.schema.json").read_text(encoding="utf-8")
    assert done.stdout == committed
    assert json.loads(committed)


def test_captured_plan_is_what_rehearse_prints() -> None:
    (captured,) = blocks(README, "text")
    done = subprocess.run(
        watched.command("rehearse", "examples/quickstart"),
        cwd=ROOT,
        env={**os.environ, **watched.environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert masked(done.stdout) == masked(captured)


def test_picture_of_the_readme_is_what_plan_shows() -> None:
    committed = PICTURE.read_text(encoding="utf-8")
    assert f"](docs/{PICTURE.name})" in README
    assert words(committed) == words(drawn(capture()))
    assert "url(http" not in committed  # a page that shows it loads nothing else


def masked(output: str) -> str:
    """Put one word in the place of ids, ports and hosts, which differ from run to run."""
    without_ids = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", output)
    return re.sub(r"http://127\.0\.0\.1:\d+\S*", "HOST", without_ids)

"""Formatter, linter, type checker, layer contracts: a test each, so that they run in parallel."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(arguments: Sequence[str]) -> None:
    done = subprocess.run(
        arguments,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{' '.join(arguments)}\n{done.stdout}{done.stderr}", pytrace=False)


def test_everything_is_formatted() -> None:
    run([sys.executable, "-m", "ruff", "format", "--check", "."])


def test_linter_is_content() -> None:
    run([sys.executable, "-m", "ruff", "check", "."])


def test_types_check_strictly() -> None:
    run([sys.executable, "-m", "mypy"])


def test_layers_and_homes_of_libraries_are_kept() -> None:
    run([str(Path(sysconfig.get_path("scripts")) / "lint-imports")])

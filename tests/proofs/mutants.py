"""Break our own code in the ways in which tools like it have broken: each bug must be found out.

The bugs stand in the museum (tests/museum). Each is built into a copy of the project,
and every test that is to find it out must fail there. In a copy without a bug all of these tests
must pass, else failing would prove nothing.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from museum import doubled, files, keeping, objects, policies, requests, undone
from museum.mutant import Mutant

ROOT = Path(__file__).resolve().parents[2]
MUTANTS: Sequence[Mutant] = (
    *requests.MUTANTS,
    *objects.MUTANTS,
    *undone.MUTANTS,
    *doubled.MUTANTS,
    *files.MUTANTS,
    *keeping.MUTANTS,
    *policies.MUTANTS,
)
_COPIED = ("reconciler", "schemas", "tests", "pyproject.toml")
_SECONDS = 240
_FAILED_TESTS = 1  # pytest's exit code; tests that are not there, or cannot be read, have others
_FAILED = re.compile(r"^FAILED tests/(\S+)", re.MULTILINE)
_PYTEST = (
    "-m",
    "pytest",
    "-x",
    "-n0",
    "-p",
    "no:cacheprovider",
    "--hypothesis-seed=0",
    "--tb=line",
)


@dataclass(frozen=True)
class Ran:
    """How tests have ended in one copy."""

    failed: tuple[str, ...]  # one for each run that failed: its first
    passed: tuple[str, ...]
    broken: tuple[str, ...]  # what could not be run, and why
    seconds: float


def mutated(mutant: Mutant) -> str:
    """Give the file with the bug in it; raises ValueError where it does not fit any more."""
    text = (ROOT / "reconciler" / mutant.file).read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        raise ValueError(f"{mutant.file} holds {text.count(mutant.old)} times: {mutant.old}")
    changed = text.replace(mutant.old, mutant.new)
    compile(changed, mutant.file, "exec")
    return changed


def attack(mutant: Mutant) -> Ran:
    """Run each test that is to find a bug out in a copy that has it."""
    changed = mutated(mutant)
    with _copy() as folder:
        (folder / "reconciler" / mutant.file).write_text(changed, encoding="utf-8")
        return _run(folder, [[test] for test in mutant.tests])


def control(tests: Sequence[str]) -> Ran:
    """Run tests in a copy that has no bug, all at once."""
    with _copy() as folder:
        return _run(folder, [tests])


@contextmanager
def _copy() -> Iterator[Path]:
    """Copy what tests need; raises ClickException if Python would import anything else."""
    with tempfile.TemporaryDirectory(prefix="reconciler-mutant-") as name:
        folder = Path(name).resolve()
        for one in _COPIED:
            copy = shutil.copytree if (ROOT / one).is_dir() else shutil.copy2
            copy(ROOT / one, folder / one)
        found = _python(folder, "-c", "import reconciler; print(reconciler.__file__)")
        if not Path(found.stdout.strip()).is_relative_to(folder):
            raise click.ClickException(f"not the copy is imported, but {found.stdout}")
        yield folder


def _run(folder: Path, selections: Iterable[Sequence[str]]) -> Ran:
    started = time.monotonic()
    failed: list[str] = []
    passed: list[str] = []
    broken: list[str] = []
    for tests in selections:
        try:
            ran = _python(folder, *_PYTEST, *(f"tests/{test}" for test in tests))
        except subprocess.TimeoutExpired:
            broken.append(f"{tests[0]} and what follows did not end within {_SECONDS} s")
            continue
        found = _FAILED.search(ran.stdout)
        if ran.returncode == 0:
            passed += tests
        elif ran.returncode == _FAILED_TESTS and found is not None:
            failed.append(found[1])
        else:
            broken.append(f"pytest ended with {ran.returncode}: {(ran.stdout + ran.stderr)[-800:]}")
    return Ran(tuple(failed), tuple(passed), tuple(broken), time.monotonic() - started)


def _python(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run Python in a copy, whose modules come before all others."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{folder / 'tests'}"},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )


@click.command()
@click.option("--jobs", default=2, show_default=True, help="Copies to work in at a time.")
@click.option("--only", multiple=True, metavar="NAME", help="This mutant; several are possible.")
def command(*, jobs: int, only: tuple[str, ...]) -> None:
    """Build each bug of the museum into a copy, and see it found out."""
    unknown = set(only) - {mutant.name for mutant in MUTANTS}
    if unknown:
        raise click.BadParameter(f"no mutant is called {', '.join(sorted(unknown))}")
    chosen = [mutant for mutant in MUTANTS if not only or mutant.name in only]
    tests = sorted({test for mutant in chosen for test in mutant.tests})
    started = time.monotonic()
    with ThreadPoolExecutor(jobs) as pool:
        parts = [part for number in range(jobs) if (part := tests[number::jobs])]
        _insist_on_passes(list(pool.map(control, parts)))
        click.echo(f"  {'(no mutant)':24}{time.monotonic() - started:5.0f} s  all tests pass")
        killed = sum(_show(*pair) for pair in zip(chosen, pool.map(attack, chosen), strict=True))
    click.echo(f"mutants {killed}/{len(chosen)} killed in {time.monotonic() - started:.0f} s")
    raise SystemExit(0 if killed == len(chosen) else 1)


def _insist_on_passes(controls: Iterable[Ran]) -> None:
    wrong = [said for ran in controls for said in (*ran.failed, *ran.broken)]
    if wrong:
        raise click.ClickException(f"without a mutant these do not pass: {'; '.join(wrong)}")


def _show(mutant: Mutant, ran: Ran) -> bool:
    """Print a line of the table, and tell whether every test has found the bug out."""
    killed = bool(ran.failed) and not (ran.passed or ran.broken)
    names = [test.rpartition("::")[2].partition("[")[0] for test in ran.failed]
    by = ", ".join(names) if killed else "SURVIVED"
    click.echo(f"  {mutant.name:24}{ran.seconds:5.0f} s  {by}")
    if not killed:
        click.echo(f"{mutant.name}: {mutant.bug}", err=True)
        for what in (*(f"passed with it: {test}" for test in ran.passed), *ran.broken):
            click.echo(f"  {what}", err=True)
        click.echo(f"  again: python tests/prove.py mutants --only {mutant.name}", err=True)
    return killed

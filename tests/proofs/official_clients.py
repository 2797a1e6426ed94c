"""Run the official clients, unmodified, against the emulator: nothing but their host is set.

Each client is installed from its registry into an environment of its own and works through a
project that is new for it: backups, restores, imports, vectors, collections, models. Every answer
that it gets is held against the published description of the version that it asks for. The newest
Python SDK is in the normal tests (tests/compat).
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import click
from compat.project import new_project
from emulator.published import available
from emulator.watch import watching
from proofs._skipped import SkippedError

from reconciler.emulator.server import Server

_SCRIPTS = Path(__file__).resolve().parents[1] / "compat" / "clients"
_SECONDS = 300
_SERVER_ERROR = 500


@dataclass(frozen=True)
class Client:
    """An official client: the package that is installed, and the script that uses it."""

    package: str
    script: Path


@dataclass(frozen=True)
class Outcome:
    """How a client fared; `error` is empty where it found all that it expected."""

    package: str
    requests: int
    operations: int
    error: str


CLIENTS: Mapping[str, Client] = MappingProxyType(
    {
        "python-7": Client("pinecone==7.3.0", _SCRIPTS / "python_before_10.py"),
        "python-8": Client("pinecone==8.1.2", _SCRIPTS / "python_before_10.py"),
        "python-9": Client("pinecone==9.1.0", _SCRIPTS / "python_before_10.py"),
        "typescript-9": Client("@pinecone-database/pinecone@9.0.0", _SCRIPTS / "typescript.mjs"),
    }
)


@click.command("official-clients")
@click.option("--client", type=click.Choice(list(CLIENTS)), multiple=True, help="Only these.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True)
@click.option(
    "--environments", type=click.Path(path_type=Path), help="Keep what is installed in this folder."
)
def command(client: Sequence[str], jobs: int, environments: Path | None) -> None:
    """Run the official clients against the emulator."""
    names = client or tuple(CLIENTS)
    of_node = [name for name in names if CLIENTS[name].script.suffix != ".py"]
    if of_node and (shutil.which("npm") is None or shutil.which("node") is None):
        raise SkippedError(f"npm and node are not installed, for {', '.join(of_node)}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = environments or Path(temporary)
        with watching() as watch, ThreadPoolExecutor(jobs) as pool:
            outcomes = list(pool.map(lambda name: _run(CLIENTS[name], folder / name), names))
    for name, outcome in zip(names, outcomes, strict=True):
        said = "ok" if not outcome.error else f"FAILED: {outcome.error}"
        figures = f"{outcome.requests:4} requests  {outcome.operations:3} operations"
        click.echo(f"{outcome.package:34} {figures}  {said}")
        if outcome.error:
            click.echo(f"  again: python tests/prove.py official-clients --client {name}")
    good = sum(not outcome.error for outcome in outcomes)
    click.echo(f"{good} of {len(outcomes)} clients cannot tell the emulator apart.")
    for wrong in watch.wrong:
        click.echo(f"FAILED: {wrong}")
    if available():
        click.echo(f"{len(watch.wrong)} answers were not as published.")
    else:
        click.echo("The descriptions are not here, so no answer was held against them.")
    sys.exit(0 if good == len(outcomes) and not watch.wrong else 1)


def _run(client: Client, folder: Path) -> Outcome:
    python = client.script.suffix == ".py"
    error = (_install_python if python else _install_node)(client, folder)
    if error:
        return Outcome(client.package, 0, 0, error)
    emulator = new_project()
    before = len(emulator.journal)
    with Server(emulator) as server:
        # Node looks for packages beside the script, so the script goes where they are.
        script = folder / client.script.name
        script.write_text(client.script.read_text(encoding="utf-8"), encoding="utf-8")
        interpreter = str(folder / "bin" / "python") if python else "node"
        error = _said([interpreter, str(script), server.url], folder)
    entries = emulator.journal[before:]
    if not error and (worst := max(entry.status or 0 for entry in entries)) >= _SERVER_ERROR:
        error = f"an answer had status {worst}"
    operations = {entry.operation for entry in entries}
    return Outcome(client.package, len(entries), len(operations), error)


def _install_python(client: Client, folder: Path) -> str:
    python = folder / "bin" / "python"
    made = "" if python.exists() else _said([sys.executable, "-m", "venv", str(folder)], Path())
    install = ["-m", "pip", "install", "-q", "--disable-pip-version-check", client.package]
    return made or _said([str(python), *install], folder)


def _install_node(client: Client, folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    return _said(["npm", "install", "--silent", "--no-audit", "--no-fund", client.package], folder)


def _said(arguments: Sequence[str], folder: Path) -> str:
    """Run a command and return the end of what it said if it failed."""
    done = subprocess.run(
        arguments, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    if done.returncode == 0:
        return ""
    return (done.stderr or done.stdout).strip()[-600:] or f"it ended with {done.returncode}"

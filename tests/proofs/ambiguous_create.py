"""Spoil the answer of every create in five ways, and count objects: ours, and the official SDK's.

Each case has an emulator of its own, a process as an operator would start it. It is given an index
and a backup; then our command line applies a configuration with one create in it. The emulator is
reset, and the SDK makes the same object in one call. Both meet the same fault, after the commit:
the object is there, its answer is not. Two columns of faults, since what a client sends again may
be answered well: `first` spoils one answer, `every` all of them.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import click
from proofs._sdk import SDK, call_sdk, sdk_interpreter
from rehearsal.stage import Stage, from_this_tree

_INDEX = "docs-prod"


@dataclass(frozen=True)
class Create:
    """One create of the API: our configuration, the SDK's call, and where the objects are."""

    kind: str
    operation: str
    configuration: str
    sdk: str
    live: Callable[[Stage], int]
    of_pods: bool = False  # whether it needs an index of that kind

    def __str__(self) -> str:
        return self.kind


@dataclass(frozen=True)
class Objects:
    """What became of a create: how often the emulator did it, and how many objects it lists."""

    committed: int
    live: int

    def __sub__(self, before: "Objects") -> "Objects":
        return Objects(self.committed - before.committed, self.live - before.live)

    def __str__(self) -> str:
        one = self.committed == self.live
        return str(self.live) if one else f"{self.committed} made, {self.live} listed"


@dataclass(frozen=True)
class Case:
    """One create, one way of spoiling its answer, and how often that happens."""

    create: Create
    fault: str
    spoilt: str


@dataclass(frozen=True)
class Outcome:
    """How a case ended for us (runs: None if it did not converge), and for the SDK if it ran."""

    case: Case
    ours: Objects
    runs: int | None
    sdk: Objects | None
    call: str

    @property
    def held(self) -> bool:
        return self.runs is not None and self.ours == Objects(1, 1)


CREATES = (
    Create(
        "backup",
        "create_backup",
        "version: 1\nbackups: {docs: {index: docs-prod}}\n",
        'client.backups.create(index_name="docs-prod", name="docs")',
        lambda stage: len(stage.backups()),
    ),
    Create(
        "restore",
        "create_index_from_backup_operation",
        "version: 1\nbackups: {docs: {index: docs-prod}}\n"
        "restores: {docs-recovered: {from: {backup: docs}}}\n",
        'client.create_index_from_backup(backup_id=backup, name="docs-recovered", timeout=-1)',
        lambda stage: len(stage.call("GET", "/indexes")["indexes"]),
    ),
    Create(
        "import",
        "startBulkImport",
        "version: 1\nimports: {november: {index: docs-prod, uri: s3://b/november}}\n",
        'client.index(host=host).start_import(uri="s3://b/november")',
        lambda stage: len(stage.imports()),
    ),
    Create(
        "collection",
        "create_collection",
        "version: 1\ncollections: {movies: {source: movies-pod}}\n",
        'client.collections.create(name="movies", source="movies-pod")',
        lambda stage: len(stage.call("GET", "/collections")["collections"]),
        of_pods=True,
    ),
)
FAULTS: Mapping[str, Mapping[str, object]] = {
    "dropped": {"kind": "drop"},
    "500": {"kind": "status", "status": 500},
    "504": {"kind": "status", "status": 504},
    "HTML 200": {"kind": "html"},
    "truncated": {"kind": "truncate"},
}
SPOILT: Mapping[str, Mapping[str, object]] = {"first": {"times": 1}, "every": {"every": 1}}


@click.command("ambiguous-create")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True)
@click.option("--sdk-venv", type=click.Path(path_type=Path), help="Keep the SDK in this folder.")
@click.option("--without-sdk", is_flag=True, help="Only our column; nothing is installed.")
@click.option("--kind", type=click.Choice([each.kind for each in CREATES]), multiple=True)
@click.option("--fault", type=click.Choice(list(FAULTS)), multiple=True)
@click.option("--spoilt", type=click.Choice(list(SPOILT)), multiple=True)
def command(
    *,
    jobs: int,
    sdk_venv: Path | None,
    without_sdk: bool,
    kind: Sequence[str],
    fault: Sequence[str],
    spoilt: Sequence[str],
) -> None:
    """Count the objects that one create leaves when its answer is lost."""
    cases = [
        Case(create, way, often)
        for create in CREATES
        if create.kind in (kind or [create.kind])
        for way in fault or FAULTS
        for often in spoilt or SPOILT
    ]
    with tempfile.TemporaryDirectory(prefix="reconciler-") as folder:
        sdk = None if without_sdk else sdk_interpreter(sdk_venv or Path(folder) / "sdk")
        click.echo(_row("kind", "answer", "spoilt", "ours", "runs", "SDK", "the SDK's one call"))
        with ThreadPoolExecutor(jobs) as pool:
            outcomes = []
            for outcome in pool.map(lambda case: try_case(case, sdk), cases):
                click.echo(_shown(outcome))
                outcomes.append(outcome)
    sys.exit(_close(outcomes))


def try_case(case: Case, sdk: Path | None) -> Outcome:
    """Run one case on an emulator of its own, ours first."""
    with emulator() as url, tempfile.TemporaryDirectory(prefix="reconciler-") as folder:
        stage = Stage(url, Path(folder))
        prepare(stage)
        before = objects(stage, case.create)
        runs = converge(stage, case.create, {**FAULTS[case.fault], **SPOILT[case.spoilt]})
        ours = objects(stage, case.create) - before
        if sdk is None:
            return Outcome(case, ours, runs, None, "not run")
        stage.call("POST", "/_emulator/reset")
        backup = prepare(stage)
        before = objects(stage, case.create)
        spoil(stage, case.create, {**FAULTS[case.fault], **SPOILT[case.spoilt]})
        call = call_sdk(stage, stage.host(_INDEX), case.create.sdk, sdk, backup)
        return Outcome(case, ours, runs, objects(stage, case.create) - before, call)


def converge(stage: Stage, create: Create, fault: Mapping[str, object]) -> int | None:
    """Apply under a fault, at most twice; the number of runs, None if then something is left."""
    stage.write(create.configuration)
    spoil(stage, create, fault)
    runs = 1 if stage.apply().code == 0 else 2
    converged = (runs == 1 or stage.apply().code == 0) and stage.plan().code == 0
    if "times" in fault and stage.call("POST", "/_emulator/faults", [])["in_force"]:
        raise click.ClickException("the fault was never met, so this shows nothing")
    return runs if converged else None


def spoil(stage: Stage, create: Create, fault: Mapping[str, object]) -> None:
    """Spoil the answers of a create, after it was done."""
    script = {"operation": create.operation, "when": "after", **fault}
    stage.call("POST", "/_emulator/faults", [script])


def objects(stage: Stage, create: Create) -> Objects:
    """Count what a create has made so far."""
    return Objects(stage.committed(create.operation), create.live(stage))


@contextlib.contextmanager
def emulator() -> Iterator[str]:
    """Run `reconciler emulate` on a free port and give its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "emulate", "--port", "0", "--job-seconds", "0.2"],
        env={**os.environ, **from_this_tree()},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it says each time that imports bring made-up records
        text=True,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        found = re.search(r"http://\S+", line)
        if found is None:
            raise click.ClickException("the emulator did not start")
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)


def prepare(stage: Stage) -> str:
    """Give the emulator indexes, a record and a backup; returns the backup's id."""
    spec = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
    index = {"name": _INDEX, "dimension": 2, "metric": "cosine", "spec": spec}
    stage.call("POST", "/indexes", index)
    make_pod(stage)
    vectors = {"vectors": [{"id": "one", "values": [0.6, 0.8]}]}
    stage.call("POST", f"{stage.host(_INDEX)}/vectors/upsert", vectors)
    backup: str = stage.call("POST", f"/indexes/{_INDEX}/backups", {"name": "earlier"})["backup_id"]
    for _ in range(100):
        if stage.call("GET", f"/backups/{backup}")["status"] == "Ready":
            return backup
        time.sleep(0.05)
    raise click.ClickException("the emulator took no backup")


def make_pod(stage: Stage) -> None:
    """Give the emulator a pod index, which can only be made in the older versions of the API."""
    spec = {"pod": {"environment": "us-east1-gcp", "pod_type": "p1.x1", "pods": 1}}
    index = {"name": "movies-pod", "dimension": 2, "metric": "cosine", "spec": spec}
    stage.call("POST", "/indexes", index)


def _shown(outcome: Outcome) -> str:
    case = outcome.case
    return _row(
        str(case.create),
        case.fault,
        case.spoilt,
        str(outcome.ours),
        "none" if outcome.runs is None else str(outcome.runs),
        "-" if outcome.sdk is None else str(outcome.sdk),
        outcome.call,
    )


def _row(*cells: str) -> str:
    widths = (11, 11, 8, 6, 6, 5, 0)
    return "".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _close(outcomes: Sequence[Outcome]) -> int:
    failed = [each for each in outcomes if not each.held]
    for each in failed:
        case = each.case
        click.echo(
            f"FAILED; again: python tests/prove.py ambiguous-create --kind {case.create}"
            f" --fault '{case.fault}' --spoilt {case.spoilt}"
        )
    total = len(outcomes)
    click.echo(f"Ours: exactly one object in {total - len(failed)} of {total} cases.")
    sdk = [each for each in outcomes if each.sdk is not None]
    if sdk:
        more = [each.sdk.live for each in sdk if each.sdk and each.sdk.live > 1]
        raised = sum(1 for each in sdk if each.call != "returned")
        click.echo(
            f"SDK ({SDK}), one call each: more than one object in {len(more)} of {len(sdk)}"
            f" (up to {max(more, default=1)}); an error although an object was made in {raised}."
        )
    return 1 if failed else 0

"""Kill and fail the real process at every system call on its state files, with strace.

A run of `reconciler apply` numbers its own calls on the state folder: open, write, sync, rename,
lock and all others. Then it is killed at each, and each is answered with ENOSPC, EIO, EROFS and
EINTR. After each: the state on disk is a whole version that knows of every object made, a run that
said "done" had recorded it, and the next apply ends with exactly one object, by the log of the
emulator. Where a terraform binary is found, it is killed in the same way for comparison.
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import click
from proofs import _terraform
from proofs._progress import Progress
from proofs._skipped import SkippedError
from proofs._strace import FAULTS, KILL, Call, Ran, missing, numbered, spoilt
from rehearsal.stage import Stage

from reconciler.emulator.samples import sample, seed
from reconciler.emulator.server import Server
from reconciler.emulator.service import Emulator, Knobs
from reconciler.errors import StateError
from reconciler.model.address import Address
from reconciler.model.observed import Phase
from reconciler.model.state import State
from reconciler.statefile.disk import LocalDisk
from reconciler.statefile.local import LocalStore
from reconciler.workflow.hold import read_state
from reconciler.workflow.ports import SystemClock, SystemRandom

APPLY = (sys.executable, "-m", "reconciler", "apply", "conf", "--auto-approve")
NEW = "new"
GROWING = "growing"
_TITLES = {NEW: "the first apply", GROWING: "an apply on a state"}
_KEPT = "version: 1\nbackups:\n  kept: {index: docs-prod}\n"
_MADE = "  made: {index: docs-prod}\n"
_DECLARED = {
    NEW: frozenset({Address("backup", "kept")}),
    GROWING: frozenset({Address("backup", "kept"), Address("backup", "made")}),
}
_TRIES = 3


@dataclass(frozen=True)
class Point:
    """One call spoilt, by its place in the run, and all that was wrong afterwards.

    `forgotten` is how many objects were made that the next plan makes anew, without a word.
    """

    place: int
    call: Call
    fault: str
    corrupt: bool
    wrong: tuple[str, ...]
    forgotten: int = 0


@dataclass
class Bench:
    """A place to spoil runs: an emulator, a configuration, and the state to begin with."""

    stage: Stage
    scenario: str
    calls: tuple[Call, ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        """The environment of traced runs, in which a call has the same number each time."""
        kept = self.stage.environment()
        kept.pop("COVERAGE_PROCESS_START", None)
        return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}

    def prepare(self) -> None:
        """Make the state that every run begins with."""
        self.stage.write(_KEPT)
        if self.scenario == GROWING:
            assert self.stage.apply().code == 0
            shutil.copytree(self.stage.folder / "state", self.stage.folder / "rest")
            self.stage.write(_KEPT + _MADE)
        self.number()

    def begin(self) -> int:
        """Put everything back as it was prepared; gives how many creates were sent so far."""
        state, rest = self.stage.folder / "state", self.stage.folder / "rest"
        shutil.rmtree(state, ignore_errors=True)
        known = set[str]()
        if rest.exists():
            shutil.copytree(rest, state)
            known = {entry.remote_id for entry in self.state().entries.values()}
        for backup in self.stage.backups():
            if backup["backup_id"] not in known:
                self.stage.call("DELETE", f"/backups/{backup['backup_id']}")
        return self.stage.committed("create_backup")

    def state(self) -> State:
        """Read the state as the command would; raises StateError."""
        path = str(self.stage.folder / "state" / "default.json")
        return read_state(LocalStore(path, LocalDisk(), SystemClock(), SystemRandom()).load())

    def number(self) -> None:
        """Number the calls of one run."""
        self.begin()
        self.calls = numbered(APPLY, self.stage.folder, self.environment, "state")

    def spoil(self, place: int, fault: str) -> Point:
        """Spoil the call at a place, and look at everything afterwards."""
        call = Call("none", place, "state")
        for _ in range(_TRIES):
            if place >= len(self.calls):
                self.number()
                continue
            call = self.calls[place]
            sent = self.begin()
            before = self._state_or_none()
            ran = spoilt(APPLY, self.stage.folder, self.environment, call, fault)
            if ran.met:
                break
            self.number()  # a module more or less to import moves all numbers
        else:
            return Point(place, call, fault, corrupt=False, wrong=("the call was not met",))
        found = self._state_or_none()
        if found is None or before is None:
            return Point(place, call, fault, corrupt=True, wrong=("the state is corrupt",))
        wrong = [*self._lost(before, found, sent), *self._lied(ran, found, fault)]
        forgotten = self._forgotten(sent) if fault == KILL else 0
        if forgotten:
            wrong.append(f"{forgotten} made that the next plan makes anew")
        wrong += self._again(sent)
        return Point(place, call, fault, corrupt=False, wrong=tuple(wrong), forgotten=forgotten)

    def _state_or_none(self) -> State | None:
        try:
            return self.state()
        except StateError:
            return None

    def _lost(self, before: State, found: State, sent: int) -> Iterator[str]:
        """Nothing that was recorded is gone, and what was made is known."""
        if any(found.entries.get(address) != entry for address, entry in before.entries.items()):
            yield "an entry of before is gone"
        made = self.stage.committed("create_backup") - sent
        known = len(found.entries) - len(before.entries) + len(found.intents)
        if made > known:
            yield f"{made} made, the state knows of {known}"

    def _forgotten(self, sent: int) -> int:
        """Count what the next plan makes beyond what is still to be made, as for terraform."""
        made = self.stage.committed("create_backup") - sent
        adds: int = self.stage.plan_json()["summary"]["add"]
        return max(0, adds - (1 - made))

    def _lied(self, ran: Ran, found: State, fault: str) -> Iterator[str]:
        """What the command said and how it ended fit what it did."""
        if fault == KILL:
            if ran.code != -9:
                yield f"killed, it ended with {ran.code}"
            return
        said = ran.out + ran.err
        ready = {each for each, entry in found.entries.items() if entry.phase is Phase.READY}
        if ran.code == 0 and (found.intents or ready != _DECLARED[self.scenario]):
            yield "exit 0, but the state does not have it"
        if ran.code not in {0, 1, 3, 5}:
            yield f"ended with {ran.code}: {ran.err.strip()}"
        if ran.code and re.search(r"state-(lock|not-saved|not-folded|unreadable)", said) is None:
            yield "it failed and did not say why"
        if "Traceback" in ran.err:
            yield "a traceback"

    def _again(self, sent: int) -> Iterator[str]:
        """The next run ends with all that is declared, once."""
        ran = self.stage.apply()
        if ran.code != 0:
            yield f"the next apply ended with {ran.code}: {ran.err.strip()}"
            return
        state = self.state()
        declared = len(_DECLARED[self.scenario])
        ready = [entry for entry in state.entries.values() if entry.phase is Phase.READY]
        live = {backup["backup_id"] for backup in self.stage.backups()}
        if state.intents or {entry.remote_id for entry in ready} != live or len(live) != declared:
            yield f"{declared} declared, {len(live)} live, {len(ready)} in state"
        if (made := self.stage.committed("create_backup") - sent) != 1:
            yield f"{made} creates were carried out for one declaration"
        left = sorted(path.name for path in (self.stage.folder / "state").iterdir())
        if [name for name in left if "unsaved" not in name] != [
            "default.json",
            "default.json.lock",
        ]:
            yield f"left behind: {left}"


@contextmanager
def bench(scenario: str) -> Iterator[Bench]:
    """Open a bench with an emulator whose jobs are short.

    They are never done at the first look, so that every run gives the state back and takes it
    again, with the same calls.
    """
    emulator = Emulator(knobs=Knobs(backup_seconds=0.8))
    seed(emulator, sample(["docs-prod"]))
    with tempfile.TemporaryDirectory(prefix="reconciler-") as folder, Server(emulator) as server:
        found = Bench(Stage(server.url, Path(folder).resolve()), scenario)
        found.prepare()
        yield found


def sweep(
    scenario: str, jobs: int, faults: Sequence[str], places: Sequence[int] = ()
) -> list[Point]:
    """Spoil the calls at these places, or all, with each fault; gives what was wrong with each."""
    if not places:
        with bench(scenario) as first:
            places = range(len(first.calls))
    todo: SimpleQueue[tuple[int, str] | None] = SimpleQueue()
    chosen = [(place, fault) for fault in faults for place in places]
    for one in (*chosen, *[None] * jobs):
        todo.put(one)
    progress = Progress(_TITLES[scenario], len(chosen))

    def work(_: int) -> list[Point]:
        done = []
        with bench(scenario) as mine:
            while (one := todo.get()) is not None:
                done.append(mine.spoil(*one))
                progress.add(wrong=bool(done[-1].wrong))
        return done

    with ThreadPoolExecutor(jobs) as pool:
        return [point for points in pool.map(work, range(jobs)) for point in points]


def report(scenario: str, points: Sequence[Point]) -> None:
    """Print a line for each file: how many of its calls were spoilt, and held."""
    faults = [fault for fault in FAULTS if any(point.fault == fault for point in points)]
    click.echo(f"{_TITLES[scenario]:<34}" + "".join(f"{fault:>10}" for fault in faults))
    for file in sorted({point.call.file for point in points}):
        cells = []
        for fault in faults:
            here = [one for one in points if (one.call.file, one.fault) == (file, fault)]
            cells.append(f"{sum(not one.wrong for one in here)}/{len(here)}")
        click.echo(f"  {file:<32}" + "".join(f"{cell:>10}" for cell in cells))
    for point in points:
        if point.wrong:
            click.echo(f"FAILED {point.call} {point.fault}: {'; '.join(point.wrong)}")
            click.echo(
                f"  again: python tests/prove.py syscalls --no-terraform --jobs 1 "
                f"--scenario {scenario} --place {point.place} --fault {point.fault}"
            )


@click.command()
@click.option("--jobs", default=4, show_default=True, help="Runs at the same time.")
@click.option("--scenario", "scenarios", multiple=True, type=click.Choice([*_TITLES]))
@click.option("--place", "places", multiple=True, type=int, help="Only the calls at these places.")
@click.option("--fault", "faults", multiple=True, type=click.Choice(FAULTS), default=FAULTS)
@click.option("--terraform/--no-terraform", default=True, help="Kill terraform too, if it is here.")
def command(
    *,
    jobs: int,
    scenarios: Sequence[str],
    places: Sequence[int],
    faults: Sequence[str],
    terraform: bool,
) -> None:
    """Spoil every system call on state, and count what is corrupt afterwards."""
    if (why := missing()) is not None:
        raise SkippedError(why)
    points: list[Point] = []
    for scenario in scenarios or (NEW, GROWING):
        found = sweep(scenario, jobs, faults, places)
        report(scenario, found)
        points += found
    wrong = [point for point in points if point.wrong]
    corrupt = sum(point.corrupt for point in points)
    if terraform:
        killed = [point for point in points if point.fault == KILL]
        forgotten = sum(one.forgotten > 0 for one in killed)
        _terraform.compare(len(killed), sum(one.corrupt for one in killed), forgotten)
    click.echo(
        f"syscalls: {len(points) - len(wrong)}/{len(points)} points clean, {corrupt} corrupt states"
    )
    if wrong:
        sys.exit(1)

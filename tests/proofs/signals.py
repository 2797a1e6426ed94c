"""Send SIGINT and SIGTERM to the real process at every request it makes, and run it again.

A run without signals numbers the requests, by the log of the emulator. Then, for each: the signal
comes while its answer is held back, or right after it was answered; and, held back, a second
signal after the first. The answers to all later requests are held back for longer than any run may
go on, so none can end well by not listening; only after its last answer it may be over already.
The first signal ends the run within five seconds with 130 or 143, the second at once. Whatever it
was in the middle of, the next run ends with exactly one object per declaration.
"""

import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from proofs._progress import Progress
from rehearsal.stage import Stage

from reconciler.emulator.samples import sample, seed
from reconciler.emulator.server import Server
from reconciler.emulator.service import Emulator, Knobs

CREATES = ("create_backup", "create_index_from_backup_operation", "startBulkImport")
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
HELD, AFTER, TWICE = "in flight", "after its answer", "twice, in flight"
WHEN = (HELD, AFTER, TWICE)
_CONFIGURATION = """
version: 1
backups: {docs: {index: docs-prod}}
restores: {again: {from: {backup: docs}}}
imports: {november: {index: docs-prod, uri: s3://b/november}}
"""
_SECONDS = 5.0
_OWN_SECONDS = 0.5
_AT_ONCE_SECONDS = 1.0
_HOLD_SECONDS = 30.0
_PATIENCE_SECONDS = 20.0
_MOST_SLACK_SECONDS = 2.0


@dataclass(frozen=True)
class Request:
    """The nth request of its operation in a run."""

    operation: str
    nth: int

    def __str__(self) -> str:
        return f"{self.operation}#{self.nth}"


@dataclass(frozen=True)
class Undisturbed:
    """The requests of a run that nobody interrupts, and what this machine is slower by."""

    requests: tuple[Request, ...]
    slack: float

    def is_last(self, request: Request) -> bool:
        """Whether the run sends nothing after this request."""
        return request == self.requests[-1]

    def later(self, request: Request) -> tuple[Request, ...]:
        """Give the first request of each operation that comes after this one."""
        rest = self.requests[self.requests.index(request) + 1 :]
        return tuple({one.operation: one for one in reversed(rest)}.values())


@dataclass(frozen=True)
class Case:
    """A signal at a request."""

    request: Request
    number: signal.Signals
    when: str

    def __str__(self) -> str:
        return f"{self.number.name} {self.when} of {self.request}"


@dataclass(frozen=True)
class Ended:
    """How long a run went on after its last signal, its code, and all that was wrong."""

    case: Case
    seconds: float
    code: int
    wrong: tuple[str, ...]


@contextmanager
def stage() -> Iterator[Stage]:
    """Open a stage with short jobs and three objects to make."""
    emulator = Emulator(knobs=Knobs(backup_seconds=0.1, restore_seconds=0.1, import_seconds=0.1))
    seed(emulator, sample(["docs-prod"]))
    with tempfile.TemporaryDirectory(prefix="reconciler-") as folder, Server(emulator) as server:
        found = Stage(server.url, Path(folder))
        found.write(_CONFIGURATION)
        yield found


def undisturbed(jobs: int = 1) -> Undisturbed:
    """Number the requests of a run, and measure what this machine is slower by."""
    with stage() as there:
        slack = _slack(there, jobs)
        before = len(there.log())
        assert there.apply().code == 0
        operations = [one["operation"] for one in there.log()[before:]]
    counts: Counter[str] = Counter()
    found = []
    for operation in operations:
        counts[operation] += 1
        found.append(Request(operation, counts[operation]))
    return Undisturbed(tuple(found), slack)


def _slack(there: Stage, jobs: int) -> float:
    """Measure what processes take that do nothing, as many at a time as will be interrupted.

    What they take beyond one on an idle machine is added to every limit, up to a limit of its own:
    else a machine that stands still would excuse everything.
    """
    started = time.monotonic()
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda _: there.run("validate", "conf"), range(jobs)))
    return min(max(time.monotonic() - started - _OWN_SECONDS, 0.0), _MOST_SLACK_SECONDS)


def cases(requests: Sequence[Request], when: Sequence[str] = WHEN) -> tuple[Case, ...]:
    """Give every signal at every one of these requests."""
    return tuple(Case(one, number, how) for how in when for one in requests for number in CODES)


def interrupt(case: Case, run: Undisturbed) -> Ended:
    """Play one case, and run again."""
    with stage() as there:
        _hold_back(there, case, run)
        process = there.start("apply", "conf", "--auto-approve")
        try:
            if not _reached(there, process, case.request):
                return Ended(case, 0, process.returncode, ("the request was not made",))
            started = _signal(process, case)
            _, err = process.communicate(timeout=_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            return Ended(case, _PATIENCE_SECONDS, 0, ("it went on",))
        finally:
            process.kill()
        seconds = time.monotonic() - started
        there.clear_faults()
        wrong = (*_badly_ended(case, seconds, process.returncode, err, run), *_again(there))
        return Ended(case, seconds, process.returncode, wrong)


def _hold_back(there: Stage, case: Case, run: Undisturbed) -> None:
    """Hold the answer to the request back, unless it is to be answered, and all that come later."""
    held = run.later(case.request) if case.when == AFTER else (case.request,)
    for one in held:
        there.fault(one.operation, "delay", delay_seconds=_HOLD_SECONDS, every=one.nth)


def _reached(there: Stage, process: "subprocess.Popen[str]", request: Request) -> bool:
    """Wait until a request was carried out."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while len(there.log(request.operation)) < request.nth:
        if time.monotonic() > until or process.poll() is not None:
            return False
        time.sleep(0.005)
    return True


def _signal(process: "subprocess.Popen[str]", case: Case) -> float:
    """Send what the case asks for; gives when the last one was sent."""
    process.send_signal(case.number)
    if case.when == TWICE:
        time.sleep(0.3)
        process.send_signal(case.number)
    return time.monotonic()


def _badly_ended(
    case: Case, seconds: float, code: int, err: str, run: Undisturbed
) -> Iterator[str]:
    if case.when == TWICE:
        # It may have ended by the first one already: nothing was begun yet that it waits for.
        if code not in {-case.number, CODES[case.number]}:
            yield f"ended with {code}"
        if seconds > _AT_ONCE_SECONDS + run.slack:
            yield f"took {seconds:.1f} s after the second signal"
        return
    # After its last answer a run may be over, and its process about to end: it has no handler then.
    over = case.when == AFTER and run.is_last(case.request) and code in {0, -case.number}
    if code != CODES[case.number] and not over:
        yield f"ended with {code}: {err.strip()[-300:]}"
    if seconds > _SECONDS + run.slack:
        yield f"took {seconds:.1f} s"
    if "Traceback" in err:
        yield "a traceback"


def _again(there: Stage) -> Iterator[str]:
    ran = there.apply()
    if ran.code != 0:
        yield f"the next apply ended with {ran.code}: {ran.err.strip()[-300:]}"
    if there.plan().code != 0:
        yield "the plan after it is not empty"
    for operation in CREATES:
        if (made := there.committed(operation)) != 1:
            yield f"{operation} was carried out {made} times"


def report(ended: Sequence[Ended]) -> bool:
    """Print a line for each kind of case; gives whether all went well."""
    click.echo(f"{'signal':<34}{'well':>10}{'longest':>10}")
    for number in CODES:
        for when in WHEN:
            here = [one for one in ended if (one.case.number, one.case.when) == (number, when)]
            if not here:
                continue
            well = sum(not one.wrong for one in here)
            longest = max(one.seconds for one in here)
            name = f"{number.name} {when}"
            click.echo(f"{name:<34}{f'{well}/{len(here)}':>10}{longest:>8.1f} s")
    wrong = [one for one in ended if one.wrong]
    for one in wrong:
        click.echo(f"FAILED {one.case}: {'; '.join(one.wrong)}")
        request = f"--operation {one.case.request.operation}"
        click.echo(f"  again: python tests/prove.py signals --jobs 1 {request}")
    click.echo(f"signals: {len(ended) - len(wrong)}/{len(ended)} ended in time and converged")
    return not wrong


@click.command()
@click.option("--jobs", default=4, show_default=True, help="Runs at the same time.")
@click.option("--every", default=1, show_default=True, help="Try every so many of the cases.")
@click.option("--operation", help="Only at requests of this operation.")
def command(*, jobs: int, every: int, operation: str | None) -> None:
    """Interrupt the real process at every request, and let it go on."""
    run = undisturbed(jobs)
    click.echo(
        f"limits: {_SECONDS:.1f} s, {_AT_ONCE_SECONDS:.1f} s after a second signal, and "
        f"{run.slack:.1f} s more on this machine (never more than {_MOST_SLACK_SECONDS:.1f} s)"
    )
    requests = [one for one in run.requests if operation in {None, one.operation}]
    chosen = cases(requests)[::every]
    progress = Progress("signals", len(chosen))

    def play(case: Case) -> Ended:
        ended = interrupt(case, run)
        progress.add(wrong=bool(ended.wrong))
        return ended

    with ThreadPoolExecutor(jobs) as pool:
        ended = list(pool.map(play, chosen))
    if not report(ended):
        sys.exit(1)

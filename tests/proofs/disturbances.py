"""Disturb reconciler at every boundary of each story: ask it to stop, press twice, let people in.

A request to stop must end the run within five simulated seconds with the code of an interrupt, the
second press at once; and then the act comes to its end as if nothing had been. After what people
did nothing of ours may be lost, nor a last copy deleted, nor anything that is not ours, and the
ways out that the plan names must lead to the end.
"""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

import click
from simulation.boundaries import Boundaries, CrashError
from simulation.deciding import Reckoning
from simulation.people import DEEDS
from simulation.stories import STORIES
from simulation.story import LAG_SECONDS, SETTINGS, Fate, Telling, unaccounted
from simulation.world import PROCESS, Process

from reconciler.engine.run import StoppedError
from reconciler.errors import ExitCode, ReconcilerError
from reconciler.model.event import Outcome
from reconciler.model.values import SECOND
from reconciler.workflow.apply import Applied, exit_code

STOP, TWICE = "stop", "stop-twice"
STOPS = (STOP, TWICE)
PEOPLE = tuple(sorted(set(DEEDS) - {"asked-to-stop", "suspended", "second-operator"}))
"""What leaves the disturbed run alone is told elsewhere: by seeds, and by the machine."""
_MOST_SECONDS = 5


@dataclass
class Disturbed:
    """How often a disturbance came about, the longest end of a run after it, and what was wrong."""

    count: int = 0
    longest: float = 0.0
    wrong: list[str] = field(default_factory=list)


def disturbed(story: str, act: int, what: str, first: int = 1, step: int = 1) -> Disturbed:
    """Disturb the first run of an act at each `step`-th of its boundaries, from the first."""
    told = Telling.of(STORIES[story], Fate())
    while told.act < act:
        told.run()
    found, at = Disturbed(), first
    while (one := _at(told.branch(Fate()), what, at)) is not None:
        found.count += one.count
        found.longest = max(found.longest, one.longest)
        replay = f"--story {story} --act {act} --what {what} --at {at}"
        found.wrong += [f"python tests/prove.py disturbances {replay}: {it}" for it in one.wrong]
        at += step
    return found


def _at(telling: Telling, what: str, at: int) -> Disturbed | None:
    """Disturb one boundary; None when the run was over before it came there."""
    one = _Disturbance(telling, what, at)
    wrong = list(one.run())
    if one.name is None:
        return None
    if one.since is None:
        return Disturbed()  # there was nothing to do
    seconds = (telling.world.now() - one.since) / SECOND
    wrong += _badly_stopped(one.ended, seconds) if what in STOPS else ()
    telling.world.oracle.account(PROCESS, telling.world.state())
    wrong += _rest(telling, what)
    longest = seconds if what in STOPS else 0.0
    return Disturbed(1, longest, [f"{one.name}: {line}" for line in wrong])


@dataclass
class _Disturbance:
    """One run that is disturbed at one boundary, whose name it gives once it came there."""

    telling: Telling
    what: str
    at: int
    name: str | None = None
    since: int | None = None  # when it was disturbed
    ended: Applied | None = None

    def run(self) -> Iterator[str]:
        """Run, and tell how it ended if it should not have ended so."""
        world, act = self.telling.world, self.telling.story.acts[self.telling.act]
        world.turn(replace(act.knobs, list_lag_seconds=LAG_SECONDS))
        die_at = self.at + 1 if self.what == TWICE else -1
        process = Process(Boundaries(die_at=die_at, on_hit=self._hit))
        try:
            self.ended = world.apply(act.yaml, act.permissions, process, **SETTINGS)
        except (CrashError, StoppedError):
            return
        except ReconcilerError as error:
            if self.what in STOPS or error.exit_code is ExitCode.BUG:
                yield f"it ended with {error}"
        else:
            yield from unaccounted(self.ended)

    def _hit(self, number: int, name: str) -> None:
        if number == self.at:
            self.name = name
            if self._disturb():
                self.since = self.telling.world.now()

    def _disturb(self) -> bool:
        world, yaml = self.telling.world, self.telling.story.acts[self.telling.act].yaml
        if self.what in STOPS:
            world.stop.requested = True
            return True
        return DEEDS[self.what](world, random.Random(self.at), yaml)  # noqa: S311 - it repeats itself


def _badly_stopped(ended: Applied | None, seconds: float) -> Iterator[str]:
    if seconds > _MOST_SECONDS:
        yield f"it took {seconds:.1f} s to stop"
    over = {Outcome.DONE, Outcome.FAILED}
    left = ended is not None and any(one.outcome not in over for one in ended.results)
    if ended is not None and left and exit_code(ended) is not ExitCode.INTERRUPTED:
        yield f"it was stopped, and ended with {exit_code(ended)}"


def _rest(telling: Telling, what: str) -> list[str]:
    """Let it come to its end: by itself after a stop, after people with the ways out of plans."""
    if what in STOPS:
        telling.to_the_end_of_the_act()
        return telling.verdict()
    act, wrong = telling.story.acts[telling.act], telling.wrong
    allowed = telling.story.permissions
    chance = random.Random(0)  # noqa: S311 - it repeats itself
    reckoning = Reckoning(telling.world, chance, wrong=wrong, allowed=allowed)
    reckoning.calm_down()
    reckoning.reckon(act.yaml, decides=True)
    return telling.verdict()


@click.command()
@click.option("--story", type=click.Choice(list(STORIES)), help="Tell this story only.")
@click.option("--what", type=click.Choice([*STOPS, *PEOPLE]), help="Disturb it by this only.")
@click.option("--act", type=int, help="With --story: in this act only, counted from 0.")
@click.option("--at", type=int, help="With --act and --what: at this boundary only.")
@click.option("--jobs", default=2, show_default=True, help="Processes to use.")
def command(
    *, story: str | None, what: str | None, act: int | None, at: int | None, jobs: int
) -> None:
    """Stop it, and let people in, at every boundary."""
    if at is not None:
        if story is None or what is None or act is None:
            raise click.UsageError("--at needs --story, --act and --what")
        _show(disturbed(story, act, what, at, 1_000_000))
    started, failed = time.monotonic(), 0
    with ProcessPoolExecutor(jobs) as pool:
        for one in [what] if what else [*STOPS, *PEOPLE]:
            places = [
                (name, number)
                for name in ([story] if story else STORIES)
                for number in range(len(STORIES[name].acts))
                if act in {None, number}
            ]
            found = list(pool.map(partial(_in, one), places))
            failed += _report(one, found)
    click.echo(f"in {time.monotonic() - started:.0f} s")
    raise SystemExit(1 if failed else 0)


def _in(what: str, place: tuple[str, int]) -> Disturbed:
    return disturbed(*place, what)


def _report(what: str, found: list[Disturbed]) -> int:
    wrong = [line for one in found for line in one.wrong]
    for line in wrong[:20]:
        click.echo(line, err=True)
    count, longest = sum(one.count for one in found), max(one.longest for one in found)
    took = f", the longest end {longest:.1f} s" if what in STOPS else ""
    click.echo(f"  {what:26}{count:6} times, {len(wrong)} wrong{took}")
    return len(wrong)


def _show(one: Disturbed) -> None:
    for line in one.wrong:
        click.echo(line, err=True)
    raise SystemExit(1 if one.wrong else 0)

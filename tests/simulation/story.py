"""A story: configurations applied one after another, each in as many runs as it takes.

A telling may let processes die, at one boundary or at several, and says what was wrong afterwards.
Boundaries are numbered through all runs of the story.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from simulation.boundaries import Boundaries, CrashError
from simulation.expecting import unmet
from simulation.ports import SeededRandom
from simulation.stories import Act, Story
from simulation.world import PROCESS, Process, World
from unit.statefile.fakes import PowerDisk

from reconciler.errors import ReconcilerError
from reconciler.model.change import Action, Standing
from reconciler.model.event import Outcome
from reconciler.model.plan import Plan
from reconciler.workflow.apply import Applied, exit_code

WINDOW_SECONDS = 30
SETTINGS: Mapping[str, object] = {
    "settle_window": WINDOW_SECONDS * 1_000_000,
    "timeout_seconds": 20.0,
    "verify_seconds": 60.0,
}
LAG_SECONDS = 20.0
"""How late lists show what a story makes: it goes on to the next act before they do."""
MOST_RUNS = 2
"""So many fault-free runs, at the most, until a plan finds nothing to do."""


class Fate:
    """Where processes die: each number counts boundaries from the start, or from the last death."""

    def __init__(self, *deaths: int) -> None:
        self._deaths = list(deaths)
        self._crossed = 0
        self.names: list[str] = []

    def next_process(self) -> Boundaries:
        """Give the boundaries of the process that starts now."""
        if not self._deaths:
            return Boundaries()
        return Boundaries(die_at=self._deaths[0] - self._crossed)

    def ended(self, boundaries: Boundaries) -> None:
        """Count on after a process has ended."""
        self.names.extend(boundaries.names)
        self._crossed += len(boundaries.names)
        if boundaries.is_dead:
            self._deaths.pop(0)
            self._crossed = 0

    @property
    def is_over(self) -> bool:
        """Whether all processes that were to die have died."""
        return not self._deaths


@dataclass
class Telling:
    """A story on its way: where it stands, and what was wrong so far."""

    story: Story
    world: World
    fate: Fate
    power_loss: int | None = None  # chooses what the disk shows after a death; None: all of it
    act: int = 0
    runs: int = 0  # whole ones of this act, which are those that did not die
    wrong: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, story: Story, fate: Fate, power_loss: int | None = None) -> "Telling":
        """Begin to tell a story."""
        return cls(story, story.begin(SeededRandom(1)), fate, power_loss)

    def to_the_end(self) -> list[str]:
        """Tell all that is left, and give what was wrong."""
        while self.act < len(self.story.acts):
            self.to_the_end_of_the_act()
        return self.verdict()

    def to_the_end_of_the_act(self) -> None:
        """Run until nothing is left to do, at most so often as is promised."""
        act = self.act
        while self.act == act:
            self.run()

    def to_the_next_death(self) -> None:
        """Run until a process has died."""
        while not self.run():
            pass

    def verdict(self) -> list[str]:
        """Give what was wrong so far."""
        return self.wrong + self.world.oracle.violations

    def branch(self, fate: Fate, power_loss: int | None = None) -> "Telling":
        """Go on from here in another way, without changing this telling."""
        world = self.world.copy()
        return Telling(self.story, world, fate, power_loss, self.act, self.runs, list(self.wrong))

    def run(self) -> bool:
        """Apply once, and go on to the next act when nothing is left; tells of a death."""
        act = self.story.acts[self.act]
        self.world.turn(replace(act.knobs, list_lag_seconds=LAG_SECONDS))
        if self._apply(act):
            return True
        self.runs += 1
        plan = self.world.plan(act.yaml, act.permissions, **SETTINGS)
        done = plan.is_refused if act.refused else nothing_to_do(plan)
        if not done and self.runs < MOST_RUNS:
            self.world.wait(WINDOW_SECONDS)  # the first run comes at once, the second after it
            return False
        if not done:
            self.wrong.append(f"act {self.act} is not done after {self.runs} whole runs")
        oracle, state = self.world.oracle, self.world.state()
        if not act.refused:
            self.wrong.extend(unmet(oracle, PROCESS, state, act.yaml, self.world.now()))
        self.act, self.runs = self.act + 1, 0
        if self.act < len(self.story.acts):
            self.world.wait(self.story.acts[self.act].after_seconds)
        return False

    def _apply(self, act: Act) -> bool:
        boundaries = self.fate.next_process()
        try:
            process = Process(boundaries)
            applied = self.world.apply(act.yaml, act.permissions, process, **SETTINGS)
        except CrashError:
            if self.power_loss is not None:
                self.world.disk = choose(self.world.disk, self.power_loss)
        except ReconcilerError as error:
            self.wrong.append(f"refused: {error.diagnostics[0].summary}")
        else:
            self.wrong.extend(unaccounted(applied))
        finally:
            self.fate.ended(boundaries)
        self.world.oracle.account(PROCESS, self.world.state())
        return boundaries.is_dead


def nothing_to_do(plan: Plan) -> bool:
    """Tell whether a plan would change nothing, but for jobs that are still to be waited for."""
    waits = {Action.WAIT, Action.NO_OP}
    return (
        plan.complete
        and not plan.is_refused
        and not plan.moves
        and all(
            change.standing is Standing.UNCHANGED
            or (change.standing is Standing.PLANNED and change.action in waits)
            for change in plan.changes
        )
    )


def unaccounted(applied: Applied) -> Iterator[str]:
    """Every step of a plan that ran has one end, and a code of zero says that all is done."""
    if not applied.approved:
        return
    if {result.step_id for result in applied.results} != {step.id for step in applied.plan.steps}:
        yield "steps without an end, or ends without a step"
    undone = [result for result in applied.results if result.outcome is not Outcome.DONE]
    if exit_code(applied) == 0 and (undone or applied.problems):
        yield f"exit 0, but {undone or applied.problems}"
    if exit_code(applied) == 0 and not applied.plan.all_seen:
        yield "exit 0, but not everything could be read"


def choose(disk: PowerDisk, number: int) -> PowerDisk:
    """Give one of the versions of a disk that a power loss may leave, as a number decides."""
    versions = list(disk.after_power_loss())
    return versions[number % len(versions)]


def shown(disk: PowerDisk) -> Mapping[str, bytes]:
    """Give the files as whoever comes next reads them."""
    return {name: inode.live for name, inode in disk.names.items()}

"""A story: configurations applied one after another, each in as many runs as it takes.

`crash` tells it with a process that dies on the way, at one boundary or at several, and says what
was wrong afterwards. Boundaries are numbered through all runs of the story.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from simulation.boundaries import Boundaries, CrashError
from simulation.world import PROCESS, Process, World
from unit.statefile.fakes import PowerDisk

from reconciler.emulator.service import Knobs
from reconciler.errors import ReconcilerError
from reconciler.model.change import Action, Standing
from reconciler.model.event import Outcome
from reconciler.model.plan import Permissions, Plan
from reconciler.workflow.apply import Applied, exit_code

FEW: Mapping[str, int] = {"": 3, "fr": 2}
WINDOW_SECONDS = 30
SETTINGS: Mapping[str, object] = {
    "settle_window": WINDOW_SECONDS * 1_000_000,
    "timeout_seconds": 20.0,
    "verify_seconds": 60.0,
}
MOST_RUNS = 2
"""So many fault-free runs, at the most, until a plan finds nothing to do."""


@dataclass(frozen=True, slots=True)
class Act:
    """One configuration, what the operator permits with it, and how long jobs take meanwhile."""

    yaml: str
    permissions: Permissions = field(default_factory=Permissions)
    knobs: Knobs = field(default_factory=Knobs)


_KEPT = "  kept: {index: docs-prod, description: %s, lifecycle: {on_change: replace}}\n"
_EXTRA = "  extra: {index: docs-prod, lifecycle: {on_remove: delete}}\n"
_AGAIN = (
    "restores: {again: {from: {backup: docs}, tags: {a: %s}, lifecycle: {on_remove: delete}}}\n"
)
_NOVEMBER = "imports:\n  november: {index: docs-prod, uri: s3://b/november}\n"
_DECEMBER = "  december: {index: docs-prod, uri: s3://b/december}\n"

_DOCS = "backups:\n  docs: {index: docs-prod}\n"
_HOURS = Knobs(import_seconds=1_000_000)
_DELETES = Permissions(deletes=True)

WHOLE: Sequence[Act] = (
    Act(_DOCS + _KEPT % "one" + _EXTRA + _AGAIN % "b" + _NOVEMBER),
    Act(_DOCS + _KEPT % "two" + _EXTRA + _AGAIN % "c" + _NOVEMBER, _DELETES),
    Act(_DOCS + _KEPT % "two" + _EXTRA + _AGAIN % "c" + _NOVEMBER + _DECEMBER, knobs=_HOURS),
    Act(_DOCS + _KEPT % "two" + _NOVEMBER, _DELETES),
)
"""Creates of every kind; an update and a replacement; a job of hours; deletes and its cancel."""


class Fate:
    """Where processes die: at which boundary, counted from the start or from the last crash."""

    def __init__(self, *deaths: int) -> None:
        self._deaths = list(deaths)
        self._crossed = 0
        self.names: list[str] = []

    def next_process(self) -> Boundaries:
        """Give the boundaries of the process that starts now."""
        if not self._deaths:
            return Boundaries(names=[])
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


def tell(acts: Sequence[Act], fate: Fate, power_loss: int | None = None) -> list[str]:
    """Tell a story and give what was wrong; `power_loss` chooses what the disk shows afterwards."""
    world = World(namespaces=FEW)
    wrong: list[str] = []
    for number, act in enumerate(acts):
        world.turn(act.knobs)
        runs = 0
        while runs < MOST_RUNS and not _is_done(world, act):
            died = _run(world, act, fate, power_loss, wrong)
            runs = runs if died else runs + 1
            if runs:  # the first run comes at once, the second when the settle window has passed
                world.wait(WINDOW_SECONDS)
        if not _is_done(world, act):
            wrong.append(f"act {number} is not done after {runs} whole runs")
        world.oracle.settled(PROCESS, world.state())
    return wrong + world.oracle.violations


def _run(world: World, act: Act, fate: Fate, power_loss: int | None, wrong: list[str]) -> bool:
    """Apply once; tells whether the process died."""
    boundaries = fate.next_process()
    try:
        applied = world.apply(act.yaml, act.permissions, Process(boundaries), **SETTINGS)
    except CrashError:
        if power_loss is not None:
            world.disk = choose(world.disk, power_loss)
    except ReconcilerError as error:
        wrong.append(f"refused: {error.diagnostics[0].summary}")
    else:
        wrong.extend(unaccounted(applied))
    finally:
        fate.ended(boundaries)
    world.oracle.account(PROCESS, world.state())
    return boundaries.is_dead


def _is_done(world: World, act: Act) -> bool:
    return nothing_to_do(world.plan(act.yaml, act.permissions, **SETTINGS))


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


def choose(disk: PowerDisk, number: int) -> PowerDisk:
    """Give one of the versions of a disk that a power loss may leave, as a number decides."""
    versions = list(disk.after_power_loss())
    return versions[number % len(versions)]

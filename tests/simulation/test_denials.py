"""A key is revoked, or its role loses a right, at each request of a run in turn, until its end."""

import random
from collections.abc import Collection, Iterator

import pytest
from simulation.cases import ALL, WINDOW
from simulation.denials import DENIALS, begins, untold
from simulation.ports import Fault, Request
from simulation.story import unaccounted
from simulation.weather import Weather
from simulation.world import PROCESS, Process, World

from reconciler.errors import ExitCode, ReconcilerError
from reconciler.model.plan import Permissions
from reconciler.workflow.apply import exit_code

DELETES = Permissions(deletes=True)
OLD = "old: {index: docs-prod, lifecycle: {on_remove: delete}}"
FEWEST = {"key-revoked": 25, "no-right-to-list": 6, "no-right-to-look": 6, "no-right-to-end": 1}


class Denying(Weather):
    """Nothing happens but one denial, from the `at`-th request on that it may begin with."""

    def __init__(self, kind: str, at: int) -> None:
        super().__init__(random.Random(0), frozenset({kind}))  # noqa: S311 - never drawn from
        self.kind = kind
        self.left = at

    def over(self, asked: Request, lacks: Collection[str] = ()) -> Fault | None:
        lasting = self._begun(asked, lacks)
        if lasting is None and begins(self.kind, asked.operation):
            self.left -= 1
        return self._strike(self.kind) if lasting or self.left == 0 else None


def wrong_with(world: World, process: Process) -> Iterator[str]:
    """Apply, and tell what is wrong with how it ended."""
    try:
        applied = world.apply(ALL, DELETES, process, **WINDOW)
    except ReconcilerError as error:
        if error.exit_code is not ExitCode.PERMISSION:
            yield f"it ended with {error}"
        return
    yield from unaccounted(applied)
    yield from untold(process.denied, applied)
    if not process.denied and exit_code(applied) is not ExitCode.OK:
        yield f"exit {exit_code(applied).value}, and nothing was denied"


def denied(begun: World, kind: str, at: int) -> bool:
    """Deny once and judge the run, and the next two; False when the run was over before."""
    world, process = begun.copy(), Process()
    world.weather = Denying(kind, at)
    assert list(wrong_with(world, process)) == []
    world.weather = None
    world.oracle.account(PROCESS, world.state())
    for _ in range(2):
        world.wait(60)
        applied = world.apply(ALL, DELETES, **WINDOW)
    world.oracle.account(PROCESS, world.state())
    assert exit_code(applied) == ExitCode.OK
    assert world.plan(ALL, DELETES).is_empty
    assert world.committed("startBulkImport") == 1
    assert world.oracle.violations == []
    return bool(process.denied)


@pytest.mark.parametrize("kind", DENIALS)
def test_a_denial_at_any_request_is_told_and_costs_nothing(kind: str) -> None:
    begun = World()
    for yaml in (f"backups: {{{OLD}}}", f"backups: {{{OLD}, docs: {{index: docs-prod}}}}"):
        begun.apply(yaml)
        begun.wait(60)
    at = 1
    while denied(begun, kind, at):
        at += 1
    assert at > FEWEST.get(kind, 2)

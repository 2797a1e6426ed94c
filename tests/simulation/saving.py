"""Saved plans in the simulated world: made by one process, applied by others."""

from typing import Any

import pytest
from simulation.boundaries import Boundaries, CrashError
from simulation.cases import BACKUP, RESTORE
from simulation.world import Process, World

from reconciler.errors import StalePlanError
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.plan import Permissions
from reconciler.model.values import SECOND
from reconciler.views.plan_file import decode, encode
from reconciler.workflow.apply import Applied, exit_code
from reconciler.workflow.apply_saved import apply_saved

DAY = 24 * 3600 * SECOND
TAGGED = "restores: {again: {from: {backup: docs}, tags: {a: c}}}\n"


def saved(
    world: World,
    yaml: str,
    permissions: Permissions | None = None,
    **settings: Any,  # noqa: ANN401 - whatever the settings take
) -> bytes:
    """Plan in a process of its own, and give the file's bytes."""
    return encode(world.plan(yaml, permissions, **settings))


def apply_file(
    world: World,
    data: bytes,
    yaml: str,
    process: Process | None = None,
    **settings: Any,  # noqa: ANN401 - whatever the settings take
) -> Applied:
    """Apply a saved plan in a process of its own."""
    session = world.session(yaml, Permissions(), process, **settings)
    work = apply_saved(session, decode(data, "plan.json"), DAY, lambda _: None)
    return world.process(work)


def refusal(world: World, data: bytes, yaml: str) -> tuple[Diagnostic, ...]:
    """Apply a saved plan that must be refused before anything is sent that changes something."""
    sent = len(changes(world))
    state = world.state()
    with pytest.raises(StalePlanError) as caught:
        apply_file(world, data, yaml)
    assert len(changes(world)) == sent
    assert world.state() == state
    return caught.value.diagnostics


def changes(world: World) -> list[str]:
    """Name what our processes have sent that changes something."""
    reads = ("/describe_index_stats",)
    return [
        f"{call.method} {call.url}"
        for call in world.sent
        if call.method != "GET" and not call.url.endswith(reads)
    ]


def killed(world: World, data: bytes, yaml: str, at: int) -> bool:
    """Kill an apply at one of its boundaries; False when it ended before it came there."""
    try:
        apply_file(world, data, yaml, Process(boundaries=Boundaries(die_at=at)))
    except CrashError:
        return True
    return False


def made(yaml: str = BACKUP + RESTORE) -> World:
    """Give a world in which a configuration was applied, an hour ago."""
    world = World()
    assert exit_code(world.apply(yaml)) == 0
    world.wait(3600)
    return world

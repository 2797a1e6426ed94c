"""Configurations and small helpers that the simulated cases share."""

from collections.abc import Callable

from simulation.world import BASE, World

from reconciler.model.address import Address
from reconciler.model.event import Event, Outcome
from reconciler.model.ports import Answer, Call
from reconciler.workflow.apply import Applied

BACKUP = "backups: {docs: {index: docs-prod}}\n"
RESTORE = "restores: {again: {from: {backup: docs}, tags: {a: b}}}\n"
IMPORT = "imports: {november: {index: docs-prod, uri: s3://b/november}}\n"
ALL = BACKUP + RESTORE + IMPORT
DOCS = Address("backup", "docs")
AGAIN = Address("restore", "again")
NOVEMBER = Address("import", "november")
WINDOW = {"settle_window": 5_000_000}
ALWAYS = {"when": "before", "status": 503, "every": 1}


def outcomes(applied: Applied) -> dict[str, Outcome]:
    return {result.step_id: result.outcome for result in applied.results}


def host_of(world: World, index: str) -> str:
    host: str = world.send("GET", f"/indexes/{index}")["host"]
    return host.removeprefix(BASE)


DELETED = "restores: {again: {from: {backup: docs}, lifecycle: {on_remove: delete}}}\n"
REPLACED = (
    "backups: {docs: {index: docs-prod, description: new, lifecycle: {on_change: replace}}}\n"
)


def once_before(world: World, operation: str, do: Callable[[World], object]) -> None:
    """Do something to the world, once, when a step of an operation begins."""

    def happen(there: World, event: Event) -> None:
        if event.operation is not None and event.operation.value == operation:
            there.on_event = None
            do(there)

    world.on_event = happen


def linger(world: World, after: str, path: str, times: int) -> None:
    """Let an object look as it did before for some answers after it was changed."""
    before: list[Answer] = []
    left = [0]

    def answer(call: Call, real: Answer) -> Answer:
        if call.method == after:
            left[0] = times
        if call.method != "GET" or path not in call.url or call.url.endswith(path):
            return real
        if left[0] > 0:
            left[0] -= 1
            return before[-1]
        before.append(real)
        return real

    world.on_answer = answer

"""What apply does as JSON lines on stdout, for programs; each is written as soon as it happens."""

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from reconciler import __version__
from reconciler.errors import ExitCode, ReconcilerError
from reconciler.model.address import Address
from reconciler.model.event import Event, Phase
from reconciler.model.plan import Operation, Plan
from reconciler.model.values import Fields
from reconciler.views import apply_json

if TYPE_CHECKING:
    from reconciler.workflow.apply import Applied


class Stream:
    """Writes lines; a context manager, so that an error that ends the run is told too."""

    def __init__(self) -> None:
        self._started: dict[tuple[Address | None, Operation | None], float] = {}

    def __enter__(self) -> Self:
        self._write(apply_json.version(__version__))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, ReconcilerError):
            self._problem(error)

    def stop(self) -> None:
        """End what is drawn: nothing is."""

    def on_event(self, event: Event) -> None:
        """Tell one event, and of a step how long it has been going on."""
        now, key = time.monotonic(), (event.address, event.operation)
        if event.phase is Phase.STARTED:
            self._started[key] = now
        self._write(apply_json.event_fields(event, now - self._started.get(key, now)))

    def show_plan(self, plan: Plan) -> None:
        """Tell what is going to be done."""
        for found in apply_json.plan_lines(plan):
            self._write(found)

    def conclude(self, applied: "Applied", code: ExitCode) -> None:
        """Tell what came of it."""
        for one in applied.stale:
            self._write(apply_json.diagnostic(one))
        for problem in applied.problems:
            self._problem(problem)
        destroy = applied.plan.permissions.destroy
        self._write(apply_json.ended(applied.results, applied.state, code, destroy=destroy))

    def _problem(self, error: ReconcilerError) -> None:
        for one in error.diagnostics:
            self._write(apply_json.diagnostic(one))

    def _write(self, found: Fields) -> None:
        click.echo(apply_json.line(found, time.time_ns() // 1000), nl=False)

"""Live progress: a table of running steps on a terminal, quiet lines everywhere else."""

import sys
import time
from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from reconciler.model.address import Address
from reconciler.model.event import Event, Phase
from reconciler.model.plan import Operation
from reconciler.views.apply_text import doing, event_line, progress_text

_QUIET_SECONDS = 10.0
_STEP_PERCENT = 25.0


class Progress:
    """Shows events; a context manager, so that the terminal is put back in order."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        live = self._console.is_terminal and sys.stdout.isatty()
        self._rich = _table(self._console) if live else None
        self._rows: dict[tuple[Address, Operation], TaskID] = {}
        self._started: dict[tuple[Address, Operation], float] = {}
        self._said: dict[tuple[Address, Operation], tuple[float, float]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Take the table away; a second call does nothing."""
        if self._rich is not None:
            self._rich.stop()

    def on_event(self, event: Event) -> None:
        """Show one event."""
        if event.address is None or event.operation is None or event.phase is Phase.NOTE:
            self._line(event_line(event))
            return
        key = (event.address, event.operation)
        if event.phase is Phase.STARTED:
            self._started[key] = time.monotonic()
        if self._rich is None:
            self._plain(event, key)
        else:
            self._live(self._rich, event, key)

    def _plain(self, event: Event, key: tuple[Address, Operation]) -> None:
        """Say it when it begins, ends, and now and then in between."""
        now, percent = time.monotonic(), event.percent or 0.0
        if event.phase is Phase.PROGRESS:
            last, shown = self._said.get(key, (self._started.get(key, now), -1.0))
            if now - last < _QUIET_SECONDS and percent - max(shown, 0.0) < _STEP_PERCENT:
                return
            self._said[key] = (now, percent)
        self._line(event_line(event, now - self._started.get(key, now)))

    def _live(self, rich: RichProgress, event: Event, key: tuple[Address, Operation]) -> None:
        rich.start()
        if key not in self._rows:
            label = f"{event.address} {doing(key[1])}"
            self._rows[key] = rich.add_task(label, total=None, detail="")
        row = self._rows[key]
        if event.phase is Phase.PROGRESS:
            known = event.percent is not None
            rich.update(
                row,
                total=100.0 if known else None,
                completed=event.percent or 0.0,
                detail=progress_text(event),
            )
        elif event.phase is Phase.ENDED:
            rich.remove_task(self._rows.pop(key))
            seconds = time.monotonic() - self._started.get(key, time.monotonic())
            rich.console.print(event_line(event, seconds), markup=False, highlight=False)

    def _line(self, text: str) -> None:
        if self._rich is not None:
            self._rich.console.print(text, markup=False, highlight=False)
        else:
            click.echo(text, err=True)


def _table(console: Console) -> RichProgress:
    return RichProgress(
        TextColumn("  {task.description}", markup=False),
        BarColumn(bar_width=16),
        TextColumn("{task.fields[detail]}", markup=False),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )

"""Live progress: a table of running steps on a terminal, quiet lines everywhere else.

The table is drawn by a timer of the event loop and around lines, never by a thread: a thread that
draws while a line is printed takes that line away, or leaves rows of the table behind.
"""

import asyncio
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click
from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TaskID, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.table import Column
from rich.text import Text

from reconciler.cli import output
from reconciler.cli.pace import Pace
from reconciler.errors import ExitCode
from reconciler.model.address import Address
from reconciler.model.event import Event, Phase
from reconciler.model.plan import Operation, Plan
from reconciler.views.apply_text import doing, event_line, progress_text, summary
from reconciler.views.lines import Line

if TYPE_CHECKING:
    from reconciler.workflow.apply import Applied

_TICK_SECONDS = 0.25
_WIDE_COLUMNS = 100
_BAR_COLUMNS = 16
_ELAPSED_COLUMNS = 8
_LEAST_COLUMNS = 16


class Progress:
    """Shows events; a context manager, so that the terminal is put back in order."""

    def __init__(self, console: Console | None = None) -> None:
        on = console or Console(stderr=True, highlight=False)
        on_terminal = on.is_terminal and not on.is_dumb_terminal
        live = on_terminal and (console is not None or sys.stdout.isatty())
        self._rich = table(on) if live else None
        self._rows: dict[tuple[Address, Operation], TaskID] = {}
        self._started: dict[tuple[Address, Operation], float] = {}
        self._pace = Pace()
        self._ticking: asyncio.AbstractEventLoop | None = None

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

    def show_plan(self, plan: Plan) -> None:
        """Show what is going to be done."""
        output.show_plan(plan)

    def conclude(self, applied: "Applied", code: ExitCode) -> None:
        """Show what came of it; of the exit code, people are told in words."""
        del code
        if applied.results:
            wide, destroy = output.width(sys.stdout), applied.plan.permissions.destroy
            lines = summary(applied.results, applied.state, wide, destroy=destroy)
            output.out([Line(), *lines])

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
        now = time.monotonic()
        if event.phase is Phase.STARTED:
            self._pace.begin(key, now)
        if event.phase is Phase.PROGRESS and not self._pace.is_due(key, now, event.percent or 0.0):
            return
        self._line(event_line(event, now - self._started.get(key, now)))

    def _live(self, rich: RichProgress, event: Event, key: tuple[Address, Operation]) -> None:
        rich.start()
        if key not in self._rows:
            word = doing(key[1])
            self._rows[key] = rich.add_task(str(event.address), total=None, word=word, detail="")
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
        self._tick_in_loop(rich)

    def _tick_in_loop(self, rich: RichProgress) -> None:
        """Draw the table now and then: its times go on between events, and many cost no more."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            rich.refresh()
            return
        if self._ticking is loop:
            return
        self._ticking = loop

        def tick() -> None:
            if rich.live.is_started:
                rich.refresh()
                loop.call_later(_TICK_SECONDS, tick)

        loop.call_later(_TICK_SECONDS, tick)

    def _line(self, text: str) -> None:
        if self._rich is not None:
            self._rich.console.print(text, markup=False, highlight=False)
        else:
            click.echo(text, err=True)


def table(console: Console) -> RichProgress:
    """Lay the table out; where columns are few the bar goes first, then the middle of names."""
    rich = RichProgress(console=console, transient=True, auto_refresh=False)
    wide = console.width >= _WIDE_COLUMNS
    bar = (BarColumn(bar_width=_BAR_COLUMNS),) if wide else ()
    rich.columns = (_Label(rich), *bar, _Detail(rich), TimeElapsedColumn())
    return rich


class _Fitted(ProgressColumn):
    """A column that knows how much of a line is left for names and details."""

    max_refresh = 0.1

    def __init__(self, rich: RichProgress) -> None:
        super().__init__(Column(no_wrap=True))
        self._rich = rich

    def room(self) -> int:
        width = self._rich.console.width
        bar = _BAR_COLUMNS + 1 if width >= _WIDE_COLUMNS else 0
        return width - _ELAPSED_COLUMNS - bar - 3  # a blank after each column

    def details(self) -> int:
        """How wide the widest detail is, as far as names keep the least that they need."""
        widest = max((len(task.fields["detail"]) for task in self._rich.tasks), default=0)
        return min(widest, max(self.room() - _LEAST_COLUMNS, 0))


class _Label(_Fitted):
    """What is done to which object; a name that is too long loses its middle."""

    def render(self, task: Task) -> Text:
        word = task.fields["word"]
        room = self.room() - self.details() - len(word) - 3
        return Text(f"  {middle_cut(task.description, room)} {word}")


class _Detail(_Fitted):
    """How far it is."""

    def render(self, task: Task) -> Text:
        return Text(task.fields["detail"][: self.details()])


def middle_cut(text: str, most: int) -> str:
    """Shorten a name to `most` letters; both its ends stay, since names differ there."""
    if len(text) <= most:
        return text
    kept = max(most - 3, 2)
    return f"{text[: (kept + 1) // 2]}...{text[len(text) - kept // 2 :]}"

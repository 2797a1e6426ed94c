"""What is watched: a table that stays in its place on a terminal, a line for news elsewhere."""

import sys
import time
from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.live import Live
from rich.text import Text

from reconciler.cli import output
from reconciler.cli.pace import Pace
from reconciler.errors import ReconcilerError
from reconciler.model.event import Event
from reconciler.model.observed import Phase
from reconciler.model.values import Fields, text
from reconciler.views import objects
from reconciler.views.apply_text import event_line
from reconciler.views.inert import inert
from reconciler.views.lines import paint
from reconciler.workflow.get import Look, Query


class Watch:
    """Shows looks; a context manager, so that the terminal is put back in order."""

    def __init__(self, query: Query) -> None:
        self._query = query
        console = Console(stderr=True, highlight=False)
        live = console.is_terminal and not console.is_dumb_terminal and sys.stdout.isatty()
        self._live = Live(console=console, auto_refresh=False, transient=True) if live else None
        self._watched: set[str] = set()
        self._said: dict[str, str] = {}
        self._pace = Pace()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def on_event(self, event: Event) -> None:
        """Say what happens to the run itself."""
        click.echo(event_line(event), err=True)

    def on_look(self, look: Look) -> None:
        """Show what was seen."""
        key = self._query.resource.key
        running = [one for one in look.objects if one.get("phase") == Phase.RUNNING.value]
        self._watched |= {text(one[key]) for one in running}
        if self._live is not None:
            self._draw(self._live, look)
            return
        if look.note:
            click.echo(inert(look.note), err=True)
        for item in look.objects:
            if text(item[key]) in self._watched:
                self._tell(text(item[key]), item)

    def raise_failures(self, found: tuple[Fields, ...]) -> None:
        """Raise for what was running when it was watched, and did not end well."""
        resource = self._query.resource
        failed = [
            objects.progress(resource.noun, text(item[resource.key]), item)
            for item in found
            if item.get("phase") == Phase.FAILED.value and text(item[resource.key]) in self._watched
        ]
        if failed:
            hint = f"`reconciler get {resource.name} ID` shows what is known of it"
            raise ReconcilerError.of("watched-failed", "; ".join(failed), hint)

    def _draw(self, live: Live, look: Look) -> None:
        live.start()
        lines = objects.listing(self._query.resource.name, look.objects, output.paper(sys.stderr))
        shown = paint(lines, color=output.has_color(sys.stderr))
        live.update(Text.from_ansi(f"{shown}{inert(look.note)}"), refresh=True)

    def _tell(self, name: str, item: Fields) -> None:
        """Say what is new of one object, or now and then that nothing is."""
        now, percent = time.monotonic(), item.get("percent")
        done = percent if isinstance(percent, float) else 0.0
        status = text(item.get("status")) or text(item.get("state"))
        if status != self._said.get(name):
            self._said[name] = status
            self._pace.begin(name, now, done)
        elif not self._pace.is_due(name, now, done):
            return
        click.echo(objects.progress(self._query.resource.noun, name, item), err=True)

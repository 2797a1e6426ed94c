"""Writing results and warnings: results on stdout, everything else on stderr."""

import shutil
import sys
import time
from collections.abc import Iterable
from typing import TextIO

import click

from reconciler.errors import ReconcilerError, UnsavedError
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.event import Event, Phase
from reconciler.model.plan import Plan
from reconciler.model.values import JSON
from reconciler.settings import Environment
from reconciler.views import diagnostics, plan_text
from reconciler.views.apply_text import event_line
from reconciler.views.inert import document, quoted
from reconciler.views.lines import UNLIMITED, Line, paint
from reconciler.views.plan_json import plan_json
from reconciler.views.tables import Paper


def width(stream: TextIO) -> int:
    """Give the columns to write in: those of a terminal; in pipes and files nothing is wrapped."""
    return shutil.get_terminal_size((80, 24)).columns if stream.isatty() else UNLIMITED


def has_color(stream: object) -> bool:
    """Whether a stream is a terminal that wants colour."""
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty()) and not Environment.here().no_color()


def paper(stream: TextIO | None = None) -> Paper:
    """Describe what a table is written on: the terminal, or a pipe that takes any width."""
    to = sys.stdout if stream is None else stream
    ascii_only = "utf" not in (to.encoding or "").lower()
    return Paper(width(to), time.time_ns() // 1000, ascii_only=ascii_only)


def out(lines: Iterable[Line]) -> None:
    """Write lines to stdout."""
    click.echo(paint(lines, color=has_color(sys.stdout)), nl=False, color=has_color(sys.stdout))


def err(lines: Iterable[Line]) -> None:
    """Write lines to stderr."""
    text = paint(lines, color=has_color(sys.stderr))
    click.echo(text, nl=False, err=True, color=has_color(sys.stderr))


def told(found: Iterable[Diagnostic]) -> None:
    """Write diagnostics to stderr."""
    err(diagnostics.render(found, width(sys.stderr)))


def problem(error: ReconcilerError) -> None:
    """Write an error's diagnostics to stderr, and what it holds that no file does."""
    told(error.diagnostics)
    if isinstance(error, UnsavedError) and error.document:
        click.echo(quoted(error.document), nl=False, err=True)  # it is JSON


def note(event: Event) -> None:
    """Write what a run says beside its result to stderr, and nothing of its steps."""
    if event.phase is Phase.NOTE:
        click.echo(event_line(event), err=True)


def out_json(value: JSON) -> None:
    """Write one JSON document to stdout."""
    click.echo(document(value, indent=2))


def show_plan(plan: Plan, output: str = "text") -> None:
    """Write a plan, with its warnings and refusals."""
    if output == "json":
        out_json(plan_json(plan))
        return
    out(plan_text.render(plan, width(sys.stdout)))
    told((*plan.warnings, *plan.refusals))

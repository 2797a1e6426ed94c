"""Lines with a style; colour is put on at the very end, or not at all."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

import click

from reconciler.views.inert import disarmed


class Style(Enum):
    """What a line is about; views choose colours for these, nothing else."""

    PLAIN = "plain"
    STRONG = "strong"
    QUIET = "quiet"
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    ATTENTION = "attention"


UNLIMITED = 1_000_000_000
"""The width where nothing is wrapped: lines that programs read stay whole."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of output."""

    text: str = ""
    style: Style = Style.PLAIN


_COLOURS: dict[Style, dict[str, str | bool]] = {
    Style.PLAIN: {},
    Style.STRONG: {"bold": True},
    Style.QUIET: {"dim": True},
    Style.ADD: {"fg": "green"},
    Style.CHANGE: {"fg": "yellow"},
    Style.REMOVE: {"fg": "red"},
    Style.ATTENTION: {"fg": "magenta"},
}


def paint(lines: Iterable[Line], *, color: bool) -> str:
    """Join lines into one text that ends in a line end."""
    return "".join(f"{_painted(line) if color else line.text}\n" for line in lines)


def _painted(line: Line) -> str:
    look = _COLOURS[line.style]
    # arg-type: click's parameters have several types, and a dict of looks has one
    return click.style(line.text, **look) if look and line.text else line.text  # type: ignore[arg-type]


def wrapped(
    text: str, indent: int, width: int, style: Style = Style.PLAIN, hang: int = 0
) -> list[Line]:
    """Break a text over lines that start at `indent` and end before `width`.

    All but the first are moved in by `hang`. A word that is longer than a line is broken too:
    the terminal would do it anyway, and go on at its edge.
    """
    pieces = textwrap.wrap(
        text, max(width - indent, 20), subsequent_indent=" " * hang, break_on_hyphens=False
    )
    return [Line(" " * indent + disarmed(piece), style) for piece in pieces]

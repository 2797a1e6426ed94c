"""Tables that fit: columns as wide as they need, and the least important ones cut where not.

Cells hold other people's text, so nothing in them may move the cursor, hide or turn letters round.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconciler.model.values import Fields, Micros
from reconciler.views.inert import inert
from reconciler.views.lines import Line, Style

_GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `least` is how narrow it may become, and lower `rank`s give way first.

    What is cut loses its end, or its start where the end tells more (`tail`).
    """

    title: str
    cell: Callable[[Fields, Micros], str]
    right: bool = False
    least: int | None = None
    rank: int = 0
    tail: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """What is written on: how many columns, whether it takes more than ASCII, and what time it is.

    Ages are told from `now`.
    """

    width: int
    now: Micros
    ascii_only: bool = False

    @property
    def cut(self) -> str:
        """Give the mark that stands for what was cut away."""
        return "..." if self.ascii_only else "\u2026"

    def clean(self, text: str) -> str:
        """Make text harmless, and writable here."""
        shown = inert(text)
        return shown.encode("ascii", "backslashreplace").decode() if self.ascii_only else shown


def table(
    columns: Sequence[Column],
    items: Sequence[Fields],
    paper: Paper,
    style: Callable[[Fields], Style],
) -> list[Line]:
    """Lay objects out, one a line, under a head."""
    head = [column.title for column in columns]
    rows = [[paper.clean(column.cell(item, paper.now)) for column in columns] for item in items]
    needed = [max(map(cells, each)) for each in zip(head, *rows, strict=True)]
    widths = _fitted(columns, needed, paper.width)
    lines = [_line(columns, head, widths, paper, Style.STRONG)]
    for item, row in zip(items, rows, strict=True):
        lines.append(_line(columns, row, widths, paper, style(item)))
    return lines


def _fitted(columns: Sequence[Column], needed: Sequence[int], width: int) -> list[int]:
    """Take columns off the widest that may give way, rank by rank, until all fit."""
    widths = list(needed)
    over = sum(widths) + _GAP * (len(widths) - 1) - width
    for rank in sorted({column.rank for column in columns}):
        while over > 0:
            room = {
                place: widths[place]
                for place, column in enumerate(columns)
                if column.rank == rank
                and column.least is not None
                and widths[place] > max(column.least, len(column.title))
            }
            if not room:
                break
            widths[max(room, key=lambda place: room[place])] -= 1
            over -= 1
    return widths


def _line(
    columns: Sequence[Column], row: Sequence[str], widths: Sequence[int], paper: Paper, style: Style
) -> Line:
    parts = []
    for column, shown, width in zip(columns, row, widths, strict=True):
        kept = shortened(shown, width, paper.cut, tail=column.tail)
        pad = " " * (width - cells(kept))
        parts.append(f"{pad}{kept}" if column.right else f"{kept}{pad}")
    return Line((" " * _GAP).join(parts).rstrip(), style)


def shortened(text: str, width: int, mark: str, *, tail: bool) -> str:
    """Cut a text that is too wide, and say where by a mark."""
    if cells(text) <= width:
        return text
    kept, used = "", cells(mark)
    for letter in reversed(text) if tail else text:
        used += cells(letter)
        if used > width:
            break
        kept += letter
    return f"{mark}{kept[::-1]}" if tail else f"{kept}{mark}"


def cells(text: str) -> int:
    """Count the places that a text takes up on a terminal."""
    return sum(map(_cell, text))


def _cell(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1

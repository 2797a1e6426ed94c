"""The board for a page or a comment: what is overdue stands open, the rest is folded.

What others wrote stands in code spans and fences only, where Markdown does nothing with it.
"""

from collections.abc import Sequence
from typing import Final

from reconciler.model.board import Board, IndexBoard
from reconciler.model.moment import rfc3339
from reconciler.model.values import SECOND, Micros
from reconciler.views.inert import code, fenced
from reconciler.views.lines import Line
from reconciler.views.status_text import block, idle, summary, unread
from reconciler.views.words import duration

MOST_BYTES: Final = 60_000
"""GitHub takes 65,536 letters in a comment; whoever posts it writes a line or two around it."""

_WIDTH: Final = 100


def render(board: Board, most_bytes: int = MOST_BYTES) -> str:
    """Give the board as one text of Markdown, cut after whole indexes where it is too long."""
    low, high = 0, len(board.indexes)
    whole = _text(board, high)
    if len(whole.encode()) <= most_bytes:
        return whole
    while high - low > 1:
        middle = (low + high) // 2
        fits = len(_text(board, middle).encode()) <= most_bytes
        low, high = (middle, high) if fits else (low, middle)
    return _text(board, low)


def _text(board: Board, most: int) -> str:
    """Write the first indexes; those with something overdue come first, and so are cut last."""
    shown, cut = board.indexes[:most], len(board.indexes) - most
    overdue = [index for index in shown if index.is_overdue]
    rest = [index for index in shown if not index.is_overdue]
    lines = [f"## Backups of {code(board.configuration)}", "", f"**{summary(board)}**", ""]
    if cut:
        lines += [f"**Too long for here: {cut:,} indexes are left out below.**", ""]
    if board.unread:
        lines += ["### Not readable", "", *fenced(_texts(unread(board, _WIDTH)), "text"), ""]
    if board.idle:
        lines += ["### Without index", "", *fenced(_texts(idle(board, _WIDTH)), "text"), ""]
    if overdue:
        lines += ["### Overdue", "", *_blocks(overdue, board.now), ""]
    if rest:
        title = f"<details><summary>Everything else: {len(rest):,}</summary>"
        lines += [title, "", *_blocks(rest, board.now), "", "</details>", ""]
    grace = duration(board.grace / SECOND)
    lines.append(f"Looked at {rfc3339(board.now)}; late is what is due for more than {grace}.")
    return "".join(f"{line}\n" for line in lines)


def _blocks(indexes: Sequence[IndexBoard], now: Micros) -> list[str]:
    return fenced([text for one in indexes for text in _texts(block(one, now, _WIDTH))], "text")


def _texts(lines: Sequence[Line]) -> list[str]:
    return [line.text for line in lines]

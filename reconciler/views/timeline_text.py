"""Simulations on a terminal: which backups would be there on some days, and until when.

Each line of a picture is a day on which somebody looks; across it lie the days on which the backups
were taken. A retention is what is sparse far back and dense near the end of the line.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.model.track import Track
from reconciler.model.values import SECOND, Micros
from reconciler.planning.timeline import Stay, Timeline
from reconciler.views.inert import inert
from reconciler.views.lines import Line, Style, wrapped
from reconciler.views.words import day, number

ROWS: Final = 12
_DAY_LETTERS: Final = 10
_MARGIN: Final = 2 + _DAY_LETTERS + 2
_WIDEST: Final = 100
_NARROWEST: Final = 20
_DAY: Final = 86_400 * SECOND
_CELLS: Final = ".123456789+"


def render(simulated: Sequence[tuple[Track, Timeline]], width: int) -> list[Line]:
    """Draw each track."""
    lines: list[Line] = []
    for track, timeline in simulated:
        lines += [Line()] if lines else []
        lines += _drawn(track, timeline, width)
    return lines


def title(track: Track) -> str:
    """Name a track: its policy, and the index where it is about one."""
    return f"{track.policy} of {inert(track.index)}" if track.index else str(track.policy)


def summary(timeline: Timeline) -> str:
    """Count what was taken, what expired, what is left and how many there were at once."""
    taken = sum(not stay.is_real for stay in timeline.stays)
    expired = sum(stay.expired_at is not None for stay in timeline.stays)
    left = timeline.at(timeline.end)
    said = f"{number(taken, 'backup')} taken, {expired:,} expired, {len(left):,} left"
    oldest = f", the oldest of {day(left[0].copy.taken_at)}" if left else ""
    return f"{said}{oldest}; at most {timeline.most():,} at a time"


def _drawn(track: Track, timeline: Timeline, width: int) -> Iterator[Line]:
    yield from wrapped(title(track), 0, width, Style.STRONG)
    yield from wrapped(inert(track.said), 2, width, hang=2)
    if track.note:
        yield from wrapped(f"nothing is made: {track.note}", 2, width, Style.ATTENTION)
    yield from _picture(timeline, max(min(width, _WIDEST) - _MARGIN, _NARROWEST))
    yield from wrapped(summary(timeline), 2, width, hang=2)
    for stay in timeline.stays:
        if stay.is_real:
            yield from _fate(stay, timeline.start, width)


def _picture(timeline: Timeline, columns: int) -> Iterator[Line]:
    if not timeline.stays:
        return
    first = min(timeline.start, timeline.stays[0].copy.taken_at)
    span = timeline.end - first
    if span // _DAY in range(_NARROWEST, columns):
        columns = -(-span // _DAY)  # a letter a day reads better than gaps between them
    step = -(-span // columns)
    scale = f"{day(first)}{day(timeline.end):>{columns - _DAY_LETTERS}}"
    yield Line(f"  {'seen on':<{_DAY_LETTERS}}  {scale}", Style.QUIET)
    for row in range(ROWS + 1):
        moment = timeline.start + (timeline.end - timeline.start) * row // ROWS
        if row or timeline.at(moment):
            cells = _cells(timeline.at(moment), first, step, moment)
            yield Line(f"  {day(moment)}  {cells}")


def _cells(there: Sequence[Stay], first: Micros, step: Micros, moment: Micros) -> str:
    """Write how many backups there are of each stretch of days, up to the one of `moment`."""
    counts = [0] * (max(moment - first - 1, 0) // step + 1)
    for stay in there:
        counts[max(stay.copy.taken_at - first - 1, 0) // step] += 1
    return "".join(_CELLS[min(count, len(_CELLS) - 1)] for count in counts)


def _fate(stay: Stay, start: Micros, width: int) -> list[Line]:
    """Say what becomes of a backup that was there at the start."""
    name, rules = inert(stay.copy.id), ", ".join(stay.rules)
    if stay.expired_at is None:
        return wrapped(f"{name} stays: {rules}", 2, width, Style.QUIET, hang=2)
    when = "now" if stay.expired_at == start else f"on {day(stay.expired_at)}"
    said = f"{name} goes {when}, last kept as {rules}"
    return wrapped(said, 2, width, Style.REMOVE, hang=2)

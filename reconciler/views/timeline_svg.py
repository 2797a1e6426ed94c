"""Simulations as a picture: a bar for each backup from when it was taken until it expired.

The bars make stairs, one step a slot; long ones are those that a coarse rule keeps. Below them runs
how many there are. Nothing but elements and attributes of SVG 1.1, so that any viewer shows it.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from textwrap import wrap
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from reconciler.model.track import Track
from reconciler.model.values import Micros
from reconciler.planning.timeline import Stay, Timeline
from reconciler.views.inert import inert
from reconciler.views.timeline_text import summary, title
from reconciler.views.words import day

_WIDTH: Final = 960
_LEFT: Final = 40
_RIGHT: Final = 20
_HEAD: Final = 62
_BARS: Final = 440
_COUNTS: Final = 60
_GAP: Final = 24
_FOOT: Final = 44
_TICKS: Final = 12
HEIGHT: Final = _HEAD + _BARS + _GAP + _COUNTS + _FOOT
"""The height of the picture of one track, with a head of three lines."""

LINE: Final = 16
"""The height of each further line of the head."""

_TITLE_LETTERS, _LETTERS = 92, 128  # fit beside each other in the widest of common fonts
_TITLE: Final = {"font_size": 15, "font_weight": "bold"}

_INK, _PALE = "#24292f", "#d0d7de"
_COLOURS: Final[Mapping[str, str]] = {
    "held": "#bf3989",
    "yearly": "#8250df",
    "monthly": "#0969da",
    "weekly": "#1a7f37",
    "daily": "#bf8700",
    "hourly": "#bc4c00",
}
_OTHER: Final = "#6e7781"


def render(simulated: Sequence[tuple[Track, Timeline]]) -> str:
    """Draw all tracks, one below the other."""
    drawn, height = list[str](), 0
    for track, timeline in simulated:
        head = tuple(_head(track, timeline))
        height += LINE * (len(head) - 3)
        drawn.append(f'<g transform="translate(0 {height})">')
        drawn += _drawn(head, timeline)
        drawn.append("</g>")
        height += HEIGHT
    look = f'font-family="sans-serif" font-size="12" fill="{_INK}"'
    size = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {look}>',
        _element("rect", width=_WIDTH, height=height, fill="#ffffff"),
    ]
    return "\n".join([*parts, *drawn, "</svg>", ""])


def _head(track: Track, timeline: Timeline) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Give the lines above a picture, none wider than that, and how they look."""
    note = f" - nothing is made: {track.note}" if track.note else ""
    for line in wrap(f"{title(track)}{inert(note)}", _TITLE_LETTERS):
        yield line, _TITLE
    for said in (inert(track.said), summary(timeline)):
        for line in wrap(said, _LETTERS):
            yield line, {}


def _drawn(head: Sequence[tuple[str, Mapping[str, object]]], timeline: Timeline) -> Iterator[str]:
    for place, (line, look) in enumerate(head, 1 - len(head)):
        yield _text(_LEFT, 53 + LINE * place, line, **look)
    scale = _Scale(timeline)
    yield from _ticks(scale)
    yield from _bars(timeline, scale)
    yield from _counts(timeline, scale)
    yield from _legend(timeline)


class _Scale:
    """Where moments lie across the picture: from the first backup, or the start, to the end."""

    def __init__(self, timeline: Timeline) -> None:
        taken = [stay.copy.taken_at for stay in timeline.stays[:1]]
        self.first = min(timeline.start, *taken) if taken else timeline.start
        self.end = timeline.end

    def __call__(self, moment: Micros) -> float:
        share = (min(max(moment, self.first), self.end) - self.first) / (self.end - self.first)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 2)


def _ticks(scale: _Scale) -> Iterator[str]:
    bottom = _HEAD + _BARS + _GAP + _COUNTS
    for place in range(_TICKS + 1):
        moment = scale.first + (scale.end - scale.first) * place // _TICKS
        x = scale(moment)
        yield _element("line", x1=x, y1=_HEAD, x2=x, y2=bottom, stroke=_PALE)
        if place % 2 == 0:
            anchor = "end" if place == _TICKS else "middle"
            yield _text(x, bottom + 14, day(moment), font_size=11, text_anchor=anchor)


def _bars(timeline: Timeline, scale: _Scale) -> Iterator[str]:
    step = _BARS / max(len(timeline.stays), 1)
    thick = round(min(max(step * 0.8, 0.6), 12), 2)
    for place, stay in enumerate(timeline.stays):
        start, end = scale(stay.copy.taken_at), scale(stay.expired_at or timeline.end)
        yield _element(
            "rect",
            x=start,
            y=round(_HEAD + place * step, 2),
            width=round(max(end - start, 0.6), 2),
            height=thick,
            fill=_colour(stay),
        )


def _counts(timeline: Timeline, scale: _Scale) -> Iterator[str]:
    """Draw how many backups there are, as steps; not the moment in which one takes over."""
    bottom, most = _HEAD + _BARS + _GAP + _COUNTS, max(timeline.most(), 1)
    counts = [(scale.first, 0), *dict(timeline.counts()).items()]
    points = [(scale(at), round(bottom - count / most * _COUNTS, 2)) for at, count in counts]
    path = [f"M{points[0][0]} {points[0][1]}"]
    path += [f"H{x}V{y}" for before, (x, y) in pairwise(points) if (x, y) != before]
    line = f"{''.join(path)}H{scale(timeline.end)}"
    yield _element("path", d=line, fill="none", stroke=_INK)
    yield _text(_LEFT - 6, bottom - _COUNTS + 4, f"{most}", text_anchor="end")
    yield _text(_LEFT - 6, bottom + 4, "0", text_anchor="end")


def _legend(timeline: Timeline) -> Iterator[str]:
    used = {_colour(stay) for stay in timeline.stays}
    words = {**_COLOURS, "other rules": _OTHER}
    x, y = _LEFT, _HEAD + _BARS + _GAP + _COUNTS + 34
    yield _text(x, y, "kept, or last kept, as:")
    x += 140
    for word, colour in words.items():
        if colour in used:
            yield _element("rect", x=x, y=y - 9, width=10, height=10, fill=colour)
            yield _text(x + 15, y, word)
            x += 80


def _colour(stay: Stay) -> str:
    """Choose by the coarsest rule that keeps it, since that one keeps it for the longest."""
    rules = " ".join(stay.rules)
    return next((colour for word, colour in _COLOURS.items() if word in rules), _OTHER)


def _text(x: float, y: float, said: str, **more: object) -> str:
    return f"{_element('text', x=x, y=y, **more)[:-2]}>{escape(inert(said))}</text>"


def _element(tag: str, **attributes: object) -> str:
    said = (
        f"{name.replace('_', '-')}={quoteattr(str(value))}" for name, value in attributes.items()
    )
    return f"<{tag} {' '.join(said)}/>"

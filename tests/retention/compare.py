"""Our verdict on a history beside restic's, in restic's words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.model.duration import Duration
from reconciler.model.retention import Copy, keep, parse
from reconciler.model.values import JSON, Micros
from reconciler.model.zone import EARLIEST, find_zone

Reasons = Mapping[int, tuple[str, ...]]
"""Why each copy is kept, by its place in the history; copies that are not kept are not there."""

_MORE_THAN_THERE_ARE = 1_000_000
_LONG_BEFORE = "long before"


@dataclass(frozen=True)
class Taken:
    """A history as restic tells it: the moments of its snapshots, oldest first, and its now."""

    name: str
    zone: str
    moments: tuple[Micros, ...]
    now: Micros
    version: str  # of restic

    @property
    def keeps_oldest(self) -> bool:
        """Whether this restic keeps the oldest snapshot too while a count lasts."""
        major, minor, *_ = (int(part) for part in self.version.split("."))
        return (major, minor) >= (0, 17)


def ours(taken: Taken, rules: Mapping[str, JSON]) -> Reasons:
    """Judge the history by our own rules, and say the reasons as restic does.

    For a restic that does not keep the oldest, one copy from long before takes that part, so that
    all others are judged without it.
    """
    copies = [Copy(str(place), moment) for place, moment in enumerate(taken.moments)]
    if not taken.keeps_oldest:
        copies.append(Copy(_LONG_BEFORE, EARLIEST))
    kept = keep(copies, parse(rules), find_zone(taken.zone), taken.now)
    spans = {value: restic_span(value) for value in rules.values() if isinstance(value, str)}
    return {
        int(id_): tuple(_said(why, spans) for why in reasons)
        for id_, reasons in kept.items()
        if id_ != _LONG_BEFORE
    }


def _said(reason: str, spans: Mapping[str, str]) -> str:
    words = reason.replace(" backup", " snapshot").split(" ")
    return " ".join(spans.get(word, word) for word in words)


def restic_span(span: str) -> str:
    """Say a duration as restic does, which has no weeks and calls months `m`."""
    if span == "unlimited":
        return str(_MORE_THAN_THERE_ARE)
    read = Duration.parse(span)
    parts = ((read.years, "y"), (read.months, "m"), (read.weeks * 7 + read.days, "d"))
    return "".join(f"{count}{unit}" for count, unit in (*parts, (read.hours, "h")) if count)


def flags(rules: Mapping[str, JSON]) -> list[str]:
    """Give the rules as flags of `restic forget`; old versions have no word for unlimited."""
    return [
        f"--{name.replace('_', '-')}={restic_span(value) if isinstance(value, str) else value}"
        for name, value in rules.items()
    ]


def packed(reasons: Reasons) -> dict[str, str]:
    """Write reasons as the places of each, in ranges: `{"daily snapshot": "0 7-9"}`."""
    places: dict[str, list[int]] = {}
    for place in sorted(reasons):
        for reason in reasons[place]:
            places.setdefault(reason, []).append(place)
    return {reason: _ranges(found) for reason, found in places.items()}


def unpacked(written: Mapping[str, str]) -> dict[int, set[str]]:
    """Read what `packed` wrote; the order of reasons is gone."""
    reasons: dict[int, set[str]] = {}
    for reason, text in written.items():
        for part in text.split():
            first, _, last = part.partition("-")
            for place in range(int(first), int(last or first) + 1):
                reasons.setdefault(place, set()).add(reason)
    return reasons


def _ranges(places: Sequence[int]) -> str:
    text = ""
    for place in places:
        follows = re.search(r"(?:^| )(\d+)(?:-(\d+))?$", text)
        if follows and place == int(follows[2] or follows[1]) + 1:
            text = f"{text[: follows.end(1)]}-{place}"
        else:
            text += f" {place}" if text else f"{place}"
    return text

"""Retention: which copies are kept, and every rule that keeps them, counted as restic counts.

The rules are OR-ed. A counting rule walks from the newest copy to the oldest and keeps the newest
of each hour, day, week, month or year until its count is used up; periods without a copy do not
count. docs/retention.md has a worked table, and `python tests/prove.py restic` the comparison.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, tzinfo
from typing import Final

from reconciler.model.duration import Duration
from reconciler.model.values import JSON, Fields, Micros, integer, text
from reconciler.model.zone import EARLIEST, wall_time

ALL: Final = -1
"""The count of a rule that never runs out, `unlimited` in YAML."""

NO_RULE: Final = "no retention rule"
"""Why a copy is kept when nothing is said about retention."""

_PREFIX: Final = "keep_"
_PERIODS: Final[Mapping[str, Callable[[datetime], object]]] = {
    "hourly": lambda wall: (wall.date(), wall.hour),
    "daily": lambda wall: wall.date(),
    "weekly": lambda wall: wall.isocalendar()[:2],
    "monthly": lambda wall: (wall.year, wall.month),
    "yearly": lambda wall: wall.year,
}


@dataclass(frozen=True, slots=True)
class Copy:
    """One finished copy; whoever failed or still runs is none."""

    id: str
    taken_at: Micros


@dataclass(frozen=True, slots=True)
class Retention:
    """The rules, each None where it is not given; `last` to `yearly` are counts, the rest spans."""

    last: int | None = None
    hourly: int | None = None
    daily: int | None = None
    weekly: int | None = None
    monthly: int | None = None
    yearly: int | None = None
    within: Duration | None = None
    within_hourly: Duration | None = None
    within_daily: Duration | None = None
    within_weekly: Duration | None = None
    within_monthly: Duration | None = None
    within_yearly: Duration | None = None


_RULES: Final = frozenset(rule.name for rule in fields(Retention))


def parse(given: Fields) -> Retention:
    """Read `keep_last: 3`, `keep_daily: 7`, `keep_yearly: unlimited`, `keep_within_weekly: 6mo`.

    Raises:
        ValueError: There is no such rule, or its value is none that it takes.
    """
    counts: dict[str, int] = {}
    spans: dict[str, Duration] = {}
    for key, value in given.items():
        name = key.removeprefix(_PREFIX)
        if name == key or name not in _RULES:
            raise ValueError(f"{key!r} is no retention rule")
        if name.startswith("within"):
            spans[name] = _span(key, value)
        else:
            counts[name] = _count(key, value)
    return Retention(**counts, **spans)  # type: ignore[arg-type] # the names tell them apart


def keep(
    copies: Sequence[Copy], retention: Retention, zone: tzinfo, now: Micros
) -> Mapping[str, tuple[str, ...]]:
    """Give the id of each copy that is kept, newest first, with every reason to keep it.

    `within` counts back from the newest copy, so that none runs out while no new ones come. A copy
    from after `now` is not taken for the newest, or one wrong clock would end all others.
    """
    return _kept(_ordered(copies, retention, zone), retention, now)


def covered_last(
    copies: Sequence[Copy], retention: Retention, zone: tzinfo, now: Micros
) -> Mapping[str, tuple[str, ...]]:
    """Give the id of each copy that is not kept, with the rules that kept it for the longest.

    Found by taking the newest copies away one by one, until what is left would still have kept it.
    """
    history = _ordered(copies, retention, zone)
    kept = _kept(history, retention, now)
    left = dict.fromkeys(copy.id for copy in history.copies if copy.id not in kept)
    covered: dict[str, tuple[str, ...]] = {}
    while history.copies and len(covered) < len(left):
        history = history.before_the_newest()
        kept = _kept(history, retention, now)
        covered |= {id_: kept[id_] for id_ in left if id_ in kept and id_ not in covered}
    return {id_: covered[id_] for id_ in left}


@dataclass(frozen=True, slots=True)
class _History:
    """Copies, newest first, with the period of each for every rule of periods that there is."""

    copies: Sequence[Copy]
    periods: Mapping[str, Sequence[object]]
    zone: tzinfo

    def before_the_newest(self) -> "_History":
        periods = {name: each[1:] for name, each in self.periods.items()}
        return _History(self.copies[1:], periods, self.zone)


def _ordered(copies: Sequence[Copy], retention: Retention, zone: tzinfo) -> _History:
    ordered = sorted(copies, key=lambda copy: (-copy.taken_at, copy.id))
    walls = [wall_time(copy.taken_at, zone) for copy in ordered]
    periods = {
        name: [period(wall) for wall in walls]
        for name, period in _PERIODS.items()
        if getattr(retention, name) or getattr(retention, f"within_{name}")
    }
    return _History(ordered, periods, zone)


def _kept(history: _History, retention: Retention, now: Micros) -> dict[str, tuple[str, ...]]:
    if retention == Retention():
        return {copy.id: (NO_RULE,) for copy in history.copies}
    reasons: list[list[str]] = [[] for _ in history.copies]
    for reason, places in _verdicts(history, retention, now):
        for place in places:
            reasons[place].append(reason)
    return {copy.id: tuple(why) for copy, why in zip(history.copies, reasons, strict=True) if why}


def _verdicts(
    history: _History, retention: Retention, now: Micros
) -> Iterator[tuple[str, Iterable[int]]]:
    """Give each rule in words, with the places of the copies that it keeps."""
    copies = history.copies
    newest = next((copy.taken_at for copy in copies if copy.taken_at <= now), EARLIEST)

    def within(span: Duration) -> int:
        since = span.before(newest, history.zone)
        return sum(copy.taken_at > since for copy in copies)

    if retention.within:
        yield f"within {retention.within}", range(within(retention.within))
    if retention.last:
        yield "last backup", _counted(range(len(copies)), retention.last)
    for name, periods in history.periods.items():
        if count := getattr(retention, name):
            yield f"{name} backup", _counted(periods, count)
    for name, periods in history.periods.items():
        if span := getattr(retention, f"within_{name}"):
            yield f"{name} within {span}", _firsts(periods[: within(span)])


def _counted(periods: Sequence[object], count: int) -> Iterator[int]:
    """Give the first place of each period until the count is used up.

    The last place of all, the oldest copy, is kept too while the count lasts: a young history
    reaches back as far as it can.
    """
    firsts = set(_firsts(periods))
    for place in range(len(periods)):
        if count == 0:
            return
        if place in firsts or place == len(periods) - 1:
            count -= 1 if count > 0 else 0
            yield place


def _firsts(periods: Sequence[object]) -> Iterator[int]:
    for place, period in enumerate(periods):
        if place == 0 or period != periods[place - 1]:
            yield place


def _count(key: str, value: JSON) -> int:
    count = ALL if value == "unlimited" else integer(value)
    if count is None or (count < 1 and count != ALL):
        raise ValueError(f"{key} must be a count of at least 1, or unlimited")
    return count


def _span(key: str, value: JSON) -> Duration:
    span = Duration.parse(text(value))
    if span.minutes:
        raise ValueError(f"{key}: {value} counts minutes: write mo for months, or whole hours")
    return span

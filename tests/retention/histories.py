"""Histories of backups at made-up times, and made-up rules of retention for them.

The times lie where calendars are odd: changes of clocks, leap days, the ends of months and years,
weeks that belong to two years, and far in the future.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from zoneinfo import ZoneInfo

from reconciler.model.values import JSON

FEWEST = 200
_COUNTS = ("last", "hourly", "daily", "weekly", "monthly", "yearly")
_SPANS = (
    "within",
    "within_hourly",
    "within_daily",
    "within_weekly",
    "within_monthly",
    "within_yearly",
)
_UNITS = (("y", 6), ("mo", 20), ("w", 12), ("d", 40), ("h", 60))


@dataclass(frozen=True)
class History:
    """Local times of a zone with their offsets, oldest first, some to the nanosecond."""

    name: str
    zone: str
    times: tuple[str, ...]


def histories(seed: int) -> Iterator[History]:
    """Make the histories of a seed; the newest of most is taken days after a change of clocks."""
    random = Random(seed)  # noqa: S311 - it only makes up cases
    yield _history("spring", "Europe/Berlin", "2024-04-02 02:30:00", _steps(random, 1, 60))
    yield _history("autumn", "Europe/Berlin", "2024-10-28 02:30:00", _steps(random, 1, 40))
    yield _history("march", "America/New_York", "2024-03-11 02:30:00", _steps(random, 1, 40))
    yield _history("november", "America/New_York", "2024-11-05 01:30:00", _steps(random, 1, 60))
    yield _history("nightly", "UTC", "2024-03-31 03:00:00", _nights(random))
    yield _history("uneven", "America/Santiago", "2025-04-07 02:15:00", _uneven(random))
    yield _history("years", "Australia/Lord_Howe", "2026-05-31 01:45:00", _steps(random, 9e3, 9e4))
    yield _future(random)


def policies(history: History, seed: int, count: int) -> Iterator[Mapping[str, JSON]]:
    """Make rules for a history: some that look back a few days, then one to five made-up rules."""
    random = Random(f"{history.name} {seed}")  # noqa: S311 - it only makes up cases
    yield from islice(({"keep_within": f"{days}d"} for days in (1, 2, 3, 4)), count)
    for _ in range(count - 4):
        names = random.sample(_COUNTS + _SPANS, random.choice((1, 1, 2, 3, 4, 5)))
        yield {f"keep_{name}": _value(name, random) for name in names}


def _value(name: str, random: Random) -> JSON:
    if name in _COUNTS:
        return random.choice((1, 2, 3, 4, 5, 7, 12, 24, 60, 150, "unlimited"))
    units = sorted(random.sample(range(len(_UNITS)), random.choice((1, 1, 1, 2, 3))))
    return "".join(f"{random.randint(1, _UNITS[unit][1])}{_UNITS[unit][0]}" for unit in units)


def _history(name: str, zone: str, newest: str, steps: Iterator[timedelta]) -> History:
    """Step back from a wall time of the zone, by a stopwatch."""
    local = ZoneInfo(zone)
    moment = datetime.fromisoformat(newest).replace(tzinfo=local).astimezone(UTC)
    moments = [moment]
    while len(moments) < FEWEST:
        moment -= next(steps)
        moments.append(moment)
    times = (moment.astimezone(local).isoformat(" ") for moment in reversed(moments))
    return History(name, zone, tuple(times))


def _steps(random: Random, least: float, most: float) -> Iterator[timedelta]:
    """Give steps of so many minutes."""
    while True:
        yield timedelta(seconds=round(60 * random.uniform(least, most)))


def _nights(random: Random) -> Iterator[timedelta]:
    while True:
        yield timedelta(days=random.choice((1, 1, 1, 1, 1, 1, 2, 5)))


def _uneven(random: Random) -> Iterator[timedelta]:
    """Give steps between ten seconds and two months, as many short as long ones."""
    while True:
        yield timedelta(seconds=round(10 ** random.uniform(1, 6.8)))


def _future(random: Random) -> History:
    """Add nanoseconds to a busy week, and copies that a wrong clock dated into the next century."""
    week = _history("future", "Asia/Kolkata", "2025-01-05 00:00:01", _steps(random, 1, 120))
    times = [time.replace("+", f".{random.randrange(10**9):09}+") for time in week.times]
    later = ("2099-12-31 23:59:59", "2100-02-28 12:00:00", "2100-03-01 12:00:00")
    return History(week.name, week.zone, (*times, *(f"{time}+05:30" for time in later)))

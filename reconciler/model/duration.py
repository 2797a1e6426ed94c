"""Spans of time as they are written in YAML: `90m`, `24h`, `7d`, `4w`, `6mo`, `1y`, `1y6mo`."""

import re
from dataclasses import astuple, dataclass
from datetime import timedelta, tzinfo

from reconciler.model.values import SECOND, Micros
from reconciler.model.zone import EARLIEST, moment_of, wall_time

_UNITS = ("y", "mo", "w", "d", "h", "m")
_SPAN = re.compile("".join(f"(?:([0-9]{{1,5}}){unit})?" for unit in _UNITS))
_MINUTE, _HOUR, _DAY, _WEEK = (seconds * SECOND for seconds in (60, 3600, 86_400, 604_800))


@dataclass(frozen=True, slots=True)
class Duration:
    """A span that keeps its units, since months, and days in a zone, have no fixed length."""

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0
    hours: int = 0
    minutes: int = 0

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Read a span, its units from long to short; `m` is minutes, `mo` months.

        Raises:
            ValueError: It is none, or it is nothing at all.
        """
        found = _SPAN.fullmatch(text)
        span = cls(*(int(number or 0) for number in found.groups())) if found else cls()
        if span == cls():
            raise ValueError(f"{text!r} is no duration, such as 24h, 7d, 4w, 6mo or 1y")
        return span

    def __str__(self) -> str:
        counted = zip(astuple(self), _UNITS, strict=True)
        return "".join(f"{count}{unit}" for count, unit in counted if count)

    def elapsed(self) -> Micros:
        """Give its length on a stopwatch, where a day has 24 hours.

        Raises:
            ValueError: It has years or months, whose lengths differ.
        """
        if self.years or self.months:
            raise ValueError(f"{self} has no fixed length: use weeks, days, hours or minutes")
        return self.weeks * _WEEK + self.days * _DAY + self._clock()

    def before(self, moment: Micros, zone: tzinfo) -> Micros:
        """Give the moment this long ago: years to days by the calendar of the zone, then hours.

        As restic counts (Go's `AddDate`): a month before the 31st of March is the 31st of February,
        which is the 3rd of March.
        """
        wall = wall_time(moment, zone)
        years, month = divmod(wall.year * 12 + wall.month - 1 - self.years * 12 - self.months, 12)
        if years < 1:
            return EARLIEST
        try:
            first = wall.replace(year=years, month=month + 1, day=1)
            day = first + timedelta(days=wall.day - 1 - self.weeks * 7 - self.days)
        except OverflowError:
            return EARLIEST
        return max(EARLIEST, moment_of(day, zone) - self._clock())

    def _clock(self) -> Micros:
        return self.hours * _HOUR + self.minutes * _MINUTE

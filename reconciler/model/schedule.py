"""Schedules: when a policy is due, by cron in a time zone or by an interval.

Cron says which wall times are due, and the zone which moments those are, so that the changes of
clocks are decided here, in one place. See docs/adr/0013-cron-for-wall-times.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from cronsim import CronSim, CronSimError

from reconciler.model.duration import Duration
from reconciler.model.require import maybe_text
from reconciler.model.values import SECOND, Fields, Micros
from reconciler.model.zone import find_zone, moments, wall_time

_HOUR: Final[Micros] = 3600 * SECOND
_YEAR: Final[Micros] = 366 * 24 * _HOUR
_FURTHEST_JUMP: Final = timedelta(hours=25)  # Samoa left out a whole day
_CRON_FIELDS: Final = 5


@dataclass(frozen=True, slots=True)
class Schedule:
    """Slots by `cron` in a zone, or where that is empty `every` so many microseconds."""

    cron: str = ""
    every: Micros = 0
    zone: tzinfo = UTC


def parse(fields: Fields) -> Schedule:
    """Read `schedule: "0 3 * * *"` with an optional `timezone`, or `every: 6h`.

    An interval counts from the start of 1970 in UTC, whatever the zone, and so needs none.

    Raises:
        ValueError: Neither or both are given, one cannot be read, or it would never be due.
        TypeError: One of them is no text.
    """
    cron, every, zone = (maybe_text(fields.get(key)) for key in ("schedule", "every", "timezone"))
    if bool(cron) == bool(every):
        raise ValueError("give either schedule or every")
    if every and zone:
        raise ValueError("timezone belongs to schedule: every counts hours, which no zone changes")
    if every:
        return Schedule(every=_interval(every))
    return Schedule(cron=_checked(cron or ""), zone=find_zone(zone or "UTC"))


def latest_due(schedule: Schedule, now: Micros) -> Micros | None:
    """Give the newest slot at or before now, None if there was none in 200 years."""
    found = (slots(schedule, now - reach, now) for reach in _reaches())
    return next((due[-1] for due in found if due), None)


def next_due(schedule: Schedule, after: Micros) -> Micros | None:
    """Give the first slot later than `after`, None if time ends before it, in the year 9999."""
    found = (slots(schedule, after, after + reach) for reach in _reaches())
    return next((due[0] for due in found if due), None)


def slots(schedule: Schedule, start: Micros, end: Micros) -> tuple[Micros, ...]:
    """Give all slots later than `start` up to and with `end`, in their order.

    A wall time that the clock skips is due as much later as the clock jumps; one that falls onto
    another slot by that is one with it. A wall time that the clock shows twice is due the first
    time; both times only where the hour begins with `*`, since that asks for every hour there is.
    """
    if schedule.every:
        return tuple(range((start // schedule.every + 1) * schedule.every, end + 1, schedule.every))
    every_hour = schedule.cron.split()[1].startswith("*")
    due: set[Micros] = set()
    for wall in _walls(schedule, start, end):
        first, second = moments(wall, schedule.zone)
        due |= {first, second} if every_hour and first < second else {first}
    return tuple(sorted(moment for moment in due if start < moment <= end))


def _walls(schedule: Schedule, start: Micros, end: Micros) -> Iterator[datetime]:
    last = wall_time(end, schedule.zone) + _FURTHEST_JUMP
    for wall in _iterate(schedule.cron, wall_time(start, schedule.zone) - _FURTHEST_JUMP):
        if wall > last:
            return
        yield wall


def _iterate(cron: str, start: datetime) -> Iterator[datetime]:
    """Give the wall times of cron after the start, to the end of the calendar."""
    try:
        yield from CronSim(cron, start)
    except OverflowError:  # the year after 9999
        return


def _interval(every: str) -> Micros:
    elapsed = Duration.parse(every).elapsed()
    if elapsed > _YEAR:  # its first slot may be centuries off, since it counts from 1970
        raise ValueError(f"{every!r} is more than a year: the longest interval is 366d")
    return elapsed


def _checked(cron: str) -> str:
    if len(cron.split()) != _CRON_FIELDS:
        raise ValueError(
            f"{cron!r} must have five fields: minute, hour, day, month, day of the week"
        )
    try:
        for _wall in CronSim(cron, datetime(2000, 1, 1)):  # noqa: DTZ001 - a wall time
            return cron
    except CronSimError as error:
        raise ValueError(f"{cron!r} is no schedule: {str(error).lower()}") from error
    raise ValueError(f"{cron!r} is never due")


def _reaches() -> Iterator[Micros]:
    """Give ever longer spans to look for a slot in; the rarest, a leap day, can be 40 years off."""
    return (_HOUR * 8**step for step in range(8))

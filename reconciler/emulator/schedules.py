"""Backup schedules: how often an index is backed up, and for how long backups are kept.

The documentation names no time of day but shows runs at six in the morning UTC, so that is when
they are: the first at the next six o'clock, the others a day, a week or a month after the last.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reconciler.emulator.clock import SECOND

FREQUENCIES = ("daily", "weekly", "monthly")
DAY = 86_400 * SECOND
_HOUR = 6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Run:
    """The next run of a schedule; the id of its backup is known before it is taken."""

    at: int
    backup_id: str
    planned_at: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """A recurring backup of one index; `run` is None while it is disabled."""

    id: str
    name: str
    index_id: str
    index_name: str
    frequency: str
    expire_after_days: int
    created_at: int
    run: Run | None


def first_run(now: int) -> int:
    """Return the time of the first run of a schedule that is enabled now."""
    today = _moment(now).replace(hour=_HOUR, minute=0, second=0, microsecond=0)
    return _micros(today if _micros(today) > now else today + timedelta(days=1))


def run_after(at: int, frequency: str) -> int:
    """Return the time of the run after one; a month later is at most the last of that month."""
    before = _moment(at)
    if frequency == "monthly":
        year, month = before.year + before.month // 12, before.month % 12 + 1
        day = min(before.day, calendar.monthrange(year, month)[1])
        return _micros(before.replace(year=year, month=month, day=day))
    return _micros(before + timedelta(days=1 if frequency == "daily" else _WEEK_DAYS))


def name_of_run(schedule: Schedule, at: int) -> str:
    """Return the name of the backup that a run takes."""
    return f"{schedule.name}-{_moment(at):%Y%m%dT%H%M%SZ}"


def _moment(at: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at)


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)

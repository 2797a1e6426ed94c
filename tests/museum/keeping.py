"""Bugs in when backups are due and in which of them are kept."""

from collections.abc import Sequence

from museum.mutant import Mutant

_RESTIC = "retention/test_restic.py::test_every_copy_is_kept_for_the_reasons_that_restic_gave"
_RETENTION = "unit/model/test_retention.py::test_"
_SLOTS = "unit/model/test_schedule.py::test_"

MUTANTS: Sequence[Mutant] = (
    Mutant(
        "within-from-now",
        "`keep_within` counts back from now: when backups stop, the old ones go.",
        "model/retention.py",
        "since = span.before(newest, history.zone)",
        "since = span.before(now, history.zone)",
        (_RESTIC, f"{_RETENTION}within_counts_back_from_the_newest_copy_and_not_from_now"),
    ),
    Mutant(
        "future-is-newest",
        "A backup that a wrong clock dated into the future is the newest, and ends all others.",
        "model/retention.py",
        "for copy in copies if copy.taken_at <= now)",
        "for copy in copies)",
        (_RESTIC, f"{_RETENTION}a_copy_from_the_future_ends_no_others"),
    ),
    Mutant(
        "week-of-two-years",
        "The week in which the year ends is two weeks.",
        "model/retention.py",
        '"weekly": lambda wall: wall.isocalendar()[:2],',
        '"weekly": lambda wall: (wall.year, wall.isocalendar()[1]),',
        (_RESTIC, f"{_RETENTION}a_week_is_a_week_of_the_iso_calendar"),
    ),
    Mutant(
        "hour-twice",
        "An hour that the clock shows twice is two hours.",
        "model/retention.py",
        "(wall.date(), wall.hour)",
        "(wall.date(), wall.hour, wall.fold)",
        (_RESTIC, f"{_RETENTION}an_hour_that_the_clock_shows_twice_is_one_hour"),
    ),
    Mutant(
        "cutoff-by-fold",
        "`keep_within` ends an hour beside where restic ends it, after a change of clocks.",
        "model/zone.py",
        "return utc - _offset(utc - _offset(utc, zone), zone)",
        "return utc - _offset(utc, zone)",
        (_RESTIC, f"{_RETENTION}within_counts_back_by_the_calendar_of_the_zone"),
    ),
    Mutant(
        "oldest-forgotten",
        "The oldest backup goes while a count still lasts.",
        "model/retention.py",
        "if place in firsts or place == len(periods) - 1:",
        "if place in firsts:",
        (f"{_RETENTION}the_oldest_is_kept_while_a_count_lasts",),
    ),
    Mutant(
        "slot-twice",
        "A time of day that the clock shows twice is due twice.",
        "model/schedule.py",
        "if every_hour and first < second else",
        "if first < second else",
        (f"{_SLOTS}slots", f"{_SLOTS}an_hour_of_the_day_is_due_once_on_every_day"),
    ),
    Mutant(
        "slot-back",
        "The next slot of an hour that is shown for the second time is in the past.",
        "model/schedule.py",
        "if start < moment <= end))",
        "if moment <= end))",
        (f"{_SLOTS}the_second_showing_of_an_hour_does_not_lead_back",),
    ),
)

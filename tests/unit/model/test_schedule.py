"""When a schedule is due: months, leap days, changes of clocks, and times far away."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.moment import rfc3339
from reconciler.model.schedule import Schedule, latest_due, next_due, parse, slots
from reconciler.model.values import SECOND, Fields, Micros
from reconciler.model.zone import EARLIEST, LATEST, find_zone, wall_time

MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(text: str) -> Micros:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def cron(fields: str, zone: str = "UTC") -> Schedule:
    return parse({"schedule": fields, "timezone": zone})


def shown(schedule: Schedule, start: str, end: str) -> list[str]:
    """Give the slots as the clocks of the zone show them, with the offset."""
    found = slots(schedule, at(start), at(end))
    return [
        (EPOCH + slot * timedelta(microseconds=1))
        .astimezone(schedule.zone)
        .isoformat(timespec="minutes")
        for slot in found
    ]


GOLDEN = [
    # A day without trouble; the start is not in it, the end is.
    ("0 3 * * *", "UTC", "2026-11-23T03:00Z", "2026-11-24T03:00Z", ["2026-11-24T03:00+00:00"]),
    # Leap days.
    (
        "0 0 29 2 *",
        "UTC",
        "2023-01-01T00:00Z",
        "2029-01-01T00:00Z",
        ["2024-02-29T00:00+00:00", "2028-02-29T00:00+00:00"],
    ),
    ("0 0 29 2 *", "UTC", "2097-01-01T00:00Z", "2104-01-01T00:00Z", []),  # 2100 has none
    # Ends of months: a month without the day is left out, `L` is the last day of each.
    (
        "30 1 31 * *",
        "UTC",
        "2026-01-01T00:00Z",
        "2026-06-01T00:00Z",
        ["2026-01-31T01:30+00:00", "2026-03-31T01:30+00:00", "2026-05-31T01:30+00:00"],
    ),
    (
        "30 1 L * *",
        "UTC",
        "2024-01-01T00:00Z",
        "2024-05-01T00:00Z",
        [
            "2024-01-31T01:30+00:00",
            "2024-02-29T01:30+00:00",
            "2024-03-31T01:30+00:00",
            "2024-04-30T01:30+00:00",
        ],
    ),
    # A day of the month and a day of the week: either, as in cron; both where one begins with *.
    (
        "0 0 13 * FRI",
        "UTC",
        "2026-02-10T00:00Z",
        "2026-02-21T00:00Z",
        ["2026-02-13T00:00+00:00", "2026-02-20T00:00+00:00"],
    ),
    ("0 0 */5 * MON", "UTC", "2026-02-01T00:00Z", "2026-02-28T00:00Z", ["2026-02-16T00:00+00:00"]),
    # The clock skips 02:00 to 03:00: due as much later as it jumps, and once.
    (
        "30 2 * * *",
        "Europe/Berlin",
        "2024-03-30T00:00Z",
        "2024-04-01T12:00Z",
        ["2024-03-30T02:30+01:00", "2024-03-31T03:30+02:00", "2024-04-01T02:30+02:00"],
    ),
    (
        "30 2,3 * * *",
        "Europe/Berlin",
        "2024-03-31T00:00Z",
        "2024-03-31T12:00Z",
        ["2024-03-31T03:30+02:00"],
    ),
    (
        "0 0 * * *",
        "America/Havana",
        "2024-03-10T00:00Z",
        "2024-03-10T12:00Z",
        ["2024-03-10T01:00-04:00"],
    ),
    # The clock shows 02:00 to 03:00 twice: due the first time.
    (
        "30 2 * * *",
        "Europe/Berlin",
        "2024-10-26T12:00Z",
        "2024-10-28T12:00Z",
        ["2024-10-27T02:30+02:00", "2024-10-28T02:30+01:00"],
    ),
    (
        "*/30 1 * * *",
        "America/New_York",
        "2024-11-03T00:00Z",
        "2024-11-03T12:00Z",
        ["2024-11-03T01:00-04:00", "2024-11-03T01:30-04:00"],
    ),
    # Every hour is every hour there is.
    (
        "0 * * * *",
        "Europe/Berlin",
        "2024-10-26T23:30Z",
        "2024-10-27T02:30Z",
        ["2024-10-27T02:00+02:00", "2024-10-27T02:00+01:00", "2024-10-27T03:00+01:00"],
    ),
    (
        "0 * * * *",
        "Europe/Berlin",
        "2024-03-30T23:30Z",
        "2024-03-31T02:30Z",
        ["2024-03-31T01:00+01:00", "2024-03-31T03:00+02:00", "2024-03-31T04:00+02:00"],
    ),
    # A change of half an hour.
    (
        "*/15 */2 * * *",
        "Australia/Lord_Howe",
        "2024-04-06T14:00Z",
        "2024-04-06T16:30Z",
        [
            "2024-04-07T02:00+10:30",
            "2024-04-07T02:15+10:30",
            "2024-04-07T02:30+10:30",
            "2024-04-07T02:45+10:30",
        ],
    ),
    # A whole day that never was; its slot is that of the day after.
    (
        "0 9 * * *",
        "Pacific/Apia",
        "2011-12-29T00:00Z",
        "2011-12-31T12:00Z",
        ["2011-12-29T09:00-10:00", "2011-12-31T09:00+14:00"],
    ),
    # Far away.
    ("0 0 1 1 *", "UTC", "9999-01-01T00:00Z", "9999-12-29T00:00Z", []),
    ("0 0 1 12 *", "UTC", "9999-01-01T00:00Z", "9999-12-29T00:00Z", ["9999-12-01T00:00+00:00"]),
]


@pytest.mark.parametrize(("fields", "zone", "start", "end", "due"), GOLDEN)
def test_slots(fields: str, zone: str, start: str, end: str, due: list[str]) -> None:
    assert shown(cron(fields, zone), start, end) == due


@pytest.mark.parametrize(("fields", "zone", "start", "end", "due"), GOLDEN)
def test_the_latest_and_the_next_are_slots(
    fields: str, zone: str, start: str, end: str, due: list[str]
) -> None:
    schedule = cron(fields, zone)
    moments = [at(one) for one in due]
    for slot, after in pairwise(moments):
        assert latest_due(schedule, slot) == slot
        assert latest_due(schedule, after - 1) == slot
        assert next_due(schedule, slot) == after
        assert next_due(schedule, after - 1) == after
    if moments:
        assert next_due(schedule, at(start)) == moments[0]
        assert latest_due(schedule, at(end)) == moments[-1]


def test_the_second_showing_of_an_hour_does_not_lead_back() -> None:
    schedule, now = cron("30 2 * * *", "Europe/Berlin"), at("2024-10-27T02:15+01:00")
    assert latest_due(schedule, now) == at("2024-10-27T02:30+02:00")
    assert next_due(schedule, now) == at("2024-10-28T02:30+01:00")


def test_when_the_clock_goes_back_so_does_the_latest_slot() -> None:
    schedule, slot = cron("0 3 * * *"), at("2026-11-24T03:00Z")
    assert latest_due(schedule, slot + SECOND) == slot
    assert latest_due(schedule, slot - SECOND) == slot - DAY


def test_a_microsecond_decides() -> None:
    schedule, slot = cron("0 3 * * *"), at("2026-11-24T03:00Z")
    assert [latest_due(schedule, slot + off) for off in (-1, 0, 1)] == [slot - DAY, slot, slot]
    assert [next_due(schedule, slot + off) for off in (-1, 0, 1)] == [slot, slot + DAY, slot + DAY]


@pytest.mark.parametrize(
    ("every", "due"),
    [
        ("90m", "2026-11-24T12:00:00Z"),
        ("6h", "2026-11-24T12:00:00Z"),
        ("24h", "2026-11-24T00:00:00Z"),
        ("1d", "2026-11-24T00:00:00Z"),
        ("7d", "2026-11-19T00:00:00Z"),  # 1970 began on a Thursday
        ("3w", "2026-11-12T00:00:00Z"),
        ("1d12h", "2026-11-24T00:00:00Z"),
    ],
)
def test_an_interval_counts_from_the_start_of_1970_in_utc(every: str, due: str) -> None:
    schedule, now = parse({"every": every}), at("2026-11-24T13:00Z")
    latest, following = latest_due(schedule, now), next_due(schedule, now)
    assert latest is not None
    assert rfc3339(latest) == due
    assert following == latest + schedule.every
    assert slots(schedule, latest, latest) == ()
    assert slots(schedule, latest - 1, latest) == (latest,)
    assert slots(schedule, -1, 0) == (0,)


def test_the_ends_of_the_calendar_end_nothing_else() -> None:
    midnight = cron("0 0 * * *", "Pacific/Kiritimati")
    assert next_due(midnight, LATEST + DAY) is None
    assert latest_due(midnight, LATEST + DAY) is not None
    assert latest_due(midnight, EARLIEST - 9 * DAY) is None
    assert next_due(midnight, EARLIEST) is not None
    assert latest_due(cron("0 0 * 2 MON#5"), at("2026-11-24T00:00Z")) == at("2016-02-29T00:00Z")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "either schedule or every"),
        ({"schedule": "0 3 * * *", "every": "6h"}, "either schedule or every"),
        ({"every": "6h", "timezone": "UTC"}, "timezone belongs to schedule"),
        ({"every": "1mo"}, "no fixed length"),
        ({"every": "6"}, "no duration"),
        ({"every": "0h"}, "no duration"),
        ({"schedule": "@daily"}, "five fields"),
        ({"schedule": "0 0 3 * * *"}, "five fields"),  # with seconds
        ({"schedule": "60 3 * * *"}, "bad minute"),
        ({"schedule": "0 3 * * MOON"}, "bad day-of-week"),
        ({"schedule": "0 0 30 2 *"}, "bad day-of-month"),
        ({"schedule": "0 0 */32 2 MON#5"}, "never due"),
        ({"schedule": "0 3 * * *", "timezone": "Europe/Berlim"}, "no time zone"),
        ({"schedule": "0 3 * * *", "timezone": "Europe"}, "no time zone"),
        ({"schedule": "0 3 * * *", "timezone": "../../etc/hosts"}, "no time zone"),
        ({"schedule": "0 3 * * *", "timezone": "localtime"}, "no time zone"),
        ({"schedule": "0 3 * * *", "timezone": "right/UTC"}, "no time zone"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(fields: Fields, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse(fields)


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
FIELDS = ["0 3 * * *", "30 2 * * *", "*/15 1,2 * * *", "0 0 * * 0", "45 */3 * * *", "10 * * * *"]


@given(
    st.sampled_from(ZONES),
    st.sampled_from(FIELDS),
    st.integers(at("2024-01-01T00:00Z"), at("2027-01-01T00:00Z")),
)
def test_the_latest_and_the_next_are_neighbors(zone: str, fields: str, now: Micros) -> None:
    schedule = cron(fields, zone)
    latest, following = latest_due(schedule, now), next_due(schedule, now)
    assert latest is not None
    assert following is not None
    assert latest <= now < following
    assert slots(schedule, latest - 1, following) == (latest, following)


PLACES = [*ZONES, "America/Havana", "Pacific/Chatham", "Africa/Casablanca"]


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("hour", [0, 1, 2, 3])
def test_an_hour_of_the_day_is_due_once_on_every_day(name: str, hour: int) -> None:
    zone, start = find_zone(name), datetime(2024, 1, 1, tzinfo=UTC)
    begin, end = at("2024-01-01T00:00Z"), at("2025-01-01T00:00Z")
    due = [
        wall_time(slot, zone).date() for slot in slots(cron(f"30 {hour} * * *", name), begin, end)
    ]
    days = [(start + timedelta(days=day)).date() for day in range(1, 365)]
    assert [day for day in due if days[0] <= day <= days[-1]] == days


@pytest.mark.parametrize("name", PLACES)
def test_every_hour_is_due_whenever_the_clock_shows_it(name: str) -> None:
    zone, begin, end = find_zone(name), at("2024-01-01T00:00Z"), at("2025-01-01T00:00Z")
    quarters = range(begin + 15 * MINUTE, end + 1, 15 * MINUTE)
    full = {moment for moment in quarters if wall_time(moment, zone).minute == 0}
    due = set(slots(cron("0 * * * *", name), begin, end))
    assert full <= due
    assert len(due - full) <= 1  # half an hour is skipped: its full hour comes half an hour late

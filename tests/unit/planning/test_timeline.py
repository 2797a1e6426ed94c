"""What a policy keeps over a year of virtual time."""

from datetime import UTC, datetime, timedelta

from reconciler.model import retention, schedule
from reconciler.model.moment import rfc3339
from reconciler.model.retention import Copy
from reconciler.model.values import JSON, SECOND, Micros
from reconciler.model.zone import find_zone
from reconciler.planning.timeline import Policy, Timeline, simulate

DAY = 86_400 * SECOND


def at(text: str) -> Micros:
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        microseconds=1
    )


START, END = at("2026-01-01T00:00Z"), at("2027-01-01T00:00Z")


def policy(cron: str = "0 3 * * *", zone: str = "UTC", **rules: JSON) -> Policy:
    fields = {f"keep_{name}": value for name, value in rules.items()}
    due = schedule.parse({"schedule": cron, "timezone": zone})
    return Policy(due, retention.parse(fields), find_zone(zone))


def days(timeline: Timeline, moment: str) -> list[str]:
    return [rfc3339(stay.copy.taken_at)[:10] for stay in timeline.at(at(moment))]


def test_a_year_of_nights_ends_with_what_the_rules_say() -> None:
    year = simulate(policy(daily=7, weekly=4, monthly=12), START, END)
    assert len(year.stays) == 365
    assert days(year, "2026-12-31T12:00Z") == [
        *("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"),
        *("2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31", "2026-11-30"),
        *("2026-12-13", "2026-12-20", "2026-12-25", "2026-12-26", "2026-12-27", "2026-12-28"),
        *("2026-12-29", "2026-12-30", "2026-12-31"),
    ]
    assert year.most() == 22


def test_a_backup_expires_with_the_slot_that_pushes_it_out() -> None:
    short = simulate(policy(daily=2), START, START + 4 * DAY)
    assert [(rfc3339(stay.copy.taken_at)[8:10], stay.expired_at) for stay in short.stays] == [
        ("01", at("2026-01-03T03:00Z")),
        ("02", at("2026-01-04T03:00Z")),
        ("03", None),
        ("04", None),
    ]
    assert {stay.rules for stay in short.stays} == {("daily backup",)}
    assert days(short, "2026-01-03T02:59Z") == ["2026-01-01", "2026-01-02"]
    assert days(short, "2026-01-03T03:00Z") == ["2026-01-02", "2026-01-03"]
    assert short.most() == 3  # a new one is there before an old one goes


def test_backups_that_are_there_are_judged_at_the_first_slot() -> None:
    existing = tuple(Copy(f"old-{age}", START - age * DAY) for age in (1, 2, 3))
    year = simulate(policy(last=2), START, START + DAY, existing)
    assert [(stay.copy.id, stay.expired_at is None) for stay in year.stays] == [
        ("old-3", False),
        ("old-2", False),
        ("old-1", True),
        (str(START + 3 * 3600 * SECOND), True),
    ]
    assert len(year.at(START)) == 3


def test_without_a_slot_nothing_expires() -> None:
    existing = (Copy("a", START - DAY), Copy("b", START - 2 * DAY))
    still = simulate(policy("0 3 29 2 *", last=1), START, END, existing)
    assert [(stay.copy.id, stay.expired_at, stay.rules) for stay in still.stays] == [
        ("b", None, ("last backup",)),
        ("a", None, ("last backup",)),
    ]


def test_a_week_of_hours_across_a_change_of_clocks() -> None:
    start, end = at("2026-10-20T00:00Z"), at("2026-10-27T00:00Z")
    week = simulate(policy("0 * * * *", "Europe/Berlin", hourly=24, daily=3), start, end)
    assert len(week.stays) == 7 * 24
    assert week.most() == 24 + 2 + 1
    # The hour that is shown twice is one hour: its first backup goes as soon as the second comes.
    twice = next(stay for stay in week.stays if stay.copy.taken_at == at("2026-10-25T00:00Z"))
    assert twice.expired_at == at("2026-10-25T01:00Z")

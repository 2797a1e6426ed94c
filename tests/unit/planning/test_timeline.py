"""What a policy keeps over a year of virtual time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.model import retention, schedule
from reconciler.model.address import Address
from reconciler.model.desired import Held
from reconciler.model.moment import rfc3339
from reconciler.model.retention import Copy
from reconciler.model.schedule import Schedule
from reconciler.model.track import Track
from reconciler.model.values import JSON, SECOND, Micros
from reconciler.model.zone import find_zone
from reconciler.planning.timeline import Stay, Timeline, TooLongError, simulate

DAY = 86_400 * SECOND


def at(text: str) -> Micros:
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        microseconds=1
    )


START, END = at("2026-01-01T00:00Z"), at("2027-01-01T00:00Z")


def policy(cron: str = "0 3 * * *", zone: str = "UTC", **rules: JSON) -> Track:
    fields = {f"keep_{name}": value for name, value in rules.items()}
    due = schedule.parse({"schedule": cron, "timezone": zone})
    place = Address("policy", "nightly")
    return Track(place, "docs-prod", due, retention.parse(fields), find_zone(zone))


def having(track: Track, *existing: Copy, **more: Any) -> Track:  # noqa: ANN401 - its fields
    return replace(track, existing=existing, **more)


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


def test_backups_that_are_there_are_judged_at_the_start_and_at_each_slot() -> None:
    existing = tuple(Copy(f"old-{age}", START - age * DAY) for age in (1, 2, 3))
    year = simulate(having(policy(last=2), *existing), START, START + DAY)
    slot = START + 3 * 3600 * SECOND
    assert [(stay.copy.id, stay.expired_at) for stay in year.stays] == [
        ("old-3", START),
        ("old-2", slot),
        ("old-1", None),
        (str(slot), None),
    ]
    assert len(year.at(START)) == 2


@pytest.mark.parametrize("due", [schedule.parse({"schedule": "0 3 29 2 *"}), None])
def test_what_no_rule_keeps_goes_at_the_start_whatever_the_schedule(due: Schedule | None) -> None:
    existing = (Copy("a", START - DAY), Copy("b", START - 2 * DAY))
    still = simulate(having(policy(last=1), *existing, schedule=due), START, END)
    assert [(stay.copy.id, stay.expired_at, stay.rules) for stay in still.stays] == [
        ("b", START, ("last backup",)),
        ("a", None, ("last backup",)),
    ]


def test_a_slot_that_was_missed_is_taken_at_the_start_and_pushes_out_like_any() -> None:
    track = having(policy(last=1), Copy("a", START - 2 * DAY), is_late=True)
    missed = simulate(track, START, START + 3600 * SECOND)
    assert [(stay.copy.taken_at, stay.expired_at) for stay in missed.stays] == [
        (START - 2 * DAY, START),
        (START, None),
    ]


def test_a_week_of_hours_across_a_change_of_clocks() -> None:
    start, end = at("2026-10-20T00:00Z"), at("2026-10-27T00:00Z")
    week = simulate(policy("0 * * * *", "Europe/Berlin", hourly=24, daily=3), start, end)
    assert len(week.stays) == 7 * 24
    assert week.most() == 24 + 2 + 1
    # The hour that is shown twice is one hour: its first backup goes as soon as the second comes.
    twice = next(stay for stay in week.stays if stay.copy.taken_at == at("2026-10-25T00:00Z"))
    assert twice.expired_at == at("2026-10-25T01:00Z")


def until(stays: Sequence[Stay]) -> dict[str, str]:
    """Give the day on which each expires, "" where it is kept, and its first rule."""
    return {
        stay.copy.id: f"{rfc3339(stay.expired_at)[:10] if stay.expired_at else ''} {stay.rules[0]}"
        for stay in stays
    }


def test_what_is_held_stays_until_its_hold_ends() -> None:
    existing = (Copy("a", START - 3 * DAY), Copy("b", START - 2 * DAY), Copy("c", START - DAY))
    held = {"a": Held("audit"), "b": Held("court", START + 3 * DAY)}
    track = having(policy(last=1), *existing, held=held)
    stays = simulate(track, START, START + 5 * DAY).stays
    assert [until(stays)[name] for name in "abc"] == [
        *(" held: audit", "2026-01-04 held: court", "2026-01-01 last backup")
    ]
    assert stays[1].expired_at == START + 3 * DAY  # not the next slot: any run lets it go


def test_a_real_backup_from_the_future_is_real_all_the_same() -> None:
    track = having(policy(last=1), Copy("a", START + DAY), Copy("b", START - DAY))
    stays = simulate(track, START, START + 3 * DAY).stays
    assert [stay.copy.id for stay in stays if stay.is_real] == ["b", "a"]
    passed_over = next(stay for stay in stays if not stay.is_real)
    assert (passed_over.copy.taken_at, passed_over.rules) == (passed_over.expired_at, ())


def test_the_newest_stay_whatever_the_rules_say() -> None:
    track = having(policy(last=1), least=3)
    last = simulate(track, START, START + 5 * DAY).at(START + 5 * DAY)
    assert [stay.rules for stay in last] == [("min_ready 3",), ("min_ready 3",), ("last backup",)]


def test_without_rules_everything_stays() -> None:
    assert simulate(policy("0 * * * *"), START, END).most() == 365 * 24


def test_where_the_policy_keeps_all_nothing_expires() -> None:
    existing = (Copy("a", START - DAY), Copy("b", START - 2 * DAY))
    track = having(policy(last=1), *existing, schedule=None, keeps_all="the policy is paused")
    left = simulate(track, START, END).at(END)
    assert [stay.rules for stay in left] == [("the policy is paused",)] * 2


def test_the_most_at_a_time_counts_runs_that_come_no_more_often_than_slots() -> None:
    # `min_ready` counts what a run makes not in that run, but in the next one.
    three = simulate(having(policy(last=1), least=3), START, END)
    assert (len(three.at(END)), max(count for _, count in three.counts())) == (3, 4)
    assert three.most() == 5


def test_a_simulation_that_nobody_would_wait_for_is_given_up() -> None:
    assert simulate(policy(last=2), START, END, most_work=3 * 365).most() == 3
    with pytest.raises(TooLongError):
        simulate(policy(last=3), START, END, most_work=3 * 365)
    with pytest.raises(TooLongError):
        simulate(replace(policy(), schedule=Schedule(every=60 * SECOND)), START, END)


def test_counts_tell_how_many_there_are_and_from_when() -> None:
    short = simulate(policy(last=1), START, START + 2 * DAY)
    first, second = at("2026-01-01T03:00Z"), at("2026-01-02T03:00Z")
    assert short.counts() == ((first, 1), (second, 2), (second, 1))

"""What retention keeps, and why. tests/retention holds it against restic."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.retention import Copy, Retention, covered_last, keep, parse
from reconciler.model.values import JSON, SECOND, Micros
from reconciler.model.zone import LATEST, find_zone

DAY = 86_400 * SECOND
NOW = int(datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()) * SECOND
BERLIN = find_zone("Europe/Berlin")


def copy_at(text: str) -> Copy:
    """Take a copy at a time such as `2024-02-29T23:30+01:00`, which is its id too."""
    moment = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return Copy(text, moment // timedelta(microseconds=1))


def daily(count: int) -> tuple[Copy, ...]:
    return tuple(Copy(f"{age} days", NOW - age * DAY) for age in range(count))


def kept(copies: tuple[Copy, ...], now: Micros = NOW, **rules: JSON) -> dict[str, tuple[str, ...]]:
    fields = {f"keep_{name}": value for name, value in rules.items()}
    return dict(keep(copies, parse(fields), UTC, now))


def test_every_reason_to_keep_a_copy_is_given() -> None:
    assert kept(daily(10), last=1, daily=2, weekly=1, within="2d", within_daily="3d") == {
        "0 days": (
            "within 2d",
            "last backup",
            "daily backup",
            "weekly backup",
            "daily within 3d",
        ),
        "1 days": ("within 2d", "daily backup", "daily within 3d"),
        "2 days": ("daily within 3d",),
    }


def test_without_rules_everything_is_kept() -> None:
    assert kept(daily(2)) == {"0 days": ("no retention rule",), "1 days": ("no retention rule",)}


def test_without_copies_nothing_is_kept() -> None:
    assert kept((), last=1, within="1d") == {}


def test_the_newest_of_each_period_is_kept_and_empty_periods_do_not_count() -> None:
    copies = tuple(
        copy_at(text)
        for text in (
            "2026-01-05T08:00+00:00",
            "2026-01-05T20:00+00:00",
            "2026-03-01T08:00+00:00",
            "2026-03-02T08:00+00:00",
        )
    )
    assert list(kept(copies, daily=3)) == [
        "2026-03-02T08:00+00:00",
        "2026-03-01T08:00+00:00",
        "2026-01-05T20:00+00:00",
    ]
    assert list(kept(copies, monthly=2)) == ["2026-03-02T08:00+00:00", "2026-01-05T20:00+00:00"]


def test_the_oldest_is_kept_while_a_count_lasts() -> None:
    copies = daily(3)
    assert kept(copies, monthly=2) == {
        "0 days": ("monthly backup",),
        "2 days": ("monthly backup",),
    }
    assert list(kept(copies, monthly=1)) == ["0 days"]


def test_an_unlimited_rule_never_runs_out() -> None:
    assert len(kept(daily(3000), last="unlimited")) == 3000
    assert len(kept(daily(3000), yearly=-1)) == 10


def test_a_week_is_a_week_of_the_iso_calendar() -> None:
    copies = tuple(
        copy_at(f"{day}T12:00+00:00")
        for day in ("2024-12-29", "2024-12-30", "2024-12-31", "2025-01-01")
    )
    assert list(kept(copies, weekly="unlimited")) == [
        "2025-01-01T12:00+00:00",
        "2024-12-29T12:00+00:00",
    ]


def test_periods_are_those_of_the_zone() -> None:
    copies = (copy_at("2024-02-29T23:30+01:00"), copy_at("2024-03-01T00:30+01:00"))
    rule = Retention(daily=2, monthly=2)
    assert [len(keep(copies, rule, zone, NOW)) for zone in (BERLIN, UTC)] == [2, 2]
    assert keep(copies, rule, UTC, NOW)[copies[0].id] == ("daily backup", "monthly backup")
    one_day = (copy_at("2024-03-01T00:30+01:00"), copy_at("2024-03-01T12:30+01:00"))
    once = Retention(daily=1)
    assert list(keep(one_day, once, BERLIN, NOW)) == [one_day[1].id]


def test_an_hour_that_the_clock_shows_twice_is_one_hour() -> None:
    copies = tuple(
        copy_at(text)
        for text in (
            "2024-10-27T01:30+02:00",
            "2024-10-27T02:30+02:00",
            "2024-10-27T02:30+01:00",
            "2024-10-27T03:30+01:00",
        )
    )
    assert list(keep(copies, Retention(hourly=2), BERLIN, NOW)) == [copies[3].id, copies[2].id]
    assert list(keep(copies, Retention(hourly=3), BERLIN, NOW))[-1] == copies[0].id


@pytest.mark.parametrize(
    ("newest", "span", "cutoff"),
    [
        ("2024-02-29T12:00+01:00", "1y", "2023-03-01T12:00+01:00"),  # no leap day a year ago
        ("2024-03-31T12:00+02:00", "1mo", "2024-03-02T12:00+01:00"),  # the 31st of February
        ("2023-03-31T12:00+02:00", "1mo", "2023-03-03T12:00+01:00"),
        ("2024-12-31T12:00+01:00", "1mo", "2024-12-01T12:00+01:00"),  # the 31st of November
        ("2025-01-15T12:00+01:00", "13mo", "2023-12-15T12:00+01:00"),
        ("2024-03-31T12:00+02:00", "1d", "2024-03-30T12:00+01:00"),  # a day of 23 hours
        ("2024-03-31T12:00+02:00", "24h", "2024-03-30T11:00+01:00"),
        ("2024-10-27T12:00+01:00", "1d", "2024-10-26T12:00+02:00"),  # a day of 25 hours
        ("2024-10-28T02:30+01:00", "1d", "2024-10-27T02:30+01:00"),  # shown twice
        ("2024-04-01T02:30+02:00", "1d", "2024-03-31T01:30+00:00"),  # skipped
        ("2024-11-24T12:00+01:00", "2w3d", "2024-11-07T12:00+01:00"),
        ("2024-11-24T12:00+01:00", "1y6mo2h", "2023-05-24T10:00+02:00"),
    ],
)
def test_within_counts_back_by_the_calendar_of_the_zone(
    newest: str, span: str, cutoff: str
) -> None:
    last, edge = copy_at(newest), copy_at(cutoff)
    inside, outside = Copy("inside", edge.taken_at + 1), Copy("outside", edge.taken_at)
    rule = parse({"keep_within": span})
    assert list(keep((last, inside, outside), rule, BERLIN, NOW)) == [newest, "inside"]


def test_within_counts_back_from_the_newest_copy_and_not_from_now() -> None:
    old = tuple(Copy(copy.id, copy.taken_at - 1000 * DAY) for copy in daily(5))
    assert list(kept(old, within="2d")) == ["0 days", "1 days"]


def test_a_copy_from_the_future_ends_no_others() -> None:
    future = Copy("future", LATEST + 10**6 * DAY)
    assert list(kept((*daily(5), future), within="2d")) == ["future", "0 days", "1 days"]
    assert list(kept((future,), within="2d")) == ["future"]
    assert list(kept((*daily(5), future), daily=2)) == ["future", "0 days"]


def test_when_the_clock_goes_back_within_counts_from_the_copies_before_now() -> None:
    assert list(kept(daily(9), now=NOW - 4 * DAY, within="2d")) == [f"{n} days" for n in range(6)]


def test_copies_of_one_moment_have_one_order() -> None:
    copies = (Copy("b", NOW), Copy("a", NOW), Copy("c", NOW))
    assert list(kept(copies, last=2)) == list(kept(copies[::-1], last=2)) == ["a", "b"]


def test_a_span_longer_than_the_calendar_keeps_everything() -> None:
    assert len(kept(daily(5), within="99999y")) == 5
    assert len(kept(daily(5), within_daily="99999mo99999w99999d99999h")) == 5


def test_what_is_not_kept_names_the_rules_that_kept_it_last() -> None:
    copies, rules = daily(40), parse({"keep_daily": 7, "keep_weekly": 2})
    covered = covered_last(copies, rules, UTC, NOW)
    assert set(covered) | set(keep(copies, rules, UTC, NOW)) == {copy.id for copy in copies}
    assert covered["7 days"] == ("daily backup",)
    assert covered["9 days"] == ("weekly backup",)  # a Sunday


def test_a_rule_of_weeks_outlives_a_rule_of_days() -> None:
    sunday, monday = copy_at("2026-11-15T12:00+00:00"), copy_at("2026-11-16T12:00+00:00")
    later = tuple(copy_at(f"2026-11-{day}T12:00+00:00") for day in (17, 24))
    rules = parse({"keep_last": 2, "keep_weekly": 2})
    covered = covered_last((sunday, monday, *later), rules, UTC, NOW)
    assert covered == {
        monday.id: ("last backup",),
        sunday.id: ("weekly backup",),
    }


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("keep_daily", 0, "at least 1"),
        ("keep_daily", -2, "at least 1"),
        ("keep_daily", True, "at least 1"),
        ("keep_daily", "all", "at least 1"),
        ("keep_within", 7, "no duration"),
        ("keep_within", "0d", "no duration"),
        ("keep_within", "1d1y", "no duration"),
        ("keep_within", "6m", "write mo for months"),
        ("keep_dayly", 7, "no retention rule"),
        ("daily", 7, "no retention rule"),
    ],
)
def test_a_rule_that_would_be_misread_is_refused(key: str, value: JSON, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse({key: value})


def test_the_worked_table_of_the_docs_is_true() -> None:
    page = (Path(__file__).parents[3] / "docs" / "retention.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\nretention:\n(.*?)```", page, re.DOTALL)
    rules = parse(
        {key: int(value) if value.isdigit() else value for key, value in _pairs(block.splitlines())}
    )
    rows = [
        (day, *(tuple(filter(None, cell.strip().split(", "))) for cell in cells))
        for day, *cells in re.findall(r"\| \w{3} (\d{4}-\d\d-\d\d) \|(.*?)\|(.*?)\|", page)
    ]
    copies = [copy_at(f"{day}T03:00+00:00") for day, _, _ in rows]
    kept_as = keep(copies, rules, UTC, NOW)
    covered = covered_last(copies, rules, UTC, NOW)
    found = [(one.id[:10], kept_as.get(one.id, ()), covered.get(one.id, ())) for one in copies]
    assert len(rows) == 10
    assert rows == found


def _pairs(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        key, _, value = line.partition(":")
        yield key.strip(), value.strip()


SPANS = st.sampled_from(["1h", "36h", "7d", "4w", "6mo", "1y", "1y6mo2d"])
COUNTS = st.integers(1, 9) | st.just("unlimited")
RULES = st.fixed_dictionaries(
    {},
    optional={
        **{f"keep_{n}": COUNTS for n in ("last", "hourly", "daily", "weekly", "monthly")},
        **{f"keep_{n}": SPANS for n in ("within", "within_hourly", "within_weekly")},
    },
)
TIMES = st.lists(st.integers(NOW - 800 * DAY, NOW + 10 * DAY), max_size=30, unique=True)


@given(TIMES, RULES)
def test_a_copy_is_either_kept_or_was_covered_and_the_newest_is_always_kept(
    times: list[Micros], fields: dict[str, JSON]
) -> None:
    copies, rules = tuple(Copy(str(time), time) for time in times), parse(fields)
    found = keep(copies, rules, BERLIN, NOW)
    covered = covered_last(copies, rules, BERLIN, NOW)
    assert sorted([*found, *covered]) == sorted(copy.id for copy in copies)
    assert all((*found.values(), *covered.values()))
    if times:
        assert str(max(times)) in found


@given(TIMES, RULES)
def test_expiring_what_is_not_kept_loses_nothing_else(
    times: list[Micros], fields: dict[str, JSON]
) -> None:
    copies, rules = tuple(Copy(str(time), time) for time in times), parse(fields)
    found = keep(copies, rules, BERLIN, NOW)
    left = tuple(copy for copy in copies if copy.id in found)
    assert list(keep(left, rules, BERLIN, NOW)) == list(found)


@given(TIMES, RULES, RULES)
def test_another_rule_never_ends_a_copy(
    times: list[Micros], fields: dict[str, JSON], more: dict[str, JSON]
) -> None:
    copies = tuple(Copy(str(time), time) for time in times)
    few, many = parse(fields), parse({**more, **fields})
    if fields:
        assert set(keep(copies, few, BERLIN, NOW)) <= set(keep(copies, many, BERLIN, NOW))

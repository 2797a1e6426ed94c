"""How long to wait: what servers ask for, on their own clock, within our bounds."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.api.retry import (
    LONGEST_SECONDS,
    backoff_seconds,
    parse_date,
    retry_after_seconds,
    server_date,
)

DATE = "Mon, 23 Nov 2026 12:00:00 GMT"
NOON = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("0", 0.0),
        ("2", 2.0),
        (" 2 ", 2.0),
        ("1.5", 1.5),
        ("60", 60.0),
        ("61", 60.0),
        ("1e9", 60.0),
        ("inf", 60.0),
        ("9" * 5_000, 60.0),
        ("-5", 0.0),
        ("-inf", 0.0),
        ("nan", None),
        ("", None),
        ("soon", None),
        ("2 seconds", None),
        ("0x10", None),
        ("Mon, 23 Nov 2026 12:00:07 GMT", 7.0),
        ("Monday, 23-Nov-26 12:00:07 GMT", 7.0),
        ("Mon Nov 23 12:00:07 2026", 7.0),
        ("Mon, 23 Nov 2026 13:00:07 +0100", 7.0),
        ("Mon, 23 Nov 2026 11:59:00 GMT", 0.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Tue, 24 Nov 2026 12:00:00 GMT", 60.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 60.0),
        ("Mon, 99 Nov 2026 12:00:07 GMT", None),
    ],
)
def test_retry_after_is_clamped_or_unknown(written: str, seconds: float | None) -> None:
    assert retry_after_seconds({"retry-after": written, "date": DATE}) == seconds


def test_no_retry_after_asks_for_nothing() -> None:
    assert retry_after_seconds({}) is None
    assert retry_after_seconds({"date": DATE}) is None


@pytest.mark.parametrize("headers", [{}, {"date": "?"}, {"date": DATE, "age": "3"}])
def test_a_date_without_the_servers_clock_asks_for_nothing(headers: dict[str, str]) -> None:
    asked = {"retry-after": "Mon, 23 Nov 2026 12:00:07 GMT", **headers}
    assert retry_after_seconds(asked) is None


@pytest.mark.parametrize(
    ("headers", "micros"),
    [
        ({"date": DATE}, NOON),
        ({"date": "Monday, 23-Nov-26 12:00:00 GMT"}, NOON),
        ({"date": "Mon, 23 Nov 2026 12:00:00 -0000"}, NOON),
        ({"date": DATE, "age": "0"}, None),
        ({"date": ""}, None),
        ({"date": "yesterday"}, None),
        ({"date": "2026-11-23T12:00:00Z"}, None),
        ({}, None),
    ],
)
def test_the_servers_clock_is_its_date_unless_a_cache_kept_it(
    headers: dict[str, str], micros: int | None
) -> None:
    assert server_date(headers) == micros


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, ?\d* [A-Za-z]* \d* [\d:]* .{0,6}"))
def test_no_header_is_a_crash(written: str) -> None:
    assert isinstance(parse_date(written), int | None)
    found = retry_after_seconds({"retry-after": written, "date": DATE})
    assert found is None or 0 <= found <= LONGEST_SECONDS


@given(st.integers(1, 1000), st.floats(0, 0.999))
def test_backoff_grows_to_its_bound(attempt: int, spread: float) -> None:
    assert 0 < backoff_seconds(attempt, spread) <= LONGEST_SECONDS


def test_backoff_doubles() -> None:
    assert [backoff_seconds(attempt, 0.0) for attempt in (1, 2, 3)] == [0.25, 0.5, 1.0]
    assert backoff_seconds(1, 0.5) == 0.375

"""Single values: strict JSON, two spellings, null or absent, and timestamps of all sorts."""

import json
from datetime import UTC, datetime

import pytest

from reconciler.model.values import JSON
from reconciler.wire.tolerant import (
    WireError,
    camel,
    count,
    decode,
    items,
    parse_time,
    percent,
    tags,
    text,
)

NOON = int(datetime(2024, 3, 15, 12, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "Expecting value"),
        (b"<html>", "Expecting value"),
        (b'{"data": [{"id": "1"}', "delimiter"),
        (b'{"a": 1}{"a": 1}', "Extra data"),
        (b'\xef\xbb\xbf{"a": 1}', "BOM"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b'{"a": 1, "a": 2}', "same key twice"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": "\\ud800"}', "not UTF-8"),
        (b'{"\\uDFFF": 1}', "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"9" * 5_000, "too many digits"),
        (b"-" + b"9" * 5_000, "too many digits"),
    ],
)
def test_what_is_not_strict_json_is_one_classified_error(body: bytes, why: str) -> None:
    with pytest.raises(WireError, match=why) as caught:
        decode(body)
    assert "sys.set_int" not in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'"\\\\ud800"', "\\ud800"),
        (b" {} ", {}),
        (b"1e999", float("inf")),
        (b"12345678901234567890", 12345678901234567890),
    ],
)
def test_json_that_is_merely_odd_is_read(body: bytes, value: JSON) -> None:
    assert decode(body) == value


def test_keys_are_found_in_both_spellings() -> None:
    assert camel("total_vector_count") == "totalVectorCount"
    assert text({"createdAt": "a"}, "created_at") == "a"
    assert text({"created_at": "a", "createdAt": "b"}, "created_at") == "a"
    assert text({"created_at": None, "createdAt": "b"}, "created_at") == "b"


@pytest.mark.parametrize("payload", [{}, {"name": None}, {"name": ""}, {"name": 1}, {"name": []}])
def test_text_that_is_empty_or_no_text_is_absent(payload: dict[str, JSON]) -> None:
    assert text(payload, "name") is None


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (0, 0),
        (120_000, 120_000),
        (120_000.0, 120_000),
        ("1000000", 1_000_000),
        (2**63 - 1, 2**63 - 1),
        (2**63, None),
        (10**400, None),
        (-1, None),
        (1.5, None),
        (True, None),
        ("\u0663", None),
        ("-3", None),
        ("9" * 20, None),
        (float("nan"), None),
        (float("inf"), None),
        ([], None),
        (None, None),
    ],
)
def test_counts_are_whole_and_not_negative(value: JSON, read: int | None) -> None:
    assert count({"record_count": value}, "record_count") == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (0, 0.0),
        (42.2, 42.2),
        (100, 100.0),
        (101, 100.0),
        (-3, 0.0),
        (10**400, 100.0),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        ("50", None),
        (None, None),
    ],
)
def test_a_percentage_is_within_its_bounds_or_unknown(value: JSON, read: float | None) -> None:
    found = percent({"percentComplete": value}, "percent_complete")
    assert found == read
    assert isinstance(found, float | None)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (None, {}),
        ({}, {}),
        ([], {}),
        ({"team": "search", "odd": 1, "unset": None}, {"team": "search"}),
    ],
)
def test_tags_are_a_mapping_of_text(value: JSON, read: dict[str, str]) -> None:
    assert tags({"tags": value}) == read
    assert tags({}) == {}


@pytest.mark.parametrize("digits", range(13))
def test_any_number_of_fraction_digits_is_cut_to_micros(digits: int) -> None:
    fraction = "123456789012"[:digits]
    written = f"2024-03-15T12:00:00{'.' if digits else ''}{fraction}Z"
    assert parse_time(written) == NOON + int(fraction[:6].ljust(6, "0") or 0)


@pytest.mark.parametrize(
    "written",
    [
        "2024-03-15T12:00:00Z",
        "2024-03-15t12:00:00z",
        "2024-03-15T12:00:00",
        "2024-03-15 12:00:00+00:00",
        "2024-03-15 12:00:00 +0000",
        " 2024-03-15T12:00:00Z\n",
        "2024-03-15T14:00:00+02:00",
        "2024-03-15T17:45:00+05:45",
        "2024-03-15T04:00:00-08:00",
        "2024-03-16T02:00:00+14:00",
    ],
)
def test_the_same_moment_is_read_from_every_spelling(written: str) -> None:
    assert parse_time(written) == NOON


def test_a_leap_second_is_the_last_second_of_its_minute() -> None:
    assert parse_time("2016-12-31T23:59:60Z") == parse_time("2016-12-31T23:59:59Z")
    assert parse_time("2016-12-31T23:59:60.5Z") == parse_time("2016-12-31T23:59:59.5Z")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "2024-03-15",
        "2024-02-30T12:00:00Z",
        "2024-13-01T12:00:00Z",
        "2024-03-15T24:00:00Z",
        "2024-03-15T12:61:00Z",
        "2024-03-15T12:00:61Z",
        "2024-03-15T12:00:75Z",
        "2024-03-15T12:00:00+24:00",
        "2024-03-15T12:00:00+02:60",
        "2024-03-15T12:00:00.Z",
        "0000-03-15T12:00:00Z",
        "\u0662\u0660\u0662\u0664-03-15T12:00:00Z",
        "2024-03-15T12:00:00Z and more",
    ],
)
def test_what_is_no_moment_is_unknown(written: str) -> None:
    assert parse_time(written) is None


def test_the_ends_of_time_do_not_overflow() -> None:
    first, last = parse_time("0001-01-01T00:00:00+14:00"), parse_time("9999-12-31T23:59:59-14:00")
    assert first is not None
    assert last is not None
    assert first < 0 < last


@pytest.mark.parametrize(
    "payload", [None, [], "data", {}, {"data": None}, {"data": "ab"}, {"data": {}}, {"data": [1]}]
)
def test_a_list_that_is_none_is_refused(payload: JSON) -> None:
    with pytest.raises(WireError, match="list 'data'"):
        items(payload, "data")


def test_a_list_keeps_its_order() -> None:
    payload = json.loads('{"data": [{"id": "2"}, {"id": "1"}]}')
    assert [item["id"] for item in items(payload, "data")] == ["2", "1"]

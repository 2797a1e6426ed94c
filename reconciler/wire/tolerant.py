"""Tolerant reading of single values: both spellings of a key, null or absent, odd timestamps.

The published examples disagree with the specification and with each other; a reader that insists
on one of them fails on the others.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from reconciler.model.values import JSON, Fields, Micros

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?"
    r"\s*(?:([Zz])|([+-])(\d\d):?(\d\d))?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEAP_SECOND = 60


class WireError(ValueError):
    """A payload that cannot be used: not JSON, not the expected shape, or without its id."""


def decode(body: bytes) -> JSON:
    """Parse JSON strictly (UTF-8, no NaN, no duplicate keys); raises WireError."""
    try:
        value: JSON = json.loads(
            body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_unique
        )
    except (ValueError, RecursionError) as error:
        raise WireError(f"the answer is not usable JSON: {error}") from error
    return value


def _no_constant(word: str) -> JSON:
    raise WireError(f"{word} is not JSON")


def _unique(pairs: list[tuple[str, JSON]]) -> Fields:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise WireError("an object holds the same key twice")
    return found


def either(value: Fields, snake: str) -> JSON:
    """Read a key in snake_case or camelCase; absent and null are both None."""
    found = value.get(snake)
    return found if found is not None else value.get(camel(snake))


def camel(snake: str) -> str:
    """Spell `record_count` as `recordCount`."""
    first, *rest = snake.split("_")
    return first + "".join(word.capitalize() for word in rest)


def text(value: Fields, key: str) -> str | None:
    """Read optional text; the empty string counts as absent."""
    found = either(value, key)
    return found if isinstance(found, str) and found else None


def required(value: Fields, key: str, what: str) -> str:
    """Read text that must be there; raises WireError."""
    found = text(value, key)
    if found is None:
        raise WireError(f"{what} has no usable {key}")
    return found


def count(value: Fields, key: str) -> int | None:
    """Read an optional count: whole and not negative; numbers in quotes are accepted."""
    found = either(value, key)
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 20:  # noqa: PLR2004 - 64 bits
        return int(found)
    if isinstance(found, bool) or not isinstance(found, int | float) or found != found:  # noqa: PLR0124 - NaN
        return None
    return int(found) if 0 <= found < 2**63 else None


def percent(value: Fields, key: str) -> float | None:
    """Read a percentage, clamped to 0-100; None where it is absent or no number."""
    found = either(value, key)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return min(100.0, max(0.0, float(found)))


def tags(value: Fields) -> dict[str, str]:
    """Read tags: a mapping, null or absent; values that are no text are left out."""
    found = value.get("tags")
    pairs = found.items() if isinstance(found, Mapping) else ()
    return {key: item for key, item in pairs if isinstance(item, str)}


def moment(value: Fields, key: str) -> Micros | None:
    """Read a timestamp as UTC microseconds; None where it is absent or makes no sense."""
    found = either(value, key)
    return parse_time(found) if isinstance(found, str) else None


def parse_time(written: str) -> Micros | None:
    """Read RFC 3339 with 0 to 12 fraction digits (cut to six); None for anything else.

    A missing offset means UTC. Leap seconds count as the last second of their minute.
    """
    found = _TIME.fullmatch(written.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    fraction = int((found[7] or "0").ljust(6, "0")[:6])
    offset = timedelta()
    if found[9] is not None:
        offset = timedelta(hours=int(found[10]), minutes=int(found[11]))
        offset = -offset if found[9] == "-" else offset
    try:
        base = datetime(
            year, month, day, hour, minute, min(second, _LEAP_SECOND - 1), tzinfo=_EPOCH.tzinfo
        )
        return (base - offset - _EPOCH) // timedelta(microseconds=1) + fraction
    except (ValueError, OverflowError):
        return None


def items(value: JSON, key: str) -> tuple[Fields, ...]:
    """Read the list under a key; raises WireError unless it is a list of objects."""
    found = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(found, str) or not isinstance(found, Sequence):
        raise WireError(f"the answer has no list {key!r}")
    if not all(isinstance(item, Mapping) for item in found):
        raise WireError(f"the list {key!r} holds something that is no object")
    return tuple(item for item in found if isinstance(item, Mapping))

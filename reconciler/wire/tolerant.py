"""Tolerant reading of single values: both spellings of a key, null or absent, odd timestamps.

The published examples disagree with the specification and with each other; a reader that insists
on one of them fails on the others.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from reconciler.model.values import JSON, Fields, Micros

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(60|[0-5]\d)(?:\.(\d{1,12}))?"
    r"\s*(?:[Zz]|([+-])([01]\d|2[0-3]):?([0-5]\d))?",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND = 59
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_LONGEST_NUMBER = 400


class WireError(ValueError):
    """A payload that cannot be used: not JSON, not the expected shape, or without its id."""


def decode(body: bytes) -> JSON:
    """Parse JSON strictly (UTF-8, whole, no NaN, no key twice, real text); raises WireError."""
    try:
        value: JSON = json.loads(
            body.decode("utf-8"),
            parse_int=_integer,
            parse_constant=_no_constant,
            object_pairs_hook=_unique,
        )
        if _SURROGATE.search(body):  # half a pair is no text: it could be neither sent nor stored
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeError as error:
        raise WireError("the answer is not usable JSON: it is not UTF-8") from error
    except RecursionError as error:
        raise WireError("the answer is not usable JSON: it is nested too deeply") from error
    except ValueError as error:
        why = str(error).partition(" (char ")[0]
        raise WireError(f"the answer is not usable JSON: {why}") from error
    return value


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise WireError("a number has too many digits")
    return int(digits)


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
    number = _number(found)
    return None if number is None or number % 1 or not 0 <= number < 2**63 else int(number)


def percent(value: Fields, key: str) -> float | None:
    """Read a percentage, clamped to 0-100; None where it is absent or no number."""
    number = _number(either(value, key))
    return None if number is None else float(min(100, max(0, number)))


def _number(value: JSON) -> int | float | None:
    """Keep finite numbers; booleans are none, and 1e999 is an infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) or math.isfinite(value) else None


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
    ahead = timedelta(hours=int(found[9] or 0), minutes=int(found[10] or 0))
    try:
        base = datetime(year, month, day, hour, minute, min(second, _LAST_SECOND), tzinfo=UTC)
    except ValueError:
        return None
    passed = base - _EPOCH + (ahead if found[8] == "-" else -ahead)
    return passed // timedelta(microseconds=1) + fraction


def items(value: JSON, key: str) -> tuple[Fields, ...]:
    """Read the list under a key; raises WireError unless it is a list of objects."""
    found = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(found, str) or not isinstance(found, Sequence):
        raise WireError(f"the answer has no list {key!r}")
    if not all(isinstance(item, Mapping) for item in found):
        raise WireError(f"the list {key!r} holds something that is no object")
    return tuple(item for item in found if isinstance(item, Mapping))

"""JSON as values: the one shape in which fields are declared, compared, stored and sent."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
Fields: TypeAlias = Mapping[str, JSON]

Micros: TypeAlias = int
"""A point in time as UTC microseconds since 1970, or a span of microseconds."""

SECOND: Micros = 1_000_000


def canonical(value: JSON) -> bytes:
    """Encode a value so that equal values give equal bytes (sorted keys, no white space, UTF-8)."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode("utf-8", "surrogatepass")


def digest(value: JSON) -> str:
    """Give the SHA-256 of the canonical bytes, as 64 hexadecimal characters."""
    return hashlib.sha256(canonical(value)).hexdigest()


def text(value: JSON) -> str:
    """Read a value as text: itself where it is a string, else empty."""
    return value if isinstance(value, str) else ""


def mapping(value: JSON) -> Fields:
    """Read a value as a mapping: itself where it is one, else empty."""
    return value if isinstance(value, Mapping) else {}


def integer(value: JSON) -> int | None:
    """Read a value as a whole number, or None; booleans are no numbers here."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None

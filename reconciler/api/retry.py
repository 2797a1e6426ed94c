"""How long to wait before a request is sent again; pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from reconciler.model.values import Micros

ATTEMPTS = 5
PATIENCE_SECONDS = 120.0
LONGEST_SECONDS = 60.0
_FIRST_SECONDS = 0.5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def backoff_seconds(attempt: int, spread: float) -> float:
    """Give the wait after the `attempt`-th failure (from 1); `spread` in [0, 1) sets it apart."""
    return min(_FIRST_SECONDS * 2.0 ** (attempt - 1), LONGEST_SECONDS) * (0.5 + spread / 2)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Read `Retry-After`: seconds, or a date measured on the server's own clock.

    Clamped to 0-60 seconds; None where it is absent or makes no sense.
    """
    written = headers.get("retry-after", "").strip()
    if not written:
        return None
    try:
        seconds = float(written)
    except ValueError:
        until, now = parse_date(written), server_date(headers)
        if until is None or now is None:
            return None
        seconds = (until - now) / 1_000_000
    if seconds != seconds:  # noqa: PLR0124 - not a number
        return None
    return min(max(seconds, 0.0), LONGEST_SECONDS)


def server_date(headers: Mapping[str, str]) -> Micros | None:
    """Read the server's clock from `Date`, unless a cache has kept the answer."""
    return None if "age" in headers else parse_date(headers.get("date", ""))


def parse_date(written: str) -> Micros | None:
    """Read an HTTP date as UTC microseconds; None for anything else."""
    try:
        moment = parsedate_to_datetime(written)
        zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return (zoned - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, TypeError, OverflowError):
        return None

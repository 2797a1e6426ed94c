"""Points in time as text."""

from datetime import UTC, datetime, timedelta

from reconciler.model.values import Micros

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rfc3339(moment: Micros) -> str:
    """Write UTC microseconds as `2026-11-23T21:56:00.000001Z`."""
    return (_EPOCH + timedelta(microseconds=moment)).isoformat().replace("+00:00", "Z")

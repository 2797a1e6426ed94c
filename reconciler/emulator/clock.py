"""The emulator's clock: a given source of time plus what a user has advanced it by.

Every state in the emulator is a function of this clock, so advancing it lets a rehearsal live
through an hour of backup in a moment, and a test see every stage of a job.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from reconciler.emulator.errors import invalid

SECOND = 1_000_000
# Some thousand years ahead, and not so far that a time could not be written down.
LAST_MOMENT = 2**55
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Far beyond any rehearsal, and far enough from the year 9999 that every time can be written down.
_FURTHEST = 1_000 * 366 * 86_400 * SECOND


class Clock:
    """Server time in UTC microseconds: the source's time plus the offset."""

    __slots__ = ("_offset", "_source")

    def __init__(self, source: Callable[[], int]) -> None:
        self._source = source
        self._offset = 0

    def now(self) -> int:
        """Return server time in UTC microseconds."""
        return self._source() + self._offset

    def advance(self, seconds: float) -> None:
        """Move server time on; raises Refusal for a step back, since jobs cannot be undone."""
        if not 0 <= seconds <= _FURTHEST // SECOND:
            raise invalid("advance_seconds must be a number of seconds from 0 to about 1000 years")
        further = self._offset + microseconds(seconds)
        if further > _FURTHEST:
            raise invalid("the clock would be advanced by more than about 1000 years in all")
        self._offset = further

    def reach(self, at: int) -> None:
        """Move server time on to a moment, unless it has come already."""
        self._offset += max(at - self.now(), 0)

    def reset(self) -> None:
        """Forget everything the clock was advanced by."""
        self._offset = 0


def microseconds(seconds: float) -> int:
    """Turn seconds into whole microseconds."""
    return round(seconds * SECOND)


def timestamp(at: int) -> str:
    """Write UTC microseconds as RFC 3339 with six digits and a Z."""
    moment = _EPOCH + timedelta(microseconds=at)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

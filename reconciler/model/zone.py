"""Time zones: which wall time a moment has, and which moment a wall time is.

Policies count days and hours as people see them, in the zone that the policy names.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

from reconciler.model.values import Micros

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time has no zone
_MICROSECOND = timedelta(microseconds=1)
# Two days from each end of what a datetime can hold, so that no offset leads out of it.
_EARLIEST, _LATEST = datetime(1, 1, 3), datetime(9999, 12, 29)  # noqa: DTZ001 - as above
_NOT_PLACES = frozenset({"Factory", "localtime", "posix", "posixrules", "right"})

EARLIEST: Micros = (_EARLIEST - _EPOCH) // _MICROSECOND
"""The first moment that has a wall time."""

LATEST: Micros = (_LATEST - _EPOCH) // _MICROSECOND
"""The last moment that has a wall time."""


def find_zone(name: str) -> tzinfo:
    """Find a zone of the IANA database, such as `Europe/Berlin`.

    The system's own entries beside it (`localtime`, `right/...`) differ between machines, and a
    plan must not.

    Raises:
        ValueError: There is none of that name.
    """
    if name == "UTC":
        return UTC
    try:
        if name.partition("/")[0] not in _NOT_PLACES:
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # the name is looked up as a file
        pass
    known = {one.lower(): one for one in available_timezones()}
    near = get_close_matches(name.lower(), sorted(known), n=1)
    hint = f"; did you mean {known[near[0]]}?" if near else ", such as Europe/Berlin"
    raise ValueError(f"{name!r} is no time zone{hint}")


def wall_time(moment: Micros, zone: tzinfo) -> datetime:
    """Tell what the clocks of the zone show; `fold` is 1 when they show it for the second time.

    Beyond the years 1 to 9999 it is the first or last wall time that there is.
    """
    inside = min(max(moment, EARLIEST), LATEST)
    return zone.fromutc((_EPOCH + inside * _MICROSECOND).replace(tzinfo=zone)).replace(tzinfo=None)


def moments(wall: datetime, zone: tzinfo) -> tuple[Micros, Micros]:
    """Give the moment of a wall time by the offset from before, and from after, a change of clocks.

    They differ only in the hours of a change. A time that is shown twice has its first moment
    first; one that is skipped has the later moment first.
    """
    before, after = (
        wall.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1)
    )
    return _as_utc(wall) - before // _MICROSECOND, _as_utc(wall) - after // _MICROSECOND


def moment_of(wall: datetime, zone: tzinfo) -> Micros:
    """Give the moment of a wall time; in the hours of a change of clocks, the one that Go takes.

    Go's `time.Date` looks the offset up as if the wall time were UTC, and then where that led to.
    restic is written in Go, and what it keeps hangs on this hour.
    """
    utc = _as_utc(wall)
    return utc - _offset(utc - _offset(utc, zone), zone)


def _offset(at: Micros, zone: tzinfo) -> Micros:
    inside = min(max(at, EARLIEST), LATEST)
    return _as_utc(wall_time(inside, zone)) - inside


def _as_utc(wall: datetime) -> Micros:
    return (wall - _EPOCH) // _MICROSECOND

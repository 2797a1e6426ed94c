"""How numbers, sizes, ages and values are written."""

import math

from reconciler.model.moment import rfc3339
from reconciler.model.values import JSON, SECOND, Fields, Micros, integer
from reconciler.views.inert import inert

_UNITS = (("year", 365 * 86400), ("month", 30 * 86400), ("day", 86400), ("hour", 3600))
_MINUTE = 60
_KIBI = 1024
_MONTHS_OF_YEARS = 2 * 365 * 86400


def value(found: JSON) -> str:
    """Write a field's value on one line."""
    match found:
        case None:
            return "(none)"
        case bool():
            return "true" if found else "false"
        case str():
            return inert(found) if found else '""'
        case int() | float():
            return f"{found}"
        case _:
            return inert(_structure(found))


def _structure(found: JSON) -> str:
    if isinstance(found, dict):
        return ", ".join(f"{key}: {value(item)}" for key, item in sorted(found.items()))
    if isinstance(found, list | tuple):
        return "[" + ", ".join(value(item) for item in found) + "]"
    return str(found)


def number(found: int, noun: str) -> str:
    """Write a count with its noun: `1,204,331 records`, `1 record`."""
    return f"{found:,} {noun}{'' if found == 1 else 's'}"


def percent(found: float) -> str:
    """Write how far something is, rounded down: 100 % is said of what is at its end alone."""
    return f"{math.floor(found)} %"


def size(size_bytes: int) -> str:
    """Write a size: `98 bytes`, `1.0 MiB`."""
    if size_bytes < _KIBI:
        return number(size_bytes, "byte")
    amount, units = size_bytes / _KIBI, ["KiB", "MiB", "GiB", "TiB", "PiB"]
    while amount >= _KIBI and len(units) > 1:
        amount, units = amount / _KIBI, units[1:]
    return f"{amount:.1f} {units[0]}"


def age(then: Micros, now: Micros) -> str:
    """Write how long ago something was: `18 months ago`, `3 hours ago`, `just now`."""
    seconds = (now - then) // SECOND
    if seconds < _MINUTE:
        return "just now"
    for unit, length in _UNITS:
        if unit == "year" and seconds < _MONTHS_OF_YEARS:
            continue  # 18 months says more than 1 year
        if seconds >= length:
            return f"{number(seconds // length, unit)} ago"
    return f"{number(seconds // _MINUTE, 'minute')} ago"


def day(moment: Micros) -> str:
    """Write the UTC date of a point in time, as `2025-05-15`."""
    return rfc3339(moment).partition("T")[0]


def duration(seconds: float) -> str:
    """Write an elapsed time: `4s`, `2m 5s`, `1h 3m`."""
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < 60 * _MINUTE:
        return f"{whole // 60}m {whole % 60}s"
    return f"{whole // 3600}h {whole % 3600 // 60}m"


def facts(found: Fields, now: Micros | None) -> str:
    """Write what matters about a live object: `98 records, 1.0 MiB, taken 2025-05-15, ...`.

    Without `now` its age is not told: a file is read later.
    """
    parts: list[str] = []
    done = found.get("percent")
    if isinstance(done, float | int):
        parts.append(percent(done))
    loaded = integer(found.get("records"))
    if loaded is not None:
        parts.append(f"{number(loaded, 'record')} loaded")
    for key, noun in (("record_count", "record"), ("namespace_count", "namespace")):
        count = integer(found.get(key))
        if count is not None:
            parts.append(number(count, noun))
    size_bytes = integer(found.get("size_bytes"))
    if size_bytes is not None:
        parts.append(size(size_bytes))
    restored = integer(found.get("restored_records"))
    if restored is not None:
        parts.append(f"restored with {number(restored, 'record')}")
    created = integer(found.get("created_at"))
    if created is not None:
        old = "" if now is None else f", {age(created, now)}"
        parts.append(f"{_made(found)} {day(created)}{old}")
    return ", ".join(parts)


def _made(found: Fields) -> str:
    if "record_count" in found:
        return "taken"
    return "started" if "records" in found else "made"

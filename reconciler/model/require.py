"""Reads JSON that must have a certain shape; anything else raises TypeError or ValueError."""

from collections.abc import Mapping, Sequence

from reconciler.model.address import Address
from reconciler.model.values import JSON, Fields, integer


def require_text(value: JSON) -> str:
    """Insist on text."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def maybe_text(value: JSON) -> str | None:
    """Insist on text or null."""
    return None if value is None else require_text(value)


def maybe_address(value: JSON) -> Address | None:
    """Insist on an address or null."""
    return None if value is None else Address.parse(require_text(value))


def require_flag(value: JSON) -> bool:
    """Insist on true or false."""
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is not true or false")
    return value


def require_number(value: JSON) -> int:
    """Insist on a whole number."""
    number = integer(value)
    if number is None:
        raise TypeError(f"{value!r} is not a whole number")
    return number


def maybe_number(value: JSON) -> int | None:
    """Insist on a whole number or null."""
    return None if value is None else require_number(value)


def require_fields(value: JSON) -> Fields:
    """Insist on a mapping."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is not a mapping")
    return value


def require_items(value: JSON) -> Sequence[JSON]:
    """Insist on a list."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"{value!r} is not a list")
    return value


def require_texts(value: JSON) -> tuple[str, ...]:
    """Insist on a list of texts."""
    return tuple(require_text(item) for item in require_items(value))


def require_addresses(value: JSON) -> tuple[Address, ...]:
    """Insist on a list of addresses."""
    return tuple(Address.parse(one) for one in require_texts(value))

"""Reading request bodies: JSON that may be anything, turned into checked fields or a refusal.

The emulator is stricter than the real service where the specification is (a null where text
belongs is refused), because a client that passes here should pass there. Whatever bytes arrive,
the worst answer is a 400.
"""

import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import NoReturn

from reconciler.emulator.errors import invalid, malformed

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,43}[a-z0-9])?")
_TAG_KEY = re.compile(r"[A-Za-z0-9_-]{1,80}")
_TAG_VALUE = re.compile(r"[A-Za-z0-9;@_\-.+ ]{0,120}")
_OPEN_TAG_VALUE = re.compile(r"[ -~]{0,120}")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_MOST_TAGS = 20


def read_json(body: bytes) -> object:
    """Parse a body; raises Refusal for anything but plain JSON: infinities, half characters."""
    try:
        value = json.loads(
            body.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite
        )
        if _SURROGATE.search(body):
            # Half of a pair of escapes alone is no text, and can be neither kept nor answered.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise invalid("The request body is not valid JSON.") from None
    return value


def read_object(body: bytes) -> Mapping[str, object]:
    """Parse a body that must be a JSON object; raises Refusal."""
    return as_object(read_json(body), "The request body")


def as_object(value: object, what: str) -> Mapping[str, object]:
    """Return a value that must be a JSON object; raises Refusal naming `what`."""
    if not isinstance(value, dict):
        raise malformed(f"{what} must be a JSON object.")
    return value


def refuse_unknown(fields: Mapping[str, object], known: Collection[str], what: str) -> None:
    """Make sure that an object has no other keys than these; raises Refusal."""
    unknown = sorted(fields.keys() - set(known))
    if unknown:
        raise malformed(f"{what} has no {', '.join(unknown)}.")


def text(fields: Mapping[str, object], key: str, longest: int | None = None) -> str | None:
    """Return an optional text field, or None when the key is absent; raises Refusal."""
    if key not in fields:
        return None
    value = fields[key]
    if not isinstance(value, str):
        raise malformed(f"{key} must be a string.")
    if longest is not None and len(value) > longest:
        raise invalid(f"{key} must be at most {longest} characters long.")
    return value


def required_text(fields: Mapping[str, object], key: str, longest: int | None = None) -> str:
    """Return a text field that must be there and not be empty; raises Refusal."""
    value = text(fields, key, longest)
    if value is None:
        raise malformed(f"{key} is required.")
    if not value:
        raise invalid(f"{key} must not be empty.")
    return value


def choice(fields: Mapping[str, object], key: str, options: Sequence[str], default: str) -> str:
    """Return a text field that must be one of the options; raises Refusal."""
    value = text(fields, key)
    if value is None:
        return default
    if value not in options:
        raise invalid(f"{key} must be one of {', '.join(options)}.")
    return value


def number(value: object, what: str) -> float:
    """Return a finite number; raises Refusal for booleans, texts and numbers beyond any float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise malformed(f"{what} must be a number.")
    try:
        return float(value)
    except OverflowError:
        raise invalid(f"{what} is too large.") from None


def whole_number(value: object, what: str, low: int, high: int) -> int:
    """Return an integer within bounds; raises Refusal."""
    message = f"{what} must be a whole number from {low} to {high}."
    if isinstance(value, bool) or not isinstance(value, int):
        raise malformed(message)
    if not low <= value <= high:
        raise invalid(message)
    return value


def switch(value: object, what: str) -> bool:
    """Return a value that must be true or false; raises Refusal."""
    if not isinstance(value, bool):
        raise malformed(f"{what} must be true or false")
    return value


def resource_name(fields: Mapping[str, object]) -> str:
    """Return the `name` of a new index; raises Refusal."""
    name = required_text(fields, "name")
    if not _NAME.fullmatch(name):
        raise invalid(
            "Name must be 1-45 characters of lower case letters, digits or '-', "
            "and start and end with a letter or digit."
        )
    return name


def tags(fields: Mapping[str, object], *, open_values: bool = False) -> Mapping[str, str] | None:
    """Return the tags as sent, empty values included, or None without any; raises Refusal.

    With `open_values`, as since 2026-07, a value is any printable ASCII and tags may be null.
    """
    if "tags" not in fields or (open_values and fields["tags"] is None):
        return None
    pattern = _OPEN_TAG_VALUE if open_values else _TAG_VALUE
    sent = as_object(fields["tags"], "tags")
    checked: dict[str, str] = {}
    for key, value in sent.items():
        if not _TAG_KEY.fullmatch(key):
            raise invalid("A tag key must be 1-80 letters, digits, '_' or '-'.")
        if not isinstance(value, str):
            raise malformed(f"The value of tag {key} must be a string.")
        if not pattern.fullmatch(value):
            allowed = (
                "printable characters" if open_values else "letters, digits or ;@_-.+ and space"
            )
            raise invalid(f"The value of tag {key} must be at most 120 {allowed}.")
        checked[key] = value
    return checked


def merged_tags(before: Mapping[str, str], sent: Mapping[str, str]) -> Mapping[str, str]:
    """Lay sent tags over those before, where an empty value unsets its key; raises Refusal."""
    merged = {key: value for key, value in {**before, **sent}.items() if value}
    if len(merged) > _MOST_TAGS:
        raise invalid(f"An index can have at most {_MOST_TAGS} tags.")
    return merged


def protection(fields: Mapping[str, object], default: str) -> bool:
    """Return whether deletion protection is wanted; raises Refusal."""
    return choice(fields, "deletion_protection", ("enabled", "disabled"), default) == "enabled"


def _finite(digits: str) -> float:
    # 1e999 is proper JSON and an infinity in Python, which no answer could be written with.
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(digits)
    return value


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(constant)

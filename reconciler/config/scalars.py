"""Plain scalars as the YAML 1.2 core schema reads them, with nothing of YAML 1.1.

YAML 1.1 turns `no` into false, `0777` into 511 and `12:30:45` into 45045; here they are text, 777
and text. What JSON cannot say (`.nan`, `.inf`) is refused.
"""

import math
import re

_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_FIRST_OF_NUMBER = frozenset("+-.0123456789")
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def resolve(text: str, digits: int) -> str | int | float | bool | None:
    """Give the value of a plain scalar; ValueError for a number that cannot be kept exactly."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _FIRST_OF_NUMBER:
        return text
    return _number(text, digits)


def _number(text: str, digits: int) -> str | int | float:
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} is no number that can be compared or sent")
    for pattern, base in ((_DECIMAL, 10), (_OCTAL, 8), (_HEXADECIMAL, 16)):
        if pattern.fullmatch(text):
            _check_length(text, digits)
            return int(text, base) if base == 10 else int(text[2:], base)  # noqa: PLR2004 - 0x, 0o
    if not _FLOAT.fullmatch(text):
        return text
    _check_length(text, digits)
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large for a number")
    return value


def _check_length(text: str, digits: int) -> None:
    if len(text) > digits:
        raise ValueError(f"a number of {len(text)} digits is longer than the limit of {digits}")

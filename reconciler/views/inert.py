"""Other people's text made harmless: one function for each medium that it is shown in.

Names, descriptions, tags, URIs and what the API says may hold anything. Shown, they must not move a
cursor, hide letters or turn them round, give orders to the CI system that reads the log, or become
Markdown or HTML. A letter that is taken away stands there as its escape, so nothing is hidden.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from reconciler.model.values import JSON

_FILLERS: Final = (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0)
_SELECTORS: Final = (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
_UNSEEN: Final = frozenset(map(chr, chain(_FILLERS, *_SELECTORS)))  # printable, and yet unseen
_MARKS: Final = frozenset({"Mn", "Me"})
_MOST_MARKS: Final = 3  # more on one letter are not a language, and cover the lines above
_BYTE, _PLANE = 0x100, 0x10000
_ORDERS: Final = re.compile(
    r"(?<!\S):(?=:)"  # GitHub: ::set-output ...::, where a line begins, after any blanks
    r"|#(?=#\w*\[)"  # GitHub, Azure, TeamCity: ##[...], ##vso[...], anywhere in a line
    r"|(?<=section)_(?=(?:start|end):)"  # GitLab: folds what follows
)
_ORDERS_IN_JSON: Final = re.compile(r"(?<=#)#|(?<=section)_(?=(?:start|end):)")
_BACKTICKS: Final = re.compile("`+")
_LEAST_FENCE: Final = 3


def inert(text: str) -> str:
    """Write text for a terminal or a log: on one line, every letter seen, and no order in it."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(_seen(text))
    return disarmed(text)


def disarmed(text: str) -> str:
    """Break what a CI system takes for an order; also where wrapping has begun a line with it."""
    return _ORDERS.sub(lambda found: _escape(found[0]), text)


def document(value: JSON, indent: int | None = None) -> str:
    """Write JSON in printable ASCII, with nothing in its strings that a CI system obeys.

    It reads back as the same value: what is changed is how letters of strings are written.
    """
    return quoted(json.dumps(value, indent=indent, ensure_ascii=True, allow_nan=False))


def quoted(text: str) -> str:
    """Break orders that stand between double quotes, in JSON or in our YAML."""
    return _ORDERS_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def readable(text: str) -> str:
    """Show our YAML in any script: what nobody sees is escaped where it stands, in its quotes."""
    return quoted("\n".join("".join(_seen(line)) for line in text.split("\n")))


def code(text: str) -> str:
    """Write text as a code span of Markdown, where nothing is active and nobody is mentioned."""
    shown = inert(text).strip() or '""'
    ticks = "`" * (_longest_run([shown]) + 1)
    pad = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def fenced(lines: Sequence[str], language: str = "") -> list[str]:
    """Put lines, which are inert already, between fences of Markdown that none can close."""
    fence = "`" * max(_longest_run(lines) + 1, _LEAST_FENCE)
    return [f"{fence}{language}", *lines, fence]


def annotation(text: str) -> str:
    """Write the message of a GitHub annotation."""
    return inert(text).replace("%", "%25")


def annotated(text: str) -> str:
    """Write a property of a GitHub annotation, such as its file."""
    return annotation(text).replace(":", "%3A").replace(",", "%2C")


def _longest_run(lines: Iterable[str]) -> int:
    return max((len(run) for line in lines for run in _BACKTICKS.findall(line)), default=0)


def _seen(text: str) -> Iterator[str]:
    """Give the letters, and the escapes of those that nobody sees or that sit on one of ours."""
    marks = _MOST_MARKS  # one at the beginning would change the letter before it, which is ours
    for letter in text:
        marks = marks + 1 if unicodedata.category(letter) in _MARKS else 0
        seen = letter.isprintable() and letter not in _UNSEEN and marks <= _MOST_MARKS
        yield letter if seen else _escape(letter)


def _escape(letter: str) -> str:
    number = ord(letter)
    if number < _BYTE:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < _PLANE else f"\\U{number:08x}"

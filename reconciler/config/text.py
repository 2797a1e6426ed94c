"""Bytes become text here: UTF-8 without anything that a reviewer cannot see.

Bidirectional controls and zero-width characters make a diff show other text than what is run, so
they are refused wherever they stand, in comments too.
"""

import re
import unicodedata
from collections.abc import Iterator

from reconciler.model.diagnostic import Diagnostic, SourceSpan
from reconciler.model.visible import INVISIBLE, hidden

_REFUSED_IN_FILE = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f{INVISIBLE}]")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_SHOWN_PER_FILE = 20  # a binary file has thousands; the first ones tell enough

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SAVE_AS_UTF8 = "Save the file as UTF-8 without a byte order mark."


def decode(file: str, data: bytes) -> tuple[str, tuple[Diagnostic, ...]]:
    """Turn the bytes of a file into text, with a problem for each thing that must not be in it."""
    if data.startswith((_UTF8_MARK, *_UTF16_MARKS)):
        summary = "the file starts with a byte order mark"
        place = SourceSpan(file, 1, 1)
        return "", (Diagnostic("byte-order-mark", summary, _SAVE_AS_UTF8, place),)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        summary = f"byte 0x{data[error.start]:02x} is not UTF-8 text"
        place = place_in(file, before, len(before))
        return "", (Diagnostic("not-utf8", summary, _SAVE_AS_UTF8, place),)
    return text, tuple(_refused_characters(file, text))


def place_in(file: str, text: str, index: int) -> SourceSpan:
    """Give the line and column of a character of the text."""
    line, start = 1, 0
    for line_break in _LINE_BREAK.finditer(text, 0, index):
        line, start = line + 1, line_break.end()
    return SourceSpan(file, line, index - start + 1)


def refused_character(value: str) -> str:
    """Name the first character that a value must not hold, empty where there is none."""
    found = hidden(value)
    return _named(found) if found else ""


def _refused_characters(file: str, text: str) -> Iterator[Diagnostic]:
    for count, found in enumerate(_REFUSED_IN_FILE.finditer(text)):
        if count == _SHOWN_PER_FILE:
            return
        yield Diagnostic(
            "refused-character",
            f"the file holds {_named(found[0])}, which people reviewing it cannot see",
            "Delete the character.",
            place_in(file, text, found.start()),
        )


def _named(character: str) -> str:
    name = unicodedata.name(character, "a control character")
    return f"U+{ord(character):04X} ({name})"

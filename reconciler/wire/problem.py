"""Error bodies in their four shapes: control plane, data plane, a bare JSON string, plain text.

HTML and anything undocumented is not shown: it says nothing, and it is not ours to trust.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.values import JSON, Fields, text
from reconciler.wire.tolerant import WireError, decode

_LONGEST = 256
_BOM = b"\xef\xbb\xbf"
_WORD = re.compile(r"[A-Z][A-Z_]{0,39}")
_GRPC = {
    1: "CANCELLED",
    2: "UNKNOWN",
    3: "INVALID_ARGUMENT",
    4: "DEADLINE_EXCEEDED",
    5: "NOT_FOUND",
    6: "ALREADY_EXISTS",
    7: "PERMISSION_DENIED",
    8: "RESOURCE_EXHAUSTED",
    9: "FAILED_PRECONDITION",
    10: "ABORTED",
    11: "OUT_OF_RANGE",
    12: "UNIMPLEMENTED",
    13: "INTERNAL",
    14: "UNAVAILABLE",
    15: "DATA_LOSS",
    16: "UNAUTHENTICATED",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error answer says: a code of the API's list, or empty, and a short message."""

    code: str
    message: str


def read_problem(content_type: str, body: bytes) -> Problem:
    """Read an error body; never fails, at worst both parts are empty."""
    try:
        payload = decode(body)
    except WireError:
        return Problem("", _plain(content_type, body))
    if isinstance(payload, str):
        return Problem("", _short(payload))
    return _structured(payload) if isinstance(payload, Mapping) else Problem("", "")


def is_html(content_type: str, body: bytes) -> bool:
    """Whether an answer is a web page: then a proxy or a portal speaks, and not the API."""
    return "html" in content_type.lower() or _start(body) == b"<"


def _structured(payload: Fields) -> Problem:
    inner = payload.get("error")
    body = inner if isinstance(inner, Mapping) else payload
    message = text(body.get("message")) or text(inner)
    return Problem(_code(body.get("code")), _short(message))


def _code(value: JSON) -> str:
    """Read a code as a word of the control plane or a number of the data plane."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _GRPC.get(value, "")
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""


def _plain(content_type: str, body: bytes) -> str:
    if is_html(content_type, body) or _start(body) in {b"{", b"["}:  # or JSON that is not whole
        return ""
    return _short(body[: _LONGEST * 8].decode("utf-8", "replace"))


def _start(body: bytes) -> bytes:
    return body[: _LONGEST * 8].removeprefix(_BOM).lstrip()[:1]


def _short(message: str) -> str:
    start = message[: _LONGEST * 8]
    kept = "".join(letter if letter.isprintable() else " " for letter in start)
    line = " ".join(kept.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."

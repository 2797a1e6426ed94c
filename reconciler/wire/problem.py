"""Error bodies in their four shapes: control plane, data plane, a bare JSON string, plain text.

HTML and anything undocumented is not shown: it says nothing, and it is not ours to trust.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.values import Fields
from reconciler.wire.tolerant import WireError, decode

_LONGEST = 256
_GRPC = {
    3: "INVALID_ARGUMENT",
    5: "NOT_FOUND",
    6: "ALREADY_EXISTS",
    7: "PERMISSION_DENIED",
    8: "RESOURCE_EXHAUSTED",
    9: "FAILED_PRECONDITION",
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


def _structured(payload: Fields) -> Problem:
    inner = payload.get("error")
    body = inner if isinstance(inner, Mapping) else payload
    code, message = body.get("code"), body.get("message")
    if isinstance(code, int) and not isinstance(code, bool):
        code = _GRPC.get(code, "")
    if not isinstance(message, str):
        message = inner if isinstance(inner, str) else ""
    return Problem(code if isinstance(code, str) else "", _short(message))


def _plain(content_type: str, body: bytes) -> str:
    if "html" in content_type.lower() or body.lstrip()[:1] == b"<":
        return ""
    return _short(body[: _LONGEST * 4].decode("utf-8", "replace"))


def _short(message: str) -> str:
    kept = "".join(letter if letter.isprintable() else " " for letter in message)
    line = " ".join(kept.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."

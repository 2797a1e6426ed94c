"""Refusals: why an operation says no, and the two shapes in which the planes say it.

The control plane answers `{"error": {code, message}, "status"}`, the data plane a gRPC status; both
carry the same code, one as a word and one as a number. A 401 is plain text on both, as on the real
service, so that no client may assume JSON in an error.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType


class Code(Enum):
    """The documented error codes, each with its gRPC number."""

    UNKNOWN = ("UNKNOWN", 2)
    INVALID_ARGUMENT = ("INVALID_ARGUMENT", 3)
    UNPROCESSABLE_ENTITY = ("UNPROCESSABLE_ENTITY", 3)
    DEADLINE_EXCEEDED = ("DEADLINE_EXCEEDED", 4)
    NOT_FOUND = ("NOT_FOUND", 5)
    ALREADY_EXISTS = ("ALREADY_EXISTS", 6)
    FORBIDDEN = ("FORBIDDEN", 7)
    QUOTA_EXCEEDED = ("QUOTA_EXCEEDED", 8)
    RESOURCE_EXHAUSTED = ("RESOURCE_EXHAUSTED", 8)
    FAILED_PRECONDITION = ("FAILED_PRECONDITION", 9)
    PAYMENT_REQUIRED = ("PAYMENT_REQUIRED", 9)
    OUT_OF_RANGE = ("OUT_OF_RANGE", 11)
    UNIMPLEMENTED = ("UNIMPLEMENTED", 12)
    INTERNAL = ("INTERNAL", 13)
    UNAVAILABLE = ("UNAVAILABLE", 14)
    UNAUTHENTICATED = ("UNAUTHENTICATED", 16)

    @property
    def word(self) -> str:
        """The control plane's name of the code."""
        return self.value[0]

    @property
    def number(self) -> int:
        """The data plane's gRPC number of the code."""
        return self.value[1]


_CODES = MappingProxyType(
    {
        400: Code.INVALID_ARGUMENT,
        401: Code.UNAUTHENTICATED,
        402: Code.PAYMENT_REQUIRED,
        403: Code.FORBIDDEN,
        404: Code.NOT_FOUND,
        409: Code.ALREADY_EXISTS,
        412: Code.FAILED_PRECONDITION,
        413: Code.OUT_OF_RANGE,
        422: Code.UNPROCESSABLE_ENTITY,
        429: Code.RESOURCE_EXHAUSTED,
        500: Code.INTERNAL,
        502: Code.UNAVAILABLE,
        503: Code.UNAVAILABLE,
        504: Code.DEADLINE_EXCEEDED,
    }
)


class Plane(Enum):
    """The two halves of the API, which differ in how they write an error."""

    CONTROL = "control"
    DATA = "data"


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a mistake of the emulator
    """An operation's no: an HTTP status, a code and a sentence for the caller."""

    def __init__(self, status: int, code: Code, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Malformed(Refusal):
    """A body without the shape of its request, which some operations answer with a 422."""

    def as_unprocessable(self) -> Refusal:
        """Return it as the 422 of an operation that documents one."""
        return Refusal(422, Code.UNPROCESSABLE_ENTITY, self.message)


def malformed(message: str) -> Malformed:
    """Refuse a body that lacks a field, or has one of another JSON type."""
    return Malformed(400, Code.INVALID_ARGUMENT, message)


def invalid(message: str) -> Refusal:
    """Refuse an argument: 400 INVALID_ARGUMENT."""
    return Refusal(400, Code.INVALID_ARGUMENT, message)


def not_found(message: str) -> Refusal:
    """Refuse for want of an object: 404 NOT_FOUND."""
    return Refusal(404, Code.NOT_FOUND, message)


def precondition(message: str) -> Refusal:
    """Refuse for the state an object is in: 412 FAILED_PRECONDITION."""
    return Refusal(412, Code.FAILED_PRECONDITION, message)


def quota(message: str) -> Refusal:
    """Refuse for a limit of the project: 403 QUOTA_EXCEEDED."""
    return Refusal(403, Code.QUOTA_EXCEEDED, message)


def code_for(status: int) -> Code:
    """Return the code that goes with an HTTP status when nothing more is known."""
    return _CODES.get(status, Code.UNKNOWN)


def error_body(plane: Plane, status: int, code: Code, message: str) -> Mapping[str, object]:
    """Write a refusal in the documented shape of its plane."""
    if plane is Plane.DATA:
        return {"code": code.number, "message": message, "details": []}
    return {"error": {"code": code.word, "message": message}, "status": status}

"""What enters and leaves the emulator's core: calls, answers and replies, as plain values.

The core knows no sockets, so that one `handle` serves a real port, a test and a simulation that
asks thousands of times a second. Everything that a port would do to an answer - wait, cut it off,
hang up - is therefore written down in the `Reply` and carried out by whoever holds the connection.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from enum import Enum, auto

from reconciler.emulator.buckets import NO_BUCKETS, Buckets
from reconciler.emulator.clock import SECOND
from reconciler.emulator.knobs import Knobs

BODY_LIMIT_BYTES = 2_000_000
CONTROL_PREFIX = "/_emulator/"
# A snapshot of a project may be large, and whoever sends one is the owner of the machine.
CONTROL_BODY_LIMIT_BYTES = 1_000_000_000
_NO_CONTENT = 204
JSON_TYPE = "application/json"
TEXT_TYPE = "text/plain; charset=utf-8"


class Ending(Enum):
    """How the bytes of an answer end on the connection."""

    WHOLE = auto()
    DROPPED = auto()
    """Nothing is sent and the connection is closed."""
    TRUNCATED = auto()
    """`Reply.body` is shorter than its Content-Length, and the connection is closed after it."""


class Version(Enum):
    """The API versions that the emulator speaks, as named in X-Pinecone-Api-Version."""

    V2025_04 = "2025-04"
    V2025_10 = "2025-10"
    V2026_04 = "2026-04"
    V2026_07 = "2026-07"

    @property
    def is_first(self) -> bool:
        """Whether this is 2025-04, before read capacity, schemas and the fullness figures."""
        return self is Version.V2025_04

    @property
    def is_last(self) -> bool:
        """Whether this is 2026-07, with deployments, typed schemas and backup schedules."""
        return self is Version.V2026_07

    def has(self, since: "Version") -> bool:
        """Whether this version has what came with another one."""
        # The names are dates, so their order as texts is their order in time.
        return self.value >= since.value


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it arrived; `path` is still percent-encoded, `query` without its mark."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer and its fate: how long it is held back, and how its bytes end.

    A dropped reply has status 0 and no bytes, so that a driver that forgets to look at `ending`
    cannot mistake it for an answer.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    ending: Ending = Ending.WHOLE
    delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Site:
    """What an operation may know of the emulator around it."""

    base_url: str
    project: str
    knobs: Knobs
    new_id: Callable[[], str]
    quirks: bool = False
    """Whether answers show the oddities that were seen on the real service."""
    buckets: Buckets = NO_BUCKETS
    """The folders that imports read."""
    reads_in_slices: bool = False
    """Whether imports are read between requests, and wait for it, instead of at once."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One authorised request to one operation; `now` is server time in UTC microseconds."""

    parameters: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    body: bytes
    version: Version
    now: int
    site: Site


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation says; `changed` is the id or name of what it changed in the store."""

    status: int
    payload: Mapping[str, object] | None = None
    changed: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


def to_json(payload: object) -> bytes:
    """Write JSON that is ASCII throughout, so that no text can make a body unsendable."""
    return json.dumps(payload, separators=(",", ":")).encode("ascii")


def json_reply(status: int, payload: object, now: int) -> Reply:
    """Build a JSON reply, or one with an empty body when there is no payload."""
    return raw_reply(status, b"" if payload is None else to_json(payload), now)


def raw_reply(status: int, body: bytes, now: int, content_type: str = JSON_TYPE) -> Reply:
    """Build a reply whose Date comes from the emulator's clock, which clients compare with."""
    headers = [("date", formatdate(now // SECOND, usegmt=True))]
    if status != _NO_CONTENT:
        # Without content there is nothing to have a type or a length, and HTTP forbids to name one.
        headers += [("content-type", content_type), ("content-length", str(len(body)))]
    return Reply(status, tuple(headers), body)

"""The four ports: all that the engine knows of time, files, randomness and the network.

Nothing else in the package touches them, so a simulation that supplies its own four drives the
whole engine deterministically.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from reconciler.model.values import Micros


class Clock(Protocol):
    """Time: the wall clock for records, a steady one for deadlines, and sleep."""

    def now(self) -> Micros:
        """Give UTC microseconds since 1970."""
        ...

    def steady(self) -> Micros:
        """Give microseconds of a clock that never jumps, from an arbitrary start."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; a simulation moves its own time instead."""
        ...


class Random(Protocol):
    """Randomness, as bytes."""

    def take(self, count: int) -> bytes:
        """Give `count` unpredictable bytes."""
        ...


class LockHandle(Protocol):
    """A held kernel lock; freed by `release`, or by the kernel when the process dies."""

    def release(self) -> None:
        """Free the lock; a second call does nothing."""
        ...


class Disk(Protocol):
    """Files, in the few steps that durable state is made of; paths are text. Raises OSError."""

    def read(self, path: str, limit: int) -> bytes | None:
        """Read a regular file whole, None when it does not exist; refuses more than `limit`."""
        ...

    def append(self, path: str, data: bytes, at: int) -> None:
        """Write at byte offset `at`, which must be the end, and sync; creates with 0600.

        Raises OSError with ESTALE when the end is elsewhere; empty `data` syncs what is there.
        """
        ...

    def write_new(self, path: str, data: bytes) -> None:
        """Create a file that must not exist (0600, links not followed), write and sync it."""
        ...

    def replace(self, source: str, target: str) -> None:
        """Rename over the target, atomically."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file; one that is not there is fine."""
        ...

    def sync_folder(self, path: str) -> None:
        """Make renames, creations and removals in a folder durable."""
        ...

    def make_folder(self, path: str) -> None:
        """Make a folder and its parents (0700 for new ones); existing ones are fine."""
        ...

    def listing(self, path: str) -> Sequence[str]:
        """Give the names in a folder, sorted; none when there is no folder."""
        ...

    def lock(self, path: str, info: bytes) -> LockHandle | bytes:
        """Try for the kernel lock on a file: the handle, or the holder's `info` when taken.

        Creates the file (0600) and writes `info` into it for others to read while held.
        """
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request as the transport sends it; `fresh` asks for a new connection."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    deadline_seconds: float
    fresh: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole HTTP answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotSentError(Exception):
    """The request surely never reached the server."""


class AmbiguousError(Exception):
    """The request may have been carried out: the connection broke, or the answer is unusable."""


class Transport(Protocol):
    """The network: one request, one answer."""

    async def exchange(self, call: Call) -> Answer:
        """Send once; raises NotSentError or AmbiguousError, never retries or redirects."""
        ...

    async def close(self) -> None:
        """Close idle connections."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """The four, as one value to hand down."""

    clock: Clock
    disk: Disk
    random: Random
    transport: Transport

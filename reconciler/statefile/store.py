"""What every store of state promises, and the values that cross its border.

A store keeps a log: a checkpoint and the records after it. It never looks into them. Every change
names the position it stands on, so a writer that was overtaken fails instead of overwriting.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from reconciler.model.values import Fields, Micros, canonical, integer, mapping, text


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the log: appends so far, and the SHA-256 (64 hex characters) of the last one."""

    sequence: int
    hash: str


ORIGIN = Position(0, "0" * 64)
"""Where a state stands that does not exist yet."""


class Feature(Enum):
    """What a store can do beyond keeping bytes."""

    CAS = "cas"
    """An append at a position that is not the end is refused."""
    LEASE = "lease"
    """One holder at a time."""
    CONSTANT_APPEND = "constant-append"
    """Saving one step costs the same however large the state is."""
    HISTORY = "history"
    """Older versions can be read back."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock, as shown to those who wait; `since` is RFC 3339, `job` a URL or empty."""

    lock_id: str
    who: str
    host: str
    pid: int
    operation: str
    since: str
    job: str
    version: str

    def to_json(self) -> bytes:
        """Encode as one line of JSON."""
        return (
            canonical(
                {
                    "id": self.lock_id,
                    "who": self.who,
                    "host": self.host,
                    "pid": self.pid,
                    "operation": self.operation,
                    "since": self.since,
                    "job": self.job,
                    "version": self.version,
                }
            )
            + b"\n"
        )

    @classmethod
    def from_json(cls, data: bytes) -> "Holder | None":
        """Decode what `to_json` wrote, None when it is not that: the text is only for display."""
        try:
            fields = mapping(json.loads(data))
        except (ValueError, RecursionError):
            return None
        if not text(fields.get("id")):
            return None
        return cls(
            lock_id=text(fields.get("id")),
            who=text(fields.get("who")),
            host=text(fields.get("host")),
            pid=integer(fields.get("pid")) or 0,
            operation=text(fields.get("operation")),
            since=text(fields.get("since")),
            job=text(fields.get("job")),
            version=text(fields.get("version")),
        )


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write, until `expires` (UTC microseconds); None lasts as long as the process."""

    holder: Holder
    expires: Micros | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """A whole version of state: the checkpoint (None before the first) and the records after it."""

    position: Position
    checkpoint: Fields | None
    records: tuple[Fields, ...]


class Store(Protocol):
    """A log of records with a checkpoint and one writer at a time.

    All methods raise StateError when the store cannot be reached or what it holds does not check
    out; `append` and `compact` need a lease.
    """

    @property
    def features(self) -> frozenset[Feature]:
        """Say what this store can do."""
        ...

    def load(self) -> Loaded:
        """Read the newest whole version; a state that does not exist stands at ORIGIN."""
        ...

    def append(self, at: Position, records: Sequence[Fields]) -> Position:
        """Add records durably, all or none; StaleStateError unless the log ends at `at`."""
        ...

    def compact(self, at: Position, checkpoint: Fields) -> Position:
        """Put a checkpoint in place of the log; StaleStateError unless the log ends at `at`."""
        ...

    async def acquire(self, holder: Holder, wait_seconds: float) -> Lease:
        """Become the one writer, waiting at most so long; LockedError names who is."""
        ...

    def renew(self, lease: Lease) -> Lease:
        """Keep a lease; StateError when it is no longer ours."""
        ...

    def release(self, lease: Lease) -> None:
        """Give a lease back; one that is not held any more is fine."""
        ...

    async def take_over(self, lock_id: str, holder: Holder, records: Sequence[Fields]) -> Lease:
        """Take the lock of a holder that is gone, and append `records` to shut it out.

        Even an empty append moves the position, so the old holder's next write is stale. Raises
        LockedError while the holder is alive and StateError when `lock_id` is not its lock.
        """
        ...

"""The journal: every API request in the order in which it was carried out, and what it changed.

It is the oracle of "exactly one": a client may believe what it likes about a lost answer, the
journal knows whether there is an object. A request that a fault holds back is entered when it is
performed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.emulator.clock import timestamp


@dataclass(frozen=True, slots=True)
class Entry:
    """One request; `status` is None when no answer was sent, `operation` when there is no such."""

    n: int
    at: int
    operation: str | None
    method: str
    path: str
    status: int | None
    object_id: str | None

    @property
    def committed(self) -> bool:
        """Whether the request changed stored data."""
        return self.object_id is not None

    def payload(self) -> Mapping[str, object]:
        """Return the entry as it is served."""
        return {
            "n": self.n,
            "at": timestamp(self.at),
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "committed": self.committed,
            "object_id": self.object_id,
        }

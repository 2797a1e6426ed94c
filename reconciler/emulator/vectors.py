"""Vectors: the records of one index, by namespace, and copies of them that cost nothing.

A backup is the data as it was at one moment, and tests take thousands of them. A table is copied
only when it is written to after having been shared, and then shares all but what is written, so a
snapshot costs one entry per namespace, however many records there are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from reconciler.emulator.records import Record, Table

DEFAULT_NAMESPACE = "__default__"
_BASE = 997


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The records of an index at one moment; its tables are never written to again."""

    namespaces: Mapping[str, Table]
    record_count: int
    size_bytes: int
    schemas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The fields that namespaces were made to be filtered by, where any were named."""

    def __deepcopy__(self, memo: object) -> Self:
        return self


class Vectors:
    """The records of one index, which share tables with snapshots until they change."""

    __slots__ = ("_namespaces", "_own", "_record_count", "_schemas", "_size_bytes")

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        taken = snapshot or Snapshot({}, 0, 0)
        self._namespaces: dict[str, Table] = dict(taken.namespaces)
        self._own: set[str] = set()
        self._record_count = taken.record_count
        self._size_bytes = taken.size_bytes
        self._schemas = dict(taken.schemas)

    def __deepcopy__(self, memo: object) -> "Vectors":
        return Vectors(self.snapshot())

    def __contains__(self, name: str) -> bool:
        return name in self._namespaces

    def namespace(self, name: str) -> Table:
        """Return the records of a namespace, which is empty when it does not exist."""
        return self._namespaces.get(name) or Table()

    def counts(self) -> Mapping[str, int]:
        """Return the number of records of every namespace."""
        return {name: len(records) for name, records in self._namespaces.items()}

    def schema(self, name: str) -> tuple[str, ...] | None:
        """Return the fields that a namespace was made to be filtered by, or None for all."""
        return self._schemas.get(name)

    def create(self, name: str, schema: tuple[str, ...] | None = None) -> None:
        """Make an empty namespace."""
        self._writable(name)
        if schema is not None:
            self._schemas[name] = schema

    def put(self, name: str, records: Iterable[Record]) -> None:
        """Write records into a namespace, which then exists, over those with the same id."""
        table = self._writable(name)
        for record in records:
            before = table.put(record)
            self._record_count += before is None
            self._size_bytes += record.size_bytes - (before.size_bytes if before else 0)

    def remove(self, name: str, identifiers: Iterable[str]) -> int:
        """Remove records of a namespace by id, and return how many there were."""
        table = self._writable(name)
        gone = [record for each in identifiers if (record := table.remove(each)) is not None]
        self._forget(len(gone), sum(record.size_bytes for record in gone))
        return len(gone)

    def drop(self, name: str) -> None:
        """Remove a namespace that exists, with its records."""
        table = self._namespaces.pop(name)
        self._own.discard(name)
        self._schemas.pop(name, None)
        self._forget(len(table), sum(record.size_bytes for record in table.values()))

    def snapshot(self) -> Snapshot:
        """Take a copy of everything; from here on every table is shared and must be copied."""
        self._own.clear()
        return Snapshot(
            dict(self._namespaces), self._record_count, self._size_bytes, dict(self._schemas)
        )

    def _writable(self, name: str) -> Table:
        if name not in self._own:
            before = self._namespaces.get(name)
            self._namespaces[name] = Table() if before is None else before.copy()
            self._own.add(name)
        return self._namespaces[name]

    def _forget(self, records: int, size_bytes: int) -> None:
        self._record_count -= records
        self._size_bytes -= size_bytes


def stored_namespace(name: str) -> str:
    """Return the name that a namespace is stored by: the default one has two."""
    return "" if name == DEFAULT_NAMESPACE else name


def made_up_values(seed: int, count: int, dimension: int) -> tuple[tuple[float, ...], ...]:
    """Make up vectors that are the same for the same arguments.

    They are windows onto one sequence, so that a thousand vectors of any dimension share their
    numbers and are made in about a millisecond.
    """
    state = seed % 2**31
    base: list[float] = []
    for _ in range(_BASE):
        state = (state * 1_103_515_245 + 12_345) % 2**31
        base.append(round(state / 2**30 - 1, 6))
    whole = tuple(base) * (dimension // _BASE + 2)
    return tuple(whole[start % _BASE : start % _BASE + dimension] for start in range(count))

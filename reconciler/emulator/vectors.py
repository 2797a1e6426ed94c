"""Vectors: the records of one index, by namespace, and copies of them that cost nothing.

A backup is the data as it was at one moment, and tests take thousands of them. Records are
immutable and a namespace is copied only when it is written to after having been shared, so a
snapshot costs one entry per namespace, however many records there are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_BYTES_PER_VALUE = 4
_BYTES_PER_SPARSE_VALUE = 8
_BASE = 997


@dataclass(frozen=True, slots=True)
class Record:
    """One stored vector; `size_bytes` is what the service would bill for, roughly."""

    id: str
    values: tuple[float, ...]
    sparse: tuple[tuple[int, ...], tuple[float, ...]] | None
    metadata: Mapping[str, object] | None
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The records of an index at one moment; its mappings are never written to again."""

    namespaces: Mapping[str, Mapping[str, Record]]
    record_count: int
    size_bytes: int


class Vectors:
    """The records of one index, which share namespaces with snapshots until they change."""

    __slots__ = ("_namespaces", "_own", "_record_count", "_size_bytes")

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        taken = snapshot or Snapshot({}, 0, 0)
        self._namespaces: dict[str, Mapping[str, Record]] = dict(taken.namespaces)
        self._own: dict[str, dict[str, Record]] = {}
        self._record_count = taken.record_count
        self._size_bytes = taken.size_bytes

    def namespace(self, name: str) -> Mapping[str, Record]:
        """Return the records of a namespace, which is empty when it does not exist."""
        return self._namespaces.get(name, {})

    def counts(self) -> Mapping[str, int]:
        """Return the number of records of every namespace."""
        return {name: len(records) for name, records in self._namespaces.items()}

    def put(self, name: str, records: Iterable[Record]) -> None:
        """Write records into a namespace, over those with the same id."""
        own = self._own.get(name)
        if own is None:
            own = dict(self.namespace(name))
            self._own[name] = own
            self._namespaces[name] = own
        for record in records:
            before = own.get(record.id)
            self._record_count += before is None
            self._size_bytes += record.size_bytes - (before.size_bytes if before else 0)
            own[record.id] = record

    def snapshot(self) -> Snapshot:
        """Take a copy of everything; from here on every namespace is shared and must be copied."""
        self._own.clear()
        return Snapshot(dict(self._namespaces), self._record_count, self._size_bytes)


def record(
    identifier: str,
    values: tuple[float, ...],
    sparse: tuple[tuple[int, ...], tuple[float, ...]] | None = None,
    metadata: Mapping[str, object] | None = None,
) -> Record:
    """Build a record and work out its size."""
    size = len(identifier) + _BYTES_PER_VALUE * len(values)
    if sparse is not None:
        size += _BYTES_PER_SPARSE_VALUE * len(sparse[0])
    if metadata is not None:
        size += len(str(metadata))
    return Record(identifier, values, sparse, metadata, size)


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

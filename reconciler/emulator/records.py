"""Records: single vectors, packed as the service keeps them, and the table of a namespace.

A table is cut into chunks by a digest of the ids. Copies of it share the chunks, and a write
copies only the chunks that it touches, so a million records in an index, its backups and what was
restored from them are in memory once.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self
from zlib import crc32

_MOST_PER_CHUNK = 512
_BYTES_PER_VALUE = 4
# So many digits always tell a float32 from its neighbours; fewer mostly do.
_FEWEST_DIGITS, _MOST_DIGITS = 6, 9
_LARGEST = struct.unpack("<f", b"\xff\xff\x7f\x7f")[0]


@dataclass(frozen=True, slots=True)
class Sparse:
    """The sparse part of a vector: unsigned places and their float32 values, packed."""

    indices: bytes
    values: bytes

    def pairs(self) -> Mapping[int, float]:
        """Return value by place."""
        return dict(zip(whole(self.indices), unpack(self.values), strict=True))


@dataclass(frozen=True, slots=True)
class Record:
    """One stored vector; `dense` holds little-endian float32 and is empty in a sparse index."""

    id: str
    dense: bytes
    sparse: Sparse | None = None
    metadata: Mapping[str, object] | None = None

    @property
    def values(self) -> tuple[float, ...]:
        """The dense values, each as the shortest number that stands for its float32."""
        return shortest(self.dense)

    @property
    def size_bytes(self) -> int:
        """What the service would bill for, roughly."""
        size = len(self.id) + len(self.dense)
        if self.sparse is not None:
            size += len(self.sparse.indices) + len(self.sparse.values)
        return size if self.metadata is None else size + len(str(self.metadata))

    def __deepcopy__(self, memo: object) -> Self:
        return self


class Table(Mapping[str, Record]):
    """The records of one namespace by id; whoever shares a table with others writes to a copy."""

    __slots__ = ("_chunks", "_count", "_own")

    def __init__(self) -> None:
        self._chunks: list[dict[str, Record]] = [{}]
        self._own: set[int] = {0}
        self._count = 0

    def copy(self) -> "Table":
        """Return a table of the same records; the cost is one entry per chunk."""
        other = Table()
        other._chunks, other._own, other._count = list(self._chunks), set(), self._count
        self._own = set()
        return other

    def put(self, record: Record) -> Record | None:
        """Write a record and return the one that it replaces."""
        if self._count >= _MOST_PER_CHUNK * len(self._chunks):
            self._grow()
        chunk = self._writable(self._place(record.id))
        before = chunk.get(record.id)
        self._count += before is None
        chunk[record.id] = record
        return before

    def remove(self, identifier: str) -> Record | None:
        """Take a record out and return it, or None if it is not there."""
        if identifier not in self:
            return None
        self._count -= 1
        return self._writable(self._place(identifier)).pop(identifier)

    def chunks(self) -> Iterator[Mapping[str, Record]]:
        """Give the records in the parts in which they are kept."""
        return iter(self._chunks)

    def __getitem__(self, identifier: str) -> Record:
        return self._chunks[self._place(identifier)][identifier]

    def __iter__(self) -> Iterator[str]:
        return (identifier for chunk in self._chunks for identifier in chunk)

    def __len__(self) -> int:
        return self._count

    def _place(self, identifier: str) -> int:
        chunks = len(self._chunks)
        return 0 if chunks == 1 else crc32(identifier.encode("utf-8", "replace")) % chunks

    def _writable(self, place: int) -> dict[str, Record]:
        if place not in self._own:
            self._chunks[place] = self._chunks[place].copy()
            self._own.add(place)
        return self._chunks[place]

    def _grow(self) -> None:
        before = self._chunks
        self._chunks = [{} for _ in range(2 * len(before))]
        self._own = set(range(len(self._chunks)))
        for chunk in before:
            for identifier, record in chunk.items():
                self._chunks[self._place(identifier)][identifier] = record


def pack(values: tuple[float, ...]) -> bytes:
    """Pack numbers as float32; raises OverflowError for one that is too large for it."""
    try:
        return struct.pack(f"<{len(values)}f", *values)
    except struct.error as error:
        raise OverflowError(str(error)) from error


def pack_sparse(indices: tuple[int, ...], values: tuple[float, ...]) -> Sparse:
    """Pack the sparse part of a vector; raises OverflowError for a value beyond any float32."""
    return Sparse(struct.pack(f"<{len(indices)}I", *indices), pack(values))


def unpack(packed: bytes) -> tuple[float, ...]:
    """Return packed float32 with all the digits that Python shows for them."""
    return struct.unpack(f"<{len(packed) // _BYTES_PER_VALUE}f", packed)


def whole(packed: bytes) -> tuple[int, ...]:
    """Return packed places of a sparse vector."""
    return struct.unpack(f"<{len(packed) // _BYTES_PER_VALUE}I", packed)


def shortest(packed: bytes) -> tuple[float, ...]:
    """Return packed float32 as people wrote them: 0.1, and not 0.10000000149011612."""
    return tuple(_shortest(value) for value in unpack(packed))


def _shortest(value: float) -> float:
    for digits in range(_FEWEST_DIGITS, _MOST_DIGITS):
        short = float(f"{value:.{digits}g}")
        # Rounding up may leave the largest numbers beyond what float32 can hold.
        if abs(short) <= _LARGEST and struct.unpack("<f", struct.pack("<f", short))[0] == value:
            return short
    return float(f"{value:.{_MOST_DIGITS}g}")

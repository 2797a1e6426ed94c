"""Loading: what an import reads, all of it when its time comes, and puts into the index bit by bit.

The rows are read once, in batches, and kept as the records that the index will hold. How many of
them have been loaded at a moment is then worked out from the clock, as for every other job.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

from reconciler.emulator.buckets import Buckets, ImportRefused, Place, files_by_namespace
from reconciler.emulator.errors import Refusal
from reconciler.emulator.loads import Import, Reading
from reconciler.emulator.parquet import count_rows, read_rows
from reconciler.emulator.records import Record, pack, pack_sparse
from reconciler.emulator.store import Index
from reconciler.emulator.vector_bodies import namespace_name
from reconciler.emulator.vectors import made_up_values, stored_namespace

MADE_UP_ROWS = 1_000
_SLICE_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Loaded:
    """The good records of an import, by namespace and in the order of its rows."""

    reading: Reading
    records: Mapping[str, Sequence[Record]]

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces that the import fills."""
        return tuple(self.records)

    def first(self, rows: int) -> Iterator[tuple[str, Sequence[Record]]]:
        """Give the records of the first rows, by namespace."""
        left = good_rows(self.reading, rows)
        for namespace, records in self.records.items():
            if left:
                yield namespace, records[:left]
            left = max(left - len(records), 0)

    def __deepcopy__(self, memo: object) -> Self:
        return self


@dataclass(frozen=True, slots=True)
class MadeUp:
    """Records that nobody has given, made up from the import's URI when they are wanted."""

    reading: Reading
    index: Index
    uri: str

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The one namespace."""
        return (made_up_namespace(self.uri),)

    def first(self, rows: int) -> Iterator[tuple[str, Sequence[Record]]]:
        """Give as many records as rows are wanted."""
        digest = hashlib.sha256(self.uri.encode("utf-8", "replace")).digest()
        # Few numbers make a sparse vector: it names its places, where a dense one fills them all.
        dimension = self.index.dimension or 4
        made_up = enumerate(made_up_values(int.from_bytes(digest[:4], "big"), rows, dimension))
        if self.index.dimension is not None:
            records = [Record(f"record-{n:04}", pack(values)) for n, values in made_up]
        else:
            records = [
                Record(f"record-{n:04}", b"", pack_sparse((n, n + 3, n + 7, n + 12), values))
                for n, values in made_up
            ]
        yield self.namespaces[0], records


def made_up_namespace(uri: str) -> str:
    """Return the namespace that made-up records get, named by the last segment of their URI."""
    return stored_namespace(uri.rstrip("/").rpartition("/")[2])


def good_rows(reading: Reading, rows: int) -> int:
    """Return how many of the first rows are no bad ones."""
    return rows - bisect_left(reading.bad, rows)


def find(load: Import, buckets: Buckets) -> Mapping[str, tuple[Place, ...]] | None:
    """Return the files of an import by namespace, or None where its records are made up.

    Raises ImportRefused for files that are missing, or not laid out as an import must be.
    """
    place = buckets.place(load.uri)
    if place is not None:
        files = files_by_namespace(place, load.uri, buckets.limits)
        for name in files:
            _check_name(name)
        return files
    if buckets.strict:
        raise ImportRefused(f"No Parquet files found under {load.uri}: its bucket is not mapped.")
    _check_name(made_up_namespace(load.uri))
    return None


def read(
    load: Import, index: Index, files: Mapping[str, tuple[Place, ...]]
) -> Generator[None, None, Loaded]:
    """Read all rows of an import in slices, up to a bad one unless it goes on after errors.

    Raises ImportRefused for files that cannot be read.
    """
    rows = 0
    for file in chain.from_iterable(files.values()):
        rows += count_rows(file, index)
        yield
    if rows == 0:
        raise ImportRefused("No vectors added: the files hold no rows.")
    bad: list[int] = []
    records: dict[str, list[Record]] = {stored_namespace(name): [] for name in files}
    row = -1
    for row, (namespace, place, each) in enumerate(_rows(files, index, load.most_sparse)):
        if row % _SLICE_ROWS == 0:
            yield
        if isinstance(each, Record):
            records[namespace].append(each)
            continue
        bad.append(row)
        if not load.continues:
            return Loaded(Reading(rows, tuple(bad), f"User error: {place}: {each}"), records)
    if row + 1 != rows:
        raise ImportRefused(f"The files hold {row + 1} rows, and {rows} by their footers.")
    return Loaded(Reading(rows, tuple(bad)), records)


def _check_name(namespace: str) -> None:
    try:
        namespace_name(namespace)
    except Refusal as refusal:
        raise ImportRefused(f"{refusal.message}: {namespace!r}.") from None


def _rows(
    files: Mapping[str, tuple[Place, ...]], index: Index, most_sparse: int
) -> Iterator[tuple[str, str, Record | str]]:
    for name, of_namespace in files.items():
        for file in of_namespace:
            for row, each in enumerate(read_rows(file, index, most_sparse)):
                yield stored_namespace(name), f"{name}/{file.name}, row {row}", each

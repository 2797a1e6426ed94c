"""Loads: what is known of an import while it waits, runs and when it has ended."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from reconciler.emulator.records import Record


@dataclass(frozen=True, slots=True)
class Reading:
    """What an import has found in its files: how many rows, and which of them are no records.

    With an `error` it cannot get over the last bad row.
    """

    rows: int
    bad: tuple[int, ...] = ()
    error: str | None = None


class Staged(Protocol):
    """What an import has read and the index does not hold yet."""

    @property
    def reading(self) -> Reading:
        """What the files hold."""

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces that the import fills."""

    def first(self, rows: int) -> Iterable[tuple[str, Sequence[Record]]]:
        """Give the records of the first rows, by namespace."""


@dataclass(frozen=True, slots=True)
class ImportEnd:
    """How an import ended."""

    status: Literal["Completed", "Failed", "Cancelled"]
    at: int
    records: int
    error: str | None = None
    percent: float = 0.0


@dataclass(frozen=True, slots=True)
class Import:
    """A load of records: pending until `begins_at`, when it is read, loading until `ends_at`."""

    id: str
    uri: str
    created_at: int
    begins_at: int
    ends_at: int
    continues: bool = False
    """Whether it goes on after a row that is no record."""
    most_sparse: int = 1_000
    """How many values a sparse vector may have: as in the version that it was started in."""
    fails: bool = False
    reading: Reading | None = None
    end: ImportEnd | None = None

"""Tables of records in a database, each kept once, as what it is or as a difference to its base."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Final

from reconciler.emulator.records import Record, Sparse, Table
from reconciler.emulator.vectors import Snapshot

_PUT = "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?)"
_Row = tuple[int, str, bytes | None, bytes | None, bytes | None, str | None]


class KeptTables:
    """The tables of a project by number; one that is held by two is never written over."""

    SCHEMA: Final = """
    CREATE TABLE tables (number INTEGER PRIMARY KEY, base INTEGER);
    CREATE TABLE records (
      number INTEGER, id TEXT, dense BLOB, places BLOB, sparse BLOB, metadata TEXT,
      PRIMARY KEY (number, id)
    ) WITHOUT ROWID;
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        # With the table itself, since another one could get the id of one that is gone.
        self._numbers: dict[int, tuple[int, Table]] = {}
        self._bases: dict[int, int | None] = {}
        self._shared: set[int] = set()
        self._loaded: dict[int, Table] = {}
        self._last = 0

    def load(self) -> None:
        """Read every table; those that nobody asks for by their number are dropped afterwards."""
        for number, base in self._db.execute("SELECT number, base FROM tables ORDER BY number"):
            table = Table() if base is None else self._loaded[base].copy()
            for row in self._db.execute("SELECT * FROM records WHERE number = ?", (number,)):
                record = _record(row)
                if record is None:
                    table.remove(row[1])
                else:
                    table.put(record)
            self._loaded[number], self._bases[number], self._last = table, base, number
            if base is not None:
                self._shared.add(base)

    def table_of(self, number: int) -> Table:
        """Return a table that was loaded, for one who holds it; raises LookupError."""
        table = self._loaded[number]
        if id(table) in self._numbers:
            self._shared.add(number)
        self._numbers[id(table)] = (number, table)
        return table

    def number_of(self, table: Table) -> int:
        """Return the number of a table that is in the database already."""
        return self._numbers[id(table)][0]

    def shared_number_of(self, table: Table) -> int:
        """Return the number of a table that must stay as it is from here on."""
        if id(table) not in self._numbers:
            self._begin(table, None, list(table.values()), [])
        number = self.number_of(table)
        self._shared.add(number)
        return number

    def follow(self, before: Snapshot | None, after: Snapshot) -> None:
        """Keep the records of an index, given what was kept of it last."""
        held = {} if before is None else before.namespaces
        for name, table in after.namespaces.items():
            old = held.get(name)
            if old is table:
                continue
            if id(table) in self._numbers:
                self._shared.add(self.number_of(table))
            elif old is None:
                self._begin(table, None, list(table.values()), [])
            else:
                self._go_on(old, table)

    def keep_only(self, held: set[int]) -> None:
        """Drop all tables but those with these Python ids, and their bases."""
        self._loaded.clear()
        self._numbers = {each: self._numbers[each] for each in held if each in self._numbers}
        needed: set[int] = set()
        for number, _ in self._numbers.values():
            base: int | None = number
            while base is not None and base not in needed:
                needed.add(base)
                base = self._bases[base]
        for number in self._bases.keys() - needed:
            del self._bases[number]
            self._db.execute("DELETE FROM tables WHERE number = ?", (number,))
            self._db.execute("DELETE FROM records WHERE number = ?", (number,))

    def _go_on(self, old: Table, table: Table) -> None:
        number = self.number_of(old)
        put, removed = _difference(old, table)
        if number in self._shared:
            self._begin(table, number, put, removed)
            return
        del self._numbers[id(old)]
        self._numbers[id(table)] = (number, table)
        self._write(number, put, removed)

    def _begin(
        self, table: Table, base: int | None, put: Sequence[Record], removed: Sequence[str]
    ) -> None:
        self._last += 1
        self._numbers[id(table)], self._bases[self._last] = (self._last, table), base
        self._db.execute("INSERT INTO tables VALUES (?, ?)", (self._last, base))
        self._write(self._last, put, removed)

    def _write(self, number: int, put: Sequence[Record], removed: Sequence[str]) -> None:
        self._db.executemany(_PUT, (_row(number, record) for record in put))
        self._db.executemany(_PUT, ((number, each, None, None, None, None) for each in removed))


def _difference(old: Table, new: Table) -> tuple[Sequence[Record], Sequence[str]]:
    before, after = list(old.chunks()), list(new.chunks())
    if len(before) != len(after):
        # The table has grown out of its chunks, and every record is in another one.
        before, after = [dict(old)], [dict(new)]
    put: list[Record] = []
    removed: list[str] = []
    for was, now in zip(before, after, strict=True):
        if was is not now:
            put += [record for each, record in now.items() if was.get(each) is not record]
            removed += [each for each in was if each not in now]
    return put, removed


def _row(number: int, record: Record) -> _Row:
    sparse = record.sparse
    metadata = None if record.metadata is None else json.dumps(record.metadata)
    places, values = (None, None) if sparse is None else (sparse.indices, sparse.values)
    return number, record.id, record.dense, places, values, metadata


def _record(row: _Row) -> Record | None:
    """Read a record; one without values of any kind says that it was removed."""
    _, identifier, dense, places, values, metadata = row
    if dense is None:
        return None
    sparse = None if places is None or values is None else Sparse(places, values)
    return Record(identifier, dense, sparse, None if metadata is None else json.loads(metadata))

"""A project kept in a folder: a SQLite database that every request leaves complete.

What is saved is what has changed since it was last saved: objects that are other objects now, and
records by the chunks of their tables, which are shared until somebody writes. A table that nobody
else holds is written over in place; one that a backup holds stays, and the table that comes after
it names it as its base and holds the difference. So a backup costs a row here too.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from reconciler.emulator.codec import Codec
from reconciler.emulator.errors import Refusal
from reconciler.emulator.keeping import KeepingError
from reconciler.emulator.kept_tables import KeptTables
from reconciler.emulator.shelves import Shelves, read_shelves, shelves, stocked
from reconciler.emulator.store import Store
from reconciler.emulator.vectors import Snapshot
from reconciler.emulator.wire import to_json

_FORMAT = 1
_NAME = "project.sqlite3"
_SCHEMA = """
CREATE TABLE times (name TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE objects (shelf TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (shelf, key));
"""
_PUT = """
INSERT INTO objects (shelf, key, body) VALUES (?, ?, ?)
ON CONFLICT (shelf, key) DO UPDATE SET body = excluded.body
"""


class ProjectFolder:
    """The database of one project; only one process at a time may hold it.

    Raises KeepingError when it is held by another, or is not a project's.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._db = _opened(folder / _NAME)
        except (OSError, sqlite3.Error) as error:
            raise KeepingError(str(error)) from error
        self._tables = KeptTables(self._db)
        self._held: Shelves = {}
        self._failed: KeepingError | None = None

    def load(self) -> tuple[Store, int]:
        """Read the project and the time at which it was last saved; raises KeepingError."""
        try:
            self._tables.load()
            bodies: dict[str, dict[str, object]] = {}
            for shelf, key, body in self._db.execute(
                "SELECT shelf, key, body FROM objects ORDER BY rowid"
            ):
                bodies.setdefault(shelf, {})[key] = json.loads(body)
            codec = Codec(self._tables.number_of, self._tables.table_of)
            store = stocked(read_shelves(codec, bodies))
            with self._db:
                self._tables.keep_only(_tables(shelves(store)))
            at = self._db.execute("SELECT max(at) FROM times").fetchone()[0]
        except (sqlite3.Error, ValueError) as error:
            raise KeepingError(str(error)) from error
        except Refusal as refusal:
            raise KeepingError(refusal.message) from refusal
        self._held = _copied(shelves(store))
        return store, int(at or 0)

    def save(self, store: Store, now: int) -> None:
        """Keep what has changed, all of it or nothing; raises KeepingError."""
        if self._failed is not None:
            raise self._failed
        current = shelves(store)
        changed = list(_changed(self._held, current))
        gone = list(_gone(self._held, current))
        if changed or gone:
            self._write(changed, gone, now, current)
            self._held = _copied(current)

    def save_time(self, now: int) -> None:
        """Keep what time it is; raises KeepingError."""
        self._write([], [], now, self._held)

    def close(self) -> None:
        """Give the database free."""
        self._db.close()

    def _write(
        self,
        changed: Iterable[tuple[str, str, Any]],
        gone: Sequence[tuple[str, str]],
        now: int,
        current: Shelves,
    ) -> None:
        try:
            with self._db:
                for shelf, key, value in changed:
                    self._db.execute(_PUT, (shelf, key, self._body(shelf, key, value)))
                if gone:
                    self._db.executemany("DELETE FROM objects WHERE shelf = ? AND key = ?", gone)
                    self._tables.keep_only(_tables(current))
                self._db.execute("INSERT OR REPLACE INTO times VALUES ('saved', ?)", (now,))
        except sqlite3.Error as error:
            # What is known of the tables may be ahead of the database, so nothing is saved again.
            self._failed = KeepingError(str(error))
            raise self._failed from error

    def _body(self, shelf: str, key: str, value: object) -> str:
        number_of = self._tables.shared_number_of
        if isinstance(value, Snapshot):
            self._tables.follow(self._held.get(shelf, {}).get(key), value)
            number_of = self._tables.number_of
        return to_json(Codec(number_of, self._tables.table_of).plain(value)).decode("ascii")


def _opened(path: Path) -> sqlite3.Connection:
    # Requests are carried out one at a time, though not always by the thread that opened it.
    db = sqlite3.connect(path, timeout=0, check_same_thread=False)
    path.chmod(0o600)
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    found = db.execute("PRAGMA user_version").fetchone()[0]
    if found == 0:
        db.executescript(f"BEGIN EXCLUSIVE; {_SCHEMA} {KeptTables.SCHEMA}")
        db.execute(f"PRAGMA user_version = {_FORMAT}")
        db.commit()
    elif found != _FORMAT:
        db.close()
        raise sqlite3.DatabaseError(f"{path} has format {found}, and only {_FORMAT} is known")
    return db


def _copied(held: Shelves) -> Shelves:
    return {shelf: dict(objects) for shelf, objects in held.items()}


def _changed(before: Shelves, after: Shelves) -> Iterator[tuple[str, str, Any]]:
    # Backups come first: a table that one of them holds is not written over any more.
    for shelf in sorted(after, key=lambda name: name == "records"):
        known = before.get(shelf, {})
        for key, value in after[shelf].items():
            if not _same(known.get(key), value):
                yield shelf, key, value


def _gone(before: Shelves, after: Shelves) -> Iterator[tuple[str, str]]:
    for shelf, objects in before.items():
        yield from ((shelf, key) for key in objects if key not in after[shelf])


def _same(before: object, after: object) -> bool:
    if isinstance(before, Snapshot) and isinstance(after, Snapshot):
        return _identity(before) == _identity(after) and before.schemas == after.schemas
    return before is after


def _identity(snapshot: Snapshot) -> Mapping[str, int]:
    return {name: id(table) for name, table in snapshot.namespaces.items()}


def _tables(held: Shelves) -> set[int]:
    """Return the Python ids of all tables that somebody holds."""
    copies = (each.snapshot for name in ("backups", "collections") for each in held[name].values())
    snapshots = (*held["records"].values(), *copies)
    return {id(table) for each in snapshots for table in each.namespaces.values()}

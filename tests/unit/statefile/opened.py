"""Opens a LocalStore on real files, and takes its lock."""

import asyncio
from pathlib import Path

from unit.clock import FakeClock
from unit.statefile.fakes import HOLDER, CountedRandom

from reconciler.statefile.disk import LocalDisk
from reconciler.statefile.local import LocalStore
from reconciler.statefile.store import Holder, Lease

OTHER = Holder("lock-2", "bob", "laptop", 12, "destroy", "2026-11-20T09:00:00Z", "", "0.1.0")


def open_store(folder: Path, clock: FakeClock | None = None) -> LocalStore:
    path = str(folder / "default.json")
    return LocalStore(path, LocalDisk(), clock or FakeClock(), CountedRandom())


def take(store: LocalStore, holder: Holder = HOLDER, wait_seconds: float = 0) -> Lease:
    return asyncio.run(store.acquire(holder, wait_seconds))


def files(folder: Path) -> dict[str, bytes]:
    return {found.name: found.read_bytes() for found in folder.iterdir() if found.is_file()}

"""Fakes of the ports: a clock that sleeps at once, counted randomness, and a disk that loses data.

`PowerDisk` keeps what was written apart from what was synced. Each step of each call is a point at
which it can fail. What a sync fails on is lost for good, though reads still show it: no later sync
writes it. `after_power_loss` gives every subset of what was unsynced in the folder, and of what was
unsynced in a file its beginning, all of it, and all but one of its first two blocks.
"""

import errno
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from reconciler.model.ports import LockHandle
from reconciler.statefile.store import Holder

HOLDER = Holder(
    lock_id="lock-1",
    who="ann",
    host="ci-7",
    pid=4711,
    operation="apply",
    since="2026-11-20T08:00:00Z",
    job="https://ci.example/jobs/9",
    version="0.1.0",
)


class CountedRandom:
    """Bytes that count up, so that no two are equal and every run is the same."""

    def __init__(self, start: int = 0) -> None:
        self.taken = start

    def take(self, count: int) -> bytes:
        self.taken += 1
        return self.taken.to_bytes(count, "big")


class CrashError(BaseException):
    """The process is gone at this point."""


BLOCK_BYTES = 512
"""What a disk writes whole or not at all."""


@dataclass(eq=False)
class Inode:
    live: bytes = b""
    synced: bytes = b""
    lost: tuple[slice, ...] = ()  # of `live`: what a sync has failed on

    def sync(self) -> None:
        """Write what was not written, but for what was lost: the disk has zeros there."""
        self.synced = self._with_zeros(*self.lost)

    def fail_to_sync(self) -> None:
        """Lose what was not written; the kernel takes it for written from now on."""
        self.lost = (*self.lost, slice(len(self.synced), len(self.live)))

    def versions(self) -> tuple[bytes, ...]:
        """What may be there after a power loss: an unsynced end may be there in part."""
        begun, end = len(self.synced), len(self.live)
        whole = self._with_zeros(*self.lost)
        first = min(end, begun - begun % BLOCK_BYTES + BLOCK_BYTES)
        second = min(end, first + BLOCK_BYTES)
        holed = (
            self._with_zeros(*self.lost, slice(*hole)) for hole in ((begun, first), (first, second))
        )
        return tuple(dict.fromkeys((self.synced, whole[: (begun + end) // 2], whole, *holed)))

    def _with_zeros(self, *holes: slice) -> bytes:
        found = bytearray(self.live)
        for hole in holes:
            found[hole] = bytes(hole.stop - hole.start)
        return bytes(found)


@dataclass
class PowerLock:
    disk: "PowerDisk"
    path: str

    def release(self) -> None:
        self.disk.locks.pop(self.path, None)


Links = tuple[tuple[str, Inode | None], ...]


@dataclass
class PowerDisk:
    names: dict[str, Inode] = field(default_factory=dict)
    durable: dict[str, Inode] = field(default_factory=dict)
    pending: list[Links] = field(default_factory=list)
    locks: dict[str, bytes] = field(default_factory=dict)
    fail_at: int = -1
    fail_with: Callable[[], BaseException] = CrashError
    steps: int = 0
    on_step: Callable[[], None] | None = None

    def _step(self) -> None:
        self.steps += 1
        if self.on_step is not None:
            self.on_step()
        if self.steps == self.fail_at:
            raise self.fail_with()

    def _link(self, *links: tuple[str, Inode | None]) -> None:
        apply(self.names, links)
        self.pending.append(links)

    def _write(self, inode: Inode, data: bytes) -> None:
        for part in (data[: len(data) // 2], data[len(data) // 2 :]):
            inode.live += part
            self._step()
        try:
            self._step()
        except OSError:
            inode.fail_to_sync()
            raise
        inode.sync()

    def read(self, path: str, limit: int) -> bytes | None:
        self._step()
        inode = self.names.get(path)
        assert inode is None or len(inode.live) <= limit
        return None if inode is None else inode.live

    def append(self, path: str, data: bytes, at: int) -> None:
        self._step()
        inode = self.names.get(path, Inode())
        if len(inode.live) != at:
            raise OSError(errno.ESTALE, "it ends elsewhere", path)
        if path not in self.names:
            self._link((path, inode))
        self._write(inode, data)

    def write_new(self, path: str, data: bytes) -> None:
        self._step()
        assert path not in self.names
        self._link((path, Inode()))
        self._write(self.names[path], data)

    def replace(self, source: str, target: str) -> None:
        self._step()
        self._link((target, self.names[source]), (source, None))
        self._step()

    def remove(self, path: str) -> None:
        self._step()
        self._link((path, None))
        self._step()

    def sync_folder(self, path: str) -> None:
        assert path
        try:
            self._step()
        except OSError:
            self.pending.clear()
            raise
        for links in self.pending:
            apply(self.durable, links)
        self.pending.clear()
        self._step()

    def make_folder(self, path: str) -> None:
        assert path
        self._step()

    def listing(self, path: str) -> tuple[str, ...]:
        self._step()
        return tuple(sorted(name.removeprefix(f"{path}/") for name in self.names))

    def lock(self, path: str, info: bytes) -> LockHandle | bytes:
        self._step()
        if path in self.locks:
            return self.locks[path]
        self.locks[path] = info
        return PowerLock(self, path)

    def after_kill(self) -> "PowerDisk":
        """The machine runs on: all that was written is seen, synced or not."""
        inodes = {id(inode): replace(inode) for inode in self._inodes()}
        return PowerDisk(
            names={name: inodes[id(inode)] for name, inode in self.names.items()},
            durable={name: inodes[id(inode)] for name, inode in self.durable.items()},
            pending=[
                tuple((name, inode and inodes[id(inode)]) for name, inode in links)
                for links in self.pending
            ],
        )

    def after_power_loss(self) -> Iterator["PowerDisk"]:
        """Every subset of unsynced changes of the folder, with every version of unsynced data."""
        for chosen in itertools.product((False, True), repeat=len(self.pending)):
            names = dict(self.durable)
            for links in itertools.compress(self.pending, chosen):
                apply(names, links)
            for contents in itertools.product(*(inode.versions() for inode in names.values())):
                kept = {name: Inode(data, data) for name, data in zip(names, contents, strict=True)}
                yield PowerDisk(names=dict(kept), durable=dict(kept))

    def _inodes(self) -> list[Inode]:
        linked = [inode for links in self.pending for _, inode in links if inode is not None]
        return [*self.names.values(), *self.durable.values(), *linked]


def apply(names: dict[str, Inode], links: Links) -> None:
    """Change names as one atomic step of the file system does."""
    for name, inode in links:
        if inode is None:
            names.pop(name, None)
        else:
            names[name] = inode

"""Cut every file that we write at every byte, and flip each of its bits: all of it is noticed.

The files are those of real runs in the simulated world: a journal, a checkpoint, a journal on a
checkpoint, a saved plan, and the copy of records that a full disk did not take. A cut journal
yields a beginning of the records that were acknowledged, or an error; everything else is an error.
The note in the lock file is there to be read by people, so damage to it cannot be noticed: it must
change nothing, neither for a run that finds the lock free nor for one that finds it held.
"""

import asyncio
import contextlib
import errno
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import click
from simulation.cases import ALL, BACKUP
from simulation.world import World
from unit.clock import FakeClock
from unit.statefile.fakes import HOLDER, CountedRandom, Inode, PowerDisk

from reconciler.errors import LockedError, ReconcilerError
from reconciler.model.event import Event
from reconciler.model.ports import Answer, Call
from reconciler.statefile.codec import emergency
from reconciler.statefile.disk import LocalDisk
from reconciler.statefile.failures import damaged
from reconciler.statefile.local import LocalStore
from reconciler.views import plan_file

_PATH = "state/default.json"
_JOURNAL = f"{_PATH}.journal"
_CHUNK_BYTES = 256
_CREATED = 201


@dataclass(frozen=True)
class File:
    """A file, and its reader: gives what it holds, item by item; ReconcilerError for damage.

    Nothing hangs on a file that is `only_shown`: damaged, it must be read like the whole one.
    """

    name: str
    data: bytes
    read: Callable[[bytes], Sequence[object]]
    only_shown: bool = False


@dataclass(frozen=True)
class Tried:
    """What was done to a file, and what of it was not noticed."""

    truncations: int
    flips: int
    unnoticed: tuple[str, ...]


@cache
def files() -> tuple[File, ...]:
    """Make the files; the same ones each time, since the simulated world repeats itself."""
    world = World()
    journal = _journal_of(world, BACKUP)
    checkpoint = world.disk.names[_PATH].live
    later = _journal_of(world, ALL)
    plan = plan_file.encode(world.plan(ALL.replace("a: b", "a: c")))
    return (
        File("journal", journal, lambda data: _load(None, data)),
        File("checkpoint", checkpoint, lambda data: _load(data, None)),
        File("journal on a checkpoint", later, lambda data: _load(checkpoint, data)),
        File("saved plan", plan, lambda data: [plan_file.decode(data, "plan.json")]),
        File("copy of unsaved records", _unsaved(), _read_unsaved),
        File("note in the lock file", HOLDER.to_json(), _lock, only_shown=True),
    )


def damage(file: File, places: Iterable[int]) -> Tried:
    """Cut a file before each of these bytes, and flip each of their bits."""
    whole = file.read(file.data)
    truncations = flips = 0
    unnoticed = []
    for place in places:
        truncations += 1
        left = _read(file, file.data[:place])
        beginning = left is not None and left == whole[: len(left)]
        if not (left == whole if file.only_shown else left is None or beginning):
            unnoticed.append(f"{file.name} cut at byte {place}")
        for bit in range(8):
            flips += 1
            flipped = bytes([file.data[place] ^ 1 << bit])
            left = _read(file, file.data[:place] + flipped + file.data[place + 1 :])
            if left != (whole if file.only_shown else None):
                unnoticed.append(f"{file.name} with bit {bit} of byte {place} flipped")
    return Tried(truncations, flips, tuple(unnoticed))


def _journal_of(world: World, yaml: str) -> bytes:
    """Apply, and give the journal as it was before the end folded it into the checkpoint."""
    seen = [b""]

    def look(there: World, event: Event) -> None:
        del event
        if _JOURNAL in there.disk.names:
            seen.append(there.disk.names[_JOURNAL].live)

    world.on_event = look
    world.apply(yaml)
    world.on_event = None
    return max(seen, key=len)


class _FullDisk(PowerDisk):
    """A disk that takes no more records, though new files, once it is full."""

    full: bool = False

    def append(self, path: str, data: bytes, at: int) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device", path)
        super().append(path, data, at)


def _unsaved() -> bytes:
    """Apply on a disk that is full once the backup is made, and give the copy beside the state."""
    disk = _FullDisk()
    world = World(disk=disk)

    def fill(call: Call, answer: Answer) -> Answer:
        disk.full = disk.full or (call.method, answer.status) == ("POST", _CREATED)
        return answer

    world.on_answer = fill
    world.apply(BACKUP)
    (kept,) = [name for name in disk.names if ".unsaved-" in name]
    return disk.names[kept].live


def _read_unsaved(data: bytes) -> Sequence[object]:
    """Check the copy as people may: no command reads it, but it holds its own SHA-256."""
    try:
        records: list[object] = json.loads(data)["records"]
        proved = emergency(records) == data
    except (ValueError, KeyError, TypeError) as error:
        raise damaged("unsaved.json", "it is no copy") from error
    if not proved:
        raise damaged("unsaved.json", "its checksum does not fit")
    return records


def _lock(note: bytes) -> Sequence[object]:
    """Take a free lock with this note in its file, then put it back and try for the held one."""
    with tempfile.TemporaryDirectory(prefix="reconciler-") as folder:
        path = Path(folder) / "default.json"
        lock = path.with_name("default.json.lock")
        first, second = (
            LocalStore(str(path), LocalDisk(), FakeClock(), CountedRandom()) for _ in range(2)
        )
        lock.write_bytes(note)
        mine = replace(HOLDER, lock_id="lock-2")
        lease = asyncio.run(first.acquire(mine, 0))
        if second.holder() != mine:
            raise damaged(str(lock), "the next holder's note is not there")
        lock.write_bytes(note)
        with contextlib.suppress(LockedError):
            asyncio.run(second.acquire(HOLDER, 0))
            raise damaged(str(lock), "two hold the lock")
        first.release(lease)
    return ["free: taken", "held: refused"]


def _load(checkpoint: bytes | None, journal: bytes | None) -> Sequence[object]:
    """Read both files as every command does: the checkpoint and each record are one item."""
    found = {_PATH: checkpoint, _JOURNAL: journal}
    names = {path: Inode(data) for path, data in found.items() if data is not None}
    loaded = LocalStore(_PATH, PowerDisk(names), FakeClock(), CountedRandom()).load()
    return [loaded.checkpoint, *loaded.records]


def _read(file: File, data: bytes) -> Sequence[object] | None:
    try:
        return file.read(data)
    except ReconcilerError:
        return None


def _chunk(asked: tuple[int, int, int]) -> Tried:
    number, start, every = asked
    file = files()[number]
    return damage(file, range(start, min(start + _CHUNK_BYTES, len(file.data)), every))


@click.command()
@click.option("--jobs", default=2, show_default=True, help="Processes.")
@click.option("--every", default=1, show_default=True, help="Try every so many of the bytes.")
def command(*, jobs: int, every: int) -> None:
    """Damage every file in every small way, and read it."""
    truncations = flips = 0
    unnoticed: list[str] = []
    click.echo(f"{'file':<28}{'bytes':>8}{'truncations':>16}{'flips':>20}")
    with ProcessPoolExecutor(jobs) as pool:
        for number, file in enumerate(files()):
            starts = range(0, len(file.data), _CHUNK_BYTES)
            done = list(pool.map(_chunk, [(number, start, every) for start in starts]))
            cut, flipped = sum(one.truncations for one in done), sum(one.flips for one in done)
            missed = [what for one in done for what in one.unnoticed]
            badly_cut = sum(" cut at " in what for what in missed)
            badly_flipped = len(missed) - badly_cut
            cells = f"{cut - badly_cut}/{cut}", f"{flipped - badly_flipped}/{flipped}"
            click.echo(f"{file.name:<28}{len(file.data):>8}{cells[0]:>16}{cells[1]:>20}")
            truncations, flips = truncations + cut, flips + flipped
            unnoticed += missed
    for what in unnoticed:
        click.echo(f"FAILED {what} was not noticed")
    wrong = sum(" cut at " in what for what in unnoticed)
    click.echo(
        f"state-bytes: truncations {truncations - wrong}/{truncations}, "
        f"flips {flips - len(unnoticed) + wrong}/{flips}"
    )
    if unnoticed:
        click.echo("again: python tests/prove.py state-bytes")
        sys.exit(1)

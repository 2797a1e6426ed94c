"""State in three files of one folder: checkpoint, journal beside it, and a lock.

The journal is extended while a run works and folded into the checkpoint when it ends cleanly, so
a state at rest is one JSON file. The lock is on a file of its own, never renamed: a lock on a file
that is replaced would exclude nobody. Order of the steps that a crash may come between::

    first append   write journal.tmp, sync | rename | sync folder
    append         write at the end, sync
    begin          a journal that is there is put in place anew, as by a first append
    compact        write tmp, sync | rename | sync folder | remove journal | sync folder
"""

import errno
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Final

from reconciler import __version__
from reconciler.errors import StateError
from reconciler.model.ports import Clock, Disk, LockHandle, Random
from reconciler.model.values import SECOND, Fields
from reconciler.statefile import failures
from reconciler.statefile.codec import (
    Checkpoint,
    decode_checkpoint,
    decode_journal,
    encode_checkpoint,
    encode_frame,
    join,
)
from reconciler.statefile.store import ORIGIN, Feature, Holder, Lease, Loaded, Position

_LIMIT_BYTES = 1 << 30
_NOTE_BYTES = 65_536
_FIRST_WAIT_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 4.0
_READS = 5


@dataclass(frozen=True, slots=True)
class _End:
    """Where the log ends, and the journal's bytes: on disk (None: no file) and whole frames."""

    position: Position
    file_bytes: int | None
    good_bytes: int


class LocalStore:
    """State at `path` on a disk, locked by the kernel; implements Store."""

    features: Final = frozenset({Feature.CAS, Feature.LEASE, Feature.CONSTANT_APPEND})

    def __init__(self, path: str, disk: Disk, clock: Clock, random: Random) -> None:
        self._path = path
        self._journal = f"{path}.journal"
        self._lock = f"{path}.lock"
        self._folder = str(PurePath(path).parent)
        self._disk = disk
        self._clock = clock
        self._random = random
        self._held: tuple[Lease, LockHandle] | None = None
        self._end: _End | None = None
        self._durable: _End | None = None  # the last one that this store has synced itself
        self._failed = False

    def is_untouched(self) -> bool:
        """Whether there is neither a state nor a lock file that somebody could hold."""
        try:
            names = self._disk.listing(self._folder)
        except OSError as error:
            raise failures.io_failed(
                error, "state-unreadable", f"look into {self._folder}"
            ) from error
        return not {PurePath(one).name for one in (self._path, self._journal, self._lock)} & {
            *names
        }

    def load(self) -> Loaded:
        """Read the newest whole version; StateError when what is there does not check out.

        Under a lease it is made durable too: a run that died may have left it unsynced, and what a
        run acts on must not vanish afterwards.
        """
        loaded, end = self._read_settled()
        if self._held is not None:
            self._end = self._durable = self._settle(end)
        return loaded

    def append(self, at: Position, records: Sequence[Fields]) -> Position:
        """Add records durably, all or none; StaleStateError unless the log ends at `at`."""
        end = self._require(at)
        position, frame = encode_frame(at, self._random.take(8).hex(), records)
        try:
            if end.file_bytes is not None:
                self._disk.append(self._journal, frame, end.file_bytes)
            else:
                self._require_journal(end)
                self._write_whole(self._journal, frame)
        except OSError as error:
            raise self._not_saved(error, self._journal, at) from error
        size = end.good_bytes + len(frame)
        self._end = self._durable = _End(position, size, size)
        return position

    def compact(self, at: Position, checkpoint: Fields) -> Position:
        """Write a checkpoint for `at` and drop the journal; StaleStateError when that moved.

        The position stays, but for a state that did not exist: that moves to sequence 1, so that a
        journal on a lost checkpoint can never pass for a state that is younger than it.
        """
        end = self._require(at)
        if at == ORIGIN:
            at, _ = encode_frame(at, self._random.take(8).hex(), ())
        data = encode_checkpoint(Checkpoint(at, checkpoint), f"reconciler {__version__}")
        try:
            self._require_journal(end)
            self._write_whole(self._path, data)
            self._disk.remove(self._journal)
            self._disk.sync_folder(self._folder)
        except OSError as error:
            raise self._not_folded(error, end.position) from error
        self._end = _End(at, None, 0)
        return at

    async def acquire(self, holder: Holder, wait_seconds: float) -> Lease:
        """Take the kernel lock, asking again after 0.25 s and up to 4 s; LockedError in the end."""
        deadline = self._clock.steady() + round(wait_seconds * SECOND)
        pause = _FIRST_WAIT_SECONDS
        while isinstance(found := self._try_lock(holder), bytes):
            left = (deadline - self._clock.steady()) / SECOND
            if left <= 0:
                raise failures.locked(self._path, Holder.from_json(found))
            await self._clock.sleep(min(pause, left))
            pause = min(pause * 2, _LONGEST_WAIT_SECONDS)
        lease = Lease(holder, None)
        # What follows stands on what is read anew, as in another process: no failure lasts.
        self._held, self._end, self._failed = (lease, found), None, False
        try:
            self._sweep()
        except BaseException:
            self.release(lease)
            raise
        return lease

    def holder(self) -> Holder | None:
        """Read the note in the lock file; its holder may be gone, only `acquire` can tell."""
        try:
            note = self._disk.read(self._lock, _NOTE_BYTES)
        except OSError as error:
            raise failures.io_failed(error, "state-lock", f"read {self._lock}") from error
        return Holder.from_json(note or b"")

    def renew(self, lease: Lease) -> Lease:
        """Keep a lease: the kernel does; StateError when this store does not hold it."""
        if self._held is None or self._held[0] != lease:
            raise failures.not_locked(self._path)
        return lease

    def release(self, lease: Lease) -> None:
        """Free the lock; a lease that is not held any more is fine."""
        if self._held is None or self._held[0] != lease:
            return
        handle = self._held[1]
        self._held = self._end = None
        try:
            handle.release()
        except OSError as error:
            raise failures.io_failed(error, "state-lock", f"unlock {self._lock}") from error

    async def take_over(self, lock_id: str, holder: Holder, records: Sequence[Fields]) -> Lease:
        """Take the lock that a dead holder left its note in, and append `records` to fence it.

        The kernel frees the lock of a dead process by itself, so a living holder keeps it
        (LockedError); StateError when the note names another lock.
        """
        found = self.holder()
        if found is None or found.lock_id != lock_id:
            raise failures.wrong_lock(self._path, lock_id, found)
        lease = await self.acquire(holder, 0)
        try:
            self.append(self.load().position, records)
        except BaseException:
            self.release(lease)
            raise
        return lease

    def _read_settled(self) -> tuple[Loaded, _End]:
        """Read both files; again while a writer moves them, since two reads are no snapshot."""
        before: tuple[bytes | None, bytes | None] | None = None
        for _ in range(_READS):
            # The journal first: a checkpoint read later can only be newer, never miss records.
            found = (self._read(self._journal), self._read(self._path))
            try:
                return self._decode(*found)
            except StateError:
                if found == before:
                    raise
                before = found
        return self._decode(self._read(self._journal), self._read(self._path))

    def _decode(self, journal: bytes | None, checkpoint: bytes | None) -> tuple[Loaded, _End]:
        """Check both files and put them together."""
        base = None if checkpoint is None else decode_checkpoint(checkpoint, self._path)
        log = None if journal is None else decode_journal(journal, self._journal)
        loaded = join(base, log, self._path, self._journal)
        if journal is None or log is None:
            return loaded, _End(loaded.position, None, 0)
        return loaded, _End(loaded.position, len(journal), log.good_bytes)

    def _read(self, path: str) -> bytes | None:
        """Read one file whole, None when it is not there."""
        try:
            return self._disk.read(path, _LIMIT_BYTES)
        except OSError as error:
            raise failures.io_failed(error, "state-unreadable", f"read {path}") from error

    def _settle(self, end: _End) -> _End:
        """Make durable what was read, without a torn tail; gives where the log ends on disk.

        The journal is put in place anew. To sync it again would not do: where the sync of the run
        before has failed, reads show what the disk does not have, and a second sync succeeds.
        """
        if end in (self._durable, _End(ORIGIN, None, 0)):
            return end
        try:
            if end.file_bytes is None:
                self._disk.sync_folder(self._folder)
                return end
            whole = self._require_journal(end)[: end.good_bytes]
            self._write_whole(self._journal, whole)
        except OSError as error:
            raise self._not_saved(error, self._journal, end.position) from error
        return replace(end, file_bytes=end.good_bytes)

    def _require(self, at: Position) -> _End:
        """Give the end of the log, and forget it, when this run may write there."""
        if self._held is None:
            raise failures.not_locked(self._path)
        if self._failed:
            raise failures.unusable(self._path)
        if self._end is None:
            self.load()
        end = self._end
        if end is None or end.position != at:
            raise failures.stale(self._path, at, None if end is None else end.position)
        # Known again after the write: after one that broke off, only a look can tell.
        self._end = None
        return end

    def _require_journal(self, end: _End) -> bytes:
        """Read the journal, which must be as it was left; ESTALE when somebody changed it."""
        found = self._disk.read(self._journal, _LIMIT_BYTES)
        if (None if found is None else len(found)) != end.file_bytes:
            raise OSError(errno.ESTALE, "somebody changed it", self._journal)
        return found or b""

    def _write_whole(self, target: str, data: bytes) -> None:
        """Put a file in place, whole or not at all, and durably."""
        temporary = f"{self._path}.tmp-{self._random.take(8).hex()}"
        self._disk.write_new(temporary, data)
        self._disk.replace(temporary, target)
        self._disk.sync_folder(self._folder)

    def _not_saved(self, error: OSError, path: str, known: Position) -> StateError:
        """Turn a failed write into the error to raise; no later write of this store is trusted."""
        if error.errno == errno.ESTALE:
            return failures.stale(self._path, known, None)
        self._failed = True
        return failures.io_failed(error, "state-not-saved", f"save {path}")

    def _not_folded(self, error: OSError, known: Position) -> StateError:
        """Turn a failed compaction into the error to raise: journal or checkpoint has it all."""
        if error.errno == errno.ESTALE:
            return failures.stale(self._path, known, None)
        self._failed = True
        doing = f"fold the journal into {self._path} (all of it is saved)"
        return failures.io_failed(error, "state-not-folded", doing)

    def _try_lock(self, holder: Holder) -> LockHandle | bytes:
        """Ask once for the lock."""
        try:
            self._disk.make_folder(self._folder)
            return self._disk.lock(self._lock, holder.to_json())
        except OSError as error:
            raise failures.io_failed(error, "state-lock", f"lock {self._lock}") from error

    def _sweep(self) -> None:
        """Remove what crashed runs left; under the lock nobody else's file can be among it."""
        name = re.escape(PurePath(self._path).name)
        left = re.compile(rf"{name}\.tmp-[0-9a-f]{{16}}")
        try:
            for found in self._disk.listing(self._folder):
                if left.fullmatch(found):
                    self._disk.remove(str(PurePath(self._folder) / found))
        except OSError as error:
            raise failures.io_failed(error, "state-lock", f"tidy {self._folder}") from error

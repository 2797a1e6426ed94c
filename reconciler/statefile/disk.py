"""Real files, in the steps of the Disk port, for Linux and macOS.

Nothing here follows a link in the last part of a path, waits on a FIFO or answers success to a
failed sync: after a failed fsync the kernel may count the lost pages as written, so that asking
again would lie.
"""

import contextlib
import errno
import fcntl
import os
import stat
from pathlib import Path

from reconciler.model.ports import LockHandle

_SAFE = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_MODE = 0o600
_INFO_BYTES = 65_536
_CHUNK_BYTES = 1 << 20
_BUSY = {errno.EWOULDBLOCK, errno.EAGAIN}
_WITHOUT_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS}
# macOS has no fdatasync; its fsync does at least as much.
_sync_data = getattr(os, "fdatasync", os.fsync)


class LocalLock:
    """A kernel lock on an open file; the kernel frees it when the process ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        self._process = os.getpid()

    def release(self) -> None:
        """Empty the holder's note and free the lock; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        try:
            # A forked child shares the lock: unlocking there would free it under the parent.
            if os.getpid() == self._process:
                with contextlib.suppress(OSError):
                    os.ftruncate(descriptor, 0)
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            os.close(descriptor)


class LocalDisk:
    """The Disk port on real files; every method raises OSError with a sentence in `strerror`."""

    def read(self, path: str, limit: int) -> bytes | None:
        """Read a regular file of at most `limit` bytes whole, None when it does not exist."""
        try:
            descriptor = os.open(path, os.O_RDONLY | _SAFE)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _clearer(error, path) from error
        try:
            _require_regular(descriptor, path)
            return _read_all(descriptor, path, limit)
        finally:
            os.close(descriptor)

    def append(self, path: str, data: bytes, at: int) -> None:
        """Write at the end, which must be at `at` (else ESTALE), and sync the data."""
        descriptor = _open_or_create(path, os.O_WRONLY) if at == 0 else _open_to_extend(path)
        try:
            size = _require_regular(descriptor, path)
            _shut_out_others(descriptor)
            if size != at:
                raise OSError(errno.ESTALE, f"it ends at byte {size}, not {at}", path)
            _write_all(descriptor, data, at)
            _sync_data(descriptor)
        finally:
            os.close(descriptor)

    def write_new(self, path: str, data: bytes) -> None:
        """Create a file that must not exist, 0600 whatever the umask, write and sync it."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFE, _MODE)
        try:
            os.fchmod(descriptor, _MODE)
            _write_all(descriptor, data, 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def replace(self, source: str, target: str) -> None:
        """Rename over the target, atomically."""
        Path(source).replace(target)

    def remove(self, path: str) -> None:
        """Remove a file; one that is not there is fine."""
        Path(path).unlink(missing_ok=True)

    def sync_folder(self, path: str) -> None:
        """Make renames, creations and removals in a folder durable."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def make_folder(self, path: str) -> None:
        """Make a folder and its parents durably, 0700 for new ones; existing ones are fine."""
        folder = Path(path)
        if folder.is_dir():
            return
        if folder.parent != folder:
            self.make_folder(str(folder.parent))
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            folder.chmod(0o700)  # a umask may have taken even the owner's rights
        if not folder.is_dir():
            raise OSError(errno.ENOTDIR, "it is not a folder", path)
        self.sync_folder(str(folder.parent))

    def listing(self, path: str) -> tuple[str, ...]:
        """Give the names in a folder, sorted; none when there is no folder."""
        try:
            return tuple(sorted(os.listdir(path)))  # noqa: PTH208 - names are wanted, not paths
        except FileNotFoundError:
            return ()

    def lock(self, path: str, info: bytes) -> LockHandle | bytes:
        """Try for the kernel lock; the holder's note when it is taken, maybe not yet written."""
        descriptor = _open_or_create(path, os.O_RDWR)
        try:
            _require_regular(descriptor, path)
            _shut_out_others(descriptor)
            if not _try_flock(descriptor, path):
                note = os.pread(descriptor, _INFO_BYTES, 0)
                os.close(descriptor)
                return note
            _require_in_place(descriptor, path)
            os.ftruncate(descriptor, 0)
            _write_all(descriptor, info, 0)
        except BaseException:
            os.close(descriptor)
            raise
        return LocalLock(descriptor)


def _open_or_create(path: str, access: int) -> int:
    """Open a file; a new one gets 0600 whatever the umask."""
    try:
        descriptor = os.open(path, access | os.O_CREAT | os.O_EXCL | _SAFE, _MODE)
    except FileExistsError:
        try:
            return os.open(path, access | _SAFE)
        except OSError as error:
            raise _clearer(error, path) from error
    os.fchmod(descriptor, _MODE)
    return descriptor


def _open_to_extend(path: str) -> int:
    """Open a file that must be there to be written on; ESTALE when it is gone."""
    try:
        return os.open(path, os.O_WRONLY | _SAFE)
    except FileNotFoundError as error:
        raise OSError(errno.ESTALE, "it is gone", path) from error
    except OSError as error:
        raise _clearer(error, path) from error


def _clearer(error: OSError, path: str) -> OSError:
    """Say in words what the kernel says of a link, a folder or a FIFO nobody reads."""
    words = {
        errno.ELOOP: "it is a symbolic link",
        errno.EISDIR: "it is a folder",
        errno.ENXIO: "it is not a regular file",
    }
    if error.errno not in words:
        return error
    return OSError(error.errno, words[error.errno], path)


def _require_regular(descriptor: int, path: str) -> int:
    """Give the size of an open regular file in bytes; OSError for anything else."""
    found = os.fstat(descriptor)
    if stat.S_ISDIR(found.st_mode):
        raise OSError(errno.EISDIR, "it is a folder", path)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file", path)
    return found.st_size


def _shut_out_others(descriptor: int) -> None:
    """Give a file that others may use 0600 again, where we may: copies tend to open it up."""
    if os.fstat(descriptor).st_mode & 0o077:
        with contextlib.suppress(PermissionError):
            os.fchmod(descriptor, _MODE)


def _require_in_place(descriptor: int, path: str) -> None:
    """Check that a path still leads to the open file: a lock on a removed one excludes nobody."""
    try:
        same = os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        same = False
    if not same:
        raise OSError(errno.EAGAIN, "the lock file was removed while it was taken", path)


def _read_all(descriptor: int, path: str, limit: int) -> bytes:
    """Read to the end; EFBIG beyond `limit` bytes."""
    parts: list[bytes] = []
    total = 0
    while part := os.read(descriptor, _CHUNK_BYTES):
        total += len(part)
        if total > limit:
            raise OSError(errno.EFBIG, f"it is larger than {limit} bytes", path)
        parts.append(part)
    return b"".join(parts)


def _write_all(descriptor: int, data: bytes, at: int) -> None:
    """Write all bytes from an offset on; the kernel may take fewer at a time."""
    left = memoryview(data)
    while left:
        written = os.pwrite(descriptor, left, at)
        if written == 0:
            raise OSError(errno.EIO, "the disk takes no more bytes")
        at += written
        left = left[written:]


def _try_flock(descriptor: int, path: str) -> bool:
    """Try for the lock without waiting; OSError where the file system has none."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _BUSY:
            return False
        if error.errno in _WITHOUT_LOCKS:
            raise OSError(error.errno, "the file system has no locks", path) from error
        raise
    return True

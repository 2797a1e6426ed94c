"""Paths become bytes here; nothing but regular files of bearable size is opened.

The paths may come from an untrusted pull request: a FIFO must not hang the run, a device must not
feed it for ever, and a symbolic link must not lead out of the folder that it stands in.
"""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.config.limits import MEBIBYTE, Limits
from reconciler.model.diagnostic import Diagnostic

_SUFFIXES = (".yaml", ".yml")
_ONE_FILE = "Name a regular YAML file, or a folder that holds some."


@dataclass(frozen=True, slots=True)
class FileSet:
    """What was read, as (name to show, bytes), and what could not be."""

    files: tuple[tuple[str, bytes], ...] = ()
    problems: tuple[Diagnostic, ...] = ()


def read_files(paths: Sequence[str], limits: Limits | None = None) -> FileSet:
    """Read files, and the *.yaml and *.yml of folders (not recursive, sorted by name)."""
    reader = _Reader(limits or Limits())
    for path in paths:
        reader.take(path)
    if not paths:
        reader.refuse("no-files", "no configuration is named", "Name a file or a folder.")
    return FileSet(tuple(reader.files), tuple(reader.problems))


@dataclass(slots=True)
class _Reader:
    """Collects files and problems, and counts both against the limits of the run."""

    limits: Limits
    files: list[tuple[str, bytes]] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)
    seen: set[tuple[int, int]] = field(default_factory=set)
    size: int = 0
    full: bool = False

    def take(self, path: str) -> None:
        """Read one path as the user gave it."""
        try:
            if not stat.S_ISDIR(Path(path).stat().st_mode):
                self._read(path)
                return
            self._check_link(path)
            entries = _yaml_files(path)
        except (OSError, ValueError) as error:
            self._unreadable(path, error)
            return
        if not entries:
            summary = f"the folder {_shown(path)} holds no *.yaml or *.yml file"
            self.refuse("no-files", summary, _ONE_FILE)
        for entry in entries:
            self._take_entry(entry)

    def refuse(self, reference: str, summary: str, hint: str) -> None:
        """Add a problem; nothing was read, so there is no line, and the summary names the path."""
        self.problems.append(Diagnostic(reference, summary, hint))

    def _take_entry(self, path: str) -> None:
        try:
            self._read(path)
        except (OSError, ValueError) as error:
            self._unreadable(path, error)

    def _read(self, path: str) -> None:
        self._check_link(path)
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode):
            summary = f"{_shown(path)} is no regular file"
            self.refuse("file-not-regular", summary, _ONE_FILE)
            return
        if (status.st_dev, status.st_ino) in self.seen:
            return  # named twice, for example as a file and by its folder
        self.seen.add((status.st_dev, status.st_ino))
        data = _bytes_of(path, self.limits.file_bytes + 1)
        if len(data) > self.limits.file_bytes:
            summary = f"{_shown(path)} is larger than {self.limits.file_bytes / MEBIBYTE:g} MiB"
            self.refuse("file-too-large", summary, "Split the file; all are merged.")
        elif self._has_room(path, len(data)):
            self.files.append((_shown(path), data))

    def _has_room(self, path: str, size: int) -> bool:
        self.size += size
        fits = len(self.files) < self.limits.files and self.size <= self.limits.total_bytes
        if not fits and not self.full:
            total = f"{self.limits.files} files or {self.limits.total_bytes / MEBIBYTE:g} MiB"
            summary = f"the configuration has more than {total}, counted up to {_shown(path)}"
            hint = "Split it into configurations of their own, each with its state."
            self.refuse("configuration-too-large", summary, hint)
        self.full = self.full or not fits
        return fits

    def _check_link(self, path: str) -> None:
        link = Path(path)
        if link.is_symlink() and not link.resolve().is_relative_to(link.parent.resolve()):
            raise ValueError("it is a symbolic link that leads out of its folder")

    def _unreadable(self, path: str, error: OSError | ValueError) -> None:
        if isinstance(error, FileNotFoundError):
            summary, hint = f"there is no file or folder {_shown(path)}", "Check the path."
            self.refuse("file-missing", summary, hint)
            return
        why = error.strerror if isinstance(error, OSError) else str(error)
        hint = "Name the file itself, and check that you may read it."
        self.refuse("file-unreadable", f"{_shown(path)} cannot be read: {why}", hint)


def _yaml_files(folder: str) -> tuple[str, ...]:
    entries = (entry for entry in Path(folder).iterdir() if _is_yaml(entry.name))
    return tuple(sorted(str(entry) for entry in entries))


def _is_yaml(name: str) -> bool:
    return name.endswith(_SUFFIXES) and not name.startswith(".")


def _bytes_of(path: str, most: int) -> bytes:
    # O_NONBLOCK: a FIFO that took the place of the file since it was looked at must not hang us.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is no regular file")
        return file.read(most)


def _shown(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode("utf-8")

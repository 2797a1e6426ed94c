"""Buckets: local folders that stand for object storage, and what an import finds in one.

Nothing outside a mapped folder is ever read: the way to a file is walked from the folder down, by
names that are no `..`, through real folders to regular files. Links are not followed, as object
storage knows none. A file is opened by walking down once more, each folder from the one above it,
so that whoever puts a link there meanwhile leads nobody out.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

_GIGABYTE = 10**9
_SUFFIX = ".parquet"


class ImportRefused(Exception):  # noqa: N818 - an import's no, in the words of the service
    """Why an import fails, for its `error` field."""

    def __init__(self, message: str) -> None:
        super().__init__(f"User error: {message}")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one import may bring, as documented."""

    namespaces: int = 10_000
    files: int = 100_000
    file_bytes: int = 10 * _GIGABYTE
    total_bytes: int = 1_000 * _GIGABYTE


_DOCUMENTED: Final = Limits()


@dataclass(frozen=True, slots=True)
class Place:
    """A folder or file below the root of a bucket, by the names on the way to it."""

    root: Path
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """The last of the names."""
        return self.names[-1]

    def __str__(self) -> str:
        return str(self.root.joinpath(*self.names))


@dataclass(frozen=True, slots=True)
class Buckets:
    """Which folder stands for which bucket.

    An import from any other bucket brings made-up records, or finds nothing if `strict`.
    """

    folders: Mapping[str, Path] = field(default_factory=dict)
    strict: bool = False
    limits: Limits = _DOCUMENTED

    def place(self, uri: str) -> Place | None:
        """Return where an import's files are, or None for a bucket that is not mapped."""
        wanted = uri.rstrip("/")
        fitting = [each for each in self.folders if f"{wanted}/".startswith(f"{each}/")]
        if not fitting:
            return None
        bucket = max(fitting, key=len)
        inside = wanted[len(bucket) :].strip("/")
        return Place(self.folders[bucket], tuple(inside.split("/")) if inside else ())

    def makes_up(self, uri: str) -> bool:
        """Whether an import brings made-up records."""
        return not self.strict and self.place(uri) is None


NO_BUCKETS: Final = Buckets()


def mapped(folders: Iterable[str], *, strict: bool = False) -> Buckets:
    """Read mappings of the form `s3://bucket=folder`; raises ValueError that says what is wrong."""
    found: dict[str, Path] = {}
    for each in folders:
        uri, separator, folder = each.partition("=")
        bucket = uri.rstrip("/")
        if not separator or "://" not in bucket or bucket.endswith(":") or not folder:
            raise ValueError(f"{each!r} is not of the form s3://bucket=folder")
        if not Path(folder).is_dir():
            raise ValueError(f"{folder} is no folder")
        if bucket in found:
            raise ValueError(f"{bucket} is mapped twice")
        found[bucket] = Path(folder).resolve()
    return Buckets(found, strict)


def files_by_namespace(place: Place, uri: str, limits: Limits) -> Mapping[str, tuple[Place, ...]]:
    """Return the Parquet files of an import, by the sub-folder that names their namespace.

    Raises ImportRefused where they are not laid out as an import must be, or are too many.
    """
    if uri.rstrip("/").endswith(_SUFFIX):
        raise ImportRefused(
            f"{uri} is the complete path to a Parquet file. Give the directory of the namespaces."
        )
    folder = _walked(place)
    try:
        paths = () if folder is None else tuple(islice(_parquet_below(folder), limits.files + 1))
        sizes = {path: path.lstat().st_size for path in paths}
    except OSError as error:
        raise ImportRefused(f"{uri} cannot be read: {error.strerror}.") from error
    if folder is None or not paths:
        raise ImportRefused(f"No Parquet files found under {uri}.")
    if len(paths) > limits.files:
        raise ImportRefused(f"Exceeds system limit: more than {limits.files} files.")
    found: dict[str, list[Place]] = {}
    for path in sorted(paths):
        inside = path.relative_to(folder).parts
        if len(inside) == 1:
            raise ImportRefused(
                f"No namespace detected for {inside[0]}. Put files into a directory of {uri} that "
                "is named like their namespace."
            )
        found.setdefault(inside[0], []).append(Place(place.root, place.names + inside))
    _check_sizes(sizes, len(found), limits)
    return {namespace: tuple(files) for namespace, files in found.items()}


def open_regular(file: Place) -> BinaryIO:
    """Open a file that was found before.

    Raises ImportRefused if it, or a folder on the way to it, is now a link or something else.
    """
    try:
        descriptor = _descriptor(file)
    except OSError as error:
        raise ImportRefused(f"{file.name} cannot be opened: {error.strerror}.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ImportRefused(f"{file.name} cannot be opened: it is no regular file.")
    return os.fdopen(descriptor, "rb")


def _descriptor(file: Place) -> int:
    # O_NOFOLLOW is about the last name of a path alone, so there is but one name in each.
    kinds = [os.O_DIRECTORY] * (len(file.names) - 1) + [os.O_NONBLOCK]
    descriptor = os.open(file.root, os.O_RDONLY | os.O_DIRECTORY)
    for name, kind in zip(file.names, kinds, strict=True):
        above = descriptor
        try:
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | kind, dir_fd=above)
        finally:
            os.close(above)
    return descriptor


def _walked(place: Place) -> Path | None:
    folder = place.root
    for name in place.names:
        if name in {"", ".", ".."} or "\0" in name or os.sep in name:
            return None
        folder /= name
        try:
            is_folder = stat.S_ISDIR(folder.lstat().st_mode)
        except (OSError, ValueError):
            # ValueError: a name that no file system can hold.
            return None
        if not is_folder:
            return None
    return folder


def _parquet_below(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _parquet_below(folder / entry.name)
            elif entry.name.endswith(_SUFFIX) and entry.is_file(follow_symlinks=False):
                yield folder / entry.name


def _check_sizes(sizes: Mapping[Path, int], namespaces: int, limits: Limits) -> None:
    if namespaces > limits.namespaces:
        raise ImportRefused(f"Exceeds system limit: more than {limits.namespaces} namespaces.")
    for path, size in sizes.items():
        if size > limits.file_bytes:
            raise ImportRefused(
                f"Exceeds system limit: {path.name} is larger than "
                f"{limits.file_bytes // _GIGABYTE} GB."
            )
    if sum(sizes.values()) > limits.total_bytes:
        raise ImportRefused(
            f"Exceeds system limit: more than {limits.total_bytes // _GIGABYTE} GB in all."
        )

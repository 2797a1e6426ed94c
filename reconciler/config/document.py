"""One parsed file: its value, and where in the file each part of it stands.

Positions are kept as the parser's own marks in a tree beside the value and are turned into spans
only for the few paths that somebody asks for.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from reconciler.model.diagnostic import SourceSpan
from reconciler.model.values import JSON

Path: TypeAlias = tuple[str | int, ...]
"""The way from the root of a file to one value: keys, and indexes of lists."""

_PLAIN_SCALAR = re.compile(r"(?:&\S+\s+)?([^\s,\[\]{}*&]+)")


class Mark(Protocol):
    """A position as the parser gives it; everything counts from 0."""

    @property
    def index(self) -> int:
        """Characters before it in the file."""

    @property
    def line(self) -> int:
        """Lines before it."""

    @property
    def column(self) -> int:
        """Characters before it in its line."""


@dataclass(frozen=True, slots=True)
class Branch:
    """The positions of a mapping (`keys` is set) or a list, and of all that is in it."""

    mark: Mark
    keys: "Mapping[str, Mark] | None"
    items: "Mapping[str, Place] | Sequence[Place]"


Place: TypeAlias = Mark | Branch


@dataclass(frozen=True, slots=True)
class Document:
    """What one file says; parts that came through one alias are shared, not copied."""

    file: str
    value: JSON = None
    root: Place | None = field(default=None, repr=False)
    text: str = field(default="", repr=False)

    def value_span(self, path: Path) -> SourceSpan:
        """Point at the value at the path, or at the nearest part of the path that exists."""
        place, parent, found = self._walk(path)
        nearest = 0 < found < len(path)
        return self._key_span(parent, path[found - 1]) if nearest else self._span(place)

    def key_span(self, path: Path) -> SourceSpan:
        """Point at the key that leads to the path; at the value itself for items of lists."""
        place, parent, found = self._walk(path)
        return self._key_span(parent, path[found - 1]) if found else self._span(place)

    def written(self, path: Path) -> str:
        """Give the plain scalar at the path as it is written; empty where an alias stands."""
        place, _, _ = self._walk(path)
        index = 0 if place is None else _mark(place).index
        found = _PLAIN_SCALAR.match(self.text, index)
        return "" if found is None else found[1]

    def _walk(self, path: Path) -> tuple[Place | None, Place | None, int]:
        place, parent = self.root, None
        for found, step in enumerate(path):
            inner = _step(place, step)
            if inner is None:
                return place, parent, found
            place, parent = inner, place
        return place, parent, len(path)

    def _key_span(self, parent: Place | None, step: str | int) -> SourceSpan:
        if isinstance(parent, Branch) and parent.keys is not None and isinstance(step, str):
            return self._span(parent.keys[step])
        return self._span(parent if parent is None else _step(parent, step))

    def _span(self, place: Place | None) -> SourceSpan:
        if place is None:
            return SourceSpan(self.file, 1, 1)
        mark = _mark(place)
        return SourceSpan(self.file, mark.line + 1, mark.column + 1)


def _mark(place: Place) -> Mark:
    return place.mark if isinstance(place, Branch) else place


def _step(place: Place | None, step: str | int) -> Place | None:
    if not isinstance(place, Branch):
        return None
    if isinstance(place.items, Mapping):
        return place.items.get(step) if isinstance(step, str) else None
    if isinstance(step, int) and step < len(place.items):
        return place.items[step]
    return None

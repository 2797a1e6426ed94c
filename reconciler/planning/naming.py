"""Names for objects that nobody has named yet: what they are called, as keys of blocks may look.

Several that are called the same are told apart by the day they were made, then by a number.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.model.moment import rfc3339
from reconciler.model.values import Micros

_LONGEST: Final = 45
_NO_LETTERS: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Nameless:
    """An object to be named: what it is called, when it was made, the name it had with us."""

    called: str
    created_at: Micros | None = None
    before: str = ""


def names_for(
    objects: Sequence[Nameless], taken: Collection[str], otherwise: str
) -> tuple[str, ...]:
    """Give each object a name of its own, none of them taken; in order, so always the same.

    `otherwise` is the name of what is called nothing that can be written. A name that an object
    had with us comes first, and is nobody else's.
    """
    kept = _kept(objects)
    stems = [_stem(one.called) or otherwise for one in objects]
    often = Counter(stem for place, stem in enumerate(stems) if place not in kept)
    used, numbers = {*taken, *kept.values()}, Counter[str]()
    found: list[str] = []
    for place, (stem, one) in enumerate(zip(stems, objects, strict=True)):
        if place in kept:
            found.append(kept[place])
            continue
        name = base = _dated(stem, one) if often[stem] > 1 or stem in used else stem
        while name in used:
            numbers[base] = max(numbers[base], 1) + 1
            name = _with(base, str(numbers[base]))
        used.add(name)
        found.append(name)
    return tuple(found)


def _kept(objects: Sequence[Nameless]) -> dict[int, str]:
    """Give back the names that objects had, by their places; the first of several gets it."""
    found: dict[str, int] = {}
    for place, one in enumerate(objects):
        if one.before:
            found.setdefault(one.before, place)
    return {place: name for name, place in found.items()}


def _stem(called: str) -> str:
    plain = unicodedata.normalize("NFKD", called).encode("ascii", "ignore").decode().lower()
    return _NO_LETTERS.sub("-", plain).strip("-")[:_LONGEST].rstrip("-")


def _dated(stem: str, one: Nameless) -> str:
    day = "" if one.created_at is None else rfc3339(one.created_at).partition("T")[0]
    return _with(stem, day) if day and not stem.endswith(day) else stem


def _with(stem: str, end: str) -> str:
    return f"{stem[: _LONGEST - len(end) - 1].rstrip('-')}-{end}"

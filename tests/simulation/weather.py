"""Weather: everything that a seed lets go wrong around a process, one kind of fault by name each.

Each seed lets a random part of the kinds happen (swarm testing: rare combinations come up because
the others are silent), and counts how often each one did.
"""

import errno
import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulation.denials import DENIALS, begins, lasts
from simulation.faults import ANSWERS, CREATES, ENDS, LISTING, WATCHES, WATCHING, Strike
from simulation.lists import LISTS, LOOP

if TYPE_CHECKING:
    from simulation.ports import Fault, Request

_ERRNOS: Mapping[str, int] = {
    "disk-full": errno.ENOSPC,
    "disk-broken": errno.EIO,
    "disk-read-only": errno.EROFS,
}
_WRITES = {"append", "write", "rename", "sync", "remove"}
DISK_KINDS = (*_ERRNOS, "disk-unreadable", "no-locks")
ON_CREATE = " on a create"
_OFTENER: Mapping[str, int] = {**dict.fromkeys(CREATES, 3), **dict.fromkeys(ENDS, 9)}
"""So much oftener is a request struck that makes or ends something: there are few of them."""
_SPECIAL = 0.7
"""The share of faults that only lists know, or only questions after a job, where they fit."""
_SHIFTS = 0.5
"""The share of further pages before which a list moves, where it may."""
_DENIED = 0.06
"""The share of faults that deny, where they fit: not much comes after them in that run."""
STRIKES: Mapping[str, Strike] = {**ANSWERS, **LISTS, **WATCHES, **DENIALS}


@dataclass
class Weather:
    """What may happen, and how often it has; `calm` ends all of it."""

    random: random.Random
    kinds: frozenset[str]
    rate: float = 0.1
    hits: Counter[str] = field(default_factory=Counter)
    calm: bool = False

    def over(self, asked: "Request", lacks: Collection[str] = ()) -> "Fault | None":
        """Choose what happens to a request, None for nothing; `lacks` are denials that last."""
        often = _OFTENER.get(asked.operation, 1)
        if self.calm:
            return None
        begun = self._begun(asked, lacks)
        if begun is not None:
            return self._strike(begun)
        if self.random.random() >= self.rate * often:
            return None
        fitting = self._fitting(asked.operation)
        return self._strike(self.random.choice(sorted(fitting))) if fitting else None

    def _fitting(self, operation: str) -> Sequence[str]:
        """Choose among the faults of any request, of its sort, and those that deny."""
        denials = [name for name in DENIALS if name in self.kinds and begins(name, operation)]
        if denials and self.random.random() < _DENIED * _OFTENER.get(operation, 1):
            return denials
        special = [name for name in _special(operation) if name in self.kinds]
        if special and self.random.random() < _SPECIAL:
            return special
        return [name for name in ANSWERS if name in self.kinds]

    def _begun(self, asked: "Request", lacks: Collection[str]) -> str | None:
        """A denial lasts; what began on the first page of a list goes on with the next ones."""
        for kind in sorted(lacks):
            if lasts(kind, asked.operation):
                return kind
        url = asked.call.url
        if LOOP in url:
            return "looping-pages"
        goes_on = "shifting-pages" in self.kinds and "paginationToken" in url
        return "shifting-pages" if goes_on and self.random.random() < _SHIFTS else None

    def _strike(self, name: str) -> "Fault":
        strike = STRIKES[name]

        async def happen(transport, request):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
            return await strike(transport, request, self)

        return happen

    def hit(self, name: str, asked: "Request | None" = None) -> None:
        """Count a fault that has really happened, and apart from others when it met a create."""
        self.hits[name] += 1
        if asked is not None and asked.operation in CREATES:
            self.hits[name + ON_CREATE] += 1

    def on_disk(self, what: str) -> Callable[[], None] | None:
        """Choose the step of a change to a file that fails, None for none."""
        fitting = [name for name in DISK_KINDS if name in self.kinds and _fits(name, what)]
        if (
            self.calm
            or not fitting
            or self.random.random() >= self.rate / (1 if what == "lock" else 4)
        ):
            return None
        name = self.random.choice(fitting)
        left = self.random.randint(0, 2)
        number = _ERRNOS.get(name, errno.EIO if name == "disk-unreadable" else errno.ENOLCK)

        def fail() -> None:
            nonlocal left
            left -= 1
            if left == -1 or (left < 0 and what == "read"):
                self.hit(name)
                raise OSError(number, name)

        return fail


def _special(operation: str) -> Sequence[str]:
    if operation in LISTING:
        return (*LISTS, *["stale-list"] * 5)  # most lists are no other than before
    back = ["job-goes-backwards"] * 4  # most jobs have nowhere to go back to
    return (*WATCHES, *back) if operation in WATCHING else ()


def _fits(name: str, what: str) -> bool:
    if name == "disk-unreadable":
        return what == "read"
    return what == "lock" if name == "no-locks" else what in _WRITES

"""Boundaries: the points of a run at which its process may die, numbered by the run itself.

A boundary lies before a request leaves, after the server has carried it out, after its answer has
arrived, and at every step of every change to a file. A process that died does nothing more: each
boundary that its clean-up would cross kills it again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field


class CrashError(BaseException):
    """The process is gone."""


@dataclass
class Boundaries:
    """Counts the boundaries of one process, and ends it at one of them."""

    die_at: int = -1
    names: list[str] = field(default_factory=list)
    on_hit: Callable[[int, str], None] | None = None
    is_dead: bool = False

    def hit(self, name: str) -> None:
        """Cross a boundary; raises CrashError where the process dies, and ever after."""
        if self.is_dead:
            raise CrashError
        self.names.append(name)
        if len(self.names) == self.die_at:
            self.is_dead = True
            raise CrashError
        if self.on_hit is not None:
            self.on_hit(len(self.names), name)

"""How often a log is told that something still runs: soon at first, then less and less often."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

_FIRST_SECONDS: Final = 10.0
_LONGEST_SECONDS: Final = 300.0
_STEP_PERCENT: Final = 25.0


@dataclass(frozen=True, slots=True)
class _Said:
    """When a line was last written, how far it was, and how long to be quiet after it."""

    at: float
    percent: float
    pause: float


class Pace:
    """Remembers what was said of each step or job; the times are those of one steady clock."""

    def __init__(self) -> None:
        self._said: dict[Hashable, _Said] = {}

    def begin(self, key: Hashable, now: float, percent: float = 0.0) -> None:
        """Note that it has begun, or that there was news of it, and was told."""
        self._said[key] = _Said(now, percent, _FIRST_SECONDS)

    def is_due(self, key: Hashable, now: float, percent: float) -> bool:
        """Whether it is time for a line; if so, the next one without news comes twice as late."""
        said = self._said.setdefault(key, _Said(now, 0.0, _FIRST_SECONDS))
        if now - said.at < said.pause and percent - said.percent < _STEP_PERCENT:
            return False
        self._said[key] = _Said(now, percent, min(said.pause * 2, _LONGEST_SECONDS))
        return True

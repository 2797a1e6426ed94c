"""How often a log is told that a step still runs: soon at first, then less and less often."""

from dataclasses import dataclass
from typing import Final

from reconciler.model.address import Address
from reconciler.model.plan import Operation

_FIRST_SECONDS: Final = 10.0
_LONGEST_SECONDS: Final = 300.0
_STEP_PERCENT: Final = 25.0

Key = tuple[Address, Operation]


@dataclass(frozen=True, slots=True)
class _Said:
    """When a line was last written, how far the step was, and how long to be quiet after it."""

    at: float
    percent: float
    pause: float


class Pace:
    """Remembers what was said of each step; the times are those of one steady clock."""

    def __init__(self) -> None:
        self._said: dict[Key, _Said] = {}

    def begin(self, key: Key, now: float) -> None:
        """Note that a step has begun."""
        self._said[key] = _Said(now, 0.0, _FIRST_SECONDS)

    def is_due(self, key: Key, now: float, percent: float) -> bool:
        """Whether it is time for a line; if so, the next one without news comes twice as late."""
        said = self._said.setdefault(key, _Said(now, 0.0, _FIRST_SECONDS))
        if now - said.at < said.pause and percent - said.percent < _STEP_PERCENT:
            return False
        self._said[key] = _Said(now, percent, min(said.pause * 2, _LONGEST_SECONDS))
        return True

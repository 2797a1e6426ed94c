"""Virtual time: a clock that moves only when everybody waits, and an event loop that runs on it."""

import asyncio
import selectors
from dataclasses import dataclass


@dataclass
class VirtualTime:
    """Seconds since the simulation began; all loops of one world share them."""

    seconds: float = 0.0


class _Idle(selectors.DefaultSelector):
    """A selector that never waits: what it was to wait is what time moves on."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self._time = time

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing will ever happen again: a dead end")
        self._time.seconds += max(timeout, 0.0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time; a jump of that time is how a suspended process wakes up."""

    def __init__(self, time: VirtualTime) -> None:
        self._virtual = time
        super().__init__(_Idle(time))
        # Finer than a float tells seconds apart after half a year, a timer would never be due.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self._virtual.seconds

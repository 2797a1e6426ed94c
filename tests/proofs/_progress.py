"""How far a proof of some minutes is: a line now and then, in a log as on a terminal."""

import threading
import time

import click

_TOLD = 50  # after so many it is said how far it is


class Progress:
    """Counts what is done, in whichever thread, and says so once in a while."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total = what, total
        self._done = self._wrong = 0
        self._lock, self._started = threading.Lock(), time.monotonic()

    def add(self, count: int = 1, *, wrong: bool = False) -> None:
        """Count some more as done, and all of them as wrong if they are."""
        with self._lock:
            before, self._done = self._done, self._done + count
            self._wrong += count if wrong else 0
            if before // _TOLD < self._done // _TOLD:
                seconds = time.monotonic() - self._started
                done = f"{self._done}/{self._total}"
                click.echo(f"    {self._what} {done}, {self._wrong} wrong, {seconds:.0f} s")

"""Keeping a project beyond the life of the process, as the emulator sees it."""

from typing import Protocol

from reconciler.emulator.errors import Code, Refusal
from reconciler.emulator.store import Store


class KeepingError(Refusal):
    """A project that cannot be read or kept; to a client, an error of the server."""

    def __init__(self, message: str) -> None:
        super().__init__(500, Code.INTERNAL, f"The project cannot be kept: {message}")


class Keeper(Protocol):
    """Where a project is kept; everything here may raise KeepingError."""

    def load(self) -> tuple[Store, int]:
        """Read the project and the time at which it was last saved."""

    def save(self, store: Store, now: int) -> None:
        """Keep what has changed since, all of it or nothing."""

    def save_time(self, now: int) -> None:
        """Keep what time it is."""

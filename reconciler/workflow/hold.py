"""The lock of one run: taken at its start, given back while it only waits, and taken again."""

from collections.abc import Callable

from reconciler.errors import LockedError, StateError
from reconciler.model import records
from reconciler.model.event import Event, Phase
from reconciler.model.state import State
from reconciler.model.state_json import state_from_json
from reconciler.statefile.store import Holder, Lease, Loaded, Position, Store

_PATIENCE_SECONDS = 600.0


class StateHold:
    """Implements engine.recorder.Hold on a store; `note` says who holds it, from when on."""

    def __init__(
        self,
        store: Store,
        note: Callable[[], Holder],
        on_event: Callable[[Event], None],
        wait_seconds: float,
    ) -> None:
        self._store = store
        self._note = note
        self._on_event = on_event
        self._wait_seconds = wait_seconds
        self._lease: Lease | None = None

    async def begin(self) -> tuple[Position, State]:
        """Take it for the first time, waiting no longer than was asked for; raises LockedError.

        Whoever waits is told for whom, before the silence begins.
        """
        try:
            return await self._take(0.0)
        except LockedError as error:
            if not self._wait_seconds:
                raise
            said = f"{error.diagnostics[0].summary}; waiting up to {self._wait_seconds:g} s for it"
            self._on_event(Event(Phase.NOTE, said))
            return await self._take(self._wait_seconds)

    async def take(self) -> tuple[Position, State]:
        """Take it again; it waits as long as was asked for, else ten minutes.

        Raises LockedError, or StateError when what is there cannot be read.
        """
        try:
            return await self._take(0.0)
        except LockedError as error:
            said = f"waiting to record an end: {error.diagnostics[0].summary}"
            self._on_event(Event(Phase.NOTE, said))
            return await self._take(self._wait_seconds or _PATIENCE_SECONDS)

    def give_back(self) -> None:
        """Free the lock; a second call does nothing."""
        lease, self._lease = self._lease, None
        if lease is not None:
            self._store.release(lease)

    async def _take(self, wait_seconds: float) -> tuple[Position, State]:
        self._lease = await self._store.acquire(self._note(), wait_seconds)
        loaded = self._store.load()
        return loaded.position, read_state(loaded)


def read_state(loaded: Loaded) -> State:
    """Fold a store's records; raises StateError when they do not make sense."""
    try:
        checkpoint = loaded.checkpoint
        state = State() if checkpoint is None else state_from_json(checkpoint)
        return records.fold(state, loaded.records)
    except ValueError as error:
        raise StateError.of(
            "state-malformed",
            f"the state makes no sense: {error}",
            "restore it from a backup of yours, or recover it with `reconciler state rebuild`",
        ) from error

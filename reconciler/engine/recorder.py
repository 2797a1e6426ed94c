"""The only writer of state: records go to the store first, and into memory once they are safe."""

import asyncio
from collections.abc import Sequence

from reconciler.model.records import fold
from reconciler.model.state import State
from reconciler.model.state_json import state_json
from reconciler.model.values import Fields
from reconciler.statefile.store import Position, Store


class Recorder:
    """Holds the state of this run; whatever waits to be saved goes into one append."""

    def __init__(self, store: Store, position: Position, state: State) -> None:
        self._store = store
        self._position = position
        self._state = state
        self._broken = False
        self._waiting: list[tuple[Sequence[Fields], asyncio.Future[None]]] = []

    @property
    def state(self) -> State:
        """The state as it is on disk."""
        return self._state

    @property
    def is_broken(self) -> bool:
        """Whether a save has failed; nothing may be sent any more that would go unrecorded."""
        return self._broken

    async def save(self, *records: Fields) -> None:
        """Make records durable, all or none; raises StateError when they are not."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((records, done))
        if len(self._waiting) == 1:
            loop.call_soon(self._flush)  # after the steps that are ready now have joined
        await done

    def _flush(self) -> None:
        batch, self._waiting = self._waiting, []
        records = [record for group, _ in batch for record in group]
        try:
            self._position = self._store.append(self._position, records)
        except BaseException as error:  # noqa: BLE001 - raised again in every waiter
            self._broken = True
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
            return
        self._state = fold(self._state, records)
        for _, done in batch:
            if not done.done():
                done.set_result(None)

    def compact(self) -> None:
        """Turn the log into one document; what is saved stays saved if this fails."""
        if self._broken or not self._position.sequence:
            return
        self._position = self._store.compact(self._position, state_json(self._state))

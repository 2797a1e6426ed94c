"""The only writer of state: records go to the store first, and into memory once they are safe."""

import asyncio
from collections.abc import Sequence

from reconciler.errors import StateError
from reconciler.model.records import fold, is_ahead
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
        self._failure: BaseException | None = None
        self._unsaved: list[Fields] = []
        self._waiting: list[tuple[Sequence[Fields], asyncio.Future[None]]] = []

    @property
    def state(self) -> State:
        """The state as it is on disk."""
        return self._state

    @property
    def failure(self) -> BaseException | None:
        """Why a save has failed, if one has."""
        return self._failure

    @property
    def is_broken(self) -> bool:
        """Whether a save has failed; nothing may be sent any more that would go unrecorded."""
        return self._failure is not None

    @property
    def unsaved(self) -> tuple[Fields, ...]:
        """What was done and could not be saved; what was only meant to be done is not in it."""
        return tuple(record for record in self._unsaved if not is_ahead(record))

    def check(self) -> None:
        """Raise StateError once a save has failed, before anything is sent or waited for."""
        if self.is_broken:
            raise StateError.of(
                "state-not-saved",
                "left as it was: the state cannot be saved, so nothing more is done",
                "mend the cause of the first error, then run again",
            )

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
            folded = fold(self._state, records)
            self._position = self._store.append(self._position, records)
        except BaseException as error:  # noqa: BLE001 - raised again in every waiter
            self._failure = self._failure or error
            self._unsaved.extend(records)
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
            return
        self._state = folded
        for _, done in batch:
            if not done.done():
                done.set_result(None)

    def compact(self) -> None:
        """Turn the log into one document; what is saved stays saved if this fails."""
        if self.is_broken or not self._position.sequence:
            return
        self._position = self._store.compact(self._position, state_json(self._state))

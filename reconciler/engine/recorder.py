"""The only writer of state: records go to the store first, and into memory once they are safe.

A run that only waits gives the state back, for others to use. What it records after that is made of
the state as it is once taken again: what was known of it before may be another run's by then.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from reconciler.errors import LockedError, StateError
from reconciler.model.records import fold, is_ahead
from reconciler.model.state import State
from reconciler.model.state_json import state_json
from reconciler.model.values import Fields
from reconciler.statefile.store import Position, Store

Finding = Callable[[State], Sequence[Fields]]
"""What is to be recorded, in view of the state as it is by then; nothing if that is done."""

_Waiting = tuple[Finding, "asyncio.Future[None]"]


class Hold(Protocol):
    """The right to write to the state, which can be given back and taken again."""

    async def take(self) -> tuple[Position, State]:
        """Take it again and read the state; LockedError while another run keeps it."""
        ...

    def give_back(self) -> None:
        """Let others have it; a second call does nothing."""
        ...


class Recorder:
    """Holds the state of this run; whatever waits to be saved goes into one append."""

    def __init__(self, store: Store, position: Position, state: State, hold: Hold) -> None:
        self._store = store
        self._position = position
        self._state = state
        self._hold = hold
        self._is_held = True
        self._turn = asyncio.Lock()  # of those that take the state again
        self._failure: BaseException | None = None
        self._at_rest: StateError | None = None  # why a state that was given back is not at rest
        self._unsaved: list[Fields] = []
        self._waiting: list[_Waiting] = []

    @property
    def state(self) -> State:
        """The state as it is on disk, or was when it was held last."""
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
        await self.save_found(lambda _: records)

    async def save_found(self, find: Finding) -> None:
        """Make durable what is found to be recorded; takes a state again that was given back.

        Raises StateError when it is not saved; LockedError when another run kept the state for too
        long: then nothing is lost but this record.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((find, done))
        if not self._is_held:
            await self._save_again(done)
        elif len(self._waiting) == 1:
            loop.call_soon(self._flush)  # after the steps that are ready now have joined
        await done

    def give_back(self) -> bool:
        """Let others have the state, at rest; False when they have it already, or it is broken.

        Only for a run that sends nothing more: whoever comes next settles what was sent before.
        """
        self._flush()
        if not self._is_held or self.is_broken:
            return False
        self._at_rest = None
        for end in (self.compact, self._hold.give_back):
            try:
                end()
            except StateError as error:  # all of it is saved, if in two files
                self._at_rest = self._at_rest or error
        self._is_held = False
        return True

    def compact(self) -> None:
        """Turn the log into one document; what is saved stays saved if this fails.

        Raises StateError; of a state that was given back, what went wrong then.
        """
        if self._at_rest is not None:
            raise self._at_rest
        if self._is_held and not self.is_broken and self._position.sequence:
            self._position = self._store.compact(self._position, state_json(self._state))

    async def _save_again(self, done: "asyncio.Future[None]") -> None:
        """Take the state once more for all that waits by now, and give it back."""
        async with self._turn:
            if done.done():
                return  # it went along with another's
            try:
                position, state = await self._hold.take()
                self._insist_on_lineage(state)
            except asyncio.CancelledError:
                raise
            except LockedError as error:
                self._answer(self._taken(), error)
                return
            except BaseException as error:  # noqa: BLE001 - raised again in every waiter
                batch = self._taken()
                found = [record for find, _ in batch for record in find(self._state)]
                self._fail(batch, found, error)
                return
            self._position, self._state, self._is_held = position, state, True
            self.give_back()

    def _insist_on_lineage(self, state: State) -> None:
        if state.lineage8 != self._state.lineage8:
            raise StateError.of(
                "state-replaced",
                f"the state is another one than this run began with: lineage "
                f"{state.lineage8 or 'none'} instead of {self._state.lineage8}",
                "put back the state that belongs there, then run again",
            )

    def _taken(self) -> list[_Waiting]:
        batch, self._waiting = self._waiting, []
        return batch

    def _flush(self) -> None:
        if not self._is_held or not self._waiting:
            return  # given back since, with all that waited then
        batch = self._taken()
        state, found = self._state, list[Fields]()
        try:
            for find, _ in batch:
                records = find(state)
                found.extend(records)
                state = fold(state, records)
            if found:
                self._position = self._store.append(self._position, found)
        except BaseException as error:  # noqa: BLE001 - raised again in every waiter
            self._fail(batch, found, error)
            return
        self._state = state
        self._answer(batch, None)

    def _fail(
        self, batch: Sequence[_Waiting], found: Sequence[Fields], error: BaseException
    ) -> None:
        self._failure = self._failure or error
        self._unsaved.extend(found)
        self._answer(batch, error)

    def _answer(self, batch: Sequence[_Waiting], error: BaseException | None) -> None:
        for _, done in batch:
            if done.done():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)

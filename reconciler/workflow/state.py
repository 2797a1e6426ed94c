"""Looks at state, and mends it by hand: one object renamed, forgotten, or a lock explained."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from reconciler.engine.entries import ledger_item
from reconciler.errors import GuardError, ReconcilerError, StateError
from reconciler.model import records
from reconciler.model.address import Address
from reconciler.model.kept import Known, Workspace
from reconciler.model.observed import Phase
from reconciler.model.rules import WhenGone
from reconciler.model.state import Entry, LedgerItem, LedgerReason, State
from reconciler.model.values import Fields, Micros
from reconciler.planning.moving import renaming
from reconciler.statefile.store import Holder
from reconciler.workflow.hold import read_state
from reconciler.workflow.session import Session, existing_state


def known(session: Session, address: Address) -> Known:
    """Find all that state knows of an address; raises StateError where it knows nothing."""
    state = existing_state(session)
    intents = [one for one in state.intents.values() if one.address == address]
    ledger = [one for one in state.ledger.values() if one.address == address]
    found = Known(
        address,
        state.entries.get(address),
        tuple(sorted(intents, key=lambda one: one.ulid)),
        tuple(sorted(ledger, key=lambda one: (one.at, one.remote_id))),
    )
    if found.entry is None and not (found.intents or found.ledger):
        raise _not_in_state(address)
    return found


async def move(session: Session, before: Address, after: Address) -> Entry:
    """Let an object go by another address, as `moved` would; raises StateError, GuardError."""
    if before.kind != after.kind:
        said = f"{before} cannot become {after}: a {before.kind} stays a {before.kind}"
        raise GuardError.of("state-move", said, f"name it {before.kind}.{after.name}")
    existing_state(session)
    async with session.locked("state mv") as recorder:
        state = recorder.state
        entry = _movable(state, before)
        if after in state.entries or after in _unsettled(state):
            said = f"{after} is in state already, as {_id_of(state, after)}"
            raise GuardError.of("state-move", said, "name another address, or move that one first")
        await recorder.save(*renaming(session.kinds, entry, state, after))
        return recorder.state.entries[after]


async def forget(session: Session, addresses: Sequence[Address]) -> tuple[Entry, ...]:
    """Take entries out of state and touch nothing else; raises StateError, GuardError.

    The ledger keeps them, as it does for whatever an apply forgets: declared again, or still
    declared, the same object is taken up again and no second one is made.
    """
    existing_state(session)
    async with session.locked("state rm") as recorder:
        entries = [_movable(recorder.state, address) for address in dict.fromkeys(addresses)]
        now = session.ports.clock.now()
        found = [record for one in entries for record in _release(session, one, now)]
        await recorder.save(*found)
        return tuple(entries)


async def unlock(session: Session, lock_id: str | None) -> Holder | None:
    """Give the dead holder whose lock the kernel has freed; None where there is no note of one.

    Raises LockedError, which shows the holder, while its process is alive: ending that process is
    the only way, and a safe one.
    """
    store = session.store()
    if store.is_untouched():
        return None
    note = store.holder()  # before our own takes its place
    store.release(await store.acquire(session.holder("state unlock"), 0))
    if note is not None and lock_id not in {None, note.lock_id}:
        said = f"nothing is locked any more, and the last lock was {note.lock_id}, not {lock_id}"
        raise StateError.of("state-lock-mismatch", said, "go on: no lock is in the way")
    return note


def workspaces(session: Session) -> tuple[Workspace, ...]:
    """List the states of the folder that the session's state is in, by name."""
    folder = PurePath(session.settings.state_path).parent
    names = [name for name in session.ports.disk.listing(str(folder)) if _is_state(name)]
    stems = sorted({name.removesuffix(".journal").removesuffix(".json") for name in names})
    return tuple(_workspace(session, folder, stem) for stem in stems)


def _is_state(name: str) -> bool:
    return name.endswith((".json", ".json.journal")) and ".json.unsaved-" not in name


def _workspace(session: Session, folder: PurePath, stem: str) -> Workspace:
    settings = replace(session.settings, state_path=str(folder / f"{stem}.json"))
    try:
        state = read_state(replace(session, settings=settings).store().load())
    except ReconcilerError as error:
        return Workspace(stem, "", 0, error.diagnostics[0].summary)
    configuration = "" if state.binding is None else state.binding.configuration
    return Workspace(stem, configuration, len(state.entries))


def _release(session: Session, entry: Entry, now: Micros) -> list[Fields]:
    history = session.kinds[entry.address.kind].rules.when_gone is WhenGone.HISTORY
    finished = history and entry.phase is Phase.READY
    reason = LedgerReason.FINISHED if finished else LedgerReason.FORGOTTEN
    at = max(now, entry.recorded_at + 1)  # the clock here may be behind that of the API
    item = ledger_item(entry, reason, at, entry.phase)
    left = [records.remember(_left_behind(entry, remote_id)) for remote_id in entry.deposed]
    return [records.drop(entry.address), records.remember(item), *left]


def _left_behind(entry: Entry, remote_id: str) -> LedgerItem:
    """Remember what a replacement left behind by its id, which is all that state knows of it.

    As let go when its successor took its place, so that this is what is taken up again.
    """
    left = replace(entry, remote_id=remote_id, facts={}, marker=None, pins={})
    return ledger_item(left, LedgerReason.FORGOTTEN, entry.recorded_at, Phase.READY)


def _movable(state: State, address: Address) -> Entry:
    """Find an entry that nothing is under way for."""
    entry = state.entries.get(address)
    if address in _unsettled(state):
        said = f"{address}: an earlier run sent its create and did not hear what became of it"
        raise GuardError.of("unsettled", said, "apply settles it first")
    if entry is None:
        raise _not_in_state(address)
    return entry


def _unsettled(state: State) -> set[Address]:
    return {intent.address for intent in state.intents.values()}


def _id_of(state: State, address: Address) -> str:
    entry = state.entries.get(address)
    return "a create that is not settled" if entry is None else entry.remote_id


def _not_in_state(address: Address) -> StateError:
    said = f"{address} is not in state"
    return StateError.of("not-in-state", said, "`reconciler state list` names what is")

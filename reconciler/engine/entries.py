"""What becomes of entries: recorded when made, remembered in the ledger when let go."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from reconciler.engine.run import Run, TakenUpError
from reconciler.errors import StateError
from reconciler.model import records
from reconciler.model.change import Change
from reconciler.model.job import Created
from reconciler.model.observed import Phase
from reconciler.model.rules import WhenGone
from reconciler.model.state import (
    Entry,
    Intent,
    LedgerItem,
    LedgerReason,
    State,
    Verification,
)
from reconciler.model.values import JSON, Fields, Micros


async def record_created(run: Run, intent: Intent, created: Created) -> Entry:
    """Record the object and clear the intent, in one append."""
    state = run.recorder.state
    old = state.entries.get(intent.address)
    verifies = run.remote(intent.address.kind).verifies(intent.fields)
    deposed = () if old is None else old.deposed
    if intent.deposes is not None and intent.deposes != created.remote_id:
        deposed = (*deposed, intent.deposes)
    entry = Entry(
        address=intent.address,
        remote_id=created.remote_id,
        fields=intent.fields,
        phase=Phase.RUNNING,
        recorded_at=run.dating(),
        facts=created.facts,
        pins=intent.pins,
        handle=created.handle,
        marker=intent.marker or None,
        verification=Verification.PENDING if verifies else Verification.NONE,
        deposed=deposed,
        depends_on=intent.depends_on,
        lifecycle=intent.lifecycle,
        owner=intent.owner,
    )
    history = [] if old is None or old.remote_id in deposed else [_finished(run, old)]
    await _save_made(
        run,
        entry,
        records.settle(intent.ulid),
        *(() if intent.step is None else (records.done(intent.step),)),
        *(records.remember(item) for item in history if item is not None),
    )
    return entry


async def _save_made(run: Run, entry: Entry, *others: Fields) -> None:
    """Save an entry for what was just made or found; if that fails, the error names its id."""
    try:
        await run.recorder.save(records.put(entry), *others)
    except StateError as error:
        first = error.diagnostics[0]
        said = f"{entry.remote_id} is there, but not recorded: {first.summary}"
        raise type(error)(replace(first, summary=said)) from error


def _finished(run: Run, old: Entry) -> LedgerItem | None:
    """Keep what another run of the same job has finished before."""
    if old.phase is not Phase.READY or not _is_history(run, old):
        return None
    return ledger_item(old, LedgerReason.FINISHED, run.dating(), old.phase)


def ledger_item(entry: Entry, reason: LedgerReason, at: Micros, phase: Phase) -> LedgerItem:
    """Turn an entry into what the ledger remembers of it."""
    return LedgerItem(
        address=entry.address,
        remote_id=entry.remote_id,
        fields=entry.fields,
        facts=entry.facts,
        reason=reason,
        at=at,
        marker=entry.marker,
        pins=entry.pins,
        phase=phase,
        verification=entry.verification,
        unowned=entry.owner is None,
    )


async def save_entry(run: Run, entry: Entry) -> Entry:
    """Record an entry's new value, and that the step is done that brought it about."""
    await run.recorder.save(records.put(entry), *run.done)
    return entry


async def save_end(run: Run, entry: Entry, change: Callable[[Entry], Entry]) -> Entry:
    """Record what came of waiting for an entry, in the entry as it is by then; gives that.

    The state may have been given back meanwhile. What another run has recorded of the same job
    stays as it is; raises TakenUpError when the entry is gone, or stands for another object.
    """

    def find(state: State) -> tuple[Fields, ...]:
        now = state.entries.get(entry.address)
        if now is None or not _is_same(now, entry) or _moved_on(now, entry):
            return ()
        return (records.put(change(now)), *run.done)

    await run.recorder.save_found(find)
    now = run.recorder.state.entries.get(entry.address)
    if now is None or not _is_same(now, entry):
        raise TakenUpError
    return now


def _is_same(now: Entry, entry: Entry) -> bool:
    """Whether it stands for the same object still; ids and names alone may come again."""
    before = (entry.remote_id, entry.marker, entry.recorded_at)
    return (now.remote_id, now.marker, now.recorded_at) == before


def _moved_on(now: Entry, entry: Entry) -> bool:
    """Whether another run has recorded the end, or the next stage, that was waited for here."""
    before = (entry.phase, entry.handle, entry.verification)
    return (now.phase, now.handle, now.verification) != before


def with_facts(entry: Entry, facts: Fields) -> Entry:
    """Merge what was learnt; a fact that is not known any more stays as it was."""
    known: Mapping[str, JSON] = {key: value for key, value in facts.items() if value is not None}
    return replace(entry, facts={**entry.facts, **known})


async def release(run: Run, entry: Entry, phase: Phase) -> None:
    """Forget an entry: a finished job or a kept object stays in the ledger."""
    finished = phase is Phase.READY and _is_history(run, entry)
    reason = LedgerReason.FINISHED if finished else LedgerReason.FORGOTTEN
    item = ledger_item(entry, reason, run.dating(), phase)
    await run.recorder.save(records.drop(entry.address), records.remember(item), *run.done)


async def release_deposed(run: Run, entry: Entry, change: Change) -> None:
    """Forget what a replacement left behind; the ledger remembers it, unless it is surely gone.

    As let go when its successor took its place, so that this is what is taken up again.
    """
    rest = tuple(one for one in entry.deposed if one != change.remote_id)
    kept = records.put(replace(entry, deposed=rest))
    held = change.precondition  # None where lists do not show it yet
    if change.before is None or change.remote_id is None:
        await run.recorder.save(kept, *run.done)
        return
    left = replace(
        entry,
        remote_id=change.remote_id,
        fields=change.before,
        facts=change.facts,
        marker=None if held is None else held.marker,
        pins={},
    )
    phase = Phase.READY if held is None else held.phase
    item = ledger_item(left, LedgerReason.FORGOTTEN, entry.recorded_at, phase)
    await run.recorder.save(kept, records.remember(item), *run.done)


async def discard(run: Run, entry: Entry) -> None:
    """Take out an entry whose object is gone by our own doing; nothing is left to remember."""
    await run.recorder.save(records.drop(entry.address), *run.done)


def _is_history(run: Run, entry: Entry) -> bool:
    """Whether a finished one is done for good, whatever the API remembers of it."""
    return run.kinds[entry.address.kind].rules.when_gone is WhenGone.HISTORY

"""Changes and removals of what exists, each right after a look that it is still the same object."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from reconciler.api.failures import NotFoundError, PreconditionFailedError
from reconciler.engine.entries import discard, release, save_entry, with_facts
from reconciler.engine.floor import check_policy, last_good
from reconciler.engine.lists import list_kind
from reconciler.engine.look import checked, compare, is_same, look, stale
from reconciler.engine.run import Run
from reconciler.model.change import BESIDE, Change, Reason
from reconciler.model.copies import stands_in
from reconciler.model.observed import Observed, Phase
from reconciler.model.request import Request
from reconciler.model.state import Entry
from reconciler.model.values import SECOND, integer

_BUSY_SECONDS = 300.0
_POLL_SECONDS = 1.0


async def update(run: Run, change: Change) -> Entry:
    """Change declared fields in place; keys that nobody declared are left alone."""
    entry = run.recorder.state.entries[change.address]
    remote = run.remote(change.address.kind)

    async def look_again() -> None:
        if await checked(run, change, entry) is None:
            raise stale(change, entry.remote_id, "is gone")

    await look_again()
    await run.send(remote.change(entry.remote_id, change.fields), look_again)
    return await save_entry(run, replace(entry, fields=change.wanted, lifecycle=change.lifecycle))


async def unprotect(run: Run, change: Change) -> None:
    """Lift deletion protection, as a step of its own."""
    entry = run.recorder.state.entries[change.address]
    observed = await checked(run, change, entry)
    request = None if observed is None else run.remote(change.address.kind).unprotect(observed)
    if request is not None:
        await run.send(request, lambda: checked(run, change, entry))
    if run.done:
        await run.recorder.save(*run.done)


async def delete(run: Run, change: Change) -> None:
    """Delete the object, wait until it is gone, and take it out of state."""
    entry = run.recorder.state.entries[change.address]
    remote_id = entry.remote_id if change.remote_id is None else change.remote_id
    observed = await checked(run, change, entry)
    remote = run.remote(change.address.kind)
    request = remote.remove(remote_id, entry.fields)
    if observed is not None and request is not None:

        async def look_again() -> None:
            now = await _still(run, change, entry, remote_id)
            await _check_floor(run, change, entry, now)

        await _check_floor(run, change, entry, observed)
        await _send_when_free(run, request, look_again)
        await _until_gone(run, remote.describe(remote_id, entry.fields))
    if remote_id == entry.remote_id:
        await discard(run, entry)
    else:
        rest = tuple(one for one in entry.deposed if one != remote_id)
        await save_entry(run, replace(entry, deposed=rest))


async def cancel(run: Run, change: Change) -> Entry | None:
    """Cancel a running job and wait until it has stopped; None when the entry is let go."""
    entry = run.recorder.state.entries[change.address]
    remote = run.remote(change.address.kind)
    request = remote.cancel(entry.remote_id, entry.fields)
    observed = await look(run, entry, entry.remote_id)
    if request is not None and observed is not None and observed.phase is Phase.RUNNING:
        compare(change, observed)

        async def look_again() -> None:
            now = await _still(run, change, entry, entry.remote_id)
            if now.phase is not Phase.RUNNING:
                raise _OverError

        with suppress(_OverError):
            await run.send(request, look_again)
        observed = await _until_stopped(run, entry)
    phase = Phase.FAILED if observed is None else observed.phase
    facts = {} if observed is None else observed.facts
    ended = replace(with_facts(entry, facts), phase=phase, handle=None)
    if change.forgets:
        await release(run, ended, phase)
        return None
    return await save_entry(run, ended)


async def _check_floor(run: Run, change: Change, entry: Entry, observed: Observed) -> None:
    """A good backup goes only while a newer one is there now, whatever was there at the plan."""
    if change.reason is Reason.EXPIRED and observed.phase is Phase.READY:
        await check_policy(run, change, entry, observed)
        return
    holds = run.kinds[change.address.kind].rules.holds_points_in_time
    empty = observed.facts.get("record_count") == 0
    if not holds or empty or observed.phase is not Phase.READY:
        return
    replaced = observed.remote_id != entry.remote_id and change.address not in run.ending
    if replaced:  # the new one itself must stand in for it
        successor = await look(run, entry, entry.remote_id)
        if successor is None or not _takes_place(change, successor, observed):
            raise last_good(
                change,
                f"the new backup {entry.remote_id} cannot stand in for {observed.remote_id}: it is "
                "gone, not Ready, of another index, or has no records",
                "in a later plan, beside a new one that is Ready, ",
            )
    elif change.address not in run.floor_lifted:
        others = await list_kind(run.api, run.remote(change.address.kind), entry.fields)
        if not any(_outlasts(other, observed) for other in others):
            said = f"{observed.remote_id} has become the newest Ready backup with records"
            raise last_good(change, f"{said} of its index", "")


def _takes_place(change: Change, successor: Observed, observed: Observed) -> bool:
    """Whether it is as good a copy, or the one of which the plan has said that it is none."""
    if change.pins.get(BESIDE) == successor.remote_id:
        return successor.phase is Phase.READY
    return stands_in(successor, observed)


def _outlasts(other: Observed, observed: Observed) -> bool:
    """Whether another backup is as good, and newer than one that is known to have records."""
    known = integer(observed.facts.get("record_count"))
    return stands_in(other, observed) and (not known or other.by_age > observed.by_age)


class _OverError(Exception):
    """What was to be sent again has been carried out, or has become needless."""


async def _still(run: Run, change: Change, entry: Entry, remote_id: str) -> Observed:
    """Look again before a request is repeated: names are free again once an object is gone.

    How far the object has moved on does not matter: the request may have been carried out.
    """
    now = await look(run, entry, remote_id)
    if now is None:
        raise _OverError
    if change.precondition is not None and not is_same(change.precondition, now):
        raise stale(change, remote_id, "has been replaced by another while this waited")
    return now


async def _send_when_free(
    run: Run, request: Request, look_again: Callable[[], Awaitable[None]]
) -> None:
    """Send a delete; 412 means that something hangs on the object and is waited for."""
    started = run.clock.steady()
    waited = False
    while True:
        try:
            if waited:
                await look_again()
            await run.send(request, look_again)
        except (NotFoundError, _OverError):
            return
        except PreconditionFailedError:
            if run.clock.steady() - started >= _BUSY_SECONDS * SECOND:
                raise
            await run.pause(_POLL_SECONDS)
            waited = True
        else:
            return


async def _until_gone(run: Run, describe: Request) -> None:
    """Deletes are accepted before they are done."""
    started = run.clock.steady()
    while True:
        try:
            await run.api.send(describe)
        except NotFoundError:
            return
        run.check_deadline(started, _BUSY_SECONDS)
        await run.pause(_POLL_SECONDS)


async def _until_stopped(run: Run, entry: Entry) -> Observed | None:
    started = run.clock.steady()
    while True:
        observed = await look(run, entry, entry.remote_id)
        if observed is None or observed.phase is not Phase.RUNNING:
            return observed
        run.check_deadline(started, _BUSY_SECONDS)
        await run.pause(_POLL_SECONDS)

"""Changes and removals of what exists, each right after a look that it is still the same object."""

from dataclasses import replace

from reconciler.api.failures import NotFoundError, PreconditionFailedError
from reconciler.engine.entries import discard, release, save_entry, with_facts
from reconciler.engine.run import DeadlineError, Run
from reconciler.errors import GuardError, StalePlanError
from reconciler.model.change import Change, Precondition
from reconciler.model.observed import Observed, Phase
from reconciler.model.request import Request
from reconciler.model.state import Entry
from reconciler.model.values import SECOND, integer

_BUSY_SECONDS = 300.0
_POLL_SECONDS = 1.0


async def update(run: Run, change: Change) -> Entry:
    """Change declared fields in place; keys that nobody declared are left alone."""
    entry = run.recorder.state.entries[change.address]
    if await _checked(run, change, entry) is None:
        raise _stale(change, entry, "is gone")
    remote = run.remote(change.address.kind)
    await run.api.send(remote.change(entry.remote_id, change.fields))
    return await save_entry(run, replace(entry, fields=change.wanted, lifecycle=change.lifecycle))


async def unprotect(run: Run, change: Change) -> None:
    """Lift deletion protection, as a step of its own."""
    entry = run.recorder.state.entries[change.address]
    observed = await _checked(run, change, entry)
    request = None if observed is None else run.remote(change.address.kind).unprotect(observed)
    if request is not None:
        await run.api.send(request)


async def delete(run: Run, change: Change) -> None:
    """Delete the object, wait until it is gone, and take it out of state."""
    entry = run.recorder.state.entries[change.address]
    remote_id = entry.remote_id if change.remote_id is None else change.remote_id
    observed = await _checked(run, change, entry)
    remote = run.remote(change.address.kind)
    request = remote.remove(remote_id, entry.fields)
    if observed is not None and request is not None:
        _check_floor(run, change, entry, observed)
        await _send_when_free(run, request)
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
    observed = await _look(run, entry)
    if request is not None and observed is not None and observed.phase is Phase.RUNNING:
        _compare(change, entry, observed)
        await run.api.send(request)
        observed = await _until_stopped(run, entry)
    phase = Phase.FAILED if observed is None else observed.phase
    facts = {} if observed is None else observed.facts
    ended = replace(with_facts(entry, facts), phase=phase, handle=None)
    if change.forgets:
        await release(run, ended, phase)
        return None
    return await save_entry(run, ended)


async def _checked(run: Run, change: Change, entry: Entry) -> Observed | None:
    """Look at the object once more and compare; None when it is gone. Raises StalePlanError."""
    held = change.precondition
    remote = run.remote(change.address.kind)
    remote_id = entry.remote_id if held is None else held.remote_id
    try:
        payload = await run.api.send(remote.describe(remote_id, entry.fields))
    except NotFoundError:
        return None
    observed = remote.decode_one(payload, entry.fields)
    if held is not None:
        _compare(change, entry, observed)
    return observed


def _compare(change: Change, entry: Entry, observed: Observed) -> None:
    held = change.precondition
    if held is None:
        return
    marker = None if observed.marker is None else observed.marker.as_tag()
    now = Precondition(observed.remote_id, observed.created_at, marker, observed.phase)
    if now != held:
        raise _stale(change, entry, "is not as it was when this was planned")


def _stale(change: Change, entry: Entry, what: str) -> StalePlanError:
    return StalePlanError.of(
        "precondition-changed",
        f"{change.address}: {entry.remote_id} {what}",
        "plan again and look at what has changed",
    )


def _check_floor(run: Run, change: Change, entry: Entry, observed: Observed) -> None:
    """A replaced backup may go only when the new one is Ready and of the same source."""
    rules = run.kinds[change.address.kind].rules
    if not rules.holds_points_in_time or observed.remote_id == entry.remote_id:
        return
    if not integer(observed.facts.get("record_count")):
        return
    same_source = entry.facts.get("source_index_id") == observed.facts.get("source_index_id")
    whole = entry.phase is Phase.READY and bool(integer(entry.facts.get("record_count")))
    if not (same_source and whole):
        raise GuardError.of(
            "last-backup",
            f"{change.address}: the new backup {entry.remote_id} cannot stand in for "
            f"{observed.remote_id}: it is of another index, or has no records",
            f"--allow-last-backup {change.address} in a plan without the replacement permits it",
        )


async def _send_when_free(run: Run, request: Request) -> None:
    """Send a delete; 412 means that something hangs on the object and is waited for."""
    started = run.clock.steady()
    while True:
        try:
            await run.api.send(request)
        except NotFoundError:
            return
        except PreconditionFailedError:
            if run.clock.steady() - started >= _BUSY_SECONDS * SECOND:
                raise
            await run.pause(_POLL_SECONDS)
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
        if run.clock.steady() - started >= _BUSY_SECONDS * SECOND:
            raise DeadlineError
        await run.pause(_POLL_SECONDS)


async def _look(run: Run, entry: Entry) -> Observed | None:
    remote = run.remote(entry.address.kind)
    try:
        payload = await run.api.send(remote.describe(entry.remote_id, entry.fields))
    except NotFoundError:
        return None
    return remote.decode_one(payload, entry.fields)


async def _until_stopped(run: Run, entry: Entry) -> Observed | None:
    started = run.clock.steady()
    while True:
        observed = await _look(run, entry)
        if observed is None or observed.phase is not Phase.RUNNING:
            return observed
        if run.clock.steady() - started >= _BUSY_SECONDS * SECOND:
            raise DeadlineError
        await run.pause(_POLL_SECONDS)

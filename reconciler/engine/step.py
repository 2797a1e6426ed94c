"""Performs one step; whatever happens, it ends in a result and never in an exception."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from reconciler.api.failures import NotFoundError
from reconciler.engine import mutate
from reconciler.engine.create import create
from reconciler.engine.entries import release, release_deposed, with_facts
from reconciler.engine.run import DeadlineError, Run, StoppedError, TakenUpError
from reconciler.engine.watch import await_job, verify
from reconciler.errors import ExitCode, LockedError, ReconcilerError, StalePlanError
from reconciler.model import records
from reconciler.model.change import Change
from reconciler.model.event import Cause, Outcome, StepResult
from reconciler.model.job import Failed, Progress, Running, Wanted
from reconciler.model.observed import Phase
from reconciler.model.plan import Operation, Step
from reconciler.model.state import Entry, LedgerReason, Verification

AGAIN = "run apply again, it goes on from here"
"""The way out of everything that is not done yet."""


async def perform(run: Run, step: Step, change: Change) -> StepResult:
    """Do one step and say how it ended."""
    try:
        return await _PERFORM[step.operation](run, step, change)
    except (StoppedError, asyncio.CancelledError):
        return _end(step, Outcome.PENDING, "interrupted", AGAIN, Cause.INTERRUPTED)
    except (DeadlineError, LockedError, TakenUpError) as error:
        return _unrecorded(step, error)
    except ReconcilerError as error:
        first = error.diagnostics[0]
        found = _end(step, Outcome.FAILED, first.summary, first.hint, _cause(error))
        return replace(found, reference=first.reference)
    except ValueError as error:  # a kind could not build what it was asked for
        return _end(step, Outcome.FAILED, str(error), "plan again", Cause.ERROR)


def _unrecorded(step: Step, error: DeadlineError | LockedError | TakenUpError) -> StepResult:
    """Say why the end of a job is not in state; the API goes on with it all the same."""
    if isinstance(error, TakenUpError):
        said = "another run has let go of it, or made another in its place"
        return _end(step, Outcome.SKIPPED, said, "plan again", Cause.STALE)
    if isinstance(error, LockedError):
        said = f"how it ended is not recorded: {error.diagnostics[0].summary}"
        return _end(step, Outcome.PENDING, said, AGAIN, Cause.LOCKED)
    said = "the deadline passed while it was still running"
    return _end(step, Outcome.PENDING, said, AGAIN, Cause.DEADLINE)


def _cause(error: ReconcilerError) -> Cause:
    return _CAUSES.get(error.exit_code, Cause.ERROR)


_CAUSES = {
    ExitCode.PERMISSION: Cause.PERMISSION,
    ExitCode.REFUSED: Cause.REFUSED,
    ExitCode.STALE: Cause.STALE,
}


def _end(
    step: Step, outcome: Outcome, message: str = "", hint: str = "", cause: Cause | None = None
) -> StepResult:
    return StepResult(step.id, step.address, step.operation, outcome, message, hint, cause)


def _done(step: Step, entry: Entry | None) -> StepResult:
    found = _end(step, Outcome.DONE)
    if entry is None:
        return found
    return replace(found, remote_id=entry.remote_id, facts=entry.facts)


async def _create(run: Run, step: Step, change: Change) -> StepResult:
    remote = run.remote(change.address.kind)
    wanted = Wanted(change.address, change.wanted, change.pins)
    pins = remote.bind(wanted, run.recorder.state.entries)
    entry = await create(run, change, replace(wanted, pins=pins))
    try:
        return await _follow(run, step, entry)
    except TakenUpError:  # it was sent and answered, whatever became of it since
        said = f"made {entry.remote_id}; another run has let go of it, or put another in its place"
        left = _end(step, Outcome.PENDING, said, "plan again", Cause.STALE)
        return replace(left, remote_id=entry.remote_id)


async def _wait(run: Run, step: Step, change: Change) -> StepResult:
    return await _follow(run, step, _standing(run, change))


def _standing(run: Run, change: Change) -> Entry:
    """Find the entry that is only looked after; another run may have taken it out meanwhile."""
    entry = run.recorder.state.entries.get(change.address)
    if entry is None:
        raise TakenUpError
    return entry


async def _follow(run: Run, step: Step, entry: Entry) -> StepResult:
    entry, progress = await await_job(run, entry, step.operation)
    return _judged(step, entry, progress)


def _judged(step: Step, entry: Entry, progress: Progress) -> StepResult:
    if isinstance(progress, Failed):
        hint = "mend the cause; the next plan shows the ways out"
        return _end(step, Outcome.FAILED, progress.reason, hint, Cause.ERROR)
    if isinstance(progress, Running):
        return replace(_end(step, Outcome.PENDING, "still running", AGAIN), facts=entry.facts)
    return _done(step, entry)


async def _verify(run: Run, step: Step, change: Change) -> StepResult:
    verdict = await verify(run, _standing(run, change))
    if not verdict.differences:
        return _done(step, _standing(run, change))
    said = f"not whole: {'; '.join(verdict.differences)}"
    hint = "apply verifies again; it never restores again by itself"
    return _end(step, Outcome.FAILED, said, hint, Cause.VERIFICATION)


async def _update(run: Run, step: Step, change: Change) -> StepResult:
    return _done(step, await mutate.update(run, change))


async def _unprotect(run: Run, step: Step, change: Change) -> StepResult:
    await mutate.unprotect(run, change)
    return _done(step, None)


async def _delete(run: Run, step: Step, change: Change) -> StepResult:
    await mutate.delete(run, change)
    return _done(step, None)


async def _cancel(run: Run, step: Step, change: Change) -> StepResult:
    return _done(step, await mutate.cancel(run, change))


async def _forget(run: Run, step: Step, change: Change) -> StepResult:
    entry = run.recorder.state.entries[change.address]
    if change.remote_id is not None and change.remote_id in entry.deposed:
        await release_deposed(run, entry, change)
    else:
        held = change.precondition
        await release(run, entry, entry.phase if held is None else held.phase)
    return _done(step, None)


async def _adopt(run: Run, step: Step, change: Change) -> StepResult:
    """Take a live object, or a finished job that the ledger remembers, into state."""
    kind, remote_id = change.address.kind, change.remote_id or ""
    state, remote = run.recorder.state, run.remote(kind)
    item = next(
        (
            one
            for one in state.ledger.values()
            if one.remote_id == remote_id
            and one.address.kind == kind
            and remote.scope(one.fields) == remote.scope(change.wanted)
        ),
        None,
    )
    old = state.entries.get(change.address)
    entry = Entry(
        address=change.address,
        remote_id=remote_id,
        fields=change.wanted,
        phase=Phase.READY,
        recorded_at=run.dating(),
        pins=change.pins,
        verification=Verification.NONE if old is None else old.verification,
        deposed=() if old is None else old.deposed,
        depends_on=change.depends_on,
        lifecycle=change.lifecycle,
        owner=change.owner,
    )
    if item is not None:
        entry = replace(entry, facts=item.facts, marker=item.marker, phase=item.phase)
        entry = replace(entry, verification=item.verification)
    if item is None or item.reason is not LedgerReason.FINISHED:
        entry = await _as_seen(run, change, entry)
    forgotten = [records.unremember(item.key)] if item is not None else []
    await run.recorder.save(records.put(entry), *forgotten, *run.done)
    return _done(step, entry)


async def _as_seen(run: Run, change: Change, entry: Entry) -> Entry:
    """Read the object once more; it must be the one that was planned to be adopted."""
    remote = run.remote(change.address.kind)
    try:
        payload = await run.api.send(remote.describe(entry.remote_id, entry.fields))
    except NotFoundError as error:
        summary = f"{change.address}: {entry.remote_id} is gone"
        raise StalePlanError.of("precondition-changed", summary, "plan again") from error
    observed = remote.decode_one(payload, entry.fields)
    held = change.precondition
    marker = None if observed.marker is None else observed.marker.as_tag()
    if held is not None and (
        (held.created_at, held.marker) != (observed.created_at, marker)
        or not observed.agrees(held.traits)
    ):
        summary = f"{change.address}: {entry.remote_id} is not what was planned to be adopted"
        raise StalePlanError.of("precondition-changed", summary, "plan again")
    resumed = remote.resume(observed, Wanted(change.address, entry.fields, entry.pins))
    running = observed.phase is Phase.RUNNING
    return replace(
        with_facts(entry, observed.facts),
        phase=observed.phase,
        handle=resumed.handle if running else None,
        marker=marker,
    )


_PERFORM: Mapping[Operation, Callable[[Run, Step, Change], Awaitable[StepResult]]] = {
    Operation.CREATE: _create,
    Operation.WAIT: _wait,
    Operation.VERIFY: _verify,
    Operation.UPDATE: _update,
    Operation.UNPROTECT: _unprotect,
    Operation.DELETE: _delete,
    Operation.CANCEL: _cancel,
    Operation.FORGET: _forget,
    Operation.ADOPT: _adopt,
}

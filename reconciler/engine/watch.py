"""Waits for jobs and for counts, showing how far they are."""

from dataclasses import dataclass, replace
from functools import partial

from reconciler.api.failures import ApiError, DeniedError, NotFoundError
from reconciler.engine.entries import save_end, with_facts
from reconciler.engine.lists import is_listed
from reconciler.engine.run import Run
from reconciler.model.event import Event
from reconciler.model.event import Phase as EventPhase
from reconciler.model.job import Check, Failed, Progress, Ready, Running
from reconciler.model.observed import Phase
from reconciler.model.plan import Operation
from reconciler.model.state import Entry, Verification
from reconciler.model.values import SECOND, Fields, Micros

_FIRST_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found: empty `differences` pass."""

    differences: tuple[str, ...]


async def await_job(run: Run, entry: Entry, operation: Operation) -> tuple[Entry, Progress]:
    """Follow an entry's job to its end and record it.

    Others may have the state meanwhile: what they recorded of the job counts. Raises DeadlineError,
    StoppedError, and TakenUpError where they let go of it.
    """
    started, seconds = run.clock.steady(), _FIRST_POLL_SECONDS
    while True:
        handle = entry.handle
        if handle is None:
            failed = entry.phase is Phase.FAILED
            return entry, Failed("it failed, as another run has recorded") if failed else Ready({})
        progress = await _ask(run, entry, handle)
        if isinstance(progress, Running):
            _tell(run, entry, operation, progress, started)
        if not isinstance(progress, Running) or progress.handle != handle:
            entry = await save_end(run, entry, partial(_as_of, progress))
            if entry.handle is None and not isinstance(progress, Running):
                return entry, progress
            continue  # the next stage has begun, ask at once
        if not run.limits.wait:
            return entry, progress
        run.check_deadline(started, run.limits.timeout(entry.address.kind))
        run.on_waiting()
        await run.pause(seconds)
        seconds = min(seconds * 1.6, run.limits.poll_seconds)


def _as_of(progress: Progress, entry: Entry) -> Entry:
    """Bring an entry up to what was heard of its job."""
    if isinstance(progress, Running):
        return replace(entry, handle=progress.handle)
    phase = Phase.READY if isinstance(progress, Ready) else Phase.FAILED
    return replace(with_facts(entry, progress.facts), phase=phase, handle=None)


async def _ask(run: Run, entry: Entry, handle: Fields) -> Progress:
    remote = run.remote(entry.address.kind)
    try:
        reply = await run.api.send(remote.watch(handle, entry.fields))
    except NotFoundError:
        return await _not_found(run, entry, handle)
    except DeniedError:
        raise
    except ApiError as error:
        said = f"no news: {error.diagnostics[0].summary}"
        return Running(handle, note=said)  # an answer that fails says nothing about the job
    return remote.judge(handle, reply)


async def _not_found(run: Run, entry: Entry, handle: Fields) -> Progress:
    """Judge a job that is not found: it may be too young, forgotten, or gone with its object."""
    if run.dating() - entry.recorded_at < run.limits.settle_window:
        return Running(handle)  # not to be seen yet is not gone
    remote = run.remote(entry.address.kind)
    follow = remote.vanished(handle)
    if follow is not None:
        return Running(follow)  # what it made can still be watched
    try:
        is_there = await is_listed(run.api, remote, entry.fields, entry.remote_id)
    except DeniedError:
        raise
    except ApiError as error:
        return Running(handle, note=f"no news: {error.diagnostics[0].summary}")
    if is_there:
        return Running(handle)
    return Failed(f"{entry.remote_id} is gone before it was done")


async def verify(run: Run, entry: Entry) -> Verdict:
    """Compare the object's counts with those pinned; late counts are waited for.

    Raises TakenUpError where another run let go of the object meanwhile.
    """
    checks = run.remote(entry.address.kind).checks(entry)
    if not checks:
        said = "the backup shows no counts, so nothing could be compared"
        run.on_event(Event(EventPhase.NOTE, said, entry.address))
        await _save_verdict(run, entry, Verification.NONE)
        return Verdict(())
    started, seconds = run.clock.steady(), _FIRST_POLL_SECONDS
    while True:
        differences = [line for check in checks if (line := await _differs(run, check))]
        if not differences:
            await _save_verdict(run, entry, Verification.PASSED)
            return Verdict(())
        if run.clock.steady() - started >= run.limits.verify_seconds * SECOND:
            found = await _save_verdict(run, entry, Verification.FAILED)
            passed = found.verification is Verification.PASSED  # in another run; it is not repeated
            return Verdict(() if passed else tuple(differences))
        run.on_event(
            Event(
                EventPhase.PROGRESS,
                f"waiting for counts: {'; '.join(differences)}",
                entry.address,
                Operation.VERIFY,
                seconds=(run.clock.steady() - started) / SECOND,
            )
        )
        await run.pause(seconds)
        seconds = min(seconds * 1.6, run.limits.poll_seconds)


async def _save_verdict(run: Run, entry: Entry, verdict: Verification) -> Entry:
    return await save_end(run, entry, lambda now: replace(now, verification=verdict))


async def _differs(run: Run, check: Check) -> str:
    try:
        reply = await run.api.send(check.request)
    except DeniedError:
        raise
    except ApiError as error:
        return f"{check.name} not readable ({error.diagnostics[0].summary})"
    found = reply.get(check.field)
    if found == check.expect:
        return ""
    return f"{_number(found)} {check.name}, the backup has {_number(check.expect)}"


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _tell(run: Run, entry: Entry, operation: Operation, progress: Running, since: Micros) -> None:
    run.on_event(
        Event(
            EventPhase.PROGRESS,
            progress.note,
            entry.address,
            operation,
            percent=progress.percent,
            records=progress.records,
            seconds=(run.clock.steady() - since) / SECOND,
            remote_id=entry.remote_id,
        )
    )

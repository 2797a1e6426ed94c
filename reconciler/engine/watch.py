"""Waits for jobs and for counts, showing how far they are."""

from dataclasses import dataclass, replace

from reconciler.api.failures import ApiError, DeniedError, NotFoundError
from reconciler.engine.entries import save_entry, with_facts
from reconciler.engine.observe import list_kind
from reconciler.engine.run import DeadlineError, Run
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
    """Follow an entry's job to its end and record it; raises DeadlineError, StoppedError."""
    started, seconds = run.clock.steady(), _FIRST_POLL_SECONDS
    while True:
        handle = entry.handle
        if handle is None:
            return entry, Ready({})
        progress = await _ask(run, entry, handle)
        match progress:
            case Ready(facts):
                ended = replace(with_facts(entry, facts), phase=Phase.READY, handle=None)
                return await save_entry(run, ended), progress
            case Failed(_, facts):
                ended = replace(with_facts(entry, facts), phase=Phase.FAILED, handle=None)
                return await save_entry(run, ended), progress
            case Running():
                _tell(run, entry, operation, progress, started)
        if progress.handle != handle:
            entry = await save_entry(run, replace(entry, handle=progress.handle))
            continue  # the next stage has begun, ask at once
        if not run.limits.wait:
            return entry, progress
        _check_deadline(run, started, run.limits.timeout(entry.address.kind))
        await run.pause(seconds)
        seconds = min(seconds * 1.6, run.limits.poll_seconds)


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
        listed = await list_kind(run.api, remote, entry.fields)
    except DeniedError:
        raise
    except ApiError as error:
        return Running(handle, note=f"no news: {error.diagnostics[0].summary}")
    if any(item.remote_id == entry.remote_id for item in listed):
        return Running(handle)
    return Failed(f"{entry.remote_id} is gone before it was done")


async def verify(run: Run, entry: Entry) -> Verdict:
    """Compare the object's counts with those pinned; late counts are waited for."""
    checks = run.remote(entry.address.kind).checks(entry)
    if not checks:
        said = "the backup shows no counts, so nothing could be compared"
        run.on_event(Event(EventPhase.NOTE, said, entry.address))
        await save_entry(run, replace(entry, verification=Verification.NONE))
        return Verdict(())
    started, seconds = run.clock.steady(), _FIRST_POLL_SECONDS
    while True:
        differences = [line for check in checks if (line := await _differs(run, check))]
        if not differences:
            await save_entry(run, replace(entry, verification=Verification.PASSED))
            return Verdict(())
        if run.clock.steady() - started >= run.limits.verify_seconds * SECOND:
            await save_entry(run, replace(entry, verification=Verification.FAILED))
            return Verdict(tuple(differences))
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


def _check_deadline(run: Run, started: Micros, seconds: float) -> None:
    if run.clock.steady() - started >= seconds * SECOND:
        raise DeadlineError

"""The create protocol: write the intent down, send once, and settle before ever sending again.

    intent durable -> sent once, fresh connection -> answered: entry recorded, intent cleared
                                                  -> refused:  intent cleared, nothing was made
                                                  -> lost:     wait the settle window, list whole,
                                                               take what is ours, else send again
A crash anywhere leaves the intent; the next apply settles it in the same way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NoReturn

from reconciler.api.failures import ApiError, ConflictError, KeyRefusedError, UncertainError
from reconciler.engine.entries import record_created
from reconciler.engine.lists import PASSES, list_kind
from reconciler.engine.run import Run
from reconciler.errors import ReconcilerError, StateError
from reconciler.model import records
from reconciler.model.address import Address
from reconciler.model.change import Action, Change
from reconciler.model.desired import Desired
from reconciler.model.event import Event
from reconciler.model.event import Phase as EventPhase
from reconciler.model.job import Wanted
from reconciler.model.observed import Marker, Observed
from reconciler.model.rules import MarkerIn
from reconciler.model.state import Entry, Intent
from reconciler.model.values import SECOND, Fields, Micros

MOST_SENDS = 3
_COUNTDOWN_SECONDS = 10.0


async def create(run: Run, change: Change, pins: Wanted) -> Entry:
    """Create an object and record it; raises ApiError when it surely was not made."""
    intent = await _intend(run, change, pins)
    return await _carry_out(run, intent)


async def settle_earlier(
    run: Run, declared: Mapping[Address, Desired]
) -> tuple[ReconcilerError, ...]:
    """Settle every create that an earlier run left open; gives what could not be settled.

    What carries our marker is taken up. What surely does not exist is dropped, and sent again
    only by a plan that shows it. One that cannot be settled stops no other. The window counts from
    the start of this run, which holds the lock that the sender's process held while it could send:
    when an intent was written says nothing about when its request left, since a process can stand
    still in between.
    """
    started = run.clock.steady()
    problems: list[ReconcilerError] = []
    for intent in sorted(run.recorder.state.intents.values(), key=lambda item: item.ulid):
        await _wait_out(run, intent, started)
        desired = declared.get(intent.address)
        try:
            entry = await _take_up(run, intent, None if desired is None else desired.adopt)
        except (StateError, KeyRefusedError):
            raise
        except ReconcilerError as error:
            problems.append(error)
            continue
        if entry is None:
            await run.recorder.save(records.settle(intent.ulid))
    return tuple(problems)


async def _intend(run: Run, change: Change, wanted: Wanted) -> Intent:
    state = run.recorder.state
    marker = Marker(state.lineage8 or "", change.address, run.ulid())
    remote = run.remote(change.address.kind)
    before: tuple[str, ...] = ()
    if remote.marker_in is MarkerIn.NONE:  # then ids from before are all that tells ours apart
        before = tuple(item.remote_id for item in await list_kind(run.api, remote, wanted.fields))
    intent = Intent(
        ulid=marker.ulid,
        address=change.address,
        fields=wanted.fields,
        pins=wanted.pins,
        marker="" if remote.marker_in is MarkerIn.NONE else marker.as_tag(),
        written_at=run.clock.now(),
        before=before,
        deposes=change.remote_id if change.action is Action.REPLACE else None,
        depends_on=change.depends_on,
        lifecycle=change.lifecycle,
        owner=change.owner,
        step=run.step,
    )
    await run.recorder.save(records.intend(intent))
    return intent


async def _carry_out(run: Run, intent: Intent) -> Entry:
    """Send, and settle each lost answer before the next send."""
    remote = run.remote(intent.address.kind)
    wanted = Wanted(intent.address, intent.fields, intent.pins)
    while True:
        try:
            reply = await run.send(remote.create(wanted, _marker(intent)))
            created = remote.created(reply, wanted)
            _check_marker(run, intent, reply)
            return await record_created(run, intent, created)
        except (UncertainError, ValueError) as error:
            _note(run, intent, f"the answer was lost ({_why(error)}); settling it first")
            await _wait_out(run, intent, run.clock.steady())
            entry = await _take_up(run, intent)
            if entry is not None:
                return entry
            if intent.attempt >= MOST_SENDS:
                raise _exhausted(intent) from error
            intent = replace(intent, attempt=intent.attempt + 1)
            await run.recorder.save(records.intend(intent))
        except ConflictError:
            entry = await _take_up(run, intent) if _may_be_ours(run, intent) else None
            if entry is not None:
                return entry
            await run.recorder.save(records.settle(intent.ulid))
            raise
        except ApiError:
            await run.recorder.save(records.settle(intent.ulid))  # refused or never sent
            raise


def _check_marker(run: Run, intent: Intent, reply: Fields) -> None:
    """Read back what was written: an API that changes descriptions makes markers useless."""
    remote = run.remote(intent.address.kind)
    if remote.marker_in is not MarkerIn.DESCRIPTION:
        return
    if remote.decode_one(reply, intent.fields).marker != _marker(intent):
        _note(
            run, intent, "the API did not keep our marker: a lost state cannot be rebuilt from it"
        )


async def _take_up(run: Run, intent: Intent, chosen: str | None = None) -> Entry | None:
    """Look for what an unanswered create made, in complete lists; record it if it is there.

    `chosen` is the id that somebody wrote into the configuration, where several could be ours.
    """
    remote = run.remote(intent.address.kind)
    wanted = Wanted(intent.address, intent.fields, intent.pins)
    found: list[Observed] = []
    for _ in range(PASSES):
        seen = await list_kind(run.api, remote, intent.fields)
        found = _ours_among(run, intent, seen)
        if found:
            break
        _insist_on_markers(run, intent, seen)
    if len(found) > 1 and remote.marker_in is MarkerIn.NONE:
        found = [item for item in found if item.remote_id == chosen] or _ambiguous(intent, found)
    if not found:
        return None
    _note(run, intent, f"found it: {found[0].remote_id}")
    return await record_created(run, intent, remote.resume(found[0], wanted))


def _ours_among(run: Run, intent: Intent, seen: Sequence[Observed]) -> list[Observed]:
    """Pick what the create can have made, less what an entry holds already."""
    remote = run.remote(intent.address.kind)
    wanted = Wanted(intent.address, intent.fields, intent.pins)
    matching = remote.recognise(wanted, _marker(intent), intent.before, seen)
    return [item for item in matching if not _is_ours(run, intent, item)]


def _insist_on_markers(run: Run, intent: Intent, seen: Sequence[Observed]) -> None:
    """Not finding a marker proves something only where the API keeps markers as we wrote them."""
    shown = {(item.listing, item.remote_id): item for item in seen}
    for entry in run.recorder.state.entries.values():
        if entry.marker is None or entry.address.kind != intent.address.kind:
            continue
        for listing in run.remote(entry.address.kind).scope(entry.fields):
            item = shown.get((listing, entry.remote_id))
            if item is not None and item.marker is None:
                raise ReconcilerError.of(
                    "marker-not-kept",
                    f"{intent.address}: whether its create was carried out cannot be told: the "
                    f"API shows {entry.address} without the marker that it was made with",
                    f"look for it, then write `adopt: ID` into {intent.address}",
                )


def _is_ours(run: Run, intent: Intent, item: Observed) -> bool:
    """Whether an entry holds this very object already; ids alone may have been used before."""
    remote = run.remote(intent.address.kind)
    return any(
        entry.address.kind == intent.address.kind
        and item.listing in remote.scope(entry.fields)
        and remote.same(entry, item)
        for entry in run.recorder.state.entries.values()
    )


def _may_be_ours(run: Run, intent: Intent) -> bool:
    """Whether what has the name can be what we made: a first send that was refused made nothing.

    Without a marker on it, only a lost answer before leaves that open.
    """
    return intent.attempt > 1 or run.remote(intent.address.kind).marker_in is not MarkerIn.NONE


def _ambiguous(intent: Intent, found: Sequence[Observed]) -> NoReturn:
    raise ReconcilerError.of(
        "create-ambiguous",
        f"{intent.address}: {len(found)} objects could be the one that an unanswered create "
        f"made: {', '.join(item.remote_id for item in found)}",
        f"look at them, then write `adopt: ID` into {intent.address}",
    )


async def _wait_out(run: Run, intent: Intent, since: Micros) -> None:
    """Wait until the settle window has passed; `since`, of the steady clock, is after the send."""
    while True:
        left = (run.limits.settle_window - (run.clock.steady() - since)) / SECOND
        if left <= 0:
            return
        _note(run, intent, f"waiting {left:.0f} s until the server must have finished with it")
        await run.pause(min(left, _COUNTDOWN_SECONDS))


def _marker(intent: Intent) -> Marker:
    """Read the intent's marker; kinds without a place for one are told apart by ids alone."""
    return Marker.parse_tag(intent.marker) or Marker("", intent.address, intent.ulid)


def _exhausted(intent: Intent) -> ReconcilerError:
    return ReconcilerError.of(
        "create-uncertain",
        f"{intent.address}: {intent.attempt} creates were sent and none was answered or found",
        "run again when the API is well; the next apply settles it first",
    )


def _why(error: Exception) -> str:
    return error.diagnostics[0].summary if isinstance(error, ReconcilerError) else str(error)


def _note(run: Run, intent: Intent, message: str) -> None:
    run.on_event(Event(EventPhase.NOTE, message, intent.address))

"""Looks at one object right before it is touched: the same one still, and really gone if gone."""

from reconciler.api.failures import NotFoundError
from reconciler.engine.lists import is_listed
from reconciler.engine.run import Run
from reconciler.errors import StalePlanError
from reconciler.model.change import Action, Change, Precondition
from reconciler.model.observed import Observed
from reconciler.model.state import Entry


async def look(run: Run, entry: Entry, remote_id: str) -> Observed | None:
    """Ask for an object by its id; None when it is gone, which complete lists have to confirm.

    Raises StalePlanError when the two answers disagree: one 404 must not end our care.
    """
    remote = run.remote(entry.address.kind)
    try:
        payload = await run.api.send(remote.describe(remote_id, entry.fields))
    except NotFoundError:
        if await is_listed(run.api, remote, entry.fields, remote_id):
            raise StalePlanError.of(
                "answers-disagree",
                f"{entry.address}: {remote_id} is not found, but it is listed",
                "plan again in a while",
            ) from None
        return None
    return remote.decode_one(payload, entry.fields)


async def checked(run: Run, change: Change, entry: Entry) -> Observed | None:
    """Look once more and compare with what was planned; None when it is gone."""
    held = change.precondition
    observed = await look(run, entry, entry.remote_id if held is None else held.remote_id)
    if observed is not None:
        compare(change, observed)
    return observed


def compare(change: Change, observed: Observed) -> None:
    """Insist on the plan's precondition; raises StalePlanError."""
    held = change.precondition
    if held is None:
        return
    moved_on = held.phase is not observed.phase and change.action is not Action.ADOPT
    if not is_same(held, observed) or moved_on:
        raise stale(change, observed.remote_id, "is not as it was when this was planned")


def is_same(held: Precondition, observed: Observed) -> bool:
    """Tell whether an object is the one that was planned for, however it may have moved on."""
    marker = None if observed.marker is None else observed.marker.as_tag()
    same = (observed.remote_id, observed.created_at, marker)
    return same == (held.remote_id, held.created_at, held.marker) and observed.agrees(held.traits)


def stale(change: Change, remote_id: str, what: str) -> StalePlanError:
    """Say that an object is not what the plan was made for."""
    return StalePlanError.of(
        "precondition-changed",
        f"{change.address}: {remote_id} {what}",
        "plan again and look at what has changed",
    )

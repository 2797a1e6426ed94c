"""What became of managed objects that complete lists do not show: each is asked for by its id."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

from reconciler.api.client import Api
from reconciler.api.failures import ApiError, KeyRefusedError, NotFoundError
from reconciler.engine.lists import is_listed
from reconciler.model.address import Address
from reconciler.model.kind import Kind, Remote
from reconciler.model.observed import Observed, Phase, Seen
from reconciler.model.rules import WhenGone
from reconciler.model.state import Entry, State

_Answer = Observed | str | None
"""What became of a missing object: it is there; why nobody knows; None, it is gone."""


async def confirm(api: Api, kind: Kind, state: State, seen: Seen) -> Seen:
    """Ask once, by id, for every managed object that is missing, and for what replacements left.

    Raises KeyRefusedError: that says nothing about any of them.
    """
    remote = kind.remote
    if remote is None:
        return seen
    missing = list(_missing(kind, remote, state, seen))
    answers: Sequence[_Answer] = await asyncio.gather(
        *(_ask(api, remote, entry) for entry in missing)
    )
    found = [answer for answer in answers if isinstance(answer, Observed)]
    gone: set[Address] = set()
    unconfirmed: dict[Address, str] = {}
    unsure: dict[str, str] = {}
    for entry, answer in zip(missing, answers, strict=True):
        is_left = entry.remote_id != state.entries[entry.address].remote_id
        if is_left and not isinstance(answer, Observed):
            why = answer or await _why_not_gone(api, remote, entry)
            unsure.update({entry.remote_id: why} if why else {})
        elif isinstance(answer, str):
            unconfirmed[entry.address] = answer
        elif answer is None:
            gone.add(entry.address)
    return replace(
        seen,
        objects=(*seen.objects, *found),
        confirmed_gone=frozenset(gone),
        unconfirmed=unconfirmed,
        unsure=unsure,
    )


def _missing(kind: Kind, remote: Remote, state: State, seen: Seen) -> Iterator[Entry]:
    """Give what lists that were read should show; of what was left behind, the entry as it was."""
    shown = {(item.listing, item.remote_id) for item in seen.objects}
    for address, entry in sorted(state.entries.items()):
        ended = kind.rules.when_gone is WhenGone.HISTORY and entry.phase is not Phase.RUNNING
        if address.kind != kind.name or ended:
            continue
        scope = remote.scope(entry.fields)
        if set(scope) & set(seen.unreadable):
            continue
        for remote_id in (entry.remote_id, *entry.deposed):
            if not any((listing, remote_id) in shown for listing in scope):
                yield replace(entry, remote_id=remote_id)


async def _why_not_gone(api: Api, remote: Remote, entry: Entry) -> str:
    """Look once more for what is forgotten without a question once it is gone; empty if it is."""
    try:
        listed = await is_listed(api, remote, entry.fields, entry.remote_id)
    except KeyRefusedError:
        raise
    except ApiError as error:
        return error.diagnostics[0].summary
    return "it is listed, and not found by its id" if listed else ""


async def _ask(api: Api, remote: Remote, entry: Entry) -> _Answer:
    try:
        payload = await api.send(remote.describe(entry.remote_id, entry.fields))
    except NotFoundError:
        return None
    except KeyRefusedError:
        raise
    except ApiError as error:
        return error.diagnostics[0].summary
    return remote.decode_one(payload, entry.fields)

"""Whether a managed object is there: present, absent, unreadable - and never guessed.

A list that failed, an object too young to be listed, and a crowd of entries missing all at once
are not absence; mistaking them for it is how a reconciler makes duplicates.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from reconciler.model.kind import Kind
from reconciler.model.observed import Observed, Phase, Seen
from reconciler.model.rules import WhenGone
from reconciler.model.state import Entry
from reconciler.planning.given import Given

CROWD = 3
"""So many entries missing from one list at once are a broken list, not so many deletions."""


class Sight(Enum):
    """What an observation says about a managed object."""

    PRESENT = "present"
    ABSENT = "absent"
    UNREADABLE = "unreadable"
    NOT_YET = "not listed yet"
    STRANGER = "another object with its id"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one entry; `why` explains what is unreadable."""

    sight: Sight
    observed: Observed | None = None
    why: str = ""


def find(kind: Kind, entry: Entry, given: Given) -> Finding:
    """Look an entry up in what was observed."""
    remote = kind.remote
    seen = given.world.seen.get(kind.name, Seen())
    if remote is None:
        return Finding(Sight.UNREADABLE, why="the kind has nothing to observe")
    why = unreadable(given, kind, remote.scope(entry.fields))
    if why:
        return Finding(Sight.UNREADABLE, why=why)
    observed = lookup(seen, remote.scope(entry.fields), entry.remote_id)
    if observed is not None:
        sight = Sight.PRESENT if remote.same(entry, observed) else Sight.STRANGER
        return Finding(sight, observed)
    return _missing(entry, seen, given)


def _missing(entry: Entry, seen: Seen, given: Given) -> Finding:
    if entry.address in seen.unconfirmed:
        return Finding(Sight.UNREADABLE, why=seen.unconfirmed[entry.address])
    if given.world.now - entry.recorded_at < given.settle_window:
        return Finding(Sight.NOT_YET, why="it was made so recently that lists may not show it yet")
    if entry.address in seen.confirmed_gone:
        return Finding(Sight.ABSENT)
    return Finding(Sight.UNREADABLE, why="its absence could not be confirmed")


def lookup(seen: Seen, listings: Iterable[str], remote_id: str) -> Observed | None:
    """Find an observed object by listing and id."""
    names = frozenset(listings)
    return next(
        (item for item in seen.objects if item.remote_id == remote_id and item.listing in names),
        None,
    )


def unreadable(given: Given, kind: Kind, listings: Iterable[str]) -> str:
    """Say why one of the lists cannot be relied on; empty where all can."""
    seen = given.world.seen.get(kind.name, Seen())
    doubted = given.doubted or {}
    for listing in listings:
        why = seen.unreadable.get(listing) or doubted.get(listing)
        if why:
            return why
    return ""


def doubts(given: Given) -> Mapping[str, str]:
    """Name the lists from which a crowd of our entries is missing all at once."""
    missing: dict[str, list[str]] = {}
    held: dict[str, int] = {}
    for entry in given.state.entries.values():
        kind = given.kinds.get(entry.address.kind)
        if kind is None or kind.remote is None or _may_vanish(kind, entry):
            continue
        for listing in kind.remote.scope(entry.fields):
            held[listing] = held.get(listing, 0) + 1
            if find(kind, entry, given).sight in {Sight.ABSENT, Sight.NOT_YET}:
                missing.setdefault(listing, []).append(str(entry.address))
    allowed = given.permissions.missing or 0
    return {
        listing: f"all {len(names)} entries that it should show are missing from it at once "
        f"({', '.join(sorted(names)[:CROWD])}{', ...' if len(names) > CROWD else ''}); "
        f"--allow-missing {len(names)} believes it"
        for listing, names in missing.items()
        if len(names) == held[listing] and len(names) >= CROWD and len(names) > allowed
    }


def _may_vanish(kind: Kind, entry: Entry) -> bool:
    return kind.rules.when_gone is WhenGone.HISTORY and entry.phase is not Phase.RUNNING

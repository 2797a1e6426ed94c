"""Whether a managed object is there: present, absent, unreadable - and never guessed.

A list that failed, an object too young to be listed, and a crowd of entries missing all at once
are not absence; mistaking them for it is how a reconciler makes duplicates.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from reconciler.model.change import Reason
from reconciler.model.kind import Kind
from reconciler.model.observed import Observed, Phase, Seen
from reconciler.model.rules import WhenGone
from reconciler.model.state import Entry
from reconciler.model.values import Fields
from reconciler.planning.given import Given

CROWD = 3
"""So many entries missing from one list at once are a broken list, not so many deletions."""

TOO_YOUNG = "made so recently that lists may not show it yet; run again"


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


@dataclass(frozen=True, slots=True)
class Crowd:
    """The entries that one list should show, and shows none of."""

    kind: str
    listing: str
    missing: tuple[str, ...]

    @property
    def why(self) -> str:
        """Say it beside each object that hangs on the list."""
        return f"all {len(self.missing)} entries that the list should show are missing at once"


def find(kind: Kind, entry: Entry, given: Given) -> Finding:
    """Look an entry up in what was observed."""
    remote = kind.remote
    if remote is None:
        return Finding(Sight.UNREADABLE, why="the kind has nothing to observe")
    why = unreadable(given, kind, remote.scope(entry.fields))
    if why:
        return Finding(Sight.UNREADABLE, why=why)
    observed = lookup(given, kind, entry.fields, entry.remote_id)
    if observed is not None:
        sight = Sight.PRESENT if remote.same(entry, observed) else Sight.STRANGER
        return Finding(sight, observed)
    return _missing(kind, entry, given)


def find_deposed(kind: Kind, entry: Entry, given: Given) -> Finding:
    """Look up an object that a replacement left behind; it too was asked for by its id."""
    finding = find(kind, entry, given)
    remote = kind.remote
    if remote is None or finding.observed is not None or finding.sight is Sight.NOT_YET:
        return finding
    if unreadable(given, kind, remote.scope(entry.fields)):
        return finding
    why = given.world.seen.get(kind.name, Seen()).unsure.get(entry.remote_id)
    if why is not None:
        return Finding(Sight.UNREADABLE, why=f"not in the list, and not known to be gone: {why}")
    return Finding(Sight.ABSENT)


def _missing(kind: Kind, entry: Entry, given: Given) -> Finding:
    if may_vanish(kind, entry):
        return Finding(Sight.ABSENT)
    seen = given.world.seen.get(kind.name, Seen())
    if entry.address in seen.unconfirmed:
        why = f"not in the list, and asking for it failed: {seen.unconfirmed[entry.address]}"
        return Finding(Sight.UNREADABLE, why=why)
    if given.world.dating - entry.recorded_at < given.settle_window:
        return Finding(Sight.NOT_YET, why=TOO_YOUNG)
    if entry.address in seen.confirmed_gone:
        return Finding(Sight.ABSENT)
    return Finding(Sight.UNREADABLE, why="not in the list, and its absence was not confirmed")


def another(entry: Entry | None, observed: Observed) -> tuple[Reason, str]:
    """Say why an object with the id of ours is not taken for ours, as a code and in words."""
    if entry is None or entry.marker is not None:
        return Reason.MARKER_LOST, f"{observed.remote_id} does not carry our marker any more"
    differs = [
        key
        for key, found in observed.traits.items()
        if found is not None and entry.facts.get(key) not in {None, found}
    ]
    verb = "differs" if len(differs) == 1 else "differ"
    why = f"{' and '.join(differs)} {verb}" if differs else "it is being made anew"
    return Reason.ANOTHER_OBJECT, f"{observed.remote_id} is another object of that name: {why}"


def lookup(given: Given, kind: Kind, fields: Fields, remote_id: str) -> Observed | None:
    """Find an observed object by id, in the lists that objects with these fields hang on."""
    for listing in () if kind.remote is None else kind.remote.scope(fields):
        found = given.tables.objects.get((kind.name, listing, remote_id))
        if found is not None:
            return found
    return None


def unreadable(given: Given, kind: Kind, listings: Iterable[str]) -> str:
    """Say why one of the lists cannot be relied on; empty where all can."""
    seen = given.world.seen.get(kind.name, Seen())
    for listing in listings:
        why = seen.unreadable.get(listing)
        if why:
            return why
    return ""


def crowds(given: Given) -> tuple[Crowd, ...]:
    """Find the lists from which a crowd of our entries is missing all at once."""
    missing: dict[tuple[str, str], list[str]] = {}
    held: dict[tuple[str, str], int] = {}
    for entry in given.state.entries.values():
        kind = given.kinds[entry.address.kind]
        if kind.remote is None or may_vanish(kind, entry):
            continue
        absent = find(kind, entry, given).sight in {Sight.ABSENT, Sight.NOT_YET}
        for listing in kind.remote.scope(entry.fields):
            place = (kind.name, listing)
            held[place] = held.get(place, 0) + 1
            if absent:
                missing.setdefault(place, []).append(str(entry.address))
    allowed = given.permissions.missing or 0
    return tuple(
        Crowd(*place, tuple(sorted(names)))
        for place, names in sorted(missing.items())
        if len(names) == held[place] and len(names) >= CROWD and len(names) > allowed
    )


def may_vanish(kind: Kind, entry: Entry) -> bool:
    """Whether the API may forget the object without anything being wrong: a job that has ended."""
    return kind.rules.when_gone is WhenGone.HISTORY and entry.phase is not Phase.RUNNING

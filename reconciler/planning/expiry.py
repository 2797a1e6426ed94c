"""What the rules of policies let go: within bounds, and never before what takes its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, Standing, as_no_op, planned
from reconciler.model.values import text
from reconciler.planning.given import Given

Stream = tuple[Address | None, str]
"""A policy, and one of its indexes by name."""


@dataclass(frozen=True, slots=True)
class Room:
    """A place that a full project lacks: who takes it, and who leaves it once `after` is Ready."""

    create: Address
    expiry: Address
    after: tuple[Address, ...] = ()


_BRING = {Action.CREATE, Action.REPLACE, Action.WAIT}


def expires(change: Change) -> bool:
    """Whether a planned change deletes what a rule let go."""
    deletes = change.action is Action.DELETE and change.standing is Standing.PLANNED
    return deletes and change.reason is Reason.EXPIRED


def brings(change: Change) -> bool:
    """Whether a planned change ends with one more backup of a policy that is Ready."""
    plans = change.action in _BRING and change.standing is Standing.PLANNED
    return plans and change.owner is not None and change.reason is not Reason.DEPOSED


def makes_room(change: Change) -> bool:
    """Whether an expiry may run before what this plan makes: nothing has to be Ready first."""
    return not change.depends_on


def stream(change: Change) -> Stream:
    """Tell whose a backup is and what it is of."""
    fields = change.wanted or change.before or {}
    return change.owner, text(fields.get("index"))


def oldest_first(change: Change) -> tuple[int, Address]:
    """Sort by when the live object was made."""
    held = change.precondition
    return (0 if held is None else held.created_at or 0), change.address


def awaited(changes: Sequence[Change], rooms: Sequence[Room]) -> Mapping[Address, set[Address]]:
    """Say which new backups have to be Ready before each expiry, whatever fails on the way.

    Of each index no more may go than became Ready, but for one. So a policy lets as many go as it
    makes, each after all of its own (`first`); what is beyond that waits for all new ones of the
    index. Where some make room under the quota (`crowded`), they have used that up, and all others
    wait for all new ones.
    """
    own: dict[Stream, set[Address]] = {}
    whole: dict[str, set[Address]] = {}
    for change in filter(brings, changes):
        own.setdefault(stream(change), set()).add(change.address)
        whole.setdefault(stream(change)[1], set()).add(change.address)
    found: dict[Address, set[Address]] = {room.expiry: set(room.after) for room in rooms}
    crowded = {stream(change)[1] for change in changes if change.address in found}
    left = {each: 0 if each[1] in crowded else len(made) for each, made in own.items()}
    for change in sorted(filter(expires, changes), key=oldest_first):
        whose = stream(change)
        if change.address in found:
            continue
        first = left.get(whose, 0) > 0
        found[change.address] = own[whose] if first else whole.get(whose[1], set())
        left[whose] = left.get(whose, 0) - 1
    return found


def limited(given: Given, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Keep what only a backup to come pushes out, if none comes; withhold what is too much at once.

    A reviewed plan is held to what it announced, so its bounds are not drawn a second time.
    """
    coming = {change.address for change in changes if brings(change)}
    waited = [_waited(change, coming) for change in changes]
    if given.review is not None:
        return tuple(waited)
    allowed = _allowed(given, waited)
    wanted: dict[str, list[Change]] = {}
    for change in waited:
        if expires(change):
            wanted.setdefault(stream(change)[1], []).append(change)
    over: dict[Address, int] = {}
    for index, mine in wanted.items():
        late = sorted(mine, key=oldest_first)[allowed[index] :]
        over.update(dict.fromkeys((change.address for change in late), len(mine)))
    return tuple(
        _withheld(change, over[change.address])
        if expires(change) and change.address in over
        else change
        for change in waited
    )


def _waited(change: Change, coming: set[Address]) -> Change:
    lively = {Standing.PLANNED, Standing.WITHHELD}
    if change.reason is not Reason.EXPIRED or change.standing not in lively:
        return change
    missing = [address for address in change.depends_on if address not in coming]
    return unexpired(change, f"until {missing[0]} is Ready") if missing else change


def unexpired(change: Change, why: str) -> Change:
    """A rule never ends what is guarded, and asks nobody: the object is kept for now."""
    return as_no_op(change, Standing.UNCHANGED, Reason.KEPT, f"kept: {why}")


def _allowed(given: Given, changes: Sequence[Change]) -> Mapping[str, int]:
    """Count per index, however many policies it has: one more than they bring, or what is said."""
    most = given.permissions.max_expiries
    found: dict[str, int] = {stream(change)[1]: 1 for change in changes if expires(change)}
    for change in planned(changes):
        index = stream(change)[1]
        if brings(change) and index in found:
            found[index] += 1
    return found if most is None else dict.fromkeys(found, most)


def _withheld(change: Change, count: int) -> Change:
    way_out = f"later runs let it go, or --max-expiries {count} now"
    return replace(change, standing=Standing.WITHHELD, way_out=way_out)

"""The quota of backups: what a plan comes to, and which expiries have to make room first."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, planned
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.observed import Seen
from reconciler.model.plan import Quota
from reconciler.planning.binding import number as _number
from reconciler.planning.expiry import (
    Room,
    Stream,
    brings,
    expires,
    makes_room,
    oldest_first,
    stream,
)
from reconciler.planning.given import Given

STANDARD_QUOTA, ENTERPRISE_QUOTA = 500, 1000
"""Backups per project in the plans that Pinecone documents."""

_MAKES = {Action.CREATE, Action.REPLACE}

Again = Callable[[Given], Sequence[Change]]
"""Gives the same decisions as they would stand with other permissions."""

Forecast = tuple[Quota | None, tuple[Diagnostic, ...], tuple[Diagnostic, ...]]
"""The quota, refusals, warnings."""


def forecast(given: Given, changes: Sequence[Change], again: Again) -> Forecast:
    """Forecast the backups in the project; `again` finds what a larger bound would come to."""
    ours = _counted(given, changes)
    made = sum(1 for change in ours if change.action in _MAKES)
    ended = sum(1 for change in ours if change.action in {Action.DELETE, Action.REPLACE})
    if not made:
        return None, (), ()
    now, allowed = _present(given), given.permissions.backup_quota
    peak = _peak(given, changes)
    quota = Quota(now, now + made - ended, allowed)
    said = f"the project has {_number(now, 'backup')}, and {made} more make {peak:,}"
    most = ENTERPRISE_QUOTA if allowed is None else allowed
    if peak > most:
        return quota, (_over(given, changes, said, again),), ()
    if allowed is None and peak > STANDARD_QUOTA:
        hint = "--backup-quota N makes the plan refuse what the project will not take"
        limits = f"Standard allows {STANDARD_QUOTA}, Enterprise {ENTERPRISE_QUOTA:,}"
        warning = Diagnostic("backup-quota", f"{said}; {limits}", hint, severity=Severity.WARNING)
        return quota, (), (warning,)
    return quota, (), ()


def _peak(given: Given, changes: Sequence[Change]) -> int:
    """Count the most there are at a time: but for what makes room, creates come before deletes."""
    made = sum(1 for change in _counted(given, changes) if change.action in _MAKES)
    return _present(given) + made - len(rooms(given, changes))


def _over(given: Given, changes: Sequence[Change], said: str, again: Again) -> Diagnostic:
    """Refuse before anything is sent; where nobody named the quota, by the largest documented."""
    allowed = given.permissions.backup_quota
    most = ENTERPRISE_QUOTA if allowed is None else allowed
    fits = _what_fits(given, changes, most)
    bound = _least_bound(given, len(changes), most, again)
    if allowed is not None:
        hint = f"{bound}{fits}remove some first, or raise --backup-quota {allowed}"
        return Diagnostic("backup-quota", f"{said}, more than {allowed:,}", hint)
    said = f"{said}, more than the {ENTERPRISE_QUOTA:,} that Enterprise allows"
    hint = f"{bound}{fits}remove some first, or say with --backup-quota N that it takes more"
    return Diagnostic("backup-quota", said, hint)


def rooms(given: Given, changes: Sequence[Change]) -> tuple[Room, ...]:
    """Find for each create that the quota leaves no room for the expiry that has to run before it.

    Where nobody named the quota, it is the smallest documented one that the project fits.
    """
    ours = _counted(given, changes)
    leaving: dict[Stream, list[Change]] = {}
    expiring = [change for change in ours if expires(change) and makes_room(change)]
    for change in sorted(expiring, key=oldest_first):
        leaving.setdefault(stream(change), []).append(change)
    made = [change for change in ours if change.action in _MAKES]
    free = _free(given)
    if not leaving or free is None or len(made) <= free:
        return ()
    made.sort(key=lambda change: (stream(change) in leaving, change.address))
    crowded = sorted(made[free:], key=lambda one: (stream(one) not in leaving, one.address))
    late = {change.address for change in crowded}
    coming: dict[str, list[Address]] = {}
    for change in ours:
        if brings(change) and change.address not in late:
            coming.setdefault(stream(change)[1], []).append(change.address)
    return tuple(_rooms(crowded, leaving, coming, given.permissions.max_expiries))


def _rooms(
    crowded: Sequence[Change],
    leaving: dict[Stream, list[Change]],
    coming: dict[str, list[Address]],
    most: int | None,
) -> Iterator[Room]:
    """Pair them one by one: an index spares one, and another for each of its own that came before.

    So none waits for what comes later, and should a create fail, no index is short of more than one
    backup.
    """
    gone: Counter[str] = Counter()
    for change in crowded:
        for each in (stream(change), *leaving):
            index = each[1]
            ready = coming.get(index, [])
            if leaving.get(each) and (most is not None or gone[index] <= len(ready)):
                after = tuple(ready) if most is None and gone[index] else ()
                yield Room(change.address, leaving[each].pop(0).address, after)
                gone[index] += 1
                if brings(change):
                    coming.setdefault(stream(change)[1], []).append(change.address)
                break


def _free(given: Given) -> int | None:
    now, allowed = _present(given), given.permissions.backup_quota
    known = [one for one in (STANDARD_QUOTA, ENTERPRISE_QUOTA) if one >= now]
    ceiling = allowed if allowed is not None else next(iter(known), None)
    return None if ceiling is None else max(0, ceiling - now)


def _kinds(given: Given) -> set[str]:
    return {name for name, kind in given.kinds.items() if kind.rules.counts_to_quota}


def _counted(given: Given, changes: Sequence[Change]) -> list[Change]:
    kinds = _kinds(given)
    return [change for change in planned(changes) if change.address.kind in kinds]


def _present(given: Given) -> int:
    return sum(len(given.world.seen.get(name, Seen()).objects) for name in _kinds(given))


def _least_bound(given: Given, count: int, most: int, again: Again) -> str:
    """Name the least bound of expiries that lets enough go first, if there is one."""
    if not given.permissions.expiry or given.review is not None:
        return ""

    def fits(number: int) -> bool:
        other = replace(given, permissions=replace(given.permissions, max_expiries=number))
        return _peak(other, again(other)) <= most

    if not fits(count):
        return ""
    least = bisect_left(range(count), x=True, key=fits)  # the more may go, the more do
    return f"--max-expiries {least} lets enough go first; "


def _what_fits(given: Given, changes: Sequence[Change], allowed: int) -> str:
    """Say how many backups of each index policies could keep, so that new ones have a place."""
    indexes = {stream(change)[1] for change in changes if change.owner is not None}
    owned = [change for change in changes if change.owner is not None and change.remote_id]
    if not indexes:
        return ""
    others = _present(given) - len(owned)
    made = sum(1 for one in _counted(given, changes) if one.action in _MAKES)
    fit = (allowed - others - made) // len(indexes)
    what = "1 index" if len(indexes) == 1 else f"{len(indexes):,} indexes"
    shared = f"{what}, {_number(others, 'other backup')}, {made:,} more at once"
    if fit < 1:
        return f"no retention would fit ({shared}); "
    also = "" if given.permissions.expiry else " with --allow-expiry"
    return f"a retention of at most {fit:,} of each index would fit{also} ({shared}); "

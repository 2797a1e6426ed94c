"""Guards: what refuses a whole plan, each with its numbers and the one flag that permits it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from reconciler.model.address import Address
from reconciler.model.change import REMOVALS, Action, Change, Reason, Standing, planned
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.observed import Observed, Phase, Seen
from reconciler.model.values import integer
from reconciler.planning.binding import binding_refusals as binding_refusals  # noqa: PLC0414
from reconciler.planning.binding import number as _number
from reconciler.planning.expiry import unexpired
from reconciler.planning.given import Given

MOST_REMOVALS = 5
SHARE_OF_REMOVALS = 30  # percent
SHARE_COUNTS_FROM = 10  # objects of a kind; below, a share says nothing

_LIVELY = {Standing.PLANNED, Standing.WITHHELD}


def unknown_addresses(given: Given, declared: Collection[Address]) -> tuple[Diagnostic, ...]:
    """Refuse permissions for addresses that are nowhere: a slip of the pen permits nothing."""
    intents = {intent.address for intent in given.state.intents.values()}
    known = {*declared, *given.configuration.desired, *given.state.entries, *intents}
    names = {str(address): address for address in known}
    allowed = given.permissions
    asked = [("--replace", address) for address in sorted(allowed.replace)]
    asked += [("--allow-last-backup", address) for address in sorted(allowed.last_backups)]
    found: list[Diagnostic] = []
    for flag, address in asked:
        if address not in known:
            near = get_close_matches(str(address), sorted(names), n=1)
            hint = f"did you mean {near[0]}?" if near else "`reconciler state list` names them"
            said = f"{flag} {address}: it is neither declared nor in state"
            found.append(Diagnostic("unknown-address", said, hint))
        elif given.kinds[address.kind].remote is None:
            said = f"{flag} {address}: it stands for others, and is nothing itself"
            hint = "name one of those; `reconciler state list` shows them"
            found.append(Diagnostic("unknown-address", said, hint))
    return tuple(found)


def change_refusals(changes: Sequence[Change]) -> tuple[Diagnostic, ...]:
    """Turn every refused change into a refusal of the plan."""
    return tuple(
        Diagnostic(
            change.reason.value.replace("_", "-"),
            f"{change.address}: {change.because}",
            change.way_out,
            change.source,
        )
        for change in changes
        if change.standing is Standing.REFUSED
    )


def empty_refusals(given: Given) -> tuple[Diagnostic, ...]:
    """Refuse an empty configuration beside a state that holds objects."""
    held = len(given.state.entries)
    if given.configuration.desired or not held or given.permissions.empty:
        return ()
    return (
        Diagnostic(
            "configuration-empty",
            f"the configuration declares nothing, state holds {_number(held, 'object')}",
            "an empty configuration never means to remove all; --allow-empty says that it does",
        ),
    )


def owner_refusals(
    changes: Sequence[Change], ends: Mapping[Address, Sequence[Diagnostic]]
) -> tuple[Diagnostic, ...]:
    """Refuse what owners refuse (`ends`), where something that they have would be deleted."""
    deleted = {change.owner for change in planned(changes) if change.action is Action.DELETE}
    return tuple(one for owner, found in ends.items() if owner in deleted for one in found)


def removal_refusals(given: Given, changes: Sequence[Change]) -> tuple[Diagnostic, ...]:
    """Refuse more deletes, cancels and forgets at once than anybody reviews."""
    removals = [change for change in planned(changes) if _ends_care(change)]
    if given.permissions.max_removals is not None:
        allowed = given.permissions.max_removals
        if len(removals) <= allowed:
            return ()
        return (_too_many("objects", len(removals), len(given.state.entries), allowed),)
    if len(removals) > MOST_REMOVALS:
        held = len(given.state.entries)
        return (_too_many("objects", len(removals), held, MOST_REMOVALS),)
    found = []
    for kind in sorted({change.address.kind for change in removals}):
        held = sum(1 for address in given.state.entries if address.kind == kind)
        ending = sum(1 for change in removals if change.address.kind == kind)
        if ending > _limit(held):
            found.append(_too_many(f"objects of kind {kind}", ending, held, _limit(held)))
    return tuple(found)


def _ends_care(change: Change) -> bool:
    """What expires has a permission, and bounds, of its own."""
    return change.action in REMOVALS and change.reason is not Reason.EXPIRED


def _limit(held: int) -> int:
    if held < SHARE_COUNTS_FROM:
        return MOST_REMOVALS
    return min(MOST_REMOVALS, held * SHARE_OF_REMOVALS // 100)


def _too_many(what: str, ending: int, held: int, allowed: int) -> Diagnostic:
    return Diagnostic(
        "too-many-removals",
        f"the plan deletes, cancels or forgets {ending} of {held} managed {what}, "
        f"more than {allowed}",
        f"--max-removals {ending} permits it",
    )


def guard_backups(given: Given, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Refuse deletes of backups that a restore holds, or that are the last good copy."""
    held = _held(given, changes)
    succeeded = _succeeded(changes)
    good = _newest_good(given, _permitted(given, changes))
    newest = {remote_id: name for remote_id, name in good.items() if remote_id not in succeeded}
    return tuple(_guarded(given, change, held, newest) for change in changes)


def _guarded(
    given: Given, change: Change, held: Mapping[str, Address], newest: Mapping[str, str]
) -> Change:
    kind, remote_id = given.kinds[change.address.kind], change.remote_id
    deletes = change.action in {Action.DELETE, Action.REPLACE} and change.standing in _LIVELY
    if not (deletes and kind.rules.holds_points_in_time and remote_id):
        return change
    if remote_id in held:
        return _kept_for(change, held[remote_id])
    why = newest.get(remote_id)
    if why is None or change.standing is Standing.WITHHELD:
        return change
    if change.reason is Reason.EXPIRED:
        return unexpired(change, why)
    return replace(
        change,
        standing=Standing.REFUSED,
        reason=Reason.PROTECTED,
        because=f"{change.because}, but {why}",
        way_out=f"--allow-last-backup {change.address} permits it",
    )


def _kept_for(change: Change, holder: Address) -> Change:
    if change.standing is Standing.WITHHELD:  # nothing is deleted, so nothing is refused
        way_out = f"it is held: {holder} is restored from it; remove {holder} first"
        return replace(change, reason=Reason.HELD, way_out=way_out)
    if change.reason is Reason.EXPIRED:
        return unexpired(change, f"{holder} is restored from it")
    return replace(
        change,
        standing=Standing.REFUSED,
        reason=Reason.HELD,
        because=f"{change.because}, but {holder} is restored from it",
        way_out=f"remove {holder} from the configuration first",
    )


def _succeeded(changes: Iterable[Change]) -> frozenset[str]:
    """Give the ids in whose place a new one is made first.

    The engine deletes them only when that one is Ready and whole.
    """
    changes = tuple(changes)
    waiting = {c.address for c in planned(changes) if c.action is Action.WAIT}
    return frozenset(
        change.remote_id
        for change in changes
        if change.remote_id
        and (
            change.action is Action.REPLACE
            or (change.reason is Reason.DEPOSED and change.address in waiting)
        )
    )


def _held(given: Given, changes: Iterable[Change]) -> dict[str, Address]:
    """Map backup ids to the declared or planned object that was, or will be, made from them."""
    found: dict[str, Address] = {}
    for change in changes:
        entry = given.state.entries.get(change.address)
        ending = change.action in REMOVALS or change.address not in given.configuration.desired
        pins = change.pins or ({} if entry is None else entry.pins)
        if not ending and isinstance(pins.get("backup_id"), str):
            found[str(pins["backup_id"])] = change.address
    return found


def _permitted(given: Given, changes: Iterable[Change]) -> frozenset[str]:
    """Give the ids that may go by name; what is newest without them is guarded in their place."""
    allowed = given.permissions.last_backups
    return frozenset(
        change.remote_id
        for change in changes
        if change.action is Action.DELETE and change.address in allowed and change.remote_id
    )


def _newest_good(given: Given, permitted: frozenset[str]) -> dict[str, str]:
    """Map the ids that have to stay of each source to what is said of them.

    That is its newest Ready backup with records. Where none is known to have any, all that may.
    """
    sources: dict[str, list[Observed]] = {}
    for name, kind in given.kinds.items():
        objects = given.world.seen.get(name, Seen()).objects
        for item in objects if kind.rules.holds_points_in_time else ():
            if item.phase is Phase.READY and item.remote_id not in permitted:
                source = str(item.facts.get("source_index_id") or _index(item))
                sources.setdefault(source, []).append(item)
    found: dict[str, str] = {}
    for items in sources.values():
        best = max(
            (item for item in items if _records(item)), key=lambda item: item.by_age, default=None
        )
        if best is not None:
            said = f"it is the newest Ready backup with records of {_index(best)}"
            found[best.remote_id] = said
            continue
        for item in items:
            if _records(item) is None:
                said = f"no Ready backup of {_index(item)} is known to have records"
                found[item.remote_id] = said
    return found


def _records(item: Observed) -> int | None:
    return integer(item.facts.get("record_count"))


def _index(item: Observed) -> str:
    return str(item.fields.get("index"))

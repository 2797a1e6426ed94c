"""The holds of a policy: backups that stay whatever the rules say, as long as the hold lasts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reconciler.kinds._children import Child, Kept
from reconciler.model.address import Address
from reconciler.model.desired import Held
from reconciler.model.values import Fields, Micros, mapping, text
from reconciler.wire.tolerant import parse_time


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold: the id, name or key that it means, and its end, as a moment and as written."""

    backup: str
    reason: str
    until: Micros | None
    written: str


def holds(fields: Fields, now: Micros) -> Iterator[Hold]:
    """Give the holds that have not ended."""
    found = fields.get("hold")
    for hold in map(mapping, found if isinstance(found, list) else ()):
        until = parse_time(text(hold.get("until")))
        if until is None or until > now:
            yield Hold(text(hold["backup"]), text(hold["reason"]), until, text(hold.get("until")))


def holding(fields: Fields, now: Micros, children: Iterable[Child]) -> dict[Address, Held]:
    """Map the backups that are held to why, for state to remember; of several, the last counts."""
    mine = tuple(children)
    return {
        child.address: Held(hold.reason, hold.until)
        for hold in holds(fields, now)
        for child in mine
        if hold.backup in child.names
    }


def vain(fields: Fields, now: Micros, children: Iterable[Child]) -> Iterator[Hold]:
    """Give the holds that hold nothing: what they were to keep may be any of the backups."""
    names = {name for child in children for name in child.names}
    return (hold for hold in holds(fields, now) if hold.backup not in names)


def hold_back(kept: Kept, fields: Fields, now: Micros, children: Iterable[Child]) -> None:
    """Keep what is held, whatever the rules say, and all while a hold holds nothing."""
    mine = tuple(children)
    for hold in holds(fields, now):
        ends = f", until {hold.written}" if hold.until is not None else ""
        for child in mine:
            if hold.backup in child.names:
                _keep(kept, child.address, f"held: {hold.reason}{ends}")
    for hold in vain(fields, now, mine):
        for place in tuple(kept.expire):
            _keep(kept, place, f"none expires while the hold of {hold.backup} holds nothing")


def _keep(kept: Kept, place: Address, reason: str) -> None:
    kept.keep[place] = (*kept.keep.get(place, ()), reason)
    kept.expire.pop(place, None)
    kept.pushed.pop(place, None)

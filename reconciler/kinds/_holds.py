"""The holds of a policy: backups that stay whatever the rules say, as long as the hold lasts."""

from collections.abc import Iterator
from dataclasses import dataclass

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

"""Which backup a restore comes from; chosen in the plan, so that a reviewer sees it."""

from typing import Final

from reconciler.model.kind import Resolution, World
from reconciler.model.observed import Phase
from reconciler.model.values import Fields, mapping, text
from reconciler.wire.tolerant import parse_time

BACKUP: Final = "backup"
"""The kind whose objects can be restored."""

TAG: Final = "reconciler"
"""The tag that carries our marker; nobody may declare it."""


def pins_of(backup_id: str, facts: Fields) -> Fields:
    """Pin a backup, with the counts and tags that the restored index must show."""
    return {
        "backup_id": backup_id,
        "records": facts.get("record_count"),
        "namespaces": facts.get("namespace_count"),
        "tags": {key: value for key, value in mapping(facts.get("tags")).items() if key != TAG},
    }


def still_there(pins: Fields, world: World) -> Resolution:
    """Pin a backup that is known by its id, if it can be restored now."""
    seen = world.seen.get(BACKUP)
    backup_id = text(pins["backup_id"])
    if seen is None or seen.unreadable:
        return Resolution(problem="the list of backups could not be read")
    found = next((item for item in seen.objects if item.remote_id == backup_id), None)
    if found is None:
        return Resolution(
            problem=f"backup {backup_id} is not in the project any more",
            way_out="declare the restore under a new key, from a backup that is there",
        )
    if found.phase is not Phase.READY:
        return Resolution(
            problem=f"backup {backup_id} is {found.facts.get('status')}, not Ready",
            way_out="wait until it is Ready, or restore from another backup",
        )
    return Resolution(pins=pins_of(backup_id, found.facts))


def newest(index: str, before: str, world: World) -> Resolution:
    """Pin the newest Ready backup of an index, not younger than `before` (RFC 3339 or empty)."""
    seen = world.seen.get(BACKUP)
    if seen is None or seen.unreadable:
        return Resolution(problem="the list of backups could not be read")
    limit = parse_time(before) if before else world.now
    usable = [
        item
        for item in seen.objects
        if item.fields.get("index") == index
        and item.phase is Phase.READY
        and item.created_at is not None
        and limit is not None
        and item.created_at <= limit
    ]
    if not usable:
        when = f" taken before {before}" if before else ""
        return Resolution(
            problem=f"there is no Ready backup of index {index}{when}",
            way_out="name another time, or a backup by its id",
        )
    chosen = max(usable, key=lambda item: (item.created_at or 0, item.remote_id))
    return Resolution(pins=pins_of(chosen.remote_id, chosen.facts))

"""Which backup a restore comes from; chosen in the plan, so that a reviewer sees it."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from reconciler.model.address import Address
from reconciler.model.job import Wanted
from reconciler.model.kind import Conflict, Exported, Origin, Resolution, World
from reconciler.model.observed import Observed, Phase
from reconciler.model.state import Entry
from reconciler.model.values import Fields, mapping, text
from reconciler.wire.tolerant import parse_time

BACKUP: Final = "backup"
"""The kind whose objects can be restored."""

TAG: Final = "reconciler"
"""The tag that carries our marker; nobody may declare it."""

_TAG_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
_TAG_VALUE: Final = re.compile(r"[A-Za-z0-9;@_.+ -]{1,120}")


def pins_of(backup_id: str, facts: Fields) -> Fields:
    """Pin a backup, with the counts and tags that the restored index must show."""
    return {
        "backup_id": backup_id,
        "records": facts.get("record_count"),
        "namespaces": facts.get("namespace_count"),
        "tags": {key: value for key, value in mapping(facts.get("tags")).items() if key != TAG},
    }


def declared(fields: Fields) -> Address | None:
    """Give the address of the declared backup that a restore comes from, if it names one."""
    key = mapping(fields["from"]).get("backup")
    return None if key is None else Address(BACKUP, text(key))


def bound(wanted: Wanted, entries: Mapping[Address, Entry]) -> Fields:
    """Pin the backup that was made just before; raises ValueError when it is not Ready."""
    if "backup_id" in wanted.pins:
        return wanted.pins
    source = declared(wanted.fields)
    entry = None if source is None else entries.get(source)
    if entry is None or entry.phase is not Phase.READY:
        raise ValueError(f"{source} is not Ready")
    return {**wanted.pins, **pins_of(entry.remote_id, entry.facts)}


def still_there(pins: Fields, world: World) -> Resolution:
    """Pin a backup that is known by its id, if it can be restored now."""
    seen = world.seen.get(BACKUP)
    backup_id = text(pins["backup_id"])
    if seen is None or seen.unreadable:
        return Resolution(problem="the list of backups could not be read")
    found = next((item for item in seen.objects if item.remote_id == backup_id), None)
    if found is None:
        return Resolution(
            problem=f"backup {backup_id} is not in the project",
            way_out="declare the restore under a new key, from a backup that is there",
        )
    if found.phase is not Phase.READY:
        return Resolution(
            problem=f"backup {backup_id} is {found.facts.get('status')}, not Ready",
            way_out="wait until it is Ready, or restore from another backup",
        )
    return _chosen(found)


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
    chosen = max(usable, key=lambda item: item.by_age)
    return _chosen(chosen)


def _chosen(found: Observed) -> Resolution:
    keys = ("record_count", "namespace_count", "size_bytes", "created_at")
    facts: Fields = {"backup": {key: found.facts.get(key) for key in keys}}
    return Resolution(pins=pins_of(found.remote_id, found.facts), facts=facts)


def in_the_way(target: str, strangers: Sequence[Observed]) -> Conflict | None:
    """Find the index that has the target's name, and say what is known of it."""
    found = next((item for item in strangers if item.remote_id == target), None)
    if found is None:
        return None
    made, marker = found.facts.get("backup_id"), found.marker
    came = f"restored from backup {made}" if made else "of unknown origin"
    whose = "not ours" if marker is None else f"managed elsewhere, by {marker.lineage}..."
    return Conflict(f"index {target} exists already and is {whose}, {came}", found.remote_id)


def origin_of(source: Fields, observed: Observed, world: World) -> Origin:
    """Compare the backup that an index came from, where a job tells, with the declared source."""
    name, made = observed.remote_id, text(observed.facts.get("backup_id"))
    if not made:
        return Origin(note=f"nothing proves which backup {name} came from; it is taken as it is")
    seen = world.seen.get(BACKUP)
    found = next((b for b in (() if seen is None else seen.objects) if b.remote_id == made), None)
    fits = _fits(source, made, found, world)
    if fits is False:
        return Origin(
            problem=f"{name} was restored from backup {made}, not from what is declared",
            way_out="declare where it came from, or restore under another index name",
        )
    pins = {"backup_id": made} if found is None else pins_of(made, found.facts)
    if fits is None:
        return Origin(pins, f"it came from backup {made}, which the declared source cannot prove")
    return Origin(pins)


def exported(observed: Observed, world: World) -> Exported:
    """Declare an index as restored from the backup that a job or the index itself names.

    Tags that nobody can declare are left to whoever set them.
    """
    del world
    made, tags = text(observed.facts.get("backup_id")), mapping(observed.fields.get("tags"))
    said = {
        key: value
        for key, value in tags.items()
        if _TAG_KEY.fullmatch(key) and _TAG_VALUE.fullmatch(text(value))
    }
    odd = len(tags) - len(said)
    return Exported(
        observed.name,
        {**observed.fields, "from": {"backup_id": made}, "tags": said},
        note=f"not managed: {odd} of its tags, which no configuration can say" if odd else "",
        problem="" if made else "not known to be restored from a backup",
    )


def _fits(source: Fields, made: str, found: Observed | None, world: World) -> bool | None:
    """Tell whether a backup is one that the source means; None where nobody can know."""
    if "backup_id" in source:
        return source["backup_id"] == made
    if "backup" in source:
        entry = world.entries.get(Address(BACKUP, text(source["backup"])))
        return None if entry is None else entry.remote_id == made
    if found is None:
        return None
    limit = parse_time(text(source["before"])) if "before" in source else None
    young = limit is not None and found.created_at is not None and found.created_at > limit
    return found.fields.get("index") == source["index"] and not young

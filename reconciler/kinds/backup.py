"""Backups: one named snapshot of an index, taken once, never changed, never made again by itself.

API: Pinecone 2025-04 to 2026-07, control plane. Backups take a name and a description only, so
the marker stands at the end of the description.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from reconciler.kinds._slots import slot_of
from reconciler.model.desired import Desired
from reconciler.model.job import Created, Failed, Progress, Ready, Running, Wanted
from reconciler.model.kind import Conflict, Exported, Kind, Remote, World
from reconciler.model.observed import Listing, Marker, Observed, Phase
from reconciler.model.request import Effect, Request
from reconciler.model.rules import FieldRule, MarkerIn, Needs, Rules, WhenGone
from reconciler.model.state import Entry
from reconciler.model.values import Fields, integer, text
from reconciler.model.visible import visible

_LISTING = "backups"
_FACTS = (
    "source_index_id",
    "status",
    "record_count",
    "namespace_count",
    "size_bytes",
    "created_at",
    "dimension",
    "metric",
    "tags",
    "cloud",
    "region",
)
_NAME = re.compile(r"[a-z0-9-]{1,45}")


class BackupRemote(Remote):
    """Requests and answers of the backup operations."""

    marker_in: Final = MarkerIn.DESCRIPTION

    def listings(self, indexes: Sequence[str]) -> tuple[Listing, ...]:
        """API: list_project_backups, GET /backups."""
        del indexes
        return (Listing(_LISTING, Request("list_project_backups", "GET", "/backups")),)

    def decode(self, lists: Mapping[str, Sequence[Fields]]) -> tuple[Observed, ...]:
        """Turn the project's backups into observed objects."""
        return tuple(_observed(item) for item in lists.get(_LISTING, ()))

    def scope(self, fields: Fields) -> tuple[str, ...]:
        """All backups are in one list."""
        del fields
        return (_LISTING,)

    def describe(self, remote_id: str, fields: Fields) -> Request:
        """API: describe_backup, GET /backups/{backup_id}."""
        del fields
        return Request("describe_backup", "GET", f"/backups/{quote(remote_id, safe='')}")

    def decode_one(self, payload: Fields, fields: Fields) -> Observed:
        """Turn one backup into an observed object."""
        del fields
        return _observed(payload)

    def same(self, entry: Entry, observed: Observed) -> bool:
        """A backup's id is its own for ever."""
        return entry.remote_id == observed.remote_id

    def recognise(
        self, wanted: Wanted, marker: Marker, before: Sequence[str], seen: Sequence[Observed]
    ) -> tuple[Observed, ...]:
        """Find backups of the same index that carry the marker; oldest first, failed ones last."""
        del before
        found = [
            observed
            for observed in seen
            if observed.marker == marker and observed.fields.get("index") == wanted.fields["index"]
        ]
        return tuple(sorted(found, key=_oldest_usable_first))

    def create(self, wanted: Wanted, marker: Marker) -> Request:
        """API: create_backup, POST /indexes/{index_name}/backups."""
        described, signed = text(wanted.fields.get("description")), marker.as_suffix()
        return Request(
            "create_backup",
            "POST",
            f"/indexes/{quote(text(wanted.fields['index']), safe='')}/backups",
            Effect.CREATE,
            body={
                "name": wanted.fields["name"],
                "description": f"{described} {signed}" if described else signed,
            },
        )

    def created(self, reply: Fields, wanted: Wanted) -> Created:
        """Read the new backup; an answer about another index is none of ours."""
        if text(reply.get("source_index_name")) not in {"", wanted.fields["index"]}:
            raise ValueError("the answer describes a backup of another index")
        return self.resume(_observed(reply), wanted)

    def resume(self, observed: Observed, wanted: Wanted) -> Created:
        """Watch the backup by its id."""
        del wanted
        handle = {"backup_id": observed.remote_id}
        return Created(observed.remote_id, handle, observed.facts)

    def watch(self, handle: Fields, fields: Fields) -> Request:
        """API: describe_backup, GET /backups/{backup_id}."""
        return self.describe(text(handle["backup_id"]), fields)

    def judge(self, handle: Fields, reply: Fields) -> Progress:
        """Read how far the backup is; the API gives no percentage."""
        observed = _observed(reply)
        if observed.phase is Phase.READY:
            return Ready(observed.facts)
        if observed.phase is Phase.FAILED:
            status = observed.facts.get("status")
            return Failed(f"the backup ended as {status}", observed.facts)
        return Running(handle, records=integer(reply.get("record_count")))

    def remove(self, remote_id: str, fields: Fields) -> Request:
        """API: delete_backup, DELETE /backups/{backup_id}."""
        del fields
        path = f"/backups/{quote(remote_id, safe='')}"
        return Request("delete_backup", "DELETE", path, Effect.REMOVE)


class Backup(Kind):
    """The kind `backup`."""

    name: Final = "backup"
    key: Final = "backups"
    rules: Final = Rules(
        fields={
            "index": FieldRule.IMMUTABLE,
            "name": FieldRule.IMMUTABLE,
            "description": FieldRule.IMMUTABLE,
        },
        when_gone=WhenGone.ATTENTION,
        holds_points_in_time=True,
        counts_to_quota=True,
        is_replaceable=True,
        named_after_key="name",
    )
    remote: Final = BackupRemote()

    def complete(self, name: str, fields: Fields) -> Fields:
        """The backup's own name defaults to the key; an empty description is none."""
        kept = {key: value for key, value in fields.items() if value not in ("", None)}
        return {"name": name, **kept}

    def needs(self, fields: Fields) -> Needs:
        """The index that it is taken of."""
        return Needs(indexes=(text(fields["index"]),))

    def conflict(
        self, desired: Desired, strangers: Sequence[Observed], *, remembers: bool = True
    ) -> Conflict | None:
        """A policy's backup of that index and name, moved out of it before state was lost.

        A new one of the name would be of another point in time. Other backups may share a name.
        """
        del remembers
        keys = ("index", "name")
        for item in strangers if desired.owner is None else ():
            place = None if item.marker is None else item.marker.address
            if place is None or place == desired.address or slot_of(place.name) is None:
                continue
            if all(item.fields.get(key) == desired.fields[key] for key in keys):
                said = f"{item.remote_id} has that name, and was made as {place}"
                return Conflict(said, item.remote_id)
        return None

    def exported(self, observed: Observed, world: World) -> Exported:
        """By what is seen of it; of a description, what people can see."""
        del world
        fields, called = observed.fields, observed.name
        odd = bool(called) and "name" not in fields
        return Exported(
            called or text(fields["index"]),
            {**fields, "description": visible(text(fields.get("description")))},
            note=f"called {called}, which no configuration can say" if odd else "",
            problem="" if fields["index"] else "the API does not say of which index it is",
        )


def _observed(item: Fields) -> Observed:
    described, marker = Marker.split_description(text(item.get("description")))
    fields = {
        "index": item.get("source_index_name"),
        "name": item.get("name"),
        "description": described or None,
    }
    if not _NAME.fullmatch(text(item.get("name"))):
        del fields["name"]  # other clients take any, or none: what nobody can declare is not ours
    return Observed(
        remote_id=text(item["backup_id"]),
        fields=fields,
        facts={key: item.get(key) for key in _FACTS},
        phase=Phase(item["phase"]),
        listing=_LISTING,
        marker=marker,
        created_at=integer(item.get("created_at")),
        name=text(item.get("name")),
    )


def _oldest_usable_first(observed: Observed) -> tuple[bool, tuple[int, str]]:
    return observed.phase is Phase.FAILED, observed.by_age


KIND: Final[Kind] = Backup()

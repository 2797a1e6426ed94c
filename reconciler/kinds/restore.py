"""Restores: an index that must exist, made from a backup that the plan chose and pinned.

API: Pinecone 2025-04 to 2026-07, control plane. An index is addressed by its name; that it is
ours is proved by the marker in its tags, since names can be used again.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from reconciler.kinds import _sources as sources
from reconciler.kinds._sources import TAG, bound, declared, newest, pins_of, still_there
from reconciler.model.address import Address
from reconciler.model.change import FieldChange
from reconciler.model.desired import Desired
from reconciler.model.job import Check, Created, Failed, Progress, Ready, Running, Wanted
from reconciler.model.kind import Conflict, Exported, Kind, Origin, Remote, Resolution, World
from reconciler.model.observed import Listing, Marker, Observed, Phase
from reconciler.model.request import Effect, Request
from reconciler.model.rules import FieldRule, MarkerIn, Needs, Rules, WhenGone
from reconciler.model.state import Entry
from reconciler.model.values import JSON, Fields, integer, mapping, text

_INDEXES = "indexes"
_JOBS = "restore_jobs"
_FACTS = ("host", "state", "dimension", "metric", "vector_type")


class RestoreRemote(Remote):
    """Requests and answers of restoring, and of the index that comes of it."""

    marker_in: Final = MarkerIn.TAG

    def listings(self, indexes: Sequence[str]) -> tuple[Listing, ...]:
        """API: list_indexes, GET /indexes; list_restore_jobs, GET /restore-jobs."""
        del indexes
        return (
            Listing(_INDEXES, Request("list_indexes", "GET", "/indexes")),
            Listing(_JOBS, Request("list_restore_jobs", "GET", "/restore-jobs")),
        )

    def decode(self, lists: Mapping[str, Sequence[Fields]]) -> tuple[Observed, ...]:
        """Join each index with the newest restore job that made an index of its name."""
        newest: dict[str, Fields] = {}
        for job in sorted(lists.get(_JOBS, ()), key=_job_age):
            newest[text(job.get("target_index_name"))] = job
        return tuple(
            _observed(item, newest.get(text(item["name"]))) for item in lists.get(_INDEXES, ())
        )

    def scope(self, fields: Fields) -> tuple[str, ...]:
        """The list of indexes decides; restore jobs only add to it, their list is not complete."""
        del fields
        return (_INDEXES,)

    def describe(self, remote_id: str, fields: Fields) -> Request:
        """API: describe_index, GET /indexes/{index_name}."""
        del fields
        return Request("describe_index", "GET", f"/indexes/{quote(remote_id, safe='')}")

    def decode_one(self, payload: Fields, fields: Fields) -> Observed:
        """Turn one index into an observed object; its job is not asked for."""
        del fields
        return _observed(payload, None)

    def claims(self, observed: Observed) -> bool:
        """Most indexes have nothing to do with restoring."""
        return observed.marker is not None or bool(observed.facts.get("backup_id"))

    def same(self, entry: Entry, observed: Observed) -> bool:
        """The name, our marker, and where both are known the job: tags travel with backups."""
        jobs = {entry.facts.get("restore_job_id"), observed.facts.get("restore_job_id")} - {None}
        seen = None if observed.marker is None else observed.marker.as_tag()
        signed = entry.marker is None or entry.marker == seen
        return entry.remote_id == observed.remote_id and signed and len(jobs) <= 1

    def recognise(
        self, wanted: Wanted, marker: Marker, before: Sequence[str], seen: Sequence[Observed]
    ) -> tuple[Observed, ...]:
        """Find the index of the wanted name that carries the marker."""
        del before
        target = wanted.fields["index"]
        return tuple(item for item in seen if item.remote_id == target and item.marker == marker)

    def bind(self, wanted: Wanted, entries: Mapping[Address, Entry]) -> Fields:
        """Take the id and counts of the backup that was made just before."""
        return bound(wanted, entries)

    def create(self, wanted: Wanted, marker: Marker) -> Request:
        """API: create_index_from_backup_operation, POST /backups/{backup_id}/create-index.

        Sent tags replace the backup's on the server, so the backup's are sent along; a marker
        that came with them is overwritten.
        """
        tags = {**mapping(wanted.pins.get("tags")), **mapping(wanted.fields["tags"])}
        backup_id = quote(text(wanted.pins["backup_id"]), safe="")
        return Request(
            "create_index_from_backup_operation",
            "POST",
            f"/backups/{backup_id}/create-index",
            Effect.CREATE,
            body={
                "name": wanted.fields["index"],
                "tags": {**tags, TAG: marker.as_tag()},
                "deletion_protection": wanted.fields["deletion_protection"],
            },
        )

    def created(self, reply: Fields, wanted: Wanted) -> Created:
        """Read the ids of the job and of the new index."""
        job, index = text(reply.get("restore_job_id")), text(reply.get("index_id"))
        if not job or not index:
            raise ValueError("the answer names no restore job")
        return _resumed(wanted, job, {"restore_job_id": job, "index_id": index})

    def resume(self, observed: Observed, wanted: Wanted) -> Created:
        """Watch the job where it is known, else the index itself."""
        return _resumed(wanted, text(observed.facts.get("restore_job_id")), observed.facts)

    def watch(self, handle: Fields, fields: Fields) -> Request:
        """API: describe_restore_job, GET /restore-jobs/{job_id}; then describe_index."""
        if handle["stage"] == "job":
            path = f"/restore-jobs/{quote(text(handle['job']), safe='')}"
            return Request("describe_restore_job", "GET", path)
        return self.describe(text(handle["index"]), fields)

    def judge(self, handle: Fields, reply: Fields) -> Progress:
        """Follow the job to its end, then the index until it is ready."""
        phase, percent = Phase(reply["phase"]), reply.get("percent")
        if handle["stage"] == "job":
            if phase is Phase.FAILED:
                return Failed(f"restore job {handle['job']} ended as {reply.get('status')}")
            if phase is Phase.READY:
                return Running({**handle, "stage": "index"}, 100.0)
            return Running(handle, percent if isinstance(percent, float) else None)
        if phase is Phase.FAILED:
            return Failed(f"the restored index is in state {reply.get('state')}")
        return Ready(_facts(reply)) if phase is Phase.READY else Running(handle, 100.0)

    def vanished(self, handle: Fields) -> Fields | None:
        """Go on with the index itself when its job is known no more."""
        return {**handle, "stage": "index"} if handle["stage"] == "job" else None

    def change(self, remote_id: str, changes: Sequence[FieldChange]) -> Request:
        """API: configure_index, PATCH /indexes/{index_name}; an empty tag value unsets the key."""
        body: dict[str, JSON] = {}
        tags: dict[str, JSON] = {}
        for change in changes:
            parent, _, tag = change.path.partition(".")
            if parent == "tags":
                tags[tag] = "" if change.after is None else change.after
            else:
                body[parent] = change.after
        if tags:
            body["tags"] = tags
        path = f"/indexes/{quote(remote_id, safe='')}"
        return Request("configure_index", "PATCH", path, Effect.CHANGE, body=body)

    def unprotect(self, observed: Observed) -> Request | None:
        """API: configure_index; a protected index refuses its own deletion."""
        if observed.fields.get("deletion_protection") != "enabled":
            return None
        lifted = FieldChange("deletion_protection", "enabled", "disabled")
        return self.change(observed.remote_id, (lifted,))

    def remove(self, remote_id: str, fields: Fields) -> Request:
        """API: delete_index, DELETE /indexes/{index_name}."""
        del fields
        path = f"/indexes/{quote(remote_id, safe='')}"
        return Request("delete_index", "DELETE", path, Effect.REMOVE)

    def verifies(self, fields: Fields) -> bool:
        """Unless both comparisons are switched off."""
        return "exact" in mapping(fields.get("verify")).values()

    def checks(self, entry: Entry) -> tuple[Check, ...]:
        """API: describeIndexStats; counts must be those that the backup showed."""
        verify = mapping(entry.fields.get("verify"))
        target = text(entry.fields.get("index"))
        ask = Request("describeIndexStats", "POST", "/describe_index_stats", index=target, body={})
        wanted = (("records", "record_count"), ("namespaces", "namespace_count"))
        return tuple(
            Check(name, ask, field, entry.pins[name])
            for name, field in wanted
            if verify.get(name) == "exact" and integer(entry.pins.get(name)) is not None
        )


class Restore(Kind):
    """The kind `restore`."""

    name: Final = "restore"
    key: Final = "restores"
    rules: Final = Rules(
        fields={
            "from": FieldRule.IMMUTABLE,
            "index": FieldRule.IMMUTABLE,
            "tags": FieldRule.UPDATABLE,
            "deletion_protection": FieldRule.UPDATABLE,
            "verify": FieldRule.LOCAL,
        },
        when_gone=WhenGone.RECREATE,
        defaults={"tags": {}, "deletion_protection": "enabled"},
        unique=("index",),
        makes_index="index",
        named_after_key="index",
    )
    remote: Final = RestoreRemote()

    def complete(self, name: str, fields: Fields) -> Fields:
        """The target defaults to the key; counts are compared unless that is switched off."""
        verify = {"records": "exact", "namespaces": "exact", **mapping(fields.get("verify"))}
        return {"index": name, **self.rules.defaults, **fields, "verify": verify}

    def needs(self, fields: Fields) -> Needs:
        """The declared backup that it comes from."""
        source = declared(fields)
        return Needs() if source is None else Needs((source,))

    def renamed(self, fields: Fields, moves: Mapping[Address, Address]) -> Fields:
        """The source is named by the key of a backup, which may have become another."""
        after = moves.get(source) if (source := declared(fields)) is not None else None
        return fields if after is None else {**fields, "from": {"backup": after.name}}

    def resolve(self, desired: Desired, entry: Entry | None, world: World) -> Resolution:
        """Choose the backup: the one pinned before, the one named, or the newest in time."""
        source = mapping(desired.fields["from"])
        pinned = entry is not None and entry.fields.get("from") == source
        if entry is not None and pinned and "backup_id" in entry.pins:
            return still_there(entry.pins, world)
        backup = declared(desired.fields)
        if backup is not None:
            made = world.entries.get(backup)
            if made is None or made.phase is Phase.RUNNING:
                return Resolution(awaits=("backup_id",))
            return still_there(pins_of(made.remote_id, made.facts), world)
        if "backup_id" in source:
            return still_there({"backup_id": source["backup_id"]}, world)
        return newest(text(source["index"]), text(source.get("before")), world)

    def conflict(
        self, desired: Desired, strangers: Sequence[Observed], *, remembers: bool = True
    ) -> Conflict | None:
        """An index of the target's name that is not ours is in the way."""
        del remembers
        return sources.in_the_way(text(desired.fields["index"]), strangers)

    def origin(self, desired: Desired, observed: Observed, world: World) -> Origin:
        """An index counts as restored from the declared source where a restore job says so."""
        return sources.origin_of(mapping(desired.fields["from"]), observed, world)

    def exported(self, observed: Observed, world: World) -> Exported:
        """Only where it is known which backup it came from."""
        return sources.exported(observed, world)


def _observed(item: Fields, job: Fields | None) -> Observed:
    tags = dict(mapping(item.get("tags")))
    marker = Marker.parse_tag(text(tags.pop(TAG, "")))
    made = {} if job is None else job
    return Observed(
        remote_id=text(item["name"]),
        fields={
            "index": item["name"],
            "tags": tags,
            "deletion_protection": item.get("deletion_protection"),
        },
        facts={
            **_facts(item),
            "restore_job_id": made.get("restore_job_id"),
            "backup_id": made.get("backup_id") or item.get("source_backup_id"),
            "index_id": made.get("target_index_id"),
        },
        phase=Phase(item["phase"]),
        listing=_INDEXES,
        marker=marker,
        name=text(item["name"]),
    )


def _facts(item: Fields) -> Fields:
    return {key: item.get(key) for key in _FACTS}


def _resumed(wanted: Wanted, job: str, facts: Fields) -> Created:
    index = wanted.fields["index"]
    handle = {"stage": "job" if job else "index", "job": job, "index": index}
    return Created(text(index), handle, facts)


def _job_age(job: Fields) -> tuple[int, str]:
    return integer(job.get("created_at")) or 0, text(job.get("restore_job_id"))


KIND: Final[Kind] = Restore()

"""Imports: data that must have been loaded once into an index.

API: Pinecone 2025-04 to 2026-07, data plane. Imports carry neither name nor tag, so what was
there before a start is the only way to tell which one is ours; a finished one is history.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from reconciler.model.desired import Desired, OnRemove
from reconciler.model.job import Created, Failed, Progress, Ready, Running, Wanted
from reconciler.model.kind import Conflict, Exported, Kind, Remote, World
from reconciler.model.observed import Listing, Marker, Observed, Phase
from reconciler.model.request import Effect, Request
from reconciler.model.rules import FieldRule, MarkerIn, Needs, Rules, WhenGone
from reconciler.model.state import Entry
from reconciler.model.values import JSON, Fields, integer, text

_FACTS = ("status", "created_at", "finished_at", "records", "percent", "error")
_LISTING = "imports:"


class ImportRemote(Remote):
    """Requests and answers of the bulk import operations."""

    marker_in: Final = MarkerIn.NONE

    def listings(self, indexes: Sequence[str]) -> tuple[Listing, ...]:
        """API: listBulkImports, GET {index host}/bulk/imports, one list per index."""
        return tuple(
            Listing(
                _LISTING + index,
                Request("listBulkImports", "GET", "/bulk/imports", index=index),
                index,
            )
            for index in indexes
        )

    def decode(self, lists: Mapping[str, Sequence[Fields]]) -> tuple[Observed, ...]:
        """Turn each index's imports into observed objects."""
        return tuple(
            _observed(item, listing.removeprefix(_LISTING))
            for listing, items in lists.items()
            for item in items
        )

    def scope(self, fields: Fields) -> tuple[str, ...]:
        """Imports are listed per index."""
        return (_LISTING + text(fields["index"]),)

    def describe(self, remote_id: str, fields: Fields) -> Request:
        """API: describeBulkImport, GET {index host}/bulk/imports/{id}."""
        path = f"/bulk/imports/{quote(remote_id, safe='')}"
        return Request("describeBulkImport", "GET", path, index=text(fields["index"]))

    def decode_one(self, payload: Fields, fields: Fields) -> Observed:
        """Turn one import into an observed object."""
        return _observed(payload, text(fields["index"]))

    def same(self, entry: Entry, observed: Observed) -> bool:
        """Ids are small numbers that start again with a new index: uri and start must fit too."""
        started = integer(entry.facts.get("created_at"))
        return (
            entry.remote_id == observed.remote_id
            and observed.fields.get("uri") in {None, entry.fields["uri"]}
            and (started is None or observed.created_at in {None, started})
        )

    def recognise(
        self, wanted: Wanted, marker: Marker, before: Sequence[str], seen: Sequence[Observed]
    ) -> tuple[Observed, ...]:
        """Find imports of the same uri into the same index that were not there before."""
        del marker
        listing = self.scope(wanted.fields)[0]
        found = [
            item
            for item in seen
            if item.listing == listing
            and item.fields.get("uri") == wanted.fields["uri"]
            and item.remote_id not in before
        ]
        return tuple(sorted(found, key=lambda item: item.by_age))

    def create(self, wanted: Wanted, marker: Marker) -> Request:
        """API: startBulkImport, POST {index host}/bulk/imports.

        The error mode is always sent: clients and servers differ in what they take by default.
        """
        del marker
        body: dict[str, JSON] = {
            "uri": wanted.fields["uri"],
            "errorMode": {"onError": wanted.fields["on_error"]},
        }
        if "integration_id" in wanted.fields:
            body["integrationId"] = wanted.fields["integration_id"]
        index = text(wanted.fields["index"])
        return Request(
            "startBulkImport", "POST", "/bulk/imports", Effect.CREATE, index=index, body=body
        )

    def created(self, reply: Fields, wanted: Wanted) -> Created:
        """Read the new import's id."""
        del wanted
        if not text(reply.get("id")):
            raise ValueError("the answer names no import")
        return Created(text(reply["id"]), {"import_id": reply["id"]})

    def resume(self, observed: Observed, wanted: Wanted) -> Created:
        """Watch the import by its id."""
        del wanted
        return Created(observed.remote_id, {"import_id": observed.remote_id}, observed.facts)

    def watch(self, handle: Fields, fields: Fields) -> Request:
        """API: describeBulkImport."""
        return self.describe(text(handle["import_id"]), fields)

    def judge(self, handle: Fields, reply: Fields) -> Progress:
        """Read how far the import is."""
        phase, facts = Phase(reply["phase"]), _facts(reply)
        percent = reply.get("percent")
        if phase is Phase.READY:
            return Ready(facts)
        if phase is Phase.FAILED:
            said = text(reply.get("error")) or f"the import ended as {reply.get('status')}"
            return Failed(said, facts)
        shown = percent if isinstance(percent, float) else None
        return Running(handle, shown, integer(reply.get("records")))

    def cancel(self, remote_id: str, fields: Fields) -> Request:
        """API: cancelBulkImport, DELETE {index host}/bulk/imports/{id}."""
        path = f"/bulk/imports/{quote(remote_id, safe='')}"
        index = text(fields["index"])
        return Request("cancelBulkImport", "DELETE", path, Effect.REMOVE, index=index)


class Import(Kind):
    """The kind `import`."""

    name: Final = "import"
    key: Final = "imports"
    rules: Final = Rules(
        fields={
            "index": FieldRule.IDENTITY,
            "uri": FieldRule.IDENTITY,
            "trigger": FieldRule.IDENTITY,
            "integration_id": FieldRule.NEXT_RUN,
            "on_error": FieldRule.NEXT_RUN,
        },
        when_gone=WhenGone.HISTORY,
        on_remove=OnRemove.CANCEL,
        defaults={"on_error": "abort"},
        unique=("index", "uri", "trigger"),
    )
    remote: Final = ImportRemote()

    def needs(self, fields: Fields) -> Needs:
        """The index that it loads into."""
        return Needs(indexes=(text(fields["index"]),))

    def conflict(
        self, desired: Desired, strangers: Sequence[Observed], *, remembers: bool = True
    ) -> Conflict | None:
        """An import of the same uri that we did not start would be loaded a second time.

        A `trigger` asks for a run of its own, so what others have finished is not in its way;
        but where nothing is remembered, it may be that very run.
        """
        triggered = "trigger" in desired.fields
        for item in strangers:
            same = item.fields == {key: desired.fields[key] for key in ("index", "uri")}
            if not same or item.phase is Phase.FAILED:
                continue
            where = f"{desired.fields['uri']} {{}} into {desired.fields['index']}"
            by = f"by import {item.remote_id}, not ours"
            if item.phase is Phase.RUNNING:
                return Conflict(f"{where.format('is being loaded')} {by}", item.remote_id)
            if not (triggered and remembers):
                again = "--new-state" if triggered else "a `trigger`"
                said, more = where.format("has been loaded"), f", {again} loads it again"
                return Conflict(f"{said} {by}", item.remote_id, more)
        return None

    def exported(self, observed: Observed, world: World) -> Exported:
        """By index and uri; what else it was started with cannot be read back."""
        del world
        _, _, place = observed.name.partition("://")
        bucket, _, folder = place.rstrip("/").partition("/")
        known = bool(observed.fields.get("uri"))
        problem = "" if known else "the API does not say where it loads from"
        return Exported("-".join((folder or bucket).split("/")[-2:]), observed.fields, "", problem)


def _observed(item: Fields, index: str) -> Observed:
    percent = item.get("percent")
    return Observed(
        remote_id=text(item["id"]),
        fields={"index": index, **({"uri": item["uri"]} if item.get("uri") else {})},
        facts=_facts(item),
        phase=Phase(item["phase"]),
        listing=_LISTING + index,
        percent=percent if isinstance(percent, float) else None,
        created_at=integer(item.get("created_at")),
        name=text(item.get("uri")),
    )


def _facts(item: Fields) -> Fields:
    return {key: item.get(key) for key in _FACTS}


KIND: Final[Kind] = Import()

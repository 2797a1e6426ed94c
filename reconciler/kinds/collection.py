"""Collections: a copy of a pod index, taken once, never changed, never made again by itself.

API: Pinecone 2025-04 to 2026-07, control plane. A collection is addressed by its name, carries no
marker, and the API tells neither its source nor when it was made. What proves that one is ours is
that its name was free right before the create, and that it is where the source is, as wide as it.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from reconciler.model.desired import Desired
from reconciler.model.job import Created, Failed, Progress, Ready, Running, Wanted
from reconciler.model.kind import Conflict, Exported, Kind, Origin, Remote, Resolution, World
from reconciler.model.observed import Listing, Marker, Observed, Phase
from reconciler.model.request import Effect, Request
from reconciler.model.rules import FieldRule, MarkerIn, Needs, Rules, WhenGone
from reconciler.model.state import Entry
from reconciler.model.values import Fields, text

_LISTING: Final = "collections"
_TRAITS: Final = ("environment", "dimension", "record_count", "size_bytes")
_OF_SOURCE: Final = ("environment", "dimension")
_POD: Final = "pod"
_INITIALIZING: Final = "Initializing"


class CollectionRemote(Remote):
    """Requests and answers of the collection operations."""

    marker_in: Final = MarkerIn.NONE

    def listings(self, indexes: Sequence[str]) -> tuple[Listing, ...]:
        """API: list_collections, GET /collections."""
        del indexes
        return (Listing(_LISTING, Request("list_collections", "GET", "/collections")),)

    def decode(self, lists: Mapping[str, Sequence[Fields]]) -> tuple[Observed, ...]:
        """Turn the project's collections into observed objects."""
        return tuple(_observed(item) for item in lists.get(_LISTING, ()))

    def scope(self, fields: Fields) -> tuple[str, ...]:
        """All collections are in one list."""
        del fields
        return (_LISTING,)

    def describe(self, remote_id: str, fields: Fields) -> Request:
        """API: describe_collection, GET /collections/{collection_name}."""
        del fields
        return Request("describe_collection", "GET", _path(remote_id))

    def decode_one(self, payload: Fields, fields: Fields) -> Observed:
        """Turn one collection into an observed object."""
        del fields
        return _observed(payload)

    def same(self, entry: Entry, observed: Observed) -> bool:
        """The name, and nothing known of it that differs: a name can be used again.

        One that was whole is never initialized once more; that is another one, in the making.
        """
        anew = entry.phase is Phase.READY and observed.facts.get("status") == _INITIALIZING
        return entry.remote_id == observed.remote_id and observed.agrees(entry.facts) and not anew

    def recognise(
        self, wanted: Wanted, marker: Marker, before: Sequence[str], seen: Sequence[Observed]
    ) -> tuple[Observed, ...]:
        """Find the collection of the wanted name, if that was free, and it fits the source."""
        del marker
        name = text(wanted.fields["name"])
        return tuple(
            item
            for item in seen
            if item.remote_id == name and name not in before and _fits(item, wanted.pins)
        )

    def create(self, wanted: Wanted, marker: Marker) -> Request:
        """API: create_collection, POST /collections."""
        del marker
        body = {"name": wanted.fields["name"], "source": wanted.fields["source"]}
        return Request("create_collection", "POST", "/collections", Effect.CREATE, body=body)

    def created(self, reply: Fields, wanted: Wanted) -> Created:
        """Read the new collection; an answer about another one is none of ours."""
        if reply.get("name") != wanted.fields["name"]:
            raise ValueError("the answer describes another collection")
        return self.resume(_observed(reply), wanted)

    def resume(self, observed: Observed, wanted: Wanted) -> Created:
        """Watch the collection by its name."""
        del wanted
        return Created(observed.remote_id, {"name": observed.remote_id}, observed.facts)

    def watch(self, handle: Fields, fields: Fields) -> Request:
        """API: describe_collection."""
        return self.describe(text(handle["name"]), fields)

    def judge(self, handle: Fields, reply: Fields) -> Progress:
        """Read how far the collection is; the API gives no percentage."""
        observed = _observed(reply)
        if observed.phase is Phase.READY:
            return Ready(observed.facts)
        if observed.phase is Phase.FAILED:
            status = observed.facts.get("status")
            return Failed(f"the collection ended as {status}", observed.facts)
        return Running(handle)

    def remove(self, remote_id: str, fields: Fields) -> Request:
        """API: delete_collection, DELETE /collections/{collection_name}."""
        del fields
        return Request("delete_collection", "DELETE", _path(remote_id), Effect.REMOVE)


class Collection(Kind):
    """The kind `collection`."""

    name: Final = "collection"
    key: Final = "collections"
    rules: Final = Rules(
        fields={"source": FieldRule.IMMUTABLE, "name": FieldRule.IMMUTABLE},
        when_gone=WhenGone.ATTENTION,
        unique=("name",),
        of_pods=True,
        named_after_key="name",
    )
    remote: Final = CollectionRemote()

    def complete(self, name: str, fields: Fields) -> Fields:
        """The collection's own name defaults to the key."""
        return {"name": name, **fields}

    def needs(self, fields: Fields) -> Needs:
        """The index that it copies."""
        return Needs(indexes=(text(fields["source"]),))

    def resolve(self, desired: Desired, entry: Entry | None, world: World) -> Resolution:
        """Pin where the source is and how wide, which is all that its collection will show of it.

        Serverless indexes have no collections, so neither has any that a restore makes.
        """
        del entry
        source = text(desired.fields["source"])
        found = None if world.indexes is None else world.indexes.get(source)
        kind = _POD if found is None else found.facts.get("deployment")
        if found is None or kind not in {None, _POD}:
            made = f"is {kind}" if found is not None else "is made by a restore, and serverless"
            return Resolution(
                problem=f"index {source} {made}; only pod indexes have collections",
                way_out="declare a backup of it instead",
            )
        return Resolution(pins={key: found.facts.get(key) for key in _OF_SOURCE})

    def conflict(
        self, desired: Desired, strangers: Sequence[Observed], *, remembers: bool = True
    ) -> Conflict | None:
        """A collection of the same name that is not ours is in the way."""
        del remembers
        name = text(desired.fields["name"])
        if not any(item.remote_id == name for item in strangers):
            return None
        return Conflict(f"collection {name} exists already and is not ours", name)

    def origin(self, desired: Desired, observed: Observed, world: World) -> Origin:
        """Nothing tells what a collection was made of."""
        del world
        source = desired.fields["source"]
        return Origin(note=f"nothing tells that {observed.remote_id} was made of {source}")

    def exported(self, observed: Observed, world: World) -> Exported:
        """With the one pod index that it can have been made of, and said to be a guess."""
        fitting = [
            name
            for name, index in sorted((world.indexes or {}).items())
            if index.facts.get("deployment") == _POD and _fits(observed, index.facts)
        ]
        if len(fitting) != 1:
            there = f"{len(fitting)} pod indexes are" if fitting else "no pod index is"
            problem = f"nothing tells what it was made of, and {there} where it is and as wide"
            return Exported(observed.name, observed.fields, problem=problem)
        note = "source: a guess, the only pod index that is where it is and as wide"
        return Exported(observed.name, {**observed.fields, "source": fitting[0]}, note)


def _observed(item: Fields) -> Observed:
    traits = {key: item.get(key) for key in _TRAITS}
    return Observed(
        remote_id=text(item["name"]),
        fields={"name": item["name"]},
        facts={"status": item.get("status"), **traits},
        phase=Phase(item["phase"]),
        listing=_LISTING,
        name=text(item["name"]),
        traits=traits,
    )


def _fits(observed: Observed, pins: Fields) -> bool:
    """Whether it is where its source is, and as wide, as soon as it shows how wide."""
    return all(
        observed.facts.get(key) == pins[key] or (key == "dimension" and observed.facts[key] is None)
        for key in _OF_SOURCE
        if pins.get(key) is not None
    )


def _path(name: str) -> str:
    return f"/collections/{quote(name, safe='')}"


KIND: Final[Kind] = Collection()

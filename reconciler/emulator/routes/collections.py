"""Collections: static copies of pod indexes, from which new indexes can be made."""

from reconciler.emulator.bodies import read_object, required_text, resource_name
from reconciler.emulator.clock import microseconds
from reconciler.emulator.errors import Code, Refusal, invalid, not_found
from reconciler.emulator.routes.quotas import refuse_collection_beyond_quota
from reconciler.emulator.shapes.collections import collection_model
from reconciler.emulator.store import Collection, Index, Store
from reconciler.emulator.wire import Answer, Ask


def list_collections(store: Store, ask: Ask) -> Answer:
    """List the collections of the project. API: list_collections, GET /collections."""
    until = ask.now - microseconds(ask.site.knobs.list_lag_seconds)
    shown = [each for each in store.collections.values() if each.created_at <= until]
    return Answer(200, {"collections": [collection_model(each, ask.now) for each in shown]})


def create_collection(store: Store, ask: Ask) -> Answer:
    """Copy a pod index as it is now. API: create_collection, POST /collections."""
    fields = read_object(ask.body)
    name, source = resource_name(fields), _source(store, required_text(fields, "source"), ask)
    if name in store.collections:
        raise Refusal(409, Code.ALREADY_EXISTS, f"Resource {name} already exists")
    refuse_collection_beyond_quota(store, ask)
    collection = Collection(
        name=name,
        source=source,
        created_at=ask.now,
        ready_at=ask.now + microseconds(ask.site.knobs.collection_seconds),
        snapshot=store.vectors[source.id].snapshot(),
        fails=ask.site.knobs.jobs_fail,
    )
    store.collections[name] = collection
    return Answer(201, collection_model(collection, ask.now), changed=name)


def describe_collection(store: Store, ask: Ask) -> Answer:
    """Describe a collection. API: describe_collection, GET /collections/{collection_name}."""
    return Answer(200, collection_model(_existing(store, ask), ask.now))


def delete_collection(store: Store, ask: Ask) -> Answer:
    """Delete a collection. API: delete_collection, DELETE /collections/{collection_name}."""
    collection = _existing(store, ask)
    del store.collections[collection.name]
    return Answer(202, changed=collection.name)


def _existing(store: Store, ask: Ask) -> Collection:
    name = ask.parameters["collection_name"]
    collection = store.collections.get(name)
    if collection is None:
        raise not_found(f"Collection {name} not found.")
    return collection


def _source(store: Store, name: str, ask: Ask) -> Index:
    index = store.indexes.get(name)
    if index is None:
        # Only 2026-07 documents a 404 here.
        message = f"Index {name} not found."
        raise not_found(message) if ask.version.is_last else invalid(message)
    if index.kind != "pod":
        raise invalid("Collections are only supported for pod indexes.")
    if not index.is_ready(ask.now):
        raise invalid(f"Index {name} is not ready.")
    return index

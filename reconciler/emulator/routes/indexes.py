"""Indexes on the control plane: list, create, describe, delete.

An index that is made again under its old name gets a new id and a new host, and until 2026-07 that
is the only trace of the change that the API leaves.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from reconciler.emulator.bodies import merged_tags, protection, read_object, resource_name, tags
from reconciler.emulator.clock import microseconds
from reconciler.emulator.errors import Code, Refusal, invalid, not_found, precondition
from reconciler.emulator.routes.index_schemas import wanted_by_schema
from reconciler.emulator.routes.index_specs import Wanted, wanted_by_spec
from reconciler.emulator.routes.integrated import wanted_for_model
from reconciler.emulator.routes.quotas import refuse_index_beyond_quota, refuse_pods_beyond_quota
from reconciler.emulator.shapes.indexes import index_model
from reconciler.emulator.store import Collection, Index, Store
from reconciler.emulator.vectors import Vectors
from reconciler.emulator.wire import Answer, Ask

_DIGEST_LENGTH = 6


def list_indexes(store: Store, ask: Ask) -> Answer:
    """List the indexes of the project. API: list_indexes, GET /indexes."""
    until = ask.now - microseconds(ask.site.knobs.list_lag_seconds)
    shown = [index for index in store.indexes.values() if index.created_at <= until]
    return Answer(200, {"indexes": [_model(index, ask) for index in shown]})


def create_index(store: Store, ask: Ask) -> Answer:
    """Create an index. API: create_index, POST /indexes."""
    fields = read_object(ask.body)
    if ask.version.is_last:
        return _created(store, fields, wanted_by_schema(fields), ask)
    return _created(store, fields, wanted_by_spec(fields), ask)


def create_index_for_model(store: Store, ask: Ask) -> Answer:
    """Create an index for a hosted model.

    API: create_index_for_model, POST /indexes/create-for-model.
    """
    fields = read_object(ask.body)
    resource_name(fields)
    return _created(store, fields, wanted_for_model(fields), ask)


def describe_index(store: Store, ask: Ask) -> Answer:
    """Describe an index. API: describe_index, GET /indexes/{index_name}."""
    return Answer(200, _model(existing(store, ask), ask))


def delete_index(store: Store, ask: Ask) -> Answer:
    """Delete an index but not its backups. API: delete_index, DELETE /indexes/{index_name}."""
    index = existing(store, ask)
    if index.protected:
        raise Refusal(
            403,
            Code.FORBIDDEN,
            f"Deletion protection is enabled for index {index.name}. Disable it before deleting.",
        )
    copies = (each for each in store.collections.values() if each.source.id == index.id)
    pending = [each.name for each in copies if not each.is_ready(ask.now)]
    if pending:
        raise precondition(
            f"Unable to delete an index. There are pending collections for this index: {pending}"
        )
    store.remove_index(index, ask.now)
    for job in tuple(store.jobs.values()):
        if job.index_id == index.id and job.is_pending(ask.now):
            store.jobs[job.id] = replace(job, failed_at=ask.now, cancelled=True)
    return Answer(202, changed=index.name)


def existing(store: Store, ask: Ask) -> Index:
    """Return the index that the path names; raises Refusal 404."""
    name = ask.parameters["index_name"]
    index = store.indexes.get(name)
    if index is None:
        raise not_found(f"Resource {name} not found")
    return index


def refuse_taken(store: Store, name: str) -> None:
    """Make sure that a new index may have this name; raises Refusal 409."""
    if name in store.indexes:
        raise Refusal(409, Code.ALREADY_EXISTS, f"Resource {name} already exists")


def host_key(name: str, index_id: str, ask: Ask) -> str:
    """Return the path segment of an index's host, different for every incarnation of a name."""
    return f"{name}-{_digest(index_id)}-{ask.site.project}"


def _created(store: Store, fields: Mapping[str, object], wanted: Wanted, ask: Ask) -> Answer:
    index_id = ask.site.new_id()
    # Only 2026-07 makes up a name, and only it lets a body without one come here.
    unnamed = ask.version.is_last and "name" not in fields
    name = f"index-{_digest(index_id)}" if unnamed else resource_name(fields)
    index = Index(
        id=index_id,
        name=name,
        host_key=host_key(name, index_id, ask),
        spec=wanted.spec,
        dimension=wanted.dimension,
        metric=wanted.metric,
        vector_type=wanted.vector_type,
        protected=protection(fields, "disabled"),
        tags=merged_tags({}, tags(fields, open_values=ask.version.is_last) or {}),
        created_at=ask.now,
        ready_at=ask.now + microseconds(ask.site.knobs.index_seconds),
        restored=False,
        embed=wanted.embed,
        fields=wanted.fields,
        read_capacity=wanted.read_capacity,
        cmek_id=wanted.cmek_id,
    )
    refuse_taken(store, name)
    if index.kind == "pod":
        refuse_pods_beyond_quota(store, int(str(index.settings["pods"])), ask)
    else:
        refuse_index_beyond_quota(store, ask)
    collection = _source(store, index, ask.now)
    store.add_index(index, Vectors(collection.snapshot if collection else None))
    return Answer(201, _model(index, ask), changed=name)


def _source(store: Store, index: Index, now: int) -> Collection | None:
    name = index.settings.get("source_collection")
    if name is None:
        return None
    collection = store.collections.get(str(name))
    if collection is None:
        raise not_found(f"Collection {name} not found.")
    if not collection.is_ready(now):
        raise invalid(f"Collection {name} is not ready.")
    if collection.source.dimension != index.dimension:
        raise invalid(f"The dimension must be that of collection {name}.")
    environment = collection.source.settings["environment"]
    if index.kind == "pod" and index.settings["environment"] != environment:
        raise invalid(f"The environment must be that of collection {name}, {environment}.")
    return collection


def _digest(index_id: str) -> str:
    # Not a part of the id, since ids of a simulation may well begin alike.
    return hashlib.sha256(index_id.encode()).hexdigest()[:_DIGEST_LENGTH]


def _model(index: Index, ask: Ask) -> Mapping[str, object]:
    return index_model(index, ask.version, ask.site, ask.now)

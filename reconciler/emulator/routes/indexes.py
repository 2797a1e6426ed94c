"""Indexes on the control plane: list, create, describe, configure, delete.

An index that is made again under its old name gets a new id and a new host, and that is the only
trace of the change that the API of these versions leaves.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace

from reconciler.emulator.bodies import (
    as_object,
    choice,
    merged_tags,
    protection,
    read_object,
    required_text,
    resource_name,
    tags,
    whole_number,
)
from reconciler.emulator.clock import microseconds
from reconciler.emulator.errors import Code, Refusal, invalid, not_found, quota
from reconciler.emulator.store import Index, Store
from reconciler.emulator.vectors import Vectors
from reconciler.emulator.wire import Answer, Ask, Version

_METRICS = ("cosine", "euclidean", "dotproduct")
_KINDS = frozenset({"serverless", "pod", "byoc"})
_REGION = re.compile(r"[a-z0-9-]{1,60}")
_MOST_DIMENSIONS = 20_000
_MOST_PODS = 10_000


def list_indexes(store: Store, ask: Ask) -> Answer:
    """List the indexes of the project. API: list_indexes, GET /indexes."""
    lag = microseconds(ask.site.knobs.list_lag_seconds)
    shown = [index for index in store.indexes.values() if index.created_at + lag <= ask.now]
    return Answer(200, {"indexes": [model(index, ask) for index in shown]})


def create_index(store: Store, ask: Ask) -> Answer:
    """Create an index, ready at once. API: create_index, POST /indexes."""
    fields = read_object(ask.body)
    name = resource_name(fields)
    vector_type = choice(fields, "vector_type", ("dense", "sparse"), "dense")
    metric, dimension = _measure(fields, vector_type)
    index_id = ask.site.new_id()
    index = Index(
        id=index_id,
        name=name,
        host_key=host_key(name, index_id, ask),
        spec=_spec(fields),
        dimension=dimension,
        metric=metric,
        vector_type=vector_type,
        protected=protection(fields, "disabled"),
        tags=merged_tags({}, tags(fields) or {}),
        created_at=ask.now,
        ready_at=ask.now,
        restored=False,
    )
    refuse_unless_free(store, name, ask)
    store.add_index(index, Vectors())
    return Answer(201, model(index, ask), changed=name)


def describe_index(store: Store, ask: Ask) -> Answer:
    """Describe an index. API: describe_index, GET /indexes/{index_name}."""
    return Answer(200, model(existing(store, ask), ask))


def configure_index(store: Store, ask: Ask) -> Answer:
    """Change tags and protection of an index. API: configure_index, PATCH /indexes/{index_name}."""
    index = existing(store, ask)
    fields = read_object(ask.body)
    for key in ("spec", "embed"):
        if key in fields:
            raise invalid(f"The emulator does not change {key} of an index.")
    after = replace(
        index,
        protected=protection(fields, "enabled" if index.protected else "disabled"),
        tags=merged_tags(index.tags, tags(fields) or {}),
    )
    store.indexes[index.name] = after
    return Answer(202, model(after, ask), changed=None if after == index else index.name)


def delete_index(store: Store, ask: Ask) -> Answer:
    """Delete an index but not its backups. API: delete_index, DELETE /indexes/{index_name}."""
    index = existing(store, ask)
    if index.protected:
        raise Refusal(
            403,
            Code.FORBIDDEN,
            f"Deletion protection is enabled for index {index.name}. Disable it before deleting.",
        )
    store.remove_index(index)
    for job in tuple(store.jobs.values()):
        if job.index_id == index.id and job.is_pending(ask.now):
            store.jobs[job.id] = replace(job, failed_at=ask.now)
    return Answer(202, changed=index.name)


def existing(store: Store, ask: Ask) -> Index:
    """Return the index that the path names; raises Refusal 404."""
    name = ask.parameters["index_name"]
    index = store.indexes.get(name)
    if index is None:
        raise not_found(f"Resource {name} not found")
    return index


def refuse_unless_free(store: Store, name: str, ask: Ask) -> None:
    """Make sure that a new index may have this name and fits the quota; raises Refusal."""
    if name in store.indexes:
        raise Refusal(409, Code.ALREADY_EXISTS, f"Resource {name} already exists")
    limit = ask.site.knobs.index_quota
    if len(store.indexes) >= limit:
        raise quota(f"You've reached the max serverless indexes allowed in the project ({limit}).")


def host_key(name: str, index_id: str, ask: Ask) -> str:
    """Return the path segment of an index's host, different for every incarnation of a name."""
    # A digest, since ids of a simulation may well begin alike.
    return f"{name}-{hashlib.sha256(index_id.encode()).hexdigest()[:6]}-{ask.site.project}"


def model(index: Index, ask: Ask) -> Mapping[str, object]:
    """Write an IndexModel as the request's version wants it."""
    ready = index.is_ready(ask.now)
    sized = {} if index.dimension is None else {"dimension": index.dimension}
    return {
        "name": index.name,
        **sized,
        "metric": index.metric,
        "host": f"{ask.site.base_url}/ix/{index.host_key}",
        "deletion_protection": "enabled" if index.protected else "disabled",
        "tags": dict(index.tags),
        "spec": {kind: _shown(kind, at, ask.version) for kind, at in index.spec.items()},
        "status": {"ready": ready, "state": _state(index, ask.now)},
        "vector_type": index.vector_type,
    }


def _state(index: Index, now: int) -> str:
    if index.has_failed(now):
        return "InitializationFailed"
    return "Ready" if index.is_ready(now) else "Initializing"


def _shown(kind: str, settings: Mapping[str, object], version: Version) -> Mapping[str, object]:
    if version.is_first:
        return {key: value for key, value in settings.items() if key != "schema"}
    if kind == "pod":
        return settings
    return {**settings, "read_capacity": {"mode": "OnDemand", "status": {"state": "Ready"}}}


def _measure(fields: Mapping[str, object], vector_type: str) -> tuple[str, int | None]:
    if vector_type == "sparse":
        if "dimension" in fields:
            raise invalid("dimension must not be given for a sparse index.")
        if choice(fields, "metric", _METRICS, "dotproduct") != "dotproduct":
            raise invalid("metric must be dotproduct for a sparse index.")
        return "dotproduct", None
    dimension = whole_number(fields.get("dimension"), "dimension", 1, _MOST_DIMENSIONS)
    return choice(fields, "metric", _METRICS, "cosine"), dimension


def _spec(fields: Mapping[str, object]) -> Mapping[str, Mapping[str, object]]:
    spec = as_object(fields.get("spec"), "spec")
    if len(spec) != 1 or not spec.keys() <= _KINDS:
        raise invalid("spec must hold exactly one of serverless, pod and byoc.")
    kind, sent = next(iter(spec.items()))
    settings = as_object(sent, f"spec.{kind}")
    match kind:
        case "serverless":
            return {kind: _serverless(settings)}
        case "pod":
            return {kind: _pod(settings)}
        case _:
            return {kind: {"environment": required_text(settings, "environment")}}


def _serverless(settings: Mapping[str, object]) -> Mapping[str, object]:
    required_text(settings, "cloud")
    cloud = choice(settings, "cloud", ("aws", "gcp", "azure"), "aws")
    region = required_text(settings, "region")
    if not _REGION.fullmatch(region):
        raise invalid("region must be lower case letters, digits and '-'.")
    if "source_collection" in settings:
        raise invalid("The emulator makes no index from a collection.")
    if as_object(settings.get("read_capacity", {}), "read_capacity").get("mode") == "Dedicated":
        raise invalid("The emulator knows no dedicated read capacity.")
    if "schema" not in settings:
        return {"cloud": cloud, "region": region}
    return {"cloud": cloud, "region": region, "schema": _schema(settings)}


def _schema(settings: Mapping[str, object]) -> Mapping[str, object]:
    fields = as_object(as_object(settings["schema"], "schema").get("fields"), "schema.fields")
    # Taken apart and put together again: an answer must not hold whatever somebody sent.
    for name, field in fields.items():
        if as_object(field, f"schema.fields.{name}") != {"filterable": True}:
            raise invalid("A field of a schema can only be filterable.")
    return {"fields": {name: {"filterable": True} for name in fields}}


def _pod(settings: Mapping[str, object]) -> Mapping[str, object]:
    if "source_collection" in settings:
        raise invalid("The emulator makes no index from a collection.")
    counts = {
        key: whole_number(settings.get(key, 1), key, 1, _MOST_PODS)
        for key in ("replicas", "shards", "pods")
    }
    return {
        "environment": required_text(settings, "environment"),
        "pod_type": required_text(settings, "pod_type"),
        **counts,
    }

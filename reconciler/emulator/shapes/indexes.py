"""An index as each version shows it: with a spec until 2026-04, with a deployment in 2026-07."""

from collections.abc import Mapping

from reconciler.emulator.shapes.schemas import typed_schema
from reconciler.emulator.store import Index
from reconciler.emulator.wire import Site, Version

_POD_DEPLOYMENT = ("environment", "pod_type", "replicas", "shards")


def index_model(index: Index, version: Version, site: Site, now: int) -> Mapping[str, object]:
    """Write an IndexModel."""
    known = {
        "name": index.name,
        "host": f"{site.base_url}/ix/{index.host_key}",
        "deletion_protection": "enabled" if index.protected else "disabled",
        "status": {"ready": index.is_ready(now), "state": _state(index, now)},
    }
    if version.is_last:
        return {**known, **_deployed(index, now)}
    return {**known, **_specified(index, version, now)}


def _state(index: Index, now: int) -> str:
    if index.has_failed(now):
        return "InitializationFailed"
    if not index.is_ready(now):
        return "Initializing"
    if index.kind == "pod" and index.scaling is not None and index.is_scaling(now):
        return index.scaling.state
    return "Ready"


def _specified(index: Index, version: Version, now: int) -> Mapping[str, object]:
    sized = {} if index.dimension is None else {"dimension": index.dimension}
    return {
        **sized,
        "metric": index.metric,
        "vector_type": index.vector_type,
        "tags": dict(index.tags),
        "spec": {index.kind: _settings(index, version, now)},
        **({} if index.embed is None else {"embed": dict(index.embed)}),
    }


def _settings(index: Index, version: Version, now: int) -> Mapping[str, object]:
    if index.kind == "pod":
        return index.settings
    if version.is_first:
        return {key: value for key, value in index.settings.items() if key != "schema"}
    return {**index.settings, "read_capacity": _read_capacity(index, now)}


def _deployed(index: Index, now: int) -> Mapping[str, object]:
    origins = {
        "source_collection": index.settings.get("source_collection"),
        "source_backup_id": index.source_backup_id,
        "cmek_id": index.cmek_id,
    }
    capacity = {} if index.kind == "pod" else {"read_capacity": _read_capacity(index, now)}
    return {
        "deployment": _deployment(index),
        "schema": typed_schema(index),
        **capacity,
        "tags": dict(index.tags) or None,
        **{key: value for key, value in origins.items() if value is not None},
    }


def _deployment(index: Index) -> Mapping[str, object]:
    settings = index.settings
    match index.kind:
        case "serverless":
            place = {"cloud": settings["cloud"], "region": settings["region"]}
            return {"deployment_type": "managed", **place}
        case "pod":
            return {"deployment_type": "pod", **{key: settings[key] for key in _POD_DEPLOYMENT}}
        case _:
            return {"deployment_type": "byoc", "environment": settings["environment"]}


def _read_capacity(index: Index, now: int) -> Mapping[str, object]:
    changing = index.scaling if index.is_scaling(now) else None
    status: dict[str, object] = {"state": "Ready" if changing is None else changing.state}
    if index.read_capacity is None:
        return {"mode": "OnDemand", "status": status}
    manual = index.read_capacity["manual"]
    if isinstance(manual, Mapping) and changing is None:
        status["current_replicas"] = manual["replicas"]
        status["current_shards"] = manual["shards"]
    return {"mode": "Dedicated", "dedicated": dict(index.read_capacity), "status": status}

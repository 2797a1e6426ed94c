"""The normal form of an index, and of what vectors it or a backup of it holds.

Up to 2026-04 an index has dimension, metric and vector type, and says where it runs under `spec`.
Since 2026-07 a schema of typed fields and a `deployment` take their place.
"""

from collections.abc import Mapping
from typing import Final

from reconciler.model.values import JSON, Fields, mapping
from reconciler.wire.phases import index_phase
from reconciler.wire.tolerant import count, required, tags, text

_SPARSE_METRIC: Final = "dotproduct"
_PLACES: Final = ("cloud", "region", "environment", "pod_type")
_DEPLOYMENTS: Final = {"managed": "serverless"}  # one thing, two words


def index(payload: Fields) -> Fields:
    """Read an index."""
    status = mapping(payload.get("status"))
    state = text(status, "state")
    kind, place = _deployment(payload)
    vectors = vectors_of(payload)
    return {
        "name": required(payload, "name", "an index"),
        "host": text(payload, "host"),
        "private_host": text(payload, "private_host"),
        "metric": vectors["metric"],
        "dimension": vectors["dimension"],
        "vector_type": vectors["vector_type"],
        "embed_model": vectors["embed_model"],
        "deletion_protection": text(payload, "deletion_protection") or "disabled",
        "tags": tags(payload),
        "state": state,
        "phase": index_phase(state, status.get("ready")).value,
        "deployment": kind,
        # the cell of a serverless index is told by one version only, and is nobody's to choose
        **{key: text(place, key) for key in _PLACES if key != "environment"},
        "environment": None if kind == "serverless" else text(place, "environment"),
        "source_collection": text(place, "source_collection") or text(payload, "source_collection"),
        "source_backup_id": text(payload, "source_backup_id"),
    }


def vectors_of(payload: Fields) -> Fields:
    """Read dimension, metric, vector type and embedding model, wherever the version has them.

    An index has one set of vectors that all versions tell of: of several fields the dense ones
    come first.
    """
    embed = mapping(payload.get("embed"))
    flat: dict[str, JSON] = {
        "vector_type": text(payload, "vector_type"),
        "dimension": count(payload, "dimension") or None,
        "metric": _metric(payload),
        "embed_model": text(embed, "model"),
    }
    found = [
        each
        for field in mapping(mapping(payload.get("schema")).get("fields")).values()
        if (each := _field(mapping(field))) is not None
    ]
    typed = min(found, key=lambda each: each["vector_type"] != "dense", default={})
    return {key: value if value is not None else typed.get(key) for key, value in flat.items()}


def _field(field: Fields) -> dict[str, JSON] | None:
    """Read a field that holds vectors; None for every other, a filterable one for example."""
    match text(field, "type"):
        case "sparse_vector":
            return _vectors("sparse", {"metric": _SPARSE_METRIC})
        case "dense_vector":
            return _vectors("dense", field)
        case "semantic_text":
            return _embedded(field)
        case "string" if isinstance(field.get("embed"), Mapping):
            return _embedded(mapping(field["embed"]))
        case "string" if isinstance(field.get("sparse_embed"), Mapping):
            return _vectors("sparse", {"metric": _SPARSE_METRIC, **mapping(field["sparse_embed"])})
        case _:
            return None


def _embedded(field: Fields) -> dict[str, JSON]:
    """A field whose text is embedded: a sparse model gives vectors without a dimension."""
    kind = "dense" if count(field, "dimension") or _metric(field) != _SPARSE_METRIC else "sparse"
    return _vectors(kind, field)


def _vectors(kind: str, field: Fields) -> dict[str, JSON]:
    return {
        "vector_type": kind,
        "dimension": count(field, "dimension") or None,
        "metric": _metric(field),
        "embed_model": text(field, "model"),
    }


def _metric(payload: Fields) -> str | None:
    found = text(payload, "metric")
    return None if found is None else found.lower()


def _deployment(payload: Fields) -> tuple[str | None, Fields]:
    """Read how an index is deployed, and where: `spec` names its kind by its only key."""
    place = mapping(payload.get("deployment"))
    kind = text(place, "deployment_type")
    if kind is not None:
        return _DEPLOYMENTS.get(kind, kind), place
    for key, inner in mapping(payload.get("spec")).items():
        if isinstance(inner, Mapping):
            return key, inner
    return None, {}

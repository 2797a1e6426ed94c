"""The normal form of every payload that the kinds read, by operationId of the specification.

Source: Pinecone API 2025-04, 2025-10, 2026-04 and 2026-07 (control plane, data plane and
inference), read 2026-11.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.model.values import JSON, Fields, mapping
from reconciler.wire.indexes import index, vectors_of
from reconciler.wire.models import model
from reconciler.wire.phases import phase
from reconciler.wire.tolerant import (
    WireError,
    count,
    either,
    items,
    moment,
    percent,
    required,
    tags,
    text,
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list in normal form; `next_token` is None on the last."""

    items: tuple[Fields, ...]
    next_token: str | None


def read(operation: str, payload: JSON) -> Fields:
    """Read the answer to an operation on one object; raises WireError."""
    reader = _OBJECTS.get(operation)
    if reader is None:
        return {}
    if not isinstance(payload, Mapping):
        raise WireError("the answer is not an object")
    return reader(payload)


def read_page(operation: str, payload: JSON) -> Page:
    """Read one page of a list operation; raises WireError when any item is unusable."""
    key, reader, _ = _LISTS[operation]
    found = tuple(reader(item) for item in items(payload, key))
    pagination = payload.get("pagination") if isinstance(payload, Mapping) else None
    if pagination is None:
        return Page(found, None)
    if not isinstance(pagination, Mapping):
        raise WireError("pagination is not an object")
    token = pagination.get("next")
    if token is not None and not isinstance(token, str):
        raise WireError("the next page's token is not text")
    return Page(found, token or None)


def is_paged(operation: str) -> bool:
    """Whether a list comes in pages; those of indexes, collections and models come whole."""
    return _LISTS[operation][0] == "data"


def id_of(operation: str) -> str:
    """Name the key that tells the items of a list apart."""
    return _LISTS[operation][2]


def _backup(payload: Fields) -> Fields:
    status, vectors = text(payload, "status"), vectors_of(payload)
    return {
        "backup_id": required(payload, "backup_id", "a backup"),
        "name": text(payload, "name"),
        "description": text(payload, "description"),
        "source_index_name": text(payload, "source_index_name"),
        "source_index_id": text(payload, "source_index_id"),
        "status": status,
        "phase": phase(status).value,
        "cloud": text(payload, "cloud"),
        "region": text(payload, "region"),
        "dimension": vectors["dimension"],
        "metric": vectors["metric"],
        "record_count": count(payload, "record_count"),
        "namespace_count": count(payload, "namespace_count"),
        "size_bytes": count(payload, "size_bytes"),
        "tags": tags(payload),
        "created_at": moment(payload, "created_at"),
        "source_index_deleted_at": moment(payload, "source_index_deleted_at"),
    }


def _restore_job(payload: Fields) -> Fields:
    status = text(payload, "status")
    return {
        "restore_job_id": required(payload, "restore_job_id", "a restore job"),
        "backup_id": text(payload, "backup_id"),
        "target_index_name": text(payload, "target_index_name"),
        "target_index_id": text(payload, "target_index_id"),
        "status": status,
        "phase": phase(status).value,
        "percent": percent(payload, "percent_complete"),
        "created_at": moment(payload, "created_at"),
        "completed_at": moment(payload, "completed_at"),
    }


def _import(payload: Fields) -> Fields:
    status = text(payload, "status")
    started = moment(payload, "created_at")
    return {
        "id": required(payload, "id", "an import"),
        "uri": text(payload, "uri"),
        "status": status,
        "phase": phase(status).value,
        "created_at": started if started is not None else moment(payload, "started_at"),
        "finished_at": moment(payload, "finished_at"),
        "percent": percent(payload, "percent_complete"),
        "records": count(payload, "records_imported"),
        "error": text(payload, "error"),
        "validation": mapping(either(payload, "validation_result")) or None,
    }


def _collection(payload: Fields) -> Fields:
    """Read a collection; it is counted and measured in the words that backups have for that."""
    status = text(payload, "status")
    return {
        "name": required(payload, "name", "a collection"),
        "status": status,
        "phase": phase(status).value,
        "environment": text(payload, "environment"),
        "dimension": count(payload, "dimension") or None,
        "record_count": count(payload, "vector_count"),
        "size_bytes": count(payload, "size"),
    }


def _restore_started(payload: Fields) -> Fields:
    return {
        "restore_job_id": required(payload, "restore_job_id", "the answer"),
        "index_id": required(payload, "index_id", "the answer"),
    }


def _import_started(payload: Fields) -> Fields:
    return {"id": required(payload, "id", "the answer")}


def _stats(payload: Fields) -> Fields:
    """Read counts; an empty map and a zero may be left out, as in all JSON made from protobuf."""
    namespaces, total = payload.get("namespaces"), count(payload, "total_vector_count")
    if not isinstance(namespaces, Mapping | None) or (total is None and namespaces is None):
        raise WireError("the answer has no usable totalVectorCount and namespaces")
    counts = {
        name: count(mapping(summary), "vector_count") or 0
        for name, summary in mapping(namespaces).items()
    }
    return {
        "record_count": sum(counts.values()) if total is None else total,
        "namespace_count": sum(1 for number in counts.values() if number > 0),
        "namespaces": counts,
        "dimension": count(payload, "dimension") or None,
    }


_OBJECTS: Mapping[str, Callable[[Fields], Fields]] = {
    "create_backup": _backup,
    "describe_backup": _backup,
    "create_index_from_backup_operation": _restore_started,
    "describe_restore_job": _restore_job,
    "describe_index": index,
    "configure_index": index,
    "create_collection": _collection,
    "describe_collection": _collection,
    "get_model": model,
    "startBulkImport": _import_started,
    "describeBulkImport": _import,
    "describeIndexStats": _stats,
}

_LISTS: Mapping[str, tuple[str, Callable[[Fields], Fields], str]] = {
    "list_project_backups": ("data", _backup, "backup_id"),
    "list_index_backups": ("data", _backup, "backup_id"),
    "list_restore_jobs": ("data", _restore_job, "restore_job_id"),
    "listBulkImports": ("data", _import, "id"),
    "list_indexes": ("indexes", index, "name"),
    "list_collections": ("collections", _collection, "name"),
    "list_models": ("models", model, "model"),
}

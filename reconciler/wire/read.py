"""The normal form of every payload that the kinds read, by operationId of the specification.

Source: Pinecone API 2025-04, 2025-10 and 2026-04 (control and data plane), read 2026-11.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.model.observed import Phase
from reconciler.model.values import JSON, Fields, mapping
from reconciler.wire.tolerant import (
    WireError,
    count,
    items,
    moment,
    percent,
    required,
    tags,
    text,
)

_READY = frozenset({"ready", "completed"})
_CANCELLED = frozenset({"cancelled", "canceled"})


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
    """Whether a list comes in pages; the list of indexes comes whole."""
    return _LISTS[operation][0] == "data"


def id_of(operation: str) -> str:
    """Name the key that tells the items of a list apart."""
    return _LISTS[operation][2]


def phase(status: str | None) -> Phase:
    """Place a status; one that nobody has heard of means that the job is not at its end.

    Every word that ends in `Failed` is an end: `InitializationFailed` came with a later version.
    """
    word = (status or "").lower()
    if word in _READY:
        return Phase.READY
    failed = word.endswith("failed") or word in _CANCELLED
    return Phase.FAILED if failed else Phase.RUNNING


def _backup(payload: Fields) -> Fields:
    status = text(payload, "status")
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
        "dimension": count(payload, "dimension") or None,
        "metric": _metric(payload),
        "record_count": count(payload, "record_count"),
        "namespace_count": count(payload, "namespace_count"),
        "size_bytes": count(payload, "size_bytes"),
        "tags": tags(payload),
        "created_at": moment(payload, "created_at"),
    }


def _metric(payload: Fields) -> str | None:
    found = text(payload, "metric")
    return None if found is None else found.lower()


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
    }


def _index(payload: Fields) -> Fields:
    status = mapping(payload.get("status"))
    state = text(status, "state")
    return {
        "name": required(payload, "name", "an index"),
        "host": text(payload, "host"),
        "metric": _metric(payload),
        "dimension": count(payload, "dimension") or None,
        "vector_type": text(payload, "vector_type"),
        "deletion_protection": text(payload, "deletion_protection") or "disabled",
        "tags": tags(payload),
        "state": state,
        "phase": _index_phase(state, status.get("ready")).value,
        "source_backup_id": text(payload, "source_backup_id"),
    }


def _index_phase(state: str | None, ready: JSON) -> Phase:
    """Place an index; one that is being deleted may still call itself ready."""
    word = (state or "").lower()
    if word.endswith("failed"):
        return Phase.FAILED
    return Phase.READY if ready is True and word != "terminating" else Phase.RUNNING


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
    "describe_index": _index,
    "configure_index": _index,
    "startBulkImport": _import_started,
    "describeBulkImport": _import,
    "describeIndexStats": _stats,
}

_LISTS: Mapping[str, tuple[str, Callable[[Fields], Fields], str]] = {
    "list_project_backups": ("data", _backup, "backup_id"),
    "list_restore_jobs": ("data", _restore_job, "restore_job_id"),
    "listBulkImports": ("data", _import, "id"),
    "list_indexes": ("indexes", _index, "name"),
}

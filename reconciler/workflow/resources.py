"""What can be looked at: for each word, how it is listed, described and told apart."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from reconciler.model.request import Request

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[0-9]{1,19}")
_ANYTHING: Final = re.compile(r".+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Resource:
    """One word after `get`; `index` is None where the objects belong to the whole project."""

    name: str
    noun: str
    key: str  # the id
    called: str  # what people call it by, where that is not the id
    ids: "re.Pattern[str]"  # what is asked for at once, since it looks like an id
    listed: Callable[[str | None], Request]
    described: Callable[[str, str | None], Request]


def _indexes(_index: str | None) -> Request:
    """API: list_indexes, GET /indexes."""
    return Request("list_indexes", "GET", "/indexes")


def _index(name: str, _index: str | None) -> Request:
    """API: describe_index, GET /indexes/{index_name}."""
    return Request("describe_index", "GET", f"/indexes/{quote(name, safe='')}")


def _backups(index: str | None) -> Request:
    """API: list_project_backups, GET /backups; list_index_backups, GET /indexes/{name}/backups."""
    if index is None:
        return Request("list_project_backups", "GET", "/backups")
    return Request("list_index_backups", "GET", f"/indexes/{quote(index, safe='')}/backups")


def _backup(name: str, _index: str | None) -> Request:
    """API: describe_backup, GET /backups/{backup_id}."""
    return Request("describe_backup", "GET", f"/backups/{quote(name, safe='')}")


def _restore_jobs(_index: str | None) -> Request:
    """API: list_restore_jobs, GET /restore-jobs."""
    return Request("list_restore_jobs", "GET", "/restore-jobs")


def _restore_job(name: str, _index: str | None) -> Request:
    """API: describe_restore_job, GET /restore-jobs/{job_id}."""
    return Request("describe_restore_job", "GET", f"/restore-jobs/{quote(name, safe='')}")


def _imports(index: str | None) -> Request:
    """API: listBulkImports, GET {index host}/bulk/imports."""
    return Request("listBulkImports", "GET", "/bulk/imports", index=index)


def _import(name: str, index: str | None) -> Request:
    """API: describeBulkImport, GET {index host}/bulk/imports/{id}."""
    path = f"/bulk/imports/{quote(name, safe='')}"
    return Request("describeBulkImport", "GET", path, index=index)


def _collections(_index: str | None) -> Request:
    """API: list_collections, GET /collections."""
    return Request("list_collections", "GET", "/collections")


def _collection(name: str, _index: str | None) -> Request:
    """API: describe_collection, GET /collections/{collection_name}."""
    return Request("describe_collection", "GET", f"/collections/{quote(name, safe='')}")


def _models(_index: str | None) -> Request:
    """API: list_models, GET /models."""
    return Request("list_models", "GET", "/models")


def _model(name: str, _index: str | None) -> Request:
    """API: get_model, GET /models/{model_name}."""
    return Request("get_model", "GET", f"/models/{quote(name, safe='')}")


_JOB: Final = "restore_job_id", "target_index_name"

RESOURCES: Final[Mapping[str, Resource]] = {
    each.name: each
    for each in (
        Resource("indexes", "index", "name", "name", _ANYTHING, _indexes, _index),
        Resource("backups", "backup", "backup_id", "name", _UUID, _backups, _backup),
        Resource("restore-jobs", "restore job", *_JOB, _UUID, _restore_jobs, _restore_job),
        Resource("imports", "import", "id", "uri", _NUMBER, _imports, _import),
        Resource("collections", "collection", "name", "name", _ANYTHING, _collections, _collection),
        Resource("models", "model", "model", "model", _ANYTHING, _models, _model),
    )
}

"""Quirks: how answers differ from their description, as seen on the service's reference pages.

A reader has to survive all of them: fields in the other spelling, null where a field could be
absent, times with nine digits or four, a dimension of 0. They are done to the finished answer, so
that nothing else has to know of them.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

_Fields = dict[str, Any]
_Quirk = Callable[[_Fields], _Fields]

_SNAKE = MappingProxyType(
    {
        "createdAt": "created_at",
        "finishedAt": "finished_at",
        "percentComplete": "percent_complete",
        "recordsImported": "records_imported",
    }
)


def with_quirks(operation: str, payload: Mapping[str, object]) -> Mapping[str, object]:
    """Return a good answer of an operation as the service has been seen to write it."""
    quirk = _QUIRKS.get(operation)
    return payload if quirk is None else quirk(dict(payload))


def _backup(fields: _Fields) -> _Fields:
    """Nine digits of a second, null for what was left out, no metric, and 0 for no dimension."""
    nothing: _Fields = {"name": None, "description": None}
    if fields.pop("metric", None) is not None:
        nothing["dimension"] = 0
    created_at = fields["created_at"].replace("Z", "882Z")
    tags = fields.get("tags") or None
    return {**nothing, **fields, "tags": tags, "created_at": created_at}


def _job(fields: _Fields) -> _Fields:
    """Four digits of a second, and an offset instead of a Z."""
    times = {"created_at": "Z", "completed_at": "+00:00"}
    written = {
        key: fields[key][:-3] + zone for key, zone in times.items() if fields.get(key) is not None
    }
    return {**fields, **written}


def _import(fields: _Fields) -> _Fields:
    return {_SNAKE.get(key, key): value for key, value in fields.items()}


def _listed_import(fields: _Fields) -> _Fields:
    """In lists the beginning of an import has one more name."""
    snake = _import(fields)
    return {"started_at" if key == "created_at" else key: each for key, each in snake.items()}


def _embeddings(fields: _Fields) -> _Fields:
    del fields["vector_type"]
    return fields


def _listed(quirk: _Quirk) -> _Quirk:
    """Do it to every item, and write null for the end of the pages."""

    def listed(fields: _Fields) -> _Fields:
        return {
            "pagination": None,
            **fields,
            "data": [quirk(dict(each)) for each in fields["data"]],
        }

    return listed


_QUIRKS: Mapping[str, _Quirk] = MappingProxyType(
    {
        "create_backup": _backup,
        "describe_backup": _backup,
        "list_index_backups": _listed(_backup),
        "list_project_backups": _listed(_backup),
        "describe_restore_job": _job,
        "list_restore_jobs": _listed(_job),
        "describeBulkImport": _import,
        "listBulkImports": _listed(_listed_import),
        "embed": _embeddings,
    }
)

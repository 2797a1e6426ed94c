"""A backup as each version shows it, and as a row in the history of a schedule.

What is in a backup is unknown until it is Ready: its counts are absent until then, and so are its
dimension and metric where the version has them.
"""

from collections.abc import Mapping

from reconciler.emulator.clock import timestamp
from reconciler.emulator.shapes.schemas import typed_schema
from reconciler.emulator.store import Backup, Index
from reconciler.emulator.wire import Site, Version

_COUNTS = ("record_count", "namespace_count", "size_bytes")
_MEASURES = ("dimension", "metric")


def backup_model(
    backup: Backup, version: Version, site: Site, now: int, deleted_at: int | None
) -> Mapping[str, object]:
    """Write a BackupModel; `deleted_at` is when its source index was deleted, if it was."""
    said = {"name": backup.name, "description": backup.description}
    return {
        **_identity(backup),
        **{key: value for key, value in said.items() if value is not None},
        "status": _status(backup, version, now),
        **_unknown(backup, version, site, now),
        **(_typed(backup, deleted_at) if version.is_last else _flat(backup, version, now)),
        **(_counts(backup) if backup.is_ready(now) else {}),
        "created_at": timestamp(backup.created_at),
    }


def place(index: Index) -> Mapping[str, object]:
    """Return the cloud and region of an index that can be backed up."""
    settings = index.settings
    if index.kind == "serverless":
        return {"cloud": settings["cloud"], "region": settings["region"]}
    # The environment of a BYOC index names both, and ends in a part of its own: aws-us-east-1-b921.
    cloud, _, rest = str(settings["environment"]).partition("-")
    return {"cloud": cloud, "region": rest.rpartition("-")[0] or rest}


def _identity(backup: Backup) -> Mapping[str, object]:
    return {
        "backup_id": backup.id,
        "source_index_name": backup.source.name,
        "source_index_id": backup.source.id,
        **place(backup.source),
    }


def _status(backup: Backup, version: Version, now: int) -> str:
    if backup.has_failed(now):
        return "InitializationFailed" if version.is_last else "Failed"
    return "Ready" if backup.is_ready(now) else "Initializing"


def _unknown(backup: Backup, version: Version, site: Site, now: int) -> Mapping[str, object]:
    if not site.quirks or backup.is_ready(now):
        return {}
    return dict.fromkeys(_COUNTS if version.is_last else (*_COUNTS, *_MEASURES))


def _typed(backup: Backup, deleted_at: int | None) -> Mapping[str, object]:
    gone = {} if deleted_at is None else {"source_index_deleted_at": timestamp(deleted_at)}
    return {"schema": typed_schema(backup.source), "tags": dict(backup.source.tags) or None, **gone}


def _flat(backup: Backup, version: Version, now: int) -> Mapping[str, object]:
    source = backup.source
    tags = {"tags": dict(source.tags)}
    if not backup.is_ready(now):
        return tags
    schema = source.settings.get("schema")
    return {
        **tags,
        **({} if source.dimension is None else {"dimension": source.dimension}),
        "metric": source.metric,
        **({} if schema is None or version.is_first else {"schema": schema}),
    }


def _counts(backup: Backup) -> Mapping[str, object]:
    return {
        "record_count": backup.snapshot.record_count,
        "namespace_count": len(backup.snapshot.namespaces),
        "size_bytes": backup.snapshot.size_bytes,
    }

"""Backups: taking, listing, describing and deleting them, and making an index from one.

A backup has no unique name and its create no idempotency key: the same request sent twice makes two
backups, which is exactly what a client has to be careful about.
"""

from collections.abc import Mapping, Sequence

from reconciler.emulator.bodies import (
    merged_tags,
    protection,
    read_object,
    resource_name,
    tags,
    text,
)
from reconciler.emulator.clock import microseconds, timestamp
from reconciler.emulator.errors import Code, Refusal, not_found, precondition, quota
from reconciler.emulator.paging import page, window
from reconciler.emulator.routes import indexes
from reconciler.emulator.store import Backup, Index, RestoreJob, Store
from reconciler.emulator.vectors import Vectors
from reconciler.emulator.wire import Answer, Ask

_DEFAULT_LIMIT = 10


def create_backup(store: Store, ask: Ask) -> Answer:
    """Copy an index as it is now. API: create_backup, POST /indexes/{index_name}/backups."""
    index = indexes.existing(store, ask)
    fields = read_object(ask.body)
    name, description = text(fields, "name"), text(fields, "description")
    if "serverless" not in index.spec:
        message = "Backups are only supported for serverless indexes."
        raise Refusal(400, Code.INVALID_ARGUMENT, message)
    if not index.is_ready(ask.now):
        raise Refusal(400, Code.FAILED_PRECONDITION, f"Index {index.name} is not ready.")
    limit = ask.site.knobs.backup_quota
    if len(store.backups) >= limit:
        raise quota(f"Backup quota exceeded: the project can hold {limit} backups.")
    backup = Backup(
        id=ask.site.new_id(),
        source=index,
        name=name,
        description=description,
        created_at=ask.now,
        ready_at=ask.now + microseconds(ask.site.knobs.backup_seconds),
        snapshot=store.vectors[index.id].snapshot(),
        fails=ask.site.knobs.jobs_fail,
    )
    store.backups[backup.id] = backup
    return Answer(201, _model(backup, ask), changed=backup.id)


def list_index_backups(store: Store, ask: Ask) -> Answer:
    """List the backups of an index that exists.

    API: list_index_backups, GET /indexes/{index_name}/backups. Backups of an earlier index of that
    name are only in the list of the project.
    """
    index = indexes.existing(store, ask)
    return _listed([each for each in store.backups.values() if each.source.id == index.id], ask)


def list_project_backups(store: Store, ask: Ask) -> Answer:
    """List all backups of the project. API: list_project_backups, GET /backups."""
    return _listed(tuple(store.backups.values()), ask)


def describe_backup(store: Store, ask: Ask) -> Answer:
    """Describe a backup. API: describe_backup, GET /backups/{backup_id}."""
    return Answer(200, _model(_existing(store, ask), ask))


def delete_backup(store: Store, ask: Ask) -> Answer:
    """Delete a backup unless a restore runs. API: delete_backup, DELETE /backups/{backup_id}."""
    backup = _existing(store, ask)
    if any(job.backup_id == backup.id and job.is_pending(ask.now) for job in store.jobs.values()):
        raise precondition(f"Backup {backup.id} has pending restore jobs.")
    del store.backups[backup.id]
    return Answer(202, changed=backup.id)


def create_index_from_backup(store: Store, ask: Ask) -> Answer:
    """Start making a new index from a backup.

    API: create_index_from_backup_operation, POST /backups/{backup_id}/create-index. Tags that are
    sent, even none, replace those that the backup carries.
    """
    backup = _existing(store, ask)
    fields = read_object(ask.body)
    name, sent = resource_name(fields), tags(fields)
    protected = protection(fields, "disabled")
    if not backup.is_ready(ask.now):
        raise precondition(f"Backup {backup.id} is not completed.")
    indexes.refuse_unless_free(store, name, ask)
    index_id = ask.site.new_id()
    ends_at = ask.now + microseconds(ask.site.knobs.restore_seconds)
    index = Index(
        id=index_id,
        name=name,
        host_key=indexes.host_key(name, index_id, ask),
        spec=backup.source.spec,
        dimension=backup.source.dimension,
        metric=backup.source.metric,
        vector_type=backup.source.vector_type,
        protected=protected,
        tags=backup.source.tags if sent is None else merged_tags({}, sent),
        created_at=ask.now,
        ready_at=ends_at,
        restored=True,
        fails=ask.site.knobs.jobs_fail,
    )
    job = RestoreJob(
        ask.site.new_id(),
        backup.id,
        name,
        index_id,
        ask.now,
        ends_at,
        failed_at=ends_at if index.fails else None,
    )
    store.add_index(index, Vectors(backup.snapshot))
    store.jobs[job.id] = job
    return Answer(202, {"restore_job_id": job.id, "index_id": index_id}, changed=job.id)


def _existing(store: Store, ask: Ask) -> Backup:
    backup = store.backups.get(ask.parameters["backup_id"])
    if backup is None:
        raise not_found(f"Backup {ask.parameters['backup_id']} not found")
    return backup


def _listed(backups: Sequence[Backup], ask: Ask) -> Answer:
    lag = microseconds(ask.site.knobs.list_lag_seconds)
    part = window(ask.query, _DEFAULT_LIMIT)
    newest_first = [each for each in reversed(backups) if each.created_at + lag <= ask.now]
    shown, pagination = page(newest_first, part)
    return Answer(200, {"data": [_model(backup, ask) for backup in shown], **pagination})


def _model(backup: Backup, ask: Ask) -> Mapping[str, object]:
    source = backup.source
    said = {"name": backup.name, "description": backup.description}
    return {
        "backup_id": backup.id,
        "source_index_name": source.name,
        "source_index_id": source.id,
        **{key: value for key, value in said.items() if value is not None},
        "status": _status(backup, ask.now),
        "cloud": source.spec["serverless"]["cloud"],
        "region": source.spec["serverless"]["region"],
        **(_measured(backup, ask) if backup.is_ready(ask.now) else {}),
        "tags": dict(source.tags),
        "created_at": timestamp(backup.created_at),
    }


def _status(backup: Backup, now: int) -> str:
    if backup.has_failed(now):
        return "Failed"
    return "Ready" if backup.is_ready(now) else "Initializing"


def _measured(backup: Backup, ask: Ask) -> Mapping[str, object]:
    source = backup.source
    schema = source.spec["serverless"].get("schema")
    return {
        **({} if source.dimension is None else {"dimension": source.dimension}),
        "metric": source.metric,
        **({} if schema is None or ask.version.is_first else {"schema": schema}),
        "record_count": backup.snapshot.record_count,
        "namespace_count": len(backup.snapshot.namespaces),
        "size_bytes": backup.snapshot.size_bytes,
    }

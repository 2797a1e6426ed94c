"""Restores: making a new index from a backup, and the jobs that do so.

The vectors of a restored index are there at the end of its job and not before: its host answers
only once it is Ready. Jobs cannot be cancelled or deleted through the API, and stay in the list
after their index has gone.
"""

from collections.abc import Mapping

from reconciler.emulator.bodies import merged_tags, protection, read_object, resource_name, tags
from reconciler.emulator.clock import microseconds
from reconciler.emulator.errors import not_found, precondition
from reconciler.emulator.paging import newest_page, page_size, window
from reconciler.emulator.routes import backups, indexes
from reconciler.emulator.routes.quotas import refuse_index_beyond_quota
from reconciler.emulator.routes.read_capacity import read_capacity
from reconciler.emulator.shapes.restore_jobs import restore_job_model
from reconciler.emulator.store import JOBS, Backup, Index, RestoreJob, Store
from reconciler.emulator.vectors import Vectors
from reconciler.emulator.wire import Answer, Ask, Version


def create_index_from_backup(store: Store, ask: Ask) -> Answer:
    """Start making a new index from a backup.

    API: create_index_from_backup_operation, POST /backups/{backup_id}/create-index. Tags that are
    sent, even none, replace those that the backup carries. A backup that is not Ready is a 412 in
    every version, though only 2026-07 documents it: one service stands behind all of them.
    """
    backup = backups.existing(store, ask)
    index = _restored(backup, ask)
    if not backup.is_ready(ask.now):
        raise precondition(f"Backup {backup.id} is not completed")
    indexes.refuse_taken(store, index.name)
    refuse_index_beyond_quota(store, ask)
    job = RestoreJob(
        ask.site.new_id(),
        backup.id,
        index.name,
        index.id,
        ask.now,
        index.ready_at,
        failed_at=index.ready_at if index.fails else None,
    )
    store.add_index(index, Vectors(backup.snapshot))
    store.add_job(job)
    return Answer(202, {"restore_job_id": job.id, "index_id": index.id}, changed=job.id)


def list_restore_jobs(store: Store, ask: Ask) -> Answer:
    """List the restore jobs of the project.

    API: list_restore_jobs, GET /restore-jobs. With quirks, jobs whose index has gone are left out
    of their page, which may so be shorter than asked for.
    """
    until = ask.now - microseconds(ask.site.knobs.list_lag_seconds)
    ids, pagination = newest_page(
        store.rolls[JOBS], until, window(ask.query, page_size(ask.version))
    )
    jobs = [store.jobs[each] for each in ids]
    if ask.site.quirks:
        there = {index.id for index in store.indexes.values()}
        jobs = [job for job in jobs if job.index_id in there]
    shown = [restore_job_model(job, ask.version, ask.now) for job in jobs]
    return Answer(200, {"data": shown, **pagination})


def describe_restore_job(store: Store, ask: Ask) -> Answer:
    """Describe a restore job. API: describe_restore_job, GET /restore-jobs/{job_id}."""
    job = store.jobs.get(ask.parameters["job_id"])
    if job is None:
        raise not_found(f"Restore job {ask.parameters['job_id']} not found")
    return Answer(200, restore_job_model(job, ask.version, ask.now))


def _without_origin(settings: Mapping[str, object]) -> Mapping[str, object]:
    return {key: value for key, value in settings.items() if key != "source_collection"}


def _restored(backup: Backup, ask: Ask) -> Index:
    fields = read_object(ask.body)
    name = resource_name(fields)
    sent = tags(fields, open_values=ask.version.is_last)
    protected = protection(fields, "disabled")
    source = backup.source
    capacity = source.read_capacity if source.kind == "byoc" else None
    if "read_capacity" in fields and ask.version.has(Version.V2026_04):
        capacity = read_capacity(fields)
    index_id = ask.site.new_id()
    return Index(
        id=index_id,
        name=name,
        host_key=indexes.host_key(name, index_id, ask),
        spec={source.kind: _without_origin(source.settings)},
        dimension=source.dimension,
        metric=source.metric,
        vector_type=source.vector_type,
        protected=protected,
        tags=source.tags if sent is None else merged_tags({}, sent),
        created_at=ask.now,
        ready_at=ask.now + microseconds(ask.site.knobs.restore_seconds),
        restored=True,
        fails=ask.site.knobs.jobs_fail,
        embed=source.embed,
        fields=source.fields,
        read_capacity=capacity,
        source_backup_id=backup.id,
        cmek_id=source.cmek_id,
    )

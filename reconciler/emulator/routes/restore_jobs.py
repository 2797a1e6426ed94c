"""Restore jobs: the only place where a restored index and its backup are seen together.

They cannot be cancelled or deleted, and stay in the list after their index has gone.
"""

from collections.abc import Mapping

from reconciler.emulator.clock import microseconds, timestamp
from reconciler.emulator.errors import not_found
from reconciler.emulator.jobs import percent
from reconciler.emulator.paging import page, window
from reconciler.emulator.store import RestoreJob, Store
from reconciler.emulator.wire import Answer, Ask

_DEFAULT_LIMIT = 10


def list_restore_jobs(store: Store, ask: Ask) -> Answer:
    """List the restore jobs of the project. API: list_restore_jobs, GET /restore-jobs."""
    lag = microseconds(ask.site.knobs.list_lag_seconds)
    part = window(ask.query, _DEFAULT_LIMIT)
    newest_first = reversed(store.jobs.values())
    visible = [job for job in newest_first if job.created_at + lag <= ask.now]
    shown, pagination = page(visible, part)
    return Answer(200, {"data": [_model(job, ask.now) for job in shown], **pagination})


def describe_restore_job(store: Store, ask: Ask) -> Answer:
    """Describe a restore job. API: describe_restore_job, GET /restore-jobs/{job_id}."""
    job = store.jobs.get(ask.parameters["job_id"])
    if job is None:
        raise not_found(f"Restore job {ask.parameters['job_id']} not found")
    return Answer(200, _model(job, ask.now))


def _model(job: RestoreJob, now: int) -> Mapping[str, object]:
    reached = now if job.failed_at is None else min(now, job.failed_at)
    return {
        "restore_job_id": job.id,
        "backup_id": job.backup_id,
        "target_index_name": job.index_name,
        "target_index_id": job.index_id,
        "created_at": timestamp(job.created_at),
        "percent_complete": percent(job.created_at, job.ends_at, reached),
        **_state(job, now),
    }


def _state(job: RestoreJob, now: int) -> Mapping[str, object]:
    if job.is_pending(now):
        return {"status": "Pending"}
    if job.failed_at is not None:
        return {"status": "Failed", "completed_at": timestamp(job.failed_at)}
    return {"status": "Completed", "completed_at": timestamp(job.ends_at)}

"""A restore job as each version shows it: 2026-07 tells no progress between none and all."""

from collections.abc import Mapping

from reconciler.emulator.clock import timestamp
from reconciler.emulator.jobs import percent
from reconciler.emulator.store import RestoreJob
from reconciler.emulator.wire import Version

_ALL = 100


def restore_job_model(job: RestoreJob, version: Version, now: int) -> Mapping[str, object]:
    """Write a RestoreJobModel."""
    pending = job.is_pending(now)
    ended_at = job.ends_at if job.failed_at is None else job.failed_at
    ended = {} if pending else {"completed_at": timestamp(ended_at)}
    return {
        "restore_job_id": job.id,
        "backup_id": job.backup_id,
        "target_index_name": job.index_name,
        "target_index_id": job.index_id,
        "status": _status(job, version, now),
        "created_at": timestamp(job.created_at),
        **({"completed_at": None} if pending and version.is_last else ended),
        **_progress(job, version, now),
    }


def _status(job: RestoreJob, version: Version, now: int) -> str:
    if job.is_pending(now):
        return "Pending"
    if job.failed_at is None:
        return "Completed"
    return "Cancelled" if job.cancelled and version.is_last else "Failed"


def _progress(job: RestoreJob, version: Version, now: int) -> Mapping[str, object]:
    if version.is_last:
        done = not job.is_pending(now) and job.failed_at is None
        return {"percent_complete": _ALL} if done else {}
    reached = now if job.failed_at is None else min(now, job.failed_at)
    return {"percent_complete": percent(job.created_at, job.ends_at, reached)}

"""Taking backups, whether a request or a schedule asks for one."""

from reconciler.emulator.clock import microseconds
from reconciler.emulator.store import Backup, Index, RestoreJob, Store
from reconciler.emulator.wire import Site


def taken(store: Store, index: Index, site: Site, now: int, backup_id: str) -> Backup:
    """Take a copy of an index that is ready; it is not yet added to the store."""
    return Backup(
        id=backup_id,
        source=index,
        name=None,
        description=None,
        created_at=now,
        ready_at=now + microseconds(site.knobs.backup_seconds),
        snapshot=store.vectors[index.id].snapshot(),
        fails=site.knobs.jobs_fail,
    )


def readers(store: Store, backup_id: str, now: int) -> list[RestoreJob]:
    """Return the restore jobs that still read a backup, which keep it from being deleted."""
    jobs = store.jobs.values()
    return [job for job in jobs if job.backup_id == backup_id and job.is_pending(now)]

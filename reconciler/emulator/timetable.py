"""The timetable: what happens by itself as the clock goes on, in order of time.

Schedules take backups and backups of schedules expire, each at its own moment and with the data of
that moment, however far the clock was advanced at once.
"""

from dataclasses import replace

from reconciler.emulator.copies import readers, taken
from reconciler.emulator.jobs import settle
from reconciler.emulator.schedules import DAY, Run, Schedule, name_of_run, run_after
from reconciler.emulator.store import Store
from reconciler.emulator.wire import Site


def catch_up(store: Store, site: Site, now: int) -> None:
    """Let everything that is due by now happen."""
    while (due := store.next_planned(now)) is not None:
        at, identifier = due
        # An import that ended before this run is in its backup.
        settle(store, at, site)
        if identifier in store.schedules:
            _run(store, site, store.schedules[identifier], at)
        elif identifier in store.backups:
            _expire(store, identifier, at)
    settle(store, now, site)


def _run(store: Store, site: Site, schedule: Schedule, at: int) -> None:
    run = schedule.run
    if run is None or run.at != at:
        return
    index = store.indexes[schedule.index_name]
    # A run that finds no room or no index that serves takes no backup; the next one tries again.
    if index.is_ready(at) and len(store.backups) < site.knobs.backup_quota:
        store.add_backup(
            replace(
                taken(store, index, site, at, run.backup_id),
                name=name_of_run(schedule, at),
                schedule_id=schedule.id,
                expires_at=at + schedule.expire_after_days * DAY,
            )
        )
    following = Run(run_after(at, schedule.frequency), site.new_id(), at)
    store.put_schedule(replace(schedule, run=following))


def _expire(store: Store, backup_id: str, at: int) -> None:
    pending = readers(store, backup_id, at)
    if pending:
        store.plan(max(job.ends_at for job in pending), backup_id)
    else:
        store.remove_backup(store.backups[backup_id])

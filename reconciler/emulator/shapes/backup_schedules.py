"""A backup schedule and the rows of its history, which only 2026-07 has."""

from collections.abc import Mapping

from reconciler.emulator.clock import timestamp
from reconciler.emulator.schedules import Run, Schedule, name_of_run
from reconciler.emulator.shapes.backups import backup_model, place
from reconciler.emulator.shapes.schemas import typed_schema
from reconciler.emulator.store import Backup, Index
from reconciler.emulator.wire import Site, Version

_COUNTS = ("record_count", "namespace_count", "size_bytes")


def schedule_model(schedule: Schedule, site: Site) -> Mapping[str, object]:
    """Write a BackupScheduleResponse."""
    run = schedule.run
    return {
        "schedule_id": schedule.id,
        "name": schedule.name,
        "index_id": schedule.index_id,
        "project_id": site.project,
        "schedule_type": "time-based",
        "frequency": schedule.frequency,
        "retention_expire_after_days": schedule.expire_after_days,
        "enabled": run is not None,
        "next_scheduled_run": None if run is None else timestamp(run.at),
        "created_at": timestamp(schedule.created_at),
    }


def planned_row(schedule: Schedule, run: Run, index: Index) -> Mapping[str, object]:
    """Write the row of a backup that waits for its time."""
    return {
        "backup_id": run.backup_id,
        "source_index_id": index.id,
        "source_index_name": index.name,
        "name": name_of_run(schedule, run.at),
        "description": None,
        "status": "Scheduled",
        **place(index),
        "schema": typed_schema(index),
        "tags": dict(index.tags) or None,
        **dict.fromkeys(_COUNTS),
        "created_at": timestamp(run.planned_at),
        "scheduled_execution_at": timestamp(run.at),
    }


def taken_row(backup: Backup, version: Version, site: Site, now: int) -> Mapping[str, object]:
    """Write the row of a backup that was taken, with null for counts that are not known yet."""
    known = dict.fromkeys((*_COUNTS, "description"))
    return {**known, **backup_model(backup, version, site, now, None)}

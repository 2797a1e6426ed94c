"""Backup schedules: create, list, describe, change and delete them, and the backups they took.

What a schedule changes to counts for the runs to come: the one that is planned stays planned, and a
backup expires when it was to expire as it was taken, even if its schedule is deleted.
"""

from collections.abc import Mapping
from dataclasses import replace

from reconciler.emulator.bodies import (
    as_object,
    choice,
    read_object,
    required_text,
    switch,
    whole_number,
)
from reconciler.emulator.clock import microseconds
from reconciler.emulator.errors import Code, Refusal, not_found
from reconciler.emulator.paging import page, page_size, window
from reconciler.emulator.routes import backups, indexes
from reconciler.emulator.schedules import FREQUENCIES, Run, Schedule, first_run
from reconciler.emulator.shapes.backup_schedules import planned_row, schedule_model, taken_row
from reconciler.emulator.store import BACKUPS, Index, Store
from reconciler.emulator.wire import Answer, Ask

_MOST_SCHEDULES = 3
_MOST_DAYS = 3_650


def create_backup_schedule(store: Store, ask: Ask) -> Answer:
    """Have an index backed up from now on.

    API: create_backup_schedule, POST /indexes/{index_name}/backup-schedules.
    """
    index = indexes.existing(store, ask)
    fields = read_object(ask.body)
    backups.refuse_pods(index)
    name = required_text(fields, "name")
    wanted = as_object(fields.get("schedule"), "schedule")
    required_text(wanted, "type")
    choice(wanted, "type", ("time-based",), "")
    schedule = Schedule(
        id=ask.site.new_id(),
        name=name,
        index_id=index.id,
        index_name=index.name,
        frequency=_frequency(wanted),
        expire_after_days=_days(fields),
        created_at=ask.now,
        run=Run(first_run(ask.now), ask.site.new_id(), ask.now),
    )
    _refuse_second_enabled(store, schedule)
    if len(_of_index(store, index)) >= _MOST_SCHEDULES:
        raise _conflict(f"This index already has {_MOST_SCHEDULES} backup schedules.")
    store.put_schedule(schedule)
    return Answer(200, schedule_model(schedule, ask.site), changed=schedule.id)


def list_backup_schedules(store: Store, ask: Ask) -> Answer:
    """List the schedules of an index.

    API: list_backup_schedules, GET /indexes/{index_name}/backup-schedules.
    """
    part = window(ask.query, page_size(ask.version))
    until = ask.now - microseconds(ask.site.knobs.list_lag_seconds)
    schedules = _of_index(store, indexes.existing(store, ask))
    shown, pagination = page([each for each in schedules if each.created_at <= until], part)
    return Answer(200, {"data": [schedule_model(each, ask.site) for each in shown], **pagination})


def describe_backup_schedule(store: Store, ask: Ask) -> Answer:
    """Describe a schedule. API: describe_backup_schedule, GET /backup-schedules/{schedule_id}."""
    return Answer(200, schedule_model(_existing(store, ask), ask.site))


def update_backup_schedule(store: Store, ask: Ask) -> Answer:
    """Change a schedule, which one that was disabled begins anew when it is enabled.

    API: update_backup_schedule, PATCH /backup-schedules/{schedule_id}.
    """
    schedule = _existing(store, ask)
    fields = read_object(ask.body)
    enabled = switch(fields.get("enabled", schedule.run is not None), "enabled")
    after = replace(
        schedule,
        frequency=_frequency(fields) if "frequency" in fields else schedule.frequency,
        expire_after_days=_days(fields) if "retention" in fields else schedule.expire_after_days,
    )
    if not enabled:
        after = replace(after, run=None)
    elif after.run is None:
        after = replace(after, run=Run(first_run(ask.now), ask.site.new_id(), ask.now))
        _refuse_second_enabled(store, after)
    store.put_schedule(after)
    changed = None if after == schedule else schedule.id
    return Answer(200, schedule_model(after, ask.site), changed=changed)


def delete_backup_schedule(store: Store, ask: Ask) -> Answer:
    """Delete a schedule but not its backups.

    API: delete_backup_schedule, DELETE /backup-schedules/{schedule_id}.
    """
    schedule = _existing(store, ask)
    del store.schedules[schedule.id]
    return Answer(204, changed=schedule.id)


def list_backup_schedule_history(store: Store, ask: Ask) -> Answer:
    """List the backups of a schedule, the one that is planned first.

    API: list_backup_schedule_history, GET /backup-schedules/{schedule_id}/history.
    """
    schedule = _existing(store, ask)
    roll = store.rolls[f"{BACKUPS} by {schedule.id}"]
    count = roll.count(ask.now - microseconds(ask.site.knobs.list_lag_seconds))
    planned = [] if schedule.run is None else [schedule.run.backup_id]
    rows = [*planned, *roll.newest(count, 0, count)]
    shown, pagination = page(rows, window(ask.query, page_size(ask.version)))
    data = [_row(store, schedule, each, ask) for each in shown]
    return Answer(200, {"data": data, **pagination})


def _row(store: Store, schedule: Schedule, backup_id: str, ask: Ask) -> Mapping[str, object]:
    run = schedule.run
    if run is not None and run.backup_id == backup_id:
        return planned_row(schedule, run, store.indexes[schedule.index_name])
    return taken_row(store.backups[backup_id], ask.version, ask.site, ask.now)


def _existing(store: Store, ask: Ask) -> Schedule:
    schedule = store.schedules.get(ask.parameters["schedule_id"])
    if schedule is None:
        raise not_found("Backup schedule not found.")
    return schedule


def _of_index(store: Store, index: Index) -> list[Schedule]:
    return [each for each in store.schedules.values() if each.index_id == index.id]


def _refuse_second_enabled(store: Store, schedule: Schedule) -> None:
    others = (each for each in store.schedules.values() if each.id != schedule.id)
    if any(each.index_id == schedule.index_id and each.run is not None for each in others):
        raise _conflict(
            "This index already has an enabled backup schedule. Disable or delete it first."
        )


def _conflict(message: str) -> Refusal:
    return Refusal(409, Code.ALREADY_EXISTS, message)


def _frequency(fields: Mapping[str, object]) -> str:
    required_text(fields, "frequency")
    return choice(fields, "frequency", FREQUENCIES, "")


def _days(fields: Mapping[str, object]) -> int:
    sent = as_object(fields.get("retention"), "retention").get("expire_after_days")
    return whole_number(sent, "expire_after_days", 1, _MOST_DAYS)

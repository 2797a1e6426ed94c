"""Backups: taking, listing, describing and deleting them.

A backup has no unique name and its create no idempotency key: the same request sent twice makes two
backups, which is exactly what a client has to be careful about.
"""

from dataclasses import replace

from reconciler.emulator.bodies import read_object, resource_name, text
from reconciler.emulator.clock import microseconds
from reconciler.emulator.copies import readers, taken
from reconciler.emulator.errors import Code, Refusal, invalid, not_found, precondition
from reconciler.emulator.paging import newest_page, page_size, window
from reconciler.emulator.routes import indexes
from reconciler.emulator.routes.quotas import refuse_backup_beyond_quota
from reconciler.emulator.shapes.backups import backup_model
from reconciler.emulator.store import BACKUPS, Backup, Index, Store
from reconciler.emulator.wire import Answer, Ask

_SWITCH = {"true": True, "false": False}


def create_backup(store: Store, ask: Ask) -> Answer:
    """Copy an index as it is now. API: create_backup, POST /indexes/{index_name}/backups."""
    index = indexes.existing(store, ask)
    fields = read_object(ask.body)
    name, description = text(fields, "name"), text(fields, "description")
    if name is not None and ask.version.is_last:
        resource_name(fields)
    refuse_pods(index)
    if not index.is_ready(ask.now):
        raise Refusal(400, Code.FAILED_PRECONDITION, f"Index {index.name} is not ready.")
    refuse_backup_beyond_quota(store, ask)
    copy = taken(store, index, ask.site, ask.now, ask.site.new_id())
    backup = replace(copy, name=name, description=description)
    store.add_backup(backup)
    return Answer(200 if ask.version.is_last else 201, _model(store, backup, ask), backup.id)


def list_index_backups(store: Store, ask: Ask) -> Answer:
    """List the backups of an index that exists.

    API: list_index_backups, GET /indexes/{index_name}/backups. Backups of earlier indexes of that
    name are listed only by 2026-07, and only when it is asked to include them.
    """
    if _includes_deleted(ask):
        name = ask.parameters["index_name"]
        if name not in store.indexes and name not in store.former:
            raise not_found(f"Resource {name} not found")
        return _listed(store, ask, f"{BACKUPS} at {name}")
    return _listed(store, ask, f"{BACKUPS} of {indexes.existing(store, ask).id}")


def list_project_backups(store: Store, ask: Ask) -> Answer:
    """List all backups of the project. API: list_project_backups, GET /backups."""
    return _listed(store, ask, BACKUPS)


def describe_backup(store: Store, ask: Ask) -> Answer:
    """Describe a backup. API: describe_backup, GET /backups/{backup_id}."""
    return Answer(200, _model(store, existing(store, ask), ask))


def delete_backup(store: Store, ask: Ask) -> Answer:
    """Delete a backup unless a restore runs. API: delete_backup, DELETE /backups/{backup_id}."""
    backup = existing(store, ask)
    pending = [job.id for job in readers(store, backup.id, ask.now)]
    if pending:
        raise precondition(
            f"Unable to delete backup. There are pending restore jobs for this backup: {pending}"
        )
    store.remove_backup(backup)
    return Answer(202, changed=backup.id)


def existing(store: Store, ask: Ask) -> Backup:
    """Return the backup that the path names; raises Refusal 404."""
    backup = store.backups.get(ask.parameters["backup_id"])
    if backup is None:
        raise not_found(f"Backup {ask.parameters['backup_id']} not found")
    return backup


def refuse_pods(index: Index) -> None:
    """Make sure that an index can be backed up; raises Refusal 400."""
    if index.kind == "pod":
        raise invalid("Backups are only supported for serverless and BYOC indexes.")


def _includes_deleted(ask: Ask) -> bool:
    sent = ask.query.get("include_deleted")
    if sent is None or not ask.version.is_last:
        return False
    if sent[0] not in _SWITCH:
        raise invalid("include_deleted must be true or false.")
    return _SWITCH[sent[0]]


def _listed(store: Store, ask: Ask, roll: str) -> Answer:
    until = ask.now - microseconds(ask.site.knobs.list_lag_seconds)
    part = window(ask.query, page_size(ask.version))
    ids, pagination = newest_page(store.rolls[roll], until, part)
    shown = [_model(store, store.backups[each], ask) for each in ids]
    return Answer(200, {"data": shown, **pagination})


def _model(store: Store, backup: Backup, ask: Ask) -> dict[str, object]:
    deleted_at = store.deleted_at(backup.source)
    return dict(backup_model(backup, ask.version, ask.site, ask.now, deleted_at))

"""Bulk imports on an index's host: start, list, describe, cancel.

An import has no name and its start no idempotency key. What it loads is made up from its URI, a
thousand records in the namespace named by the URI's last segment; but that a namespace must not
exist before, and what that means for whoever starts the same import twice, is as in the real
service.
"""

import re
from collections.abc import Mapping

from reconciler.emulator.bodies import as_object, choice, read_object, required_text, text
from reconciler.emulator.clock import microseconds, timestamp
from reconciler.emulator.errors import invalid, not_found
from reconciler.emulator.jobs import IMPORTED_RECORDS, finish, imported_so_far, percent, settle
from reconciler.emulator.paging import page, window
from reconciler.emulator.routes.hosts import hosted, stored_namespace
from reconciler.emulator.store import Import, ImportEnd, Store
from reconciler.emulator.wire import Answer, Ask

_DEFAULT_LIMIT = 100
_LONGEST_URI = 1_500
_LONGEST_INTEGRATION_ID = 1_000
_URI = re.compile(r"(?:s3|gs|https)://[^/\s]+(?:/\S*)?")
# An import is Pending for this part of its time.
_PENDING_PART = 5


def start_import(store: Store, ask: Ask) -> Answer:
    """Start an import into a namespace. API: startBulkImport, POST /bulk/imports."""
    index = hosted(store, ask)
    fields = read_object(ask.body)
    uri = required_text(fields, "uri", _LONGEST_URI)
    if not _URI.fullmatch(uri):
        raise invalid("uri must be a directory of the form s3://, gs:// or https://.")
    text(fields, "integrationId", _LONGEST_INTEGRATION_ID)
    error_mode = as_object(fields.get("errorMode", {}), "errorMode")
    choice(error_mode, "onError", ("abort", "continue"), "abort")
    imports = store.imports[index.id]
    lasts = microseconds(ask.site.knobs.import_seconds)
    load = Import(
        id=str(len(imports) + 1),
        uri=uri,
        namespace=stored_namespace(uri.rstrip("/").rpartition("/")[2]),
        created_at=ask.now,
        begins_at=ask.now + lasts // _PENDING_PART,
        ends_at=ask.now + lasts,
        fails=ask.site.knobs.jobs_fail,
    )
    imports[load.id] = load
    for at in (load.begins_at, load.ends_at):
        store.schedule(at, index.id, load.id)
    settle(store, ask.now)
    return Answer(200, {"id": load.id}, changed=load.id)


def list_imports(store: Store, ask: Ask) -> Answer:
    """List the imports of an index. API: listBulkImports, GET /bulk/imports."""
    index = hosted(store, ask)
    lag = microseconds(ask.site.knobs.list_lag_seconds)
    part = window(ask.query, _DEFAULT_LIMIT)
    loads = store.imports[index.id].values()
    shown, pagination = page([load for load in loads if load.created_at + lag <= ask.now], part)
    return Answer(200, {"data": [_model(load, ask.now) for load in shown], **pagination})


def describe_import(store: Store, ask: Ask) -> Answer:
    """Describe an import. API: describeBulkImport, GET /bulk/imports/{id}."""
    hosted(store, ask)
    return Answer(200, _model(_existing(store, ask), ask.now))


def cancel_import(store: Store, ask: Ask) -> Answer:
    """Cancel an import, which does nothing once it has ended.

    API: cancelBulkImport, DELETE /bulk/imports/{id}. What was read until then stays in the index.
    """
    index = hosted(store, ask)
    load = _existing(store, ask)
    if load.end is not None:
        return Answer(200, {})
    end = ImportEnd("Cancelled", ask.now, imported_so_far(load, ask.now))
    finish(store, index, load, end)
    return Answer(200, {}, changed=load.id)


def _existing(store: Store, ask: Ask) -> Import:
    load = store.imports[hosted(store, ask).id].get(ask.parameters["id"])
    if load is None:
        raise not_found(f"Import {ask.parameters['id']} not found")
    return load


def _model(load: Import, now: int) -> Mapping[str, object]:
    end = load.end
    known = {"id": load.id, "uri": load.uri, "createdAt": timestamp(load.created_at)}
    if end is None:
        return {
            **known,
            "status": "Pending" if now < load.begins_at else "InProgress",
            "percentComplete": percent(load.begins_at, load.ends_at, now),
            "recordsImported": imported_so_far(load, now),
        }
    return {
        **known,
        "status": end.status,
        "finishedAt": timestamp(end.at),
        "percentComplete": 100 * end.records / IMPORTED_RECORDS,
        "recordsImported": end.records,
        **({} if end.error is None else {"error": end.error}),
    }

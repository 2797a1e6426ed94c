"""Bulk imports on an index's host: start, list, describe, cancel.

An import has no name and its start no idempotency key. From a mapped bucket it reads Parquet, from
any other it makes up a thousand records in the namespace named by the URI's last segment; but that
a namespace must not exist before, and what that means for whoever starts the same import twice, is
as in the real service.
"""

import re

from reconciler.emulator.bodies import as_object, choice, read_object, required_text, text
from reconciler.emulator.clock import microseconds
from reconciler.emulator.errors import invalid, not_found
from reconciler.emulator.jobs import end_of, finish, rows_so_far, settle
from reconciler.emulator.loading import made_up_namespace
from reconciler.emulator.loads import Import
from reconciler.emulator.paging import page, window
from reconciler.emulator.routes.hosts import serverless
from reconciler.emulator.routes.vectors import most_sparse_values
from reconciler.emulator.shapes.imports import import_model
from reconciler.emulator.store import Index, Store
from reconciler.emulator.vector_bodies import namespace_name
from reconciler.emulator.wire import Answer, Ask

_DEFAULT_LIMIT = 100
_LONGEST_URI = 1_500
_LONGEST_INTEGRATION_ID = 1_000
_URI = re.compile(r"(?:s3|gs|https)://[^/\s]+(?:/\S*)?")
# An import is Pending for this part of its time.
_PENDING_PART = 5


def start_import(store: Store, ask: Ask) -> Answer:
    """Start an import of a directory. API: startBulkImport, POST /bulk/imports."""
    index = serverless(store, ask)
    fields = read_object(ask.body)
    uri = required_text(fields, "uri", _LONGEST_URI)
    _check_uri(uri, index)
    if ask.site.buckets.makes_up(uri):
        namespace_name(made_up_namespace(uri))
    text(fields, "integrationId", _LONGEST_INTEGRATION_ID)
    error_mode = as_object(fields.get("errorMode", {}), "errorMode")
    on_error = choice(error_mode, "onError", ("abort", "continue"), "abort")
    imports = store.imports[index.id]
    lasts = microseconds(ask.site.knobs.import_seconds)
    load = Import(
        id=str(len(imports) + 1),
        uri=uri,
        created_at=ask.now,
        begins_at=ask.now + lasts // _PENDING_PART,
        ends_at=ask.now + lasts,
        continues=on_error == "continue",
        most_sparse=most_sparse_values(ask.version),
        fails=ask.site.knobs.jobs_fail,
    )
    imports[load.id] = load
    for at in (load.begins_at, load.ends_at):
        store.schedule(at, index.id, load.id)
    settle(store, ask.now, ask.site)
    return Answer(200, {"id": load.id}, changed=load.id)


def list_imports(store: Store, ask: Ask) -> Answer:
    """List the imports of an index. API: listBulkImports, GET /bulk/imports."""
    index = serverless(store, ask)
    lag = microseconds(ask.site.knobs.list_lag_seconds)
    part = window(ask.query, _DEFAULT_LIMIT)
    loads = store.imports[index.id].values()
    shown, pagination = page([load for load in loads if load.created_at + lag <= ask.now], part)
    data = [import_model(load, ask.now, ask.version) for load in shown]
    return Answer(200, {"data": data, **pagination})


def describe_import(store: Store, ask: Ask) -> Answer:
    """Describe an import. API: describeBulkImport, GET /bulk/imports/{id}."""
    load = _existing(store, serverless(store, ask), ask)
    return Answer(200, import_model(load, ask.now, ask.version))


def cancel_import(store: Store, ask: Ask) -> Answer:
    """Cancel an import, which does nothing once it has ended.

    API: cancelBulkImport, DELETE /bulk/imports/{id}. What was read until then stays in the index.
    """
    index = serverless(store, ask)
    load = _existing(store, index, ask)
    if load.end is not None:
        return Answer(200, {})
    rows = rows_so_far(load, ask.now)
    finish(store, index, load, rows, end_of(load, "Cancelled", ask.now, rows))
    return Answer(200, {}, changed=load.id)


def _existing(store: Store, index: Index, ask: Ask) -> Import:
    load = store.imports[index.id].get(ask.parameters["id"])
    if load is None:
        raise not_found(f"Import {ask.parameters['id']} not found")
    return load


def _check_uri(uri: str, index: Index) -> None:
    if not _URI.fullmatch(uri):
        raise invalid("uri must be a directory of the form s3://, gs:// or https://.")
    cloud = index.settings.get("cloud")
    if uri.startswith("s3:") and cloud not in {"aws", None}:
        raise invalid(f"An index in {cloud} cannot import from Amazon S3.")

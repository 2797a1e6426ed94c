"""Namespaces on an index's host: list, create, describe, delete.

A namespace is made by the first record written to it, or here. The default one has no name when it
is stored and `__default__` when it is shown; it always exists.
"""

from collections.abc import Mapping

from reconciler.emulator.bodies import as_object, read_object, refuse_unknown, required_text
from reconciler.emulator.errors import Code, Refusal, invalid, not_found
from reconciler.emulator.routes.hosts import serverless
from reconciler.emulator.routes.listing import page_after, query_limit
from reconciler.emulator.shapes.namespaces import described
from reconciler.emulator.store import Store
from reconciler.emulator.vector_bodies import namespace_name
from reconciler.emulator.vectors import DEFAULT_NAMESPACE, stored_namespace
from reconciler.emulator.wire import Answer, Ask

_LIMIT = 100
_MOST_FIELDS = 50


def list_namespaces(store: Store, ask: Ask) -> Answer:
    """List the namespaces. API: listNamespacesOperation, GET /namespaces."""
    vectors = store.vectors[serverless(store, ask).id]
    prefix = "" if ask.version.is_first else ask.query.get("prefix", ("",))[0]
    names = [name or DEFAULT_NAMESPACE for name in vectors.counts()]
    matching = [name for name in names if name.startswith(prefix)]
    tokens = ask.query.get("paginationToken")
    limit = query_limit(ask, _LIMIT, _LIMIT)
    shown, pagination = page_after(matching, limit, tokens[0] if tokens else None)
    total = {} if ask.version.is_first else {"total_count": len(matching)}
    listed = [described(name, vectors, stored_namespace(name), ask.version) for name in shown]
    return Answer(200, {"namespaces": listed, **pagination, **total})


def create_namespace(store: Store, ask: Ask) -> Answer:
    """Create an empty namespace. API: createNamespace, POST /namespaces."""
    index = serverless(store, ask)
    vectors = store.vectors[index.id]
    fields = read_object(ask.body)
    name = namespace_name(required_text(fields, "name"))
    schema = _schema(as_object(fields["schema"], "schema")) if "schema" in fields else None
    if name == DEFAULT_NAMESPACE or name in vectors:
        raise Refusal(409, Code.ALREADY_EXISTS, f"Namespace {name} already exists")
    vectors.create(name, schema)
    return Answer(200, described(name, vectors, name, ask.version), changed=index.name)


def describe_namespace(store: Store, ask: Ask) -> Answer:
    """Describe a namespace. API: describeNamespace, GET /namespaces/{namespace}."""
    vectors = store.vectors[serverless(store, ask).id]
    name = ask.parameters["namespace"]
    stored = stored_namespace(name)
    if stored and stored not in vectors:
        raise not_found("Namespace not found")
    return Answer(200, described(name, vectors, stored, ask.version))


def delete_namespace(store: Store, ask: Ask) -> Answer:
    """Delete a namespace with its records. API: deleteNamespace, DELETE /namespaces/{namespace}."""
    index = serverless(store, ask)
    vectors = store.vectors[index.id]
    stored = stored_namespace(ask.parameters["namespace"])
    if stored not in vectors:
        raise not_found("Namespace not found")
    vectors.drop(stored)
    return Answer(200, {}, changed=index.name)


def _schema(sent: Mapping[str, object]) -> tuple[str, ...]:
    refuse_unknown(sent, {"fields"}, "schema")
    fields = as_object(sent.get("fields"), "schema.fields")
    if len(fields) > _MOST_FIELDS:
        raise invalid(f"A schema must have at most {_MOST_FIELDS} fields.")
    for name, field in fields.items():
        if name.startswith("$"):
            raise invalid(f"Field {name} must not begin with $.")
        if as_object(field, f"schema.fields.{name}") != {"filterable": True}:
            raise invalid(
                f"Field '{name}' is set to filterable: false. Only filterable: true is supported."
            )
    return tuple(fields)

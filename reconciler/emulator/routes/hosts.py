"""Index hosts: which index a request on the data plane is for, and in which namespace.

An index that is still being made answers 404, as a new host does for a while on the real service: a
client that does not wait for Ready must fail here, not read a count of zero.
"""

from collections.abc import Mapping

from reconciler.emulator.bodies import text
from reconciler.emulator.errors import invalid, not_found
from reconciler.emulator.store import Index, Store
from reconciler.emulator.vector_bodies import namespace_name
from reconciler.emulator.vectors import stored_namespace
from reconciler.emulator.wire import Ask


def hosted(store: Store, ask: Ask) -> Index:
    """Return the index behind the host that was asked; raises Refusal 404 unless it is Ready."""
    name = store.hosts.get(ask.parameters["host"])
    if name is None or not store.indexes[name].is_ready(ask.now):
        raise not_found(f"Index {ask.parameters['host']} not found")
    return store.indexes[name]


def serverless(store: Store, ask: Ask) -> Index:
    """Return the index that was asked, where the operation is not for pods; raises Refusal."""
    index = hosted(store, ask)
    if "pod" in index.spec:
        raise invalid("This operation is not supported for pod-based indexes.")
    return index


def namespace_of(fields: Mapping[str, object]) -> tuple[str, str]:
    """Return the namespace of a body, as it was sent and as it is stored; raises Refusal."""
    sent = namespace_name(text(fields, "namespace") or "")
    return sent, stored_namespace(sent)


def asked_namespace(ask: Ask) -> tuple[str, str]:
    """Return the namespace of a query string, as it was sent and as it is stored."""
    sent = ask.query.get("namespace", ("",))[0]
    return sent, stored_namespace(sent)

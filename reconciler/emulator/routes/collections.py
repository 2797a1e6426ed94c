"""Collections: for now a project that has none, which is true of every serverless one."""

from reconciler.emulator.store import Store
from reconciler.emulator.wire import Answer, Ask


def list_collections(_store: Store, _ask: Ask) -> Answer:
    """List the collections of the project. API: list_collections, GET /collections."""
    return Answer(200, {"collections": []})

"""A collection, which looks the same in every version."""

from collections.abc import Mapping

from reconciler.emulator.store import Collection


def collection_model(collection: Collection, now: int) -> Mapping[str, object]:
    """Write a CollectionModel, with the sizes once the copy is complete."""
    ready = collection.is_ready(now)
    source, snapshot = collection.source, collection.snapshot
    counts = {"size": snapshot.size_bytes, "vector_count": snapshot.record_count}
    return {
        "name": collection.name,
        "status": "Ready" if ready else "Initializing",
        "environment": source.settings["environment"],
        "dimension": source.dimension,
        **(counts if ready else {}),
    }

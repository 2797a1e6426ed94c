"""How a namespace looks in an answer."""

from collections.abc import Mapping

from reconciler.emulator.vectors import Vectors
from reconciler.emulator.wire import Version


def described(
    name: str, vectors: Vectors, stored_as: str, version: Version
) -> Mapping[str, object]:
    """Write a NamespaceDescription; 2026-07 writes its numbers as texts."""
    table = vectors.namespace(stored_as)
    schema = vectors.schema(stored_as)
    if version.is_first:
        return {"name": name, "record_count": len(table)}
    declared = {} if schema is None else {"schema": _schema(schema)}
    if not version.is_last:
        return {"name": name, "record_count": len(table), **declared}
    size = sum(record.size_bytes for record in table.values())
    return {"name": name, "record_count": str(len(table)), **declared, "size_bytes": str(size)}


def _schema(fields: tuple[str, ...]) -> Mapping[str, object]:
    return {"fields": {field: {"filterable": True} for field in fields}}

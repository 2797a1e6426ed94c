"""The typed schema that 2026-07 shows for every index, however it was created.

Earlier versions know one vector type, a dimension and a metric. An index that was created by them
is shown under the reserved names `_values` and `_sparse_values`, one with an integrated model as a
text field, and its filterable metadata as fields without a type.
"""

from collections.abc import Mapping

from reconciler.emulator.store import Index

DENSE_FIELD = "_values"
SPARSE_FIELD = "_sparse_values"


def typed_schema(index: Index) -> Mapping[str, object]:
    """Write an IndexSchema."""
    if index.fields is not None:
        return {"fields": {name: dict(field) for name, field in index.fields.items()}}
    if index.embed is not None:
        return {"fields": {**_text_field(index.embed), **_metadata(index)}}
    return {"fields": {**_vector_fields(index), **_metadata(index)}}


def text_field_name(embed: Mapping[str, object]) -> str:
    """Return the field of a record whose text the model embeds."""
    field_map = embed["field_map"]
    named = field_map.get("text") if isinstance(field_map, Mapping) else None
    return str(named) if named else "text"


def _text_field(embed: Mapping[str, object]) -> Mapping[str, object]:
    field = {
        "type": "semantic_text",
        "model": embed["model"],
        "dimension": embed.get("dimension"),
        "metric": embed["metric"],
        "write_parameters": embed["write_parameters"],
        "read_parameters": embed["read_parameters"],
    }
    return {text_field_name(embed): field}


def _vector_fields(index: Index) -> Mapping[str, object]:
    sparse = {SPARSE_FIELD: {"type": "sparse_vector"}}
    if index.dimension is None:
        return sparse
    # A dense index of the vectors API takes sparse values beside the dense ones, and shows both.
    dense = {"type": "dense_vector", "dimension": index.dimension, "metric": index.metric}
    return {DENSE_FIELD: dense, **sparse}


def _metadata(index: Index) -> Mapping[str, object]:
    schema = index.settings.get("schema")
    config = index.settings.get("metadata_config")
    if isinstance(schema, Mapping):
        names = list(schema["fields"])
    else:
        names = list(config["indexed"]) if isinstance(config, Mapping) else []
    return {name: {"filterable": True} for name in names}

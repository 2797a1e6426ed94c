"""The normal form of an embedding or reranking model.

A value of a parameter is plain, or an object that says its type: `{"StringValue": "END"}`.
"""

from collections.abc import Mapping, Sequence

from reconciler.model.values import JSON, Fields
from reconciler.wire.tolerant import count, either, items, required, text


def model(payload: Fields) -> Fields:
    """Read a model; metrics are written in capitals by some versions."""
    return {
        "model": required(payload, "model", "a model"),
        "type": text(payload, "type"),
        "vector_type": text(payload, "vector_type"),
        "modality": text(payload, "modality"),
        "provider_name": text(payload, "provider_name"),
        "short_description": text(payload, "short_description"),
        "default_dimension": count(payload, "default_dimension"),
        "max_sequence_length": count(payload, "max_sequence_length"),
        "max_batch_size": count(payload, "max_batch_size"),
        "supported_dimensions": _values(payload, "supported_dimensions"),
        "supported_metrics": [
            item.lower() for item in _values(payload, "supported_metrics") if isinstance(item, str)
        ],
        "supported_parameters": [_parameter(item) for item in _parameters(payload)],
    }


def _parameters(payload: Fields) -> Sequence[Fields]:
    found = either(payload, "supported_parameters")
    return () if found is None else items({"supported_parameters": found}, "supported_parameters")


def _parameter(payload: Fields) -> Fields:
    return {
        "parameter": text(payload, "parameter"),
        "type": text(payload, "type"),
        "value_type": text(payload, "value_type"),
        "required": payload.get("required") is True,
        "allowed_values": _values(payload, "allowed_values"),
        "min": _scalar(payload.get("min")),
        "max": _scalar(payload.get("max")),
        "default": _scalar(payload.get("default")),
    }


def _values(payload: Fields, key: str) -> list[JSON]:
    """Read a list of words and numbers; what is neither is left out."""
    found = either(payload, key)
    if isinstance(found, str) or not isinstance(found, Sequence):
        return []
    return [plain for item in found if (plain := _scalar(item)) is not None]


def _scalar(value: JSON) -> JSON:
    """Read a plain value, or the only one of an object that names its type."""
    if isinstance(value, Mapping):
        known = [inner for inner in value.values() if inner is not None]
        value = known[0] if len(known) == 1 else None
    return value if isinstance(value, str | int | float | bool) else None

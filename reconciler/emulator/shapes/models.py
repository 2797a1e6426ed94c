"""A hosted model, which looks the same in every version."""

from collections.abc import Mapping
from types import MappingProxyType

from reconciler.emulator.models import Model, Parameter
from reconciler.emulator.wire import Site

_CAPITALISED = MappingProxyType(
    {"cosine": "Cosine", "dotproduct": "DotProduct", "euclidean": "Euclidean"}
)


def model_info(model: Model, site: Site) -> Mapping[str, object]:
    """Write a ModelInfo; with quirks its metrics are capitalised, as on the reference pages."""
    metrics = list(model.supported_metrics)
    facts = {
        "vector_type": model.vector_type,
        "default_dimension": model.default_dimension,
        "supported_dimensions": list(model.supported_dimensions) or None,
        "supported_metrics": [_CAPITALISED[each] for each in metrics] if site.quirks else metrics,
    }
    return {
        "model": model.name,
        "short_description": model.description,
        "type": model.type,
        "modality": "text",
        "max_sequence_length": model.max_sequence_length,
        "max_batch_size": model.max_batch_size,
        "provider_name": model.provider,
        **{key: value for key, value in facts.items() if value is not None},
        "supported_parameters": [_parameter(each) for each in model.parameters],
    }


def _parameter(parameter: Parameter) -> Mapping[str, object]:
    limits = {
        "allowed_values": list(parameter.allowed) or None,
        "min": parameter.low,
        "max": parameter.high,
        "default": parameter.default,
    }
    return {
        "parameter": parameter.name,
        "type": _kind(parameter),
        "value_type": parameter.value_type,
        "required": parameter.required,
        **{key: value for key, value in limits.items() if value is not None},
    }


def _kind(parameter: Parameter) -> str:
    if parameter.allowed:
        return "one_of"
    return "any" if parameter.low is None else "numeric_range"

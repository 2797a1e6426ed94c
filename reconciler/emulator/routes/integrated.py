"""Integrated embedding: an index whose text is embedded by a hosted model.

The model decides on vector type, dimension and metric, and stays; the field map and the parameters
of reading and writing can be changed.
"""

from collections.abc import Mapping

from reconciler.emulator.bodies import as_object, required_text, text, whole_number
from reconciler.emulator.errors import invalid
from reconciler.emulator.models import Model, embedding_model
from reconciler.emulator.routes.index_specs import MOST_DIMENSIONS, Wanted, serverless
from reconciler.emulator.routes.read_capacity import read_capacity
from reconciler.emulator.store import Index

_PARAMETERS = {"read_parameters": "query", "write_parameters": "passage"}


def wanted_for_model(fields: Mapping[str, object]) -> Wanted:
    """Read what is wanted of a new index for a model, in any version; raises Refusal."""
    sent = as_object(fields.get("embed"), "embed")
    model = _model(required_text(sent, "model"))
    metric = text(sent, "metric") or model.supported_metrics[0]
    if metric not in model.supported_metrics:
        raise invalid(f"Model {model.name} does not support metric {metric}.")
    dimension = _dimension(sent, model)
    return Wanted(
        spec={"serverless": serverless(fields)},
        dimension=dimension,
        metric=metric,
        vector_type=str(model.vector_type),
        read_capacity=read_capacity(fields),
        embed=_embed(sent, model, dimension, metric),
    )


def embed_changed(index: Index, sent: Mapping[str, object]) -> Mapping[str, object]:
    """Return the embedding of an index after a change, which may be its first; raises Refusal."""
    if index.embed is None:
        model = _model(required_text(sent, "model"))
        fits = index.dimension is None or index.dimension in model.supported_dimensions
        if model.vector_type != index.vector_type or not fits:
            raise invalid(f"Model {model.name} does not fit the vectors of index {index.name}.")
        if index.metric not in model.supported_metrics:
            raise invalid(f"Model {model.name} does not support metric {index.metric}.")
        return _embed(sent, model, index.dimension, index.metric)
    if text(sent, "model") not in {None, index.embed["model"]}:
        raise invalid("The model of an index cannot be changed.")
    keys = ("field_map", *_PARAMETERS)
    return {**index.embed, **{key: _texts(sent, key) for key in keys if key in sent}}


def _embed(
    sent: Mapping[str, object], model: Model, dimension: int | None, metric: str
) -> Mapping[str, object]:
    sized = {} if dimension is None else {"dimension": dimension}
    parameters = {
        key: {"input_type": kind, "truncate": "END"} | _texts(sent, key)
        for key, kind in _PARAMETERS.items()
    }
    field_map = _texts({"field_map": sent.get("field_map")}, "field_map")
    if not field_map:
        raise invalid("embed.field_map must name a field.")
    return {
        "model": model.name,
        **sized,
        "metric": metric,
        "vector_type": model.vector_type,
        "field_map": field_map,
        **parameters,
    }


def _model(name: str) -> Model:
    model = embedding_model(name)
    if model is None or model.type != "embed":
        raise invalid(f"There is no embedding model {name}.")
    return model


def _dimension(sent: Mapping[str, object], model: Model) -> int | None:
    if "dimension" not in sent:
        return model.default_dimension
    dimension = whole_number(sent["dimension"], "embed.dimension", 1, MOST_DIMENSIONS)
    if dimension not in model.supported_dimensions:
        raise invalid(f"Model {model.name} does not support dimension {dimension}.")
    return dimension


def _texts(sent: Mapping[str, object], key: str) -> dict[str, object]:
    values = as_object(sent.get(key, {}), f"embed.{key}")
    if not all(isinstance(value, str | int | float) for value in values.values()):
        raise invalid(f"embed.{key} must map names to texts or numbers.")
    return dict(values)

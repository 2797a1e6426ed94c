"""Inference: the catalogue of hosted models, and embeddings that the emulator makes up.

An answer of `embed` says in a header of its own that no model was asked, so that nobody takes what
it finds with them for a measure of the real one.
"""

from collections.abc import Mapping, Sequence

from reconciler.emulator.bodies import as_object, read_object, refuse_unknown, required_text
from reconciler.emulator.embedding import MADE_UP, dense_embedding, sparse_embedding, tokens
from reconciler.emulator.errors import invalid, malformed, not_found
from reconciler.emulator.models import Model, Parameter, all_models, embedding_model
from reconciler.emulator.shapes.models import model_info
from reconciler.emulator.store import Store
from reconciler.emulator.wire import Answer, Ask

_TYPES = {"type": ("embed", "rerank"), "vector_type": ("dense", "sparse")}
_JSON_TYPES = {"string": str, "integer": int, "boolean": bool}


def list_models(store: Store, ask: Ask) -> Answer:  # noqa: ARG001 - as every operation
    """List the hosted models, all or some. API: list_models, GET /models."""
    wanted = {name: _filter(ask, name, options) for name, options in _TYPES.items()}
    shown = [
        model_info(model, ask.site)
        for model in all_models()
        if all(value in {None, getattr(model, name)} for name, value in wanted.items())
    ]
    return Answer(200, {"models": shown})


def get_model(store: Store, ask: Ask) -> Answer:  # noqa: ARG001 - as every operation
    """Describe a hosted model. API: get_model, GET /models/{model_name}."""
    name = ask.parameters["model_name"]
    model = next((each for each in all_models() if each.name == name), None)
    if model is None:
        raise not_found(f"Model {name} not found.")
    return Answer(200, model_info(model, ask.site))


def embed(store: Store, ask: Ask) -> Answer:  # noqa: ARG001 - as every operation
    """Make up embeddings of texts. API: embed, POST /embed."""
    fields = read_object(ask.body)
    name = required_text(fields, "model")
    model = embedding_model(name)
    if model is None:
        raise invalid(f"Model '{name}' is not a supported embedding model.")
    chosen = _parameters(model, as_object(fields.get("parameters", {}), "parameters"))
    texts = _texts(fields.get("inputs"), model)
    words = [_fitting(tokens(each), model, chosen) for each in texts]
    data = [_embedding(each, model, chosen) for each in words]
    payload = {
        "model": model.name,
        "vector_type": model.vector_type,
        "data": data,
        "usage": {"total_tokens": sum(map(len, words))},
    }
    return Answer(200, payload, headers=MADE_UP)


def _filter(ask: Ask, name: str, options: Sequence[str]) -> str | None:
    sent = ask.query.get(name)
    if sent is None:
        return None
    if sent[0] not in options:
        # The description of this operation knows no 400.
        raise not_found(f"There are no models of {name} {sent[0]}.")
    return sent[0]


def _texts(sent: object, model: Model) -> Sequence[str]:
    if not isinstance(sent, list):
        raise malformed("inputs must be a list of texts.")
    if not 1 <= len(sent) <= model.max_batch_size:
        raise invalid(f"Model {model.name} takes 1 to {model.max_batch_size} inputs.")
    return [required_text(as_object(each, "An input"), "text") for each in sent]


def _parameters(model: Model, sent: Mapping[str, object]) -> Mapping[str, object]:
    refuse_unknown(sent, [each.name for each in model.parameters], f"Model {model.name}")
    return {each.name: _chosen(each, sent) for each in model.parameters}


def _chosen(parameter: Parameter, sent: Mapping[str, object]) -> object:
    if parameter.name not in sent:
        if parameter.required:
            raise invalid(f"Parameter {parameter.name} is required.")
        return parameter.default
    value = sent[parameter.name]
    kind = _JSON_TYPES[parameter.value_type]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise invalid(f"Parameter {parameter.name} must be of type {parameter.value_type}.")
    if parameter.allowed and value not in parameter.allowed:
        allowed = ", ".join(map(str, parameter.allowed))
        raise invalid(f"Parameter {parameter.name} must be one of {allowed}.")
    return value


def _fitting(words: list[str], model: Model, chosen: Mapping[str, object]) -> list[str]:
    most = model.max_sequence_length
    if len(words) <= most:
        return words
    match chosen["truncate"]:
        case "NONE":
            raise invalid(
                f"Input text exceeds the maximum sequence length of model {model.name}: "
                f"{len(words)} tokens, at most {most}."
            )
        case "START":
            return words[-most:]
        case _:
            return words[:most]


def _embedding(
    words: list[str], model: Model, chosen: Mapping[str, object]
) -> Mapping[str, object]:
    if model.vector_type == "dense":
        dimension = chosen.get("dimension", model.default_dimension)
        values = dense_embedding(words, int(str(dimension)))
        return {"vector_type": "dense", "values": list(values)}
    weighed = sparse_embedding(words)
    named = {"sparse_tokens": [word for word, _ in weighed.values()]}
    return {
        "vector_type": "sparse",
        "sparse_values": [weight for _, weight in weighed.values()],
        "sparse_indices": list(weighed),
        **(named if chosen["return_tokens"] else {}),
    }

"""The hosted models and the facts about them that the API's documentation states."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Model:
    """One hosted model; the metrics are those of an index of its vectors, the default first."""

    name: str
    type: str
    vector_type: str | None
    default_dimension: int | None
    supported_dimensions: tuple[int, ...]
    supported_metrics: tuple[str, ...]


_MODELS: Mapping[str, Model] = MappingProxyType(
    {
        model.name: model
        for model in (
            Model(
                name="llama-text-embed-v2",
                type="embed",
                vector_type="dense",
                default_dimension=1024,
                supported_dimensions=(384, 512, 768, 1024, 2048),
                supported_metrics=("cosine", "dotproduct"),
            ),
            Model(
                name="multilingual-e5-large",
                type="embed",
                vector_type="dense",
                default_dimension=1024,
                supported_dimensions=(1024,),
                supported_metrics=("cosine", "euclidean"),
            ),
            Model(
                name="pinecone-sparse-english-v0",
                type="embed",
                vector_type="sparse",
                default_dimension=None,
                supported_dimensions=(),
                supported_metrics=("dotproduct",),
            ),
        )
    }
)


def known_model(name: str) -> Model | None:
    """Return a model by its name, or None when there is no such."""
    return _MODELS.get(name)

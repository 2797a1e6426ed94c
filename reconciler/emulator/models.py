"""The hosted models and the facts about them that the API's documentation states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a model; `allowed` are the only values, where there are some."""

    name: str
    value_type: str
    required: bool = False
    allowed: tuple[str | int, ...] = ()
    default: str | int | bool | None = None
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """One hosted model; the metrics are those of an index of its vectors, the default first."""

    name: str
    type: str
    description: str
    provider: str
    max_sequence_length: int
    max_batch_size: int
    parameters: tuple[Parameter, ...]
    vector_type: str | None = None
    default_dimension: int | None = None
    supported_dimensions: tuple[int, ...] = ()
    supported_metrics: tuple[str, ...] = ()


_INPUT_TYPE = Parameter("input_type", "string", required=True, allowed=("query", "passage"))
_TRUNCATE = Parameter("truncate", "string", allowed=("END", "NONE"), default="END")
_DIMENSIONS = (384, 512, 768, 1024, 2048)
_MODELS: Mapping[str, Model] = MappingProxyType(
    {
        model.name: model
        for model in (
            Model(
                name="llama-text-embed-v2",
                type="embed",
                description="A high performance dense embedding model optimized for multilingual "
                "and cross-lingual text question-answering retrieval with support for long "
                "documents (up to 2048 tokens) and dynamic embedding size (Matryoshka "
                "Embeddings).",
                provider="NVIDIA",
                max_sequence_length=2048,
                max_batch_size=96,
                parameters=(
                    _INPUT_TYPE,
                    Parameter(
                        "truncate", "string", allowed=("END", "NONE", "START"), default="END"
                    ),
                    Parameter("dimension", "integer", allowed=_DIMENSIONS, default=1024),
                ),
                vector_type="dense",
                default_dimension=1024,
                supported_dimensions=_DIMENSIONS,
                supported_metrics=("cosine", "dotproduct"),
            ),
            Model(
                name="multilingual-e5-large",
                type="embed",
                description="A high-performance dense embedding model trained on a mixture of "
                "multilingual datasets. It works well on messy data and short queries expected to "
                "return medium-length passages of text (1-2 paragraphs)",
                provider="Microsoft",
                max_sequence_length=507,
                max_batch_size=96,
                parameters=(_INPUT_TYPE, _TRUNCATE),
                vector_type="dense",
                default_dimension=1024,
                supported_dimensions=(1024,),
                supported_metrics=("cosine", "euclidean"),
            ),
            Model(
                name="pinecone-sparse-english-v0",
                type="embed",
                description="A sparse embedding model for converting text to sparse vectors for "
                "keyword or hybrid semantic/keyword search. Built on the innovations of the "
                "DeepImpact architecture.",
                provider="Pinecone",
                max_sequence_length=512,
                max_batch_size=96,
                parameters=(
                    _INPUT_TYPE,
                    _TRUNCATE,
                    Parameter("return_tokens", "boolean", default=False),
                ),
                vector_type="sparse",
                supported_metrics=("dotproduct",),
            ),
            Model(
                name="bge-reranker-v2-m3",
                type="rerank",
                description="A high-performance, multilingual reranking model that works well on "
                "messy data and short queries expected to return medium-length passages of text "
                "(1-2 paragraphs)",
                provider="BAAI",
                max_sequence_length=1024,
                max_batch_size=100,
                parameters=(
                    Parameter("truncate", "string", allowed=("END", "NONE"), default="NONE"),
                ),
            ),
            Model(
                name="cohere-rerank-3.5",
                type="rerank",
                description="Cohere's leading reranking model, balancing performance and latency "
                "for a wide range of enterprise search applications.",
                provider="Cohere",
                max_sequence_length=40_000,
                max_batch_size=200,
                parameters=(
                    Parameter("max_chunks_per_doc", "integer", default=3072, low=1, high=3072),
                ),
            ),
            Model(
                name="pinecone-rerank-v0",
                type="rerank",
                description="A state of the art reranking model that out-performs competitors on "
                "widely accepted benchmarks. It can handle chunks up to 512 tokens (1-2 "
                "paragraphs)",
                provider="Pinecone",
                max_sequence_length=512,
                max_batch_size=100,
                parameters=(_TRUNCATE,),
            ),
        )
    }
)


def all_models() -> Sequence[Model]:
    """Return every hosted model."""
    return tuple(_MODELS.values())


def embedding_model(name: str) -> Model | None:
    """Return an embedding model by its name, or None when there is no such."""
    model = _MODELS.get(name)
    return model if model is not None and model.type == "embed" else None

"""Inference: the catalogue of models, and embeddings that stand in for those of a model."""

import math
from collections.abc import Sequence
from typing import Any

import pytest
from emulator.driver import Driver, headers_of

from reconciler.emulator.service import Emulator

DENSE, SPARSE = "llama-text-embed-v2", "pinecone-sparse-english-v0"
APPLES = [
    "Apple is a popular fruit known for its sweetness and crisp texture.",
    "Many people enjoy eating apples as a healthy snack.",
    "The reconciler keeps backups of an index as reviewed YAML.",
]


def embed(
    project: Driver, texts: Sequence[object], model: str = DENSE, expect: int = 200, **more: object
) -> Any:  # noqa: ANN401
    body = {
        "model": model,
        "inputs": [{"text": each} for each in texts],
        "parameters": {"input_type": "passage", **more},
    }
    return project.ask("POST", "/embed", body, expect=expect)


def nearness(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_models_are_listed_by_type_and_by_vector_type(project: Driver) -> None:
    def names(query: str) -> list[str]:
        listed = project.ask("GET", f"/models{query}")["models"]
        return [each["model"] for each in listed]

    assert names("?type=embed") == [DENSE, "multilingual-e5-large", SPARSE]
    assert names("?type=embed&vector_type=sparse") == [SPARSE]
    assert len(names("")) == len(names("?type=embed")) + len(names("?type=rerank")) == 6
    assert names("?type=rerank&vector_type=dense") == []


@pytest.mark.parametrize("query", ["?type=other", "?vector_type=", "?type=EMBED"])
def test_unknown_filter_of_models_is_a_404(project: Driver, query: str) -> None:
    assert project.ask("GET", f"/models{query}", expect=404)["error"]["code"] == "NOT_FOUND"


def test_model_carries_the_facts_of_its_reference_page(project: Driver) -> None:
    described = project.ask("GET", f"/models/{DENSE}")
    assert described["short_description"].startswith("A high performance dense embedding model")
    assert described["short_description"].endswith("(Matryoshka Embeddings).")
    del described["short_description"]
    sizes = [384, 512, 768, 1024, 2048]
    assert described == {
        "model": DENSE,
        "type": "embed",
        "vector_type": "dense",
        "default_dimension": 1024,
        "modality": "text",
        "max_sequence_length": 2048,
        "max_batch_size": 96,
        "provider_name": "NVIDIA",
        "supported_metrics": ["cosine", "dotproduct"],
        "supported_dimensions": sizes,
        "supported_parameters": [
            {
                "parameter": "input_type",
                "type": "one_of",
                "value_type": "string",
                "required": True,
                "allowed_values": ["query", "passage"],
            },
            {
                "parameter": "truncate",
                "type": "one_of",
                "value_type": "string",
                "required": False,
                "allowed_values": ["END", "NONE", "START"],
                "default": "END",
            },
            {
                "parameter": "dimension",
                "type": "one_of",
                "value_type": "integer",
                "required": False,
                "allowed_values": sizes,
                "default": 1024,
            },
        ],
    }


def test_unknown_model_is_a_404_and_one_that_embeds_nothing_a_400(project: Driver) -> None:
    assert project.ask("GET", "/models/none", expect=404)["error"]["code"] == "NOT_FOUND"
    embed(project, ["text"], "none", expect=400)
    embed(project, ["text"], "bge-reranker-v2-m3", expect=400)


def test_texts_that_are_alike_are_nearer_than_others(project: Driver) -> None:
    answer = embed(project, APPLES)
    fruit, snack, yaml = (each["values"] for each in answer["data"])
    assert nearness(fruit, snack) > 2 * abs(nearness(fruit, yaml))
    assert nearness(snack, embed(project, [APPLES[1].upper()])["data"][0]["values"]) > 0.999
    assert answer["usage"] == {"total_tokens": 12 + 9 + 10}
    assert (answer["model"], answer["vector_type"]) == (DENSE, "dense")


@pytest.mark.parametrize("dimension", [384, 2048])
def test_dense_embedding_has_the_wanted_dimension_and_length_one(
    project: Driver, dimension: int
) -> None:
    texts = [APPLES[0], "!?", "\ud83c\udf4e"]
    for each in embed(project, texts, dimension=dimension)["data"]:
        assert len(each["values"]) == dimension
        assert math.hypot(*each["values"]) == pytest.approx(1)


def test_embedding_is_the_same_in_every_emulator_and_fits_an_index_of_its_model(
    project: Driver,
) -> None:
    assert embed(project, APPLES) == embed(Driver(), APPLES)
    project.ask(
        "POST",
        "/indexes",
        {
            "name": "texts",
            "dimension": 1024,
            "metric": "cosine",
            "spec": {"serverless": {"cloud": "aws", "region": "us-east-1"}},
        },
        expect=201,
    )
    values = embed(project, APPLES)["data"][0]["values"]
    vectors = {"vectors": [{"id": "fruit", "values": values}]}
    project.ask("POST", project.host("texts") + "/vectors/upsert", vectors)


def test_sparse_embedding_names_words_that_occur_and_weighs_repetition(project: Driver) -> None:
    answer = embed(project, ["one two two", "two"], SPARSE, return_tokens=True)
    first, second = answer["data"]
    weights = dict(zip(first["sparse_tokens"], first["sparse_values"], strict=True))
    assert weights["two"] > weights["one"] == 1
    assert set(second["sparse_indices"]) < set(first["sparse_indices"])
    assert first["sparse_indices"] == sorted(first["sparse_indices"])
    assert "sparse_tokens" not in embed(project, ["one"], SPARSE)["data"][0]


def test_long_text_is_cut_or_refused_as_asked(project: Driver) -> None:
    text = " ".join(f"word{n}" for n in range(3000))
    cut = embed(project, [text])
    assert cut["usage"] == {"total_tokens": 2048}
    tail = embed(project, [text], truncate="START")["data"]
    assert tail not in (cut["data"], embed(project, ["other"])["data"])
    refused = embed(project, [text], truncate="NONE", expect=400)
    assert "3000 tokens" in refused["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"model": DENSE},
        {"model": DENSE, "inputs": []},
        {"model": DENSE, "inputs": [{"text": "a"}]},
        {"model": DENSE, "inputs": [{"text": "a"}], "parameters": {"input_type": "other"}},
        {"model": DENSE, "inputs": [{"text": "a"}], "parameters": []},
        {
            "model": DENSE,
            "inputs": [{"text": "a"}],
            "parameters": {"input_type": "query", "dimension": 9},
        },
        {
            "model": DENSE,
            "inputs": [{"text": "a"}],
            "parameters": {"input_type": "query", "dimension": "512"},
        },
        {
            "model": DENSE,
            "inputs": [{"text": "a"}],
            "parameters": {"input_type": "query", "speed": 1},
        },
        {"model": DENSE, "inputs": [{"text": ""}], "parameters": {"input_type": "query"}},
        {"model": DENSE, "inputs": [{}], "parameters": {"input_type": "query"}},
        {"model": DENSE, "inputs": ["a"], "parameters": {"input_type": "query"}},
        {"model": DENSE, "inputs": [{"text": "a"}] * 97, "parameters": {"input_type": "query"}},
    ],
)
def test_request_that_does_not_fit_the_model_is_a_400(project: Driver, body: object) -> None:
    refused = project.ask("POST", "/embed", body, expect=400)
    assert (refused["status"], refused["error"]["code"]) == (400, "INVALID_ARGUMENT")


def test_answer_says_that_no_model_was_asked(project: Driver) -> None:
    body = {"model": DENSE, "inputs": [{"text": "a"}], "parameters": {"input_type": "query"}}
    reply = project.send("POST", "/embed", body)
    assert "made up" in headers_of(reply)["x-emulator-embedding"]


def test_quirks_write_metrics_with_capitals() -> None:
    project = Driver()
    project.emulator = Emulator(quirks=True)
    assert project.ask("GET", f"/models/{DENSE}")["supported_metrics"] == ["Cosine", "DotProduct"]

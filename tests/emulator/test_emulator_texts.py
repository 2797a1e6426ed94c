"""Texts on an index: written as lines of JSON, embedded here, found by texts like them."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from emulator.driver import KEY, Driver, headers_of

TEXTS = {
    "cats": "A cat sleeps on the warm roof",
    "dogs": "Two dogs bark at the night train",
    "trains": "The night train leaves at ten",
}


def index(project: Driver, model: str = "llama-text-embed-v2") -> str:
    embed = {"model": model, "field_map": {"text": "chunk"}}
    body = {"name": "texts", "cloud": "aws", "region": "us-east-1", "embed": embed}
    project.ask("POST", "/indexes/create-for-model", body, expect=201)
    return project.host("texts") + "/records/namespaces/ns"


def upsert(project: Driver, path: str, records: Sequence[object]) -> Any:  # noqa: ANN401
    lines = "\n".join(json.dumps(each) for each in records).encode()
    return project.send("POST", path + "/upsert", raw=lines, headers={"Api-Key": KEY})


def filled(project: Driver, model: str = "llama-text-embed-v2") -> str:
    path = index(project, model)
    rows = [{"_id": key, "chunk": text, "n": len(key)} for key, text in TEXTS.items()]
    reply = upsert(project, path, rows)
    assert (reply.status, reply.body) == (201, b"")
    assert "no model was asked" in headers_of(reply)["x-emulator-embedding"]
    return path


def search(project: Driver, path: str, query: object, **fields: object) -> Any:  # noqa: ANN401
    return project.ask("POST", path + "/search", {"query": query, **fields})


@pytest.mark.parametrize("model", ["llama-text-embed-v2", "pinecone-sparse-english-v0"])
def test_texts_are_found_by_texts_like_them(project: Driver, model: str) -> None:
    path = filled(project, model)
    query = {"top_k": 2, "inputs": {"text": "a train at night"}}
    answer = search(project, path, query, fields=["n"])
    hits = answer["result"]["hits"]
    assert {hit["_id"] for hit in hits} == {"dogs", "trains"}
    assert hits[0]["_score"] >= hits[1]["_score"]
    assert hits[0]["fields"] == {"n": len(hits[0]["_id"])}
    assert answer["usage"] == {"read_units": 1, "embed_total_tokens": 4}


def test_records_are_found_by_id_and_filter_with_all_their_fields(project: Driver) -> None:
    path = filled(project)
    answer = search(project, path, {"top_k": 1, "id": "cats", "filter": {"n": 4}})
    (hit,) = answer["result"]["hits"]
    assert hit["_id"] == "cats"
    assert hit["fields"] == {"chunk": TEXTS["cats"], "n": 4}
    assert answer["usage"] == {"read_units": 1}
    assert search(project, path, {"top_k": 1, "id": "none"})["result"]["hits"] == []


def test_any_index_is_searched_by_vector(project: Driver) -> None:
    path = project.host("docs") + "/records/namespaces/fr/search"
    query = {"top_k": 3, "vector": {"values": [1.0] * 8}}
    answer = project.ask("POST", path, {"query": query}, version="2026-07")
    assert len(answer["result"]["hits"]) == 3
    assert answer["namespace"] == "fr"


def test_terms_must_all_be_in_a_text(project: Driver) -> None:
    path = filled(project, "pinecone-sparse-english-v0")
    query = {"top_k": 9, "inputs": {"text": "the night train"}}
    terms = {"strategy": "all", "terms": ["Train", "leaves"]}
    answer = search(project, path, {**query, "match_terms": terms})
    assert [hit["_id"] for hit in answer["result"]["hits"]] == ["trains"]
    for bad in ({"strategy": "any", "terms": ["a"]}, {"strategy": "all", "terms": "a"}):
        body = {"query": {**query, "match_terms": bad}}
        project.ask("POST", path + "/search", body, expect=400)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"_id": "a"}],
        [{"_id": "a", "chunk": ""}],
        [{"chunk": "a"}],
        [{"_id": "a", "chunk": "b", "more": {"c": 1}}],
        ["a"],
        [{"_id": "a", "chunk": "b"}] * 97,
    ],
)
def test_bad_record_refuses_the_whole_upsert(project: Driver, rows: list[object]) -> None:
    path = index(project)
    assert upsert(project, path, rows).status == 400
    assert project.stats("texts")["namespaces"] == {}


def test_index_without_a_model_takes_no_texts(project: Driver) -> None:
    path = project.host("docs") + "/records/namespaces/fr"
    assert upsert(project, path, [{"_id": "a", "chunk": "b"}]).status == 400
    body = {"query": {"top_k": 1, "inputs": {"text": "a"}}}
    assert project.ask("POST", path + "/search", body, expect=400)["code"] == 3


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": {}},
        {"query": {"top_k": 1}},
        {"query": {"top_k": 0, "id": "cats"}},
        {"query": {"top_k": 1, "id": "cats", "inputs": {"text": "a"}}},
        {"query": {"top_k": 1, "inputs": {}}},
        {"query": {"top_k": 1, "vector": {"values": [1.0]}}},
        {"query": {"top_k": 1, "vector": {"sparse_values": [1.0]}}},
        {"query": {"top_k": 1, "id": "cats", "match_terms": {"strategy": "all", "terms": ["a"]}}},
        {"query": {"top_k": 1, "id": "cats"}, "fields": "n"},
        {"query": {"top_k": 1, "id": "cats"}, "fields": ["n"] * 101},
        {"query": {"top_k": 1, "id": "cats"}, "rerank": {"model": "m", "rank_fields": ["n"]}},
    ],
)
def test_impossible_search_is_refused(project: Driver, body: object) -> None:
    path = filled(project) + "/search"
    assert project.ask("POST", path, body, expect=400)["code"] == 3

"""Indexes for a hosted model: what the model decides, what can be changed, and what cannot."""

from typing import Any

import pytest
from emulator.driver import Driver

from reconciler.emulator.wire import Version

EMBED = {"model": "llama-text-embed-v2", "field_map": {"text": "chunk"}}
BODY = {"name": "films", "cloud": "aws", "region": "us-east-1", "embed": EMBED}
TARGET = "/indexes/create-for-model"
READ = {"input_type": "query", "truncate": "END"}
WRITE = {"input_type": "passage", "truncate": "END"}


def create(project: Driver, expect: int = 201, **embed: object) -> Any:  # noqa: ANN401
    return project.ask("POST", TARGET, {**BODY, "embed": {**EMBED, **embed}}, expect)


def test_index_takes_vectors_as_its_model_makes_them(project: Driver) -> None:
    made = create(project)
    assert (made["dimension"], made["metric"], made["vector_type"]) == (1024, "cosine", "dense")
    assert made["embed"] == {
        **EMBED,
        "dimension": 1024,
        "metric": "cosine",
        "vector_type": "dense",
        "read_parameters": READ,
        "write_parameters": WRITE,
    }
    assert project.ask("GET", "/indexes/films") == made


def test_last_version_shows_the_model_as_a_text_field(project: Driver) -> None:
    create(project)
    shown = project.ask("GET", "/indexes/films", version="2026-07")
    assert "embed" not in shown
    assert shown["schema"]["fields"] == {
        "chunk": {
            "type": "semantic_text",
            "model": "llama-text-embed-v2",
            "dimension": 1024,
            "metric": "cosine",
            "write_parameters": WRITE,
            "read_parameters": READ,
        }
    }


def test_dimension_metric_and_parameters_can_be_chosen_among_those_of_the_model(
    project: Driver,
) -> None:
    made = create(project, dimension=384, metric="dotproduct", read_parameters={"truncate": "NONE"})
    assert (made["dimension"], made["metric"]) == (384, "dotproduct")
    assert made["embed"]["read_parameters"] == {**READ, "truncate": "NONE"}


def test_sparse_model_makes_a_sparse_index(project: Driver) -> None:
    made = create(project, model="pinecone-sparse-english-v0")
    assert (made["vector_type"], made["metric"]) == ("sparse", "dotproduct")
    assert "dimension" not in made
    shown = project.ask("GET", "/indexes/films", version="2026-07")["schema"]["fields"]["chunk"]
    assert (shown["dimension"], shown["metric"]) == (None, "dotproduct")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": "docs"}, 409),
        ({"name": "No"}, 400),
        ({"region": "nowhere"}, 404),
        ({"region": None}, 422),
        ({"embed": None}, 422),
        ({"embed": {"model": "llama-text-embed-v2"}}, 422),
        ({"embed": {"field_map": {"text": "chunk"}}}, 422),
        ({"embed": {**EMBED, "field_map": {}}}, 400),
        ({"embed": {**EMBED, "model": "no-such-model"}}, 400),
        ({"embed": {**EMBED, "dimension": 1_000}}, 400),
        ({"embed": {**EMBED, "dimension": "1024"}}, 422),
        ({"embed": {**EMBED, "metric": "manhattan"}}, 400),
    ],
)
def test_impossible_index_for_a_model_is_refused_as_documented(
    project: Driver, change: dict[str, object], status: int
) -> None:
    refused = project.ask("POST", TARGET, {**BODY, **change}, expect=status)
    assert refused["status"] == status
    assert len(project.ask("GET", "/indexes")["indexes"]) == 1


def test_field_map_and_parameters_of_an_embedding_can_be_changed_but_not_its_model(
    project: Driver,
) -> None:
    create(project)
    change = {"field_map": {"text": "body"}, "write_parameters": {"input_type": "passage"}}
    after = project.ask("PATCH", "/indexes/films", {"embed": change}, expect=202)["embed"]
    assert (after["field_map"], after["write_parameters"]) == tuple(change.values())
    assert after["read_parameters"] == READ
    other = {"embed": {"model": "multilingual-e5-large"}}
    project.ask("PATCH", "/indexes/films", other, expect=400)
    assert project.ask("GET", "/indexes/films")["embed"] == after


def test_last_version_changes_the_parameters_of_the_text_field(project: Driver) -> None:
    create(project)
    field = {"type": "semantic_text", "read_parameters": {"input_type": "passage"}}
    body = {"schema": {"fields": {"chunk": field}}}
    after = project.ask("PATCH", "/indexes/films", body, version="2026-07")
    assert after["schema"]["fields"]["chunk"]["read_parameters"] == {"input_type": "passage"}
    for fields, status in (
        ({"other": field}, 400),
        ({"chunk": {"type": "dense_vector"}}, 400),
        ({"chunk": {**field, "dimension": 5}}, 422),
        ({"chunk": {**field, "model": "multilingual-e5-large"}}, 400),
    ):
        wrong = {"schema": {"fields": fields}}
        project.ask("PATCH", "/indexes/films", wrong, expect=status, version="2026-07")


@pytest.mark.parametrize(
    ("dimension", "metric", "status"),
    [(1024, "cosine", 202), (8, "cosine", 400), (1024, "euclidean", 400)],
)
def test_index_can_be_given_a_model_that_fits_its_vectors(
    project: Driver, dimension: int, metric: str, status: int
) -> None:
    place = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
    body = {"name": "plain", "dimension": dimension, "metric": metric, "spec": place}
    project.ask("POST", "/indexes", body, expect=201)
    project.ask("PATCH", "/indexes/plain", {"embed": EMBED}, expect=status)
    embed = project.ask("GET", "/indexes/plain").get("embed")
    assert (embed is not None) == (status == 202)


@pytest.mark.parametrize("version", [each.value for each in Version])
def test_index_beyond_the_quota_is_refused(project: Driver, version: str) -> None:
    project.ask("POST", "/_emulator/knobs", {"index_quota": 1})
    refused = project.ask("POST", TARGET, BODY, expect=403, version=version)
    assert "max serverless indexes" in refused["error"]["message"]

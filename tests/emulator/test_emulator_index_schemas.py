"""Indexes of 2026-07: what a typed schema may hold, and how each version shows the index."""

from typing import Any

import pytest
from emulator.driver import Driver

DENSE = {"type": "dense_vector", "dimension": 3, "metric": "cosine"}
SPARSE = {"type": "sparse_vector"}
TEXT = {"type": "string", "full_text_search": {}}
DEDICATED = {"node_type": "t1", "scaling": "Manual", "manual": {"replicas": 2, "shards": 1}}
MANAGED = {"deployment_type": "managed", "cloud": "gcp", "region": "europe-west4"}


def ask(project: Driver, method: str, target: str, body: object = None, expect: int = 200) -> Any:  # noqa: ANN401
    return project.ask(method, target, body, expect, version="2026-07")


def create(project: Driver, fields: object, expect: int = 201, **more: object) -> Any:  # noqa: ANN401
    body = {"name": "films", "schema": {"fields": fields}, **more}
    return ask(project, "POST", "/indexes", body, expect)


def test_index_of_documents_shows_its_fields_as_they_were_declared(project: Driver) -> None:
    fields = {"vector": DENSE, "words": SPARSE, "title": {**TEXT, "description": "of the film"}}
    made = create(project, fields, deployment=MANAGED, tags={"note": "(any printable)"})
    analyzed = {"language": "en", "stemming": False, "stop_words": False}
    assert made["schema"] == {
        "fields": {
            "vector": {**DENSE, "description": None},
            "words": {**SPARSE, "description": None},
            "title": {**TEXT, "full_text_search": analyzed, "description": "of the film"},
        }
    }
    assert made["deployment"] == MANAGED
    assert made["tags"] == {"note": "(any printable)"}
    assert ask(project, "GET", "/indexes/films") == made


def test_earlier_versions_show_the_dense_field_of_an_index_of_documents(project: Driver) -> None:
    create(project, {"vector": {**DENSE, "metric": "euclidean"}, "title": TEXT})
    shown = project.ask("GET", "/indexes/films")
    assert (shown["dimension"], shown["metric"]) == (3, "euclidean")
    assert shown["vector_type"] == "dense"
    assert shown["spec"] == {"serverless": {"cloud": "aws", "region": "us-east-1"}}


@pytest.mark.parametrize(
    ("fields", "dimension", "shown"),
    [
        ({"_values": DENSE}, 3, {"_values": DENSE, "_sparse_values": SPARSE}),
        ({"_values": DENSE, "_sparse_values": SPARSE}, 3, None),
        ({"_sparse_values": SPARSE}, None, None),
    ],
)
def test_reserved_fields_make_the_index_that_earlier_versions_made(
    project: Driver, fields: dict[str, object], dimension: int | None, shown: object
) -> None:
    made = create(project, fields)
    assert made["schema"]["fields"] == (fields if shown is None else shown)
    earlier = project.ask("GET", "/indexes/films")
    assert earlier.get("dimension") == dimension
    assert earlier["vector_type"] == ("dense" if dimension else "sparse")


def test_index_without_a_name_gets_one(project: Driver) -> None:
    names = {
        ask(project, "POST", "/indexes", {"schema": {"fields": {"v": DENSE}}}, 201)["name"]
        for _ in range(2)
    }
    assert len(names) == 2
    assert names < {each["name"] for each in project.ask("GET", "/indexes")["indexes"]}


def test_dedicated_read_capacity_is_shown_with_what_there_is(project: Driver) -> None:
    made = create(
        project, {"v": DENSE}, read_capacity={"mode": "Dedicated", "dedicated": DEDICATED}
    )
    assert made["read_capacity"] == {
        "mode": "Dedicated",
        "dedicated": DEDICATED,
        "status": {"state": "Ready", "current_replicas": 2, "current_shards": 1},
    }


def test_byoc_index_needs_dedicated_read_capacity(project: Driver) -> None:
    deployment = {"deployment_type": "byoc", "environment": "aws-us-east-1-b921"}
    create(project, {"v": DENSE}, deployment=deployment, expect=400)
    capacity = {"mode": "Dedicated", "dedicated": DEDICATED}
    made = create(project, {"v": DENSE}, deployment=deployment, read_capacity=capacity)
    assert made["deployment"] == deployment
    backup = ask(project, "POST", "/indexes/films/backups", {})
    assert (backup["cloud"], backup["region"]) == ("aws", "us-east-1")


def test_encrypted_index_names_its_key_and_has_no_text_fields(project: Driver) -> None:
    assert create(project, {"v": DENSE}, cmek_id="arn:key")["cmek_id"] == "arn:key"
    create(project, {"t": TEXT}, name="texts", cmek_id="arn:key", expect=400)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 400),
        ([], 422),
        ({"v": {}}, 422),
        ({"v": {"type": "dense_vector", "metric": "cosine"}}, 422),
        ({"v": {"type": "dense_vector", "dimension": 3}}, 422),
        ({"v": {**DENSE, "dimension": 0}}, 400),
        ({"v": {**DENSE, "metric": "near"}}, 400),
        ({"v": {"type": "float"}}, 400),
        ({"v": {"type": "semantic_text", "model": "llama-text-embed-v2"}}, 400),
        ({"v": {"type": "string"}}, 400),
        ({"v": DENSE, "w": DENSE}, 400),
        ({"v": SPARSE, "w": SPARSE}, 400),
        ({f"t{n}": TEXT for n in range(101)}, 400),
        ({"$v": DENSE}, 400),
        ({"_v": DENSE}, 400),
        ({"_values": DENSE, "title": TEXT}, 400),
        ({"_values": SPARSE}, 400),
        ({"_values": {**DENSE, "description": "mine"}}, 400),
        ({"v" * 65: DENSE}, 400),
        ({"": DENSE}, 400),
        ({"v": {**DENSE, "description": "x" * 257}}, 400),
        ({"t": {**TEXT, "full_text_search": {"stop_words": True}}}, 400),
        ({"t": {**TEXT, "full_text_search": {"language": 1}}}, 422),
        ({"t": {**TEXT, "full_text_search": {"fuzzy": True}}}, 422),
        ({"t": {**TEXT, "full_text_search": {"ngram": {"min_gram": 3, "max_gram": 2}}}}, 400),
        (
            {
                "t": {
                    **TEXT,
                    "full_text_search": {"stemming": True, "ngram": {"min_gram": 1, "max_gram": 2}},
                }
            },
            400,
        ),
    ],
)
def test_impossible_schema_is_refused_and_nothing_is_made(
    project: Driver, fields: object, status: int
) -> None:
    refused = create(project, fields, expect=status)
    assert refused["status"] == status
    assert len(project.ask("GET", "/indexes")["indexes"]) == 1


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"spec": {"serverless": {"cloud": "aws", "region": "us-east-1"}}}, 422),
        ({"dimension": 3}, 422),
        ({"schema": None}, 422),
        ({"deployment": {"deployment_type": "pod", "environment": "e", "pod_type": "p1.x1"}}, 400),
        ({"deployment": {**MANAGED, "region": "us-west-1"}}, 404),
        ({"deployment": {"deployment_type": "managed", "cloud": "aws"}}, 422),
        ({"deployment": {**MANAGED, "environment": "aped-4627-b74a"}}, 422),
        ({"read_capacity": {"mode": "Dedicated"}}, 422),
        ({"read_capacity": {"mode": "Dedicated", "dedicated": {"node_type": "t1"}}}, 400),
        ({"tags": {"a": "\t"}}, 400),
        ({"name": "docs"}, 409),
    ],
)
def test_impossible_request_is_refused_as_documented(
    project: Driver, more: dict[str, object], status: int
) -> None:
    create(project, {"v": DENSE}, expect=status, **more)
    assert len(project.ask("GET", "/indexes")["indexes"]) == 1


def test_index_with_null_tags_has_none(project: Driver) -> None:
    assert create(project, {"v": DENSE}, tags=None)["tags"] is None

"""Indexes: what may be created, changed and deleted, and what an answer holds."""

import pytest
from emulator.driver import Driver, headers_of

SERVERLESS = {"serverless": {"cloud": "aws", "region": "us-east-1"}}


def test_new_index_is_ready_and_described_as_it_was_created(project: Driver) -> None:
    body = {"name": "films", "dimension": 3, "spec": SERVERLESS, "tags": {"team": "a"}}
    made = project.ask("POST", "/indexes", body, expect=201)
    assert made["status"] == {"ready": True, "state": "Ready"}
    assert (made["dimension"], made["metric"], made["vector_type"]) == (3, "cosine", "dense")
    assert made["tags"] == {"team": "a"}
    assert made["host"].startswith("http://127.0.0.1:5080/ix/films-")
    assert made["host"].endswith("-1a2b3c4")
    assert project.ask("GET", "/indexes/films") == made
    assert [each["name"] for each in project.ask("GET", "/indexes")["indexes"]] == ["docs", "films"]


def test_index_made_again_has_another_host(project: Driver) -> None:
    before = project.host("docs")
    project.ask("DELETE", "/indexes/docs", expect=202)
    project.seed("docs")
    assert project.host("docs") != before
    project.ask("POST", before + "/describe_index_stats", {}, expect=404)


def test_tags_are_merged_and_an_empty_value_unsets_its_key(project: Driver) -> None:
    project.ask("PATCH", "/indexes/docs", {"tags": {"a": "1", "b": "2"}}, expect=202)
    after = project.ask("PATCH", "/indexes/docs", {"tags": {"a": "", "team": "x"}}, expect=202)
    assert after["tags"] == {"b": "2", "team": "x"}
    assert after["deletion_protection"] == "disabled"


def test_protected_index_is_deleted_only_after_its_protection_is_lifted(project: Driver) -> None:
    project.ask("PATCH", "/indexes/docs", {"deletion_protection": "enabled"}, expect=202)
    refused = project.ask("DELETE", "/indexes/docs", expect=403)
    assert refused["error"]["code"] == "FORBIDDEN"
    assert refused["status"] == 403
    project.ask("PATCH", "/indexes/docs", {"deletion_protection": "disabled"}, expect=202)
    reply = project.send("DELETE", "/indexes/docs")
    assert (reply.status, reply.body, headers_of(reply)["content-length"]) == (202, b"", "0")
    project.ask("GET", "/indexes/docs", expect=404)


@pytest.mark.parametrize(
    "body",
    [
        {"dimension": 3, "spec": SERVERLESS},
        {"name": "UPPER", "dimension": 3, "spec": SERVERLESS},
        {"name": "-edge", "dimension": 3, "spec": SERVERLESS},
        {"name": "x" * 46, "dimension": 3, "spec": SERVERLESS},
        {"name": "films\n", "dimension": 3, "spec": SERVERLESS},
        {"name": None, "dimension": 3, "spec": SERVERLESS},
        {"name": "films", "spec": SERVERLESS},
        {"name": "films", "dimension": 0, "spec": SERVERLESS},
        {"name": "films", "dimension": True, "spec": SERVERLESS},
        {"name": "films", "dimension": 20_001, "spec": SERVERLESS},
        {"name": "films", "dimension": 3},
        {"name": "films", "dimension": 3, "spec": {}},
        {"name": "films", "dimension": 3, "spec": {**SERVERLESS, "byoc": {"environment": "e"}}},
        {"name": "films", "dimension": 3, "spec": {"serverless": {"cloud": "aws"}}},
        {"name": "films", "dimension": 3, "spec": {"serverless": {"cloud": "x", "region": "y"}}},
        {"name": "films", "dimension": 3, "spec": SERVERLESS, "metric": "manhattan"},
        {"name": "films", "dimension": 3, "spec": SERVERLESS, "vector_type": "sparse"},
        {"name": "films", "dimension": 3, "spec": SERVERLESS, "deletion_protection": "yes"},
        {"name": "films", "dimension": 3, "spec": SERVERLESS, "tags": {"a b": "c"}},
        {"name": "films", "dimension": 3, "spec": SERVERLESS, "tags": {"a": "x" * 121}},
        {"name": "films", "dimension": 3, "spec": SERVERLESS, "tags": {"a": "ü"}},
        {"name": "films", "dimension": 3, "spec": SERVERLESS, "tags": {"a": 1}},
        {
            "name": "films",
            "dimension": 3,
            "spec": SERVERLESS,
            "tags": {f"t{n}": "v" for n in range(21)},
        },
    ],
)
def test_impossible_index_is_refused_and_not_made(project: Driver, body: object) -> None:
    refused = project.ask("POST", "/indexes", body, expect=400)
    assert refused["error"]["code"] == "INVALID_ARGUMENT"
    assert refused["error"]["message"]
    assert len(project.ask("GET", "/indexes")["indexes"]) == 1


def test_taken_name_and_full_project_are_refused(project: Driver) -> None:
    body = {"name": "docs", "dimension": 3, "spec": SERVERLESS}
    assert project.ask("POST", "/indexes", body, expect=409)["error"]["code"] == "ALREADY_EXISTS"
    project.ask("POST", "/_emulator/knobs", {"index_quota": 1})
    refused = project.ask("POST", "/indexes", {**body, "name": "films"}, expect=403)
    assert refused["error"]["code"] == "QUOTA_EXCEEDED"


def test_sparse_index_holds_sparse_vectors_only(project: Driver) -> None:
    body = {"name": "words", "vector_type": "sparse", "spec": SERVERLESS}
    made = project.ask("POST", "/indexes", body, expect=201)
    assert made["metric"] == "dotproduct"
    assert "dimension" not in made
    host = project.host("words")
    sparse = {"id": "a", "sparseValues": {"indices": [1, 9], "values": [0.5, 2.0]}}
    project.ask("POST", host + "/vectors/upsert", {"vectors": [sparse]})
    dense = {"id": "b", "values": [1.0]}
    project.ask("POST", host + "/vectors/upsert", {"vectors": [dense]}, expect=400)
    stats = project.stats("words")
    assert stats["totalVectorCount"] == 1
    assert "dimension" not in stats


def test_later_versions_show_read_capacity_and_schema_which_the_first_does_not_know(
    project: Driver,
) -> None:
    schema = {"fields": {"genre": {"filterable": True}}}
    spec = {"serverless": {**SERVERLESS["serverless"], "schema": schema}}
    project.ask("POST", "/indexes", {"name": "films", "dimension": 3, "spec": spec}, expect=201)
    first = project.ask("GET", "/indexes/films")["spec"]["serverless"]
    assert first == SERVERLESS["serverless"]
    headers = {"api-key": "k", "x-pinecone-api-version": "2025-10"}
    later = project.send("GET", "/indexes/films", headers=headers)
    assert b'"schema":{"fields":{"genre":{"filterable":true}}}' in later.body
    assert b'"read_capacity":{"mode":"OnDemand"' in later.body


def test_there_are_no_collections(project: Driver) -> None:
    assert project.ask("GET", "/collections") == {"collections": []}

"""Indexes: what may be created, changed and deleted, and what an answer holds."""

import pytest
from emulator.driver import Driver, headers_of

from reconciler.emulator.service import Knobs

SERVERLESS = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
FILTER = {"filterable": True}


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


FILMS = {"name": "films", "dimension": 3, "spec": SERVERLESS}
POD = {"environment": "us-east1-gcp", "pod_type": "p1.x1"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "UPPER"},
        {"name": "-edge"},
        {"name": "x" * 46},
        {"name": "films\n"},
        {"name": ""},
        {"dimension": 0},
        {"dimension": 20_001},
        {"spec": {}},
        {"spec": {**SERVERLESS, "byoc": {"environment": "e"}}},
        {
            "spec": {
                "serverless": {**SERVERLESS["serverless"], "schema": {"fields": {"$a": FILTER}}}
            }
        },
        {"spec": {"serverless": {**SERVERLESS["serverless"], "schema": {"fields": {"a": {}}}}}},
        {"spec": {"pod": {**POD, "pod_type": "p3.x1"}}},
        {"spec": {"pod": {**POD, "pods": 3, "replicas": 2}}},
        {"spec": {"pod": {**POD, "replicas": 0}}},
        {"metric": "manhattan"},
        {"vector_type": "sparse"},
        {"vector_type": "round"},
        {"deletion_protection": "yes"},
        {"tags": {"a b": "c"}},
        {"tags": {"a": "x" * 121}},
        {"tags": {"a": "ü"}},
        {"tags": {f"t{n}": "v" for n in range(21)}},
    ],
)
def test_impossible_index_is_refused_and_not_made(
    project: Driver, wrong: dict[str, object]
) -> None:
    refused = project.ask("POST", "/indexes", {**FILMS, **wrong}, expect=400)
    assert refused["error"]["code"] == "INVALID_ARGUMENT"
    assert refused["error"]["message"]
    assert len(project.ask("GET", "/indexes")["indexes"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"dimension": 3, "spec": SERVERLESS},
        {"name": "films", "dimension": 3},
        {**FILMS, "name": None},
        {**FILMS, "dimension": True},
        {**FILMS, "spec": {"serverless": {"cloud": "aws"}}},
        {**FILMS, "spec": {"pod": {"environment": "us-east1-gcp"}}},
        {**FILMS, "tags": {"a": 1}},
        {**FILMS, "tags": None},
    ],
)
def test_index_without_the_shape_of_the_request_is_unprocessable(
    project: Driver, body: object
) -> None:
    refused = project.ask("POST", "/indexes", body, expect=422)
    assert refused["error"]["code"] == "UNPROCESSABLE_ENTITY"
    assert len(project.ask("GET", "/indexes")["indexes"]) == 1


@pytest.mark.parametrize(("cloud", "region"), [("aws", "us-west-1"), ("moon", "us-east-1")])
def test_place_that_is_none_is_not_found(project: Driver, cloud: str, region: str) -> None:
    body = {**FILMS, "spec": {"serverless": {"cloud": cloud, "region": region}}}
    refused = project.ask("POST", "/indexes", body, expect=404)
    assert refused["error"]["message"] == f"Resource cloud: {cloud} region: {region} not found."


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
    schema = {"fields": {"genre": FILTER}}
    spec = {"serverless": {**SERVERLESS["serverless"], "schema": schema}}
    project.ask("POST", "/indexes", {**FILMS, "spec": spec}, expect=201)
    shown = {
        version: project.ask("GET", "/indexes/films", version=version)["spec"]["serverless"]
        for version in ("2025-04", "2025-10", "2026-04")
    }
    later = {
        **SERVERLESS["serverless"],
        "schema": schema,
        "read_capacity": {"mode": "OnDemand", "status": {"state": "Ready"}},
    }
    assert shown == {"2025-04": SERVERLESS["serverless"], "2025-10": later, "2026-04": later}


def test_last_version_shows_an_earlier_index_by_reserved_fields_and_a_deployment(
    project: Driver,
) -> None:
    spec = {"serverless": {**SERVERLESS["serverless"], "schema": {"fields": {"genre": FILTER}}}}
    project.ask("POST", "/indexes", {**FILMS, "spec": spec}, expect=201)
    shown = project.ask("GET", "/indexes/films", version="2026-07")
    assert shown.pop("host") == project.ask("GET", "/indexes/films")["host"]
    assert shown == {
        "name": "films",
        "deployment": {"deployment_type": "managed", "cloud": "aws", "region": "us-east-1"},
        "schema": {
            "fields": {
                "_values": {"type": "dense_vector", "dimension": 3, "metric": "cosine"},
                "_sparse_values": {"type": "sparse_vector"},
                "genre": FILTER,
            }
        },
        "read_capacity": {"mode": "OnDemand", "status": {"state": "Ready"}},
        "status": {"ready": True, "state": "Ready"},
        "tags": None,
        "deletion_protection": "disabled",
    }


def test_index_takes_its_time_where_the_knob_says_so() -> None:
    project = Driver(Knobs(index_seconds=10))
    made = project.ask("POST", "/indexes", FILMS, expect=201)
    assert made["status"] == {"ready": False, "state": "Initializing"}
    project.ask("POST", project.host("films") + "/describe_index_stats", {}, expect=404)
    project.sleep(10)
    assert project.ask("GET", "/indexes/films")["status"] == {"ready": True, "state": "Ready"}
    assert project.stats("films")["totalVectorCount"] == 0


def test_pod_index_counts_its_pods_and_has_a_quota_of_its_own(project: Driver) -> None:
    pod = {**POD, "shards": 2, "replicas": 2, "metadata_config": {"indexed": ["genre"]}}
    made = project.ask("POST", "/indexes", {**FILMS, "spec": {"pod": pod}}, expect=201)
    assert made["spec"] == {"pod": {**pod, "pods": 4}}
    shown = project.ask("GET", "/indexes/films", version="2026-07")
    assert shown["deployment"] == {"deployment_type": "pod", **POD, "shards": 2, "replicas": 2}
    assert shown["schema"]["fields"]["genre"] == FILTER
    assert "read_capacity" not in shown
    project.ask("POST", "/_emulator/knobs", {"pod_quota": 5, "index_quota": 1})
    more = {**FILMS, "name": "more", "spec": {"pod": {**POD, "pods": 2}}}
    refused = project.ask("POST", "/indexes", more, expect=403)
    assert refused["error"]["code"] == "QUOTA_EXCEEDED"
    assert "5 pods by 1 pods" in refused["error"]["message"]
    project.ask("POST", "/indexes", {**more, "spec": {"pod": POD}}, expect=201)


@pytest.mark.parametrize(
    ("version", "code"), [("2025-10", "QUOTA_EXCEEDED"), ("2026-07", "FORBIDDEN")]
)
def test_quota_has_the_code_that_the_version_knows(
    project: Driver, version: str, code: str
) -> None:
    project.ask("POST", "/_emulator/knobs", {"backup_quota": 0})
    refused = project.ask("POST", "/indexes/docs/backups", {}, expect=403, version=version)
    assert refused["error"]["code"] == code

"""Collections: copies of pod indexes, what they hold up, and indexes that are made from them."""

import pytest
from emulator.driver import Driver

from reconciler.emulator.service import Knobs

ENVIRONMENT = "us-east1-gcp"
POD = {"environment": ENVIRONMENT, "pod_type": "p1.x1"}
MOVIES = {"name": "movies", "dimension": 2, "spec": {"pod": POD}}
COPY = {"name": "copy", "source": "movies"}


@pytest.fixture
def pods() -> Driver:
    """A project with a pod index, `movies`, of three records."""
    driver = Driver()
    driver.ask("POST", "/indexes", MOVIES, expect=201)
    vectors = [{"id": f"v{n}", "values": [n, 1.0]} for n in range(3)]
    driver.ask("POST", driver.host("movies") + "/vectors/upsert", {"vectors": vectors})
    return driver


def test_collection_tells_its_size_once_it_is_ready(pods: Driver) -> None:
    made = pods.ask("POST", "/collections", COPY, expect=201)
    begun = {"name": "copy", "status": "Initializing", "environment": ENVIRONMENT, "dimension": 2}
    assert made == pods.ask("GET", "/collections/copy") == begun
    pods.sleep(1.5)
    ready = pods.ask("GET", "/collections/copy", version="2026-07")
    size = ready.pop("size")
    assert ready == {**begun, "status": "Ready", "vector_count": 3}
    assert size > 3 * 2 * 4
    assert pods.ask("GET", "/collections") == {
        "collections": [{**begun, "status": "Ready", "vector_count": 3, "size": size}]
    }


def test_pending_collection_keeps_its_source_from_being_deleted(pods: Driver) -> None:
    pods.ask("POST", "/collections", COPY, expect=201)
    refused = pods.ask("DELETE", "/indexes/movies", expect=412)
    assert refused["error"]["code"] == "FAILED_PRECONDITION"
    assert "['copy']" in refused["error"]["message"]
    pods.sleep(1.5)
    pods.ask("DELETE", "/indexes/movies", expect=202)
    assert pods.ask("GET", "/collections/copy")["status"] == "Ready"


def test_index_from_a_collection_holds_its_records_and_names_it(pods: Driver) -> None:
    pods.ask("POST", "/collections", COPY, expect=201)
    wanted = {**MOVIES, "name": "again", "spec": {"pod": {**POD, "source_collection": "copy"}}}
    pods.ask("POST", "/indexes", wanted, expect=400)
    pods.sleep(1.5)
    made = pods.ask("POST", "/indexes", wanted, expect=201)
    assert made["spec"]["pod"]["source_collection"] == "copy"
    assert pods.ask("GET", "/indexes/again", version="2026-07")["source_collection"] == "copy"
    assert pods.stats("again")["totalVectorCount"] == 3
    place = {"cloud": "aws", "region": "us-east-1", "source_collection": "copy"}
    serverless = {**MOVIES, "name": "moved", "spec": {"serverless": place}}
    pods.ask("POST", "/indexes", serverless, expect=201)
    assert pods.stats("moved")["totalVectorCount"] == 3


@pytest.mark.parametrize(
    ("change", "pod", "status"),
    [
        ({}, {"source_collection": "none"}, 404),
        ({"dimension": 3}, {"source_collection": "copy"}, 400),
        ({}, {"source_collection": "copy", "environment": "eu-west1-gcp"}, 400),
        ({}, {"source_collection": 7}, 422),
    ],
)
def test_index_that_does_not_fit_its_collection_is_refused(
    pods: Driver, change: dict[str, object], pod: dict[str, object], status: int
) -> None:
    pods.ask("POST", "/collections", COPY, expect=201)
    pods.sleep(1.5)
    wanted = {**MOVIES, "name": "again", "spec": {"pod": {**POD, **pod}}, **change}
    pods.ask("POST", "/indexes", wanted, expect=status)


@pytest.mark.parametrize(
    ("body", "status", "code", "version"),
    [
        (COPY, 409, "ALREADY_EXISTS", "2025-04"),
        ({"name": "other", "source": "docs"}, 400, "INVALID_ARGUMENT", "2025-04"),
        ({"name": "other", "source": "none"}, 400, "INVALID_ARGUMENT", "2026-04"),
        ({"name": "other", "source": "none"}, 404, "NOT_FOUND", "2026-07"),
        ({"name": "Other", "source": "movies"}, 400, "INVALID_ARGUMENT", "2025-10"),
        ({"name": "other"}, 422, "UNPROCESSABLE_ENTITY", "2025-04"),
        ({"name": "other", "source": 1}, 422, "UNPROCESSABLE_ENTITY", "2026-07"),
    ],
)
def test_impossible_collection_is_refused_as_documented(
    pods: Driver, body: object, status: int, code: str, version: str
) -> None:
    pods.seed("docs")
    pods.ask("POST", "/collections", COPY, expect=201)
    refused = pods.ask("POST", "/collections", body, expect=status, version=version)
    assert (refused["status"], refused["error"]["code"]) == (status, code)


def test_collections_have_a_quota(pods: Driver) -> None:
    pods.ask("POST", "/_emulator/knobs", {"collection_quota": 1})
    pods.ask("POST", "/collections", COPY, expect=201)
    refused = pods.ask("POST", "/collections", {**COPY, "name": "second"}, expect=403)
    assert refused["error"] == {
        "code": "QUOTA_EXCEEDED",
        "message": "Collection exceeds quota. Maximum allowed on your account is 1. "
        "Currently have 1.",
    }


def test_deleted_collection_is_gone(pods: Driver) -> None:
    pods.ask("POST", "/collections", COPY, expect=201)
    reply = pods.send("DELETE", "/collections/copy")
    assert (reply.status, reply.body) == (202, b"")
    for method in ("GET", "DELETE"):
        refused = pods.ask(method, "/collections/copy", expect=404)
        assert refused["error"]["code"] == "NOT_FOUND"
    assert pods.ask("GET", "/collections") == {"collections": []}


def test_pod_index_cannot_be_backed_up(pods: Driver) -> None:
    refused = pods.ask("POST", "/indexes/movies/backups", {}, expect=400)
    assert refused["error"]["code"] == "INVALID_ARGUMENT"


def test_failed_collection_never_becomes_ready() -> None:
    project = Driver(Knobs(jobs_fail=True))
    project.ask("POST", "/indexes", MOVIES, expect=201)
    project.ask("POST", "/collections", COPY, expect=201)
    project.sleep(1_000)
    assert project.ask("GET", "/collections/copy")["status"] == "Initializing"

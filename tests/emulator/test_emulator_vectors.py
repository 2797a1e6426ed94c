"""Vectors on an index's host: what is stored, what comes back, and what is refused."""

import math

import pytest
from emulator.driver import Driver
from emulator.indexes import FULL, ask_as, index, upsert


def test_vectors_come_back_as_they_were_written(project: Driver) -> None:
    host = index(project, "hybrid", metric="dotproduct", dimension=8)
    upsert(project, host, [FULL], "new")
    upsert(project, host, [FULL], "new")
    fetched = project.ask("GET", host + "/vectors/fetch?ids=a%2Fb&ids=none&namespace=new")
    assert fetched["vectors"] == {"a/b": FULL}
    assert fetched["namespace"] == "new"
    assert project.stats("hybrid")["namespaces"] == {"new": {"vectorCount": 1}}


def test_values_are_float32(project: Driver) -> None:
    host = index(project, "small")
    upsert(project, host, [{"id": "a", "values": [0.123456789, 16777217]}])
    fetched = project.ask("GET", host + "/vectors/fetch?ids=a")
    assert fetched["vectors"]["a"]["values"] == [0.12345679, 16777216.0]


def test_default_namespace_has_two_names(project: Driver) -> None:
    body = {"namespace": "__default__", "vectors": [{"id": "a", "values": [0.5] * 8}]}
    project.ask("POST", project.host("docs") + "/vectors/upsert", body)
    assert project.stats("docs")["namespaces"][""] == {"vectorCount": 121}


@pytest.mark.parametrize(
    "vector",
    [
        {"values": [0.5] * 8},
        {"id": "", "values": [0.5] * 8},
        {"id": "x" * 513, "values": [0.5] * 8},
        {"id": "é", "values": [0.5] * 8},
        {"id": "a\0", "values": [0.5] * 8},
        {"id": "a"},
        {"id": "a", "values": [0.5] * 7},
        {"id": "a", "values": [0.0] * 8},
        {"id": "a", "values": ["0.5"] * 8},
        {"id": "a", "values": [True] * 8},
        {"id": "a", "values": [10**400] * 8},
        {"id": "a", "values": [1e39] * 8},
        {"id": "a", "values": [0.5] * 8, "metadata": {"a": None}},
        {"id": "a", "values": [0.5] * 8, "metadata": {"a": {"b": 1}}},
        {"id": "a", "values": [0.5] * 8, "metadata": {"$a": 1}},
        {"id": "a", "values": [0.5] * 8, "metadata": {"a": "x" * 41_000}},
        {"id": "a", "values": [0.5] * 8, "sparseValues": {"indices": [1], "values": [1.0]}},
        "a",
    ],
)
def test_bad_vector_refuses_the_whole_upsert(project: Driver, vector: object) -> None:
    good = {"id": "good", "values": [0.5] * 8}
    path = project.host("docs") + "/vectors/upsert"
    refused = project.ask("POST", path, {"vectors": [good, vector]}, expect=400)
    assert (refused["code"], refused["details"]) == (3, [])
    assert project.stats("docs")["totalVectorCount"] == 200


@pytest.mark.parametrize(
    "sparse",
    [
        {"indices": [1], "values": []},
        {"indices": [], "values": []},
        {"indices": [-1], "values": [1.0]},
        {"indices": [2**32], "values": [1.0]},
        {"indices": [1, 1], "values": [1.0, 2.0]},
        {"indices": list(range(1_001)), "values": [1.0] * 1_001},
    ],
)
def test_bad_sparse_values_are_refused(project: Driver, sparse: object) -> None:
    host = index(project, "terms", vector_type="sparse")
    body = {"vectors": [{"id": "a", "sparseValues": sparse}]}
    assert project.ask("POST", host + "/vectors/upsert", body, expect=400)["code"] == 3


def test_sparse_vectors_may_be_twice_as_long_since_2026_07(project: Driver) -> None:
    host = index(project, "terms", vector_type="sparse")
    long = {"indices": list(range(2_048)), "values": [1.0] * 2_048}
    body = {"vectors": [{"id": "a", "sparseValues": long}]}
    ask_as(project, "2026-04", "POST", host + "/vectors/upsert", body, expect=400)
    ask_as(project, "2026-07", "POST", host + "/vectors/upsert", body)


@pytest.mark.parametrize(
    "vector",
    [
        {"id": "a", "values": [1.0, 0.0]},
        {"id": "a", "values": [1.0], "sparseValues": {"indices": [1], "values": [1.0]}},
    ],
)
def test_sparse_index_takes_no_dense_values(project: Driver, vector: object) -> None:
    host = index(project, "terms", vector_type="sparse")
    project.ask("POST", host + "/vectors/upsert", {"vectors": [vector]}, expect=400)


@pytest.mark.parametrize("vectors", [[], [{"id": "a", "values": [0.5] * 8}] * 1_001, {}, None])
def test_upsert_takes_one_to_a_thousand_vectors(project: Driver, vectors: object) -> None:
    path = project.host("docs") + "/vectors/upsert"
    project.ask("POST", path, {"vectors": vectors}, expect=400)


@pytest.mark.parametrize("query", ["", "?ids=", "?" + "&".join(["ids=a"] * 1_001)])
def test_fetch_names_one_to_a_thousand_ids(project: Driver, query: str) -> None:
    project.ask("GET", project.host("docs") + "/vectors/fetch" + query, expect=400)


def test_backup_holds_the_vectors_of_its_moment(project: Driver) -> None:
    host = project.host("docs")
    backup = project.ready_backup()
    project.ask("POST", host + "/vectors/update", {"id": "sample-000001", "values": [9.0] * 8})
    project.ask("POST", host + "/vectors/delete", {"ids": ["sample-000002"]})
    project.restore(backup)
    project.sleep(60)
    path = project.host("restored") + "/vectors/fetch?ids=sample-000001&ids=sample-000002"
    found = project.ask("GET", path)["vectors"]
    assert set(found) == {"sample-000001", "sample-000002"}
    assert not any(math.isclose(value, 9.0) for value in found["sample-000001"]["values"])

"""Queries and filters: exact scores by every metric, and the documented operators."""

import json
import subprocess
import sys
from typing import Any

import pytest
from emulator.driver import Driver
from emulator.indexes import ask_as, index, upsert

from reconciler.emulator.records import Record, Table, pack
from reconciler.emulator.search import Wanted, search
from reconciler.emulator.vectors import made_up_values

POINTS = {"east": [2.0, 0.0], "north": [0.0, 1.0], "west": [-1.0, 0.0], "near": [1.5, 0.5]}


def query(project: Driver, host: str, **body: object) -> Any:  # noqa: ANN401
    return project.ask("POST", host + "/query", {"topK": 10, **body})


def scores(answer: Any) -> list[tuple[str, float]]:  # noqa: ANN401
    return [(match["id"], round(match["score"], 4)) for match in answer["matches"]]


def points(project: Driver, metric: str) -> str:
    host = index(project, metric, metric=metric)
    upsert(project, host, [{"id": key, "values": at} for key, at in POINTS.items()], "ns")
    return host


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("cosine", [("east", 1.0), ("near", 0.9487), ("north", 0.0), ("west", -1.0)]),
        ("dotproduct", [("east", 6.0), ("near", 4.5), ("north", 0.0), ("west", -3.0)]),
        ("euclidean", [("east", 1.0), ("near", 2.5), ("north", 10.0), ("west", 16.0)]),
    ],
)
def test_query_scores_by_the_metric_of_the_index(
    project: Driver, metric: str, expected: list[tuple[str, float]]
) -> None:
    answer = query(project, points(project, metric), vector=[3.0, 0.0], namespace="ns")
    assert scores(answer) == expected
    assert answer["namespace"] == "ns"
    assert answer["matches"][0]["values"] == []


def test_query_by_id_is_a_query_by_its_values(project: Driver) -> None:
    host = points(project, "cosine")
    by_id = query(project, host, id="east", namespace="ns")
    assert scores(by_id) == scores(query(project, host, vector=[2.0, 0.0], namespace="ns"))
    assert query(project, host, id="none", namespace="ns")["matches"] == []
    assert query(project, host, id="east", namespace="none")["matches"] == []


def test_values_and_metadata_come_when_they_are_asked_for(project: Driver) -> None:
    host = index(project, "hybrid", metric="dotproduct")
    whole = {
        "id": "a",
        "values": [1.0, 2.0],
        "sparseValues": {"indices": [7], "values": [0.5]},
        "metadata": {"a": 1},
    }
    upsert(project, host, [whole])
    bare = query(project, host, vector=[1, 1])["matches"][0]
    assert bare == {"id": "a", "score": 3.0, "values": []}
    full = query(project, host, vector=[1, 1], includeValues=True, includeMetadata=True)
    assert full["matches"][0] == {**whole, "score": 3.0}


def test_sparse_queries_match_what_shares_a_place(project: Driver) -> None:
    host = index(project, "terms", vector_type="sparse")
    rows = {"a": ([1, 2], [1.0, 2.0]), "b": ([2, 9], [3.0, 1.0]), "c": ([9], [5.0])}
    upsert(
        project,
        host,
        [{"id": k, "sparseValues": {"indices": i, "values": v}} for k, (i, v) in rows.items()],
    )
    sparse = {"indices": [2, 1], "values": [1.0, 0.5]}
    answer = query(project, host, sparseVector=sparse, includeValues=True)
    assert scores(answer) == [("b", 3.0), ("a", 2.5)]
    assert answer["matches"][0]["values"] == []
    assert answer["matches"][0]["sparseValues"] == {"indices": [2, 9], "values": [3.0, 1.0]}
    assert scores(query(project, host, id="c")) == [("c", 25.0), ("b", 5.0)]


def test_hybrid_queries_add_both_products(project: Driver) -> None:
    host = index(project, "hybrid", metric="dotproduct")
    sparse = {"indices": [4], "values": [10.0]}
    upsert(
        project,
        host,
        [{"id": "a", "values": [1, 0]}, {"id": "b", "values": [0.5, 0], "sparseValues": sparse}],
    )
    both = query(project, host, vector=[1, 0], sparseVector={"indices": [4, 5], "values": [1, 1]})
    assert scores(both) == [("b", 10.5), ("a", 1.0)]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"vector": [1.0, 2.0]},
        {"topK": 0, "vector": [1.0, 2.0]},
        {"topK": 10_001, "vector": [1.0, 2.0]},
        {"topK": "1", "vector": [1.0, 2.0]},
        {"topK": 1},
        {"topK": 1, "vector": [1.0]},
        {"topK": 1, "vector": "a"},
        {"topK": 1, "vector": [1.0, 2.0], "id": "a"},
        {"topK": 1, "id": ""},
        {"topK": 1, "queries": []},
        {"topK": 1, "vector": [1.0, 2.0], "filter": []},
        {"topK": 1, "vector": [1.0, 2.0], "includeValues": 1},
        {"topK": 1, "vector": [1.0, 2.0], "scanFactor": 2.0},
        {"topK": 1, "sparseVector": {"indices": [1], "values": [1.0]}},
        {"topK": 1, "vector": [1, 2], "sparseVector": {"indices": [1], "values": [1.0]}},
    ],
)
def test_impossible_query_is_refused(project: Driver, body: object) -> None:
    path = points(project, "cosine") + "/query"
    assert ask_as(project, "2026-04", "POST", path, body, expect=400)["code"] == 3


DEDICATED = {
    "mode": "Dedicated",
    "dedicated": {
        "node_type": "b1",
        "scaling": "Manual",
        "manual": {"replicas": 1, "shards": 1},
    },
}


def test_dedicated_nodes_take_tuning_within_its_bounds(project: Driver) -> None:
    place = {"cloud": "aws", "region": "us-east-1", "read_capacity": DEDICATED}
    body = {"name": "nodes", "dimension": 2, "spec": {"serverless": place}}
    project.ask("POST", "/indexes", body, expect=201, version="2026-04")
    path = project.host("nodes") + "/query"
    asked = {"topK": 10, "vector": [1.0, 2.0]}
    for tuned, status in (
        ({"scanFactor": 0.5, "maxCandidates": 10}, 200),
        ({"scanFactor": 4, "maxCandidates": 100_000}, 200),
        ({"scanFactor": 0.4}, 400),
        ({"scanFactor": 4.1}, 400),
        ({"maxCandidates": 9}, 400),
        ({"maxCandidates": 100_001}, 400),
    ):
        ask_as(project, "2026-04", "POST", path, {**asked, **tuned}, expect=status)


def test_sparse_index_takes_no_dense_query(project: Driver) -> None:
    host = index(project, "terms", vector_type="sparse")
    for body in ({"vector": [1.0]}, {}, {"sparseVector": {"indices": [], "values": []}}):
        project.ask("POST", host + "/query", {"topK": 1, **body}, expect=400)


METADATA = {
    "comedy": {"genre": "comedy", "year": 2019, "good": True},
    "drama": {"genre": ["drama", "crime"], "year": 2020.5, "good": False},
    "one": {"year": 1},
    "bare": None,
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({}, {"comedy", "drama", "one", "bare"}),
        ({"genre": "comedy"}, {"comedy"}),
        ({"genre": {"$eq": "crime"}}, {"drama"}),
        ({"genre": {"$ne": "comedy"}}, {"drama", "one", "bare"}),
        ({"genre": {"$in": ["comedy", "crime"]}}, {"comedy", "drama"}),
        ({"genre": {"$nin": ["comedy", "crime"]}}, {"one", "bare"}),
        ({"genre": {"$exists": True}}, {"comedy", "drama"}),
        ({"genre": {"$exists": False}}, {"one", "bare"}),
        ({"year": {"$gt": 2019}}, {"drama"}),
        ({"year": {"$gte": 2019, "$lt": 2020.5}}, {"comedy"}),
        ({"year": {"$lte": 1}}, {"one"}),
        ({"genre": {"$gt": 1}}, set()),
        ({"good": True}, {"comedy"}),
        ({"year": True}, set()),
        ({"genre": "comedy", "year": 1}, set()),
        ({"$or": [{"genre": "comedy"}, {"year": 1}]}, {"comedy", "one"}),
        ({"$and": [{"year": {"$gt": 1}}, {"good": {"$ne": True}}]}, {"drama"}),
        ({"$or": [{"$and": [{"year": 1}, {"good": True}]}, {"genre": "crime"}]}, {"drama"}),
    ],
)
def test_filters_select_by_metadata(project: Driver, condition: object, expected: set[str]) -> None:
    host = index(project, "films")
    rows = [
        {"id": key, "values": [1, 2], **({} if held is None else {"metadata": held})}
        for key, held in METADATA.items()
    ]
    upsert(project, host, rows)
    answer = query(project, host, vector=[1, 2], filter=condition)
    assert {match["id"] for match in answer["matches"]} == expected


@pytest.mark.parametrize(
    "condition",
    [
        {"a": {"$near": 1}},
        {"$not": {"a": 1}},
        {"$and": []},
        {"$or": {"a": 1}},
        {"$and": [1]},
        {"a": {"$gt": "1"}},
        {"a": {"$lt": True}},
        {"a": {"$in": "x"}},
        {"a": {"$in": [None]}},
        {"a": {"$exists": 1}},
        {"a": None},
        {"a": [1]},
    ],
)
def test_impossible_filter_is_refused(project: Driver, condition: object) -> None:
    path = project.host("docs") + "/query"
    body = {"topK": 1, "vector": [1.0] * 8, "filter": condition}
    assert project.ask("POST", path, body, expect=400)["code"] == 3


def test_filter_nested_without_end_is_refused(project: Driver) -> None:
    condition: object = {"a": 1}
    for _ in range(200):
        condition = {"$and": [condition]}
    path = project.host("docs") + "/query"
    body = {"topK": 1, "vector": [1.0] * 8, "filter": condition}
    project.ask("POST", path, body, expect=400)


@pytest.mark.parametrize("metric", ["cosine", "dotproduct", "euclidean"])
def test_large_and_small_indexes_score_alike(metric: str) -> None:
    # Eleven such records are more numbers than are scored in plain Python; one is not.
    records = [
        Record(f"{n:02}", pack(values))
        for n, values in enumerate([*made_up_values(7, 10, 5_000), (0.0,) * 5_000])
    ]
    wanted = Wanted(records[4].dense, None, None, 100)
    large, small = Table(), dict[str, float]()
    for record in records:
        alone = Table()
        for table in (alone, large):
            table.put(record)
        small.update({each.id: score for score, each in search(alone, wanted, metric)})
    assert {each.id: score for score, each in search(large, wanted, metric)} == pytest.approx(
        small, rel=1e-5, abs=1e-5
    )


def test_small_projects_never_load_numpy() -> None:
    code = """
import json, sys
from emulator.driver import Driver
project = Driver()
project.seed("docs")
host = project.host("docs")
project.ask("POST", host + "/query", {"topK": 3, "vector": [1.0] * 8})
project.ask("POST", host + "/bulk/imports", {"uri": "s3://bucket/more"})
project.sleep(60)
project.restore(project.ready_backup())
project.ask("POST", host + "/query", {"topK": 3, "vector": [1.0] * 8, "namespace": "more"})
print(json.dumps(sorted({"numpy", "pyarrow"} & set(sys.modules))))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd="tests",
    )
    assert json.loads(done.stdout) == []

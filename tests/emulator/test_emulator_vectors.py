"""Vectors on an index's host: what is stored, what comes back, and what is refused."""

import json
import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import pytest
from emulator.driver import KEY, Driver
from hypothesis import given
from hypothesis import strategies as st

from reconciler.emulator.records import Record, Table, pack, shortest
from reconciler.emulator.vectors import Vectors

SPEC = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
POD = {"pod": {"environment": "us-east1-gcp", "pod_type": "p1.x1"}}
FULL = {
    "id": "a/b",
    "values": [0.1, -2.0, 3.5, 0.0, 1.0, 1.5, 1e-9, 7.0],
    "sparseValues": {"indices": [3, 17], "values": [0.5, 1.25]},
    "metadata": {"genre": ["a", "b"], "year": 2024, "good": True},
}


def index(project: Driver, name: str, **fields: object) -> str:
    """Make an index of dimension 2 (or sparse, or of pods) and return its host."""
    sized = {} if fields.get("vector_type") == "sparse" else {"dimension": 2}
    project.ask("POST", "/indexes", {"name": name, "spec": SPEC, **sized, **fields}, expect=201)
    return project.host(name)


def upsert(project: Driver, host: str, vectors: Sequence[object], namespace: str = "") -> None:
    body = {"namespace": namespace, "vectors": vectors}
    answer = project.ask("POST", host + "/vectors/upsert", body)
    assert answer == {"upsertedCount": len(vectors)}


def ask_as(
    project: Driver, version: str, method: str, path: str, body: object = None, expect: int = 200
) -> Any:  # noqa: ANN401
    return project.ask(method, path, body, expect, version)


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


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=20))
def test_every_float32_is_shown_as_a_number_that_stands_for_it(values: list[float]) -> None:
    packed = pack(tuple(values))
    assert pack(shortest(packed)) == packed


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


def test_update_by_id_changes_what_is_sent_and_no_more(project: Driver) -> None:
    host = index(project, "small", metric="dotproduct")
    upsert(project, host, [{"id": "a", "values": [1, 2], "metadata": {"x": 1, "y": 2}}])
    change = {"id": "a", "setMetadata": {"y": 3, "z": "new"}}
    assert project.ask("POST", host + "/vectors/update", change) == {}
    sparse = {"indices": [5], "values": [0.5]}
    project.ask("POST", host + "/vectors/update", {"id": "a", "sparseValues": sparse})
    project.ask("POST", host + "/vectors/update", {"id": "a", "values": [3, 4]})
    assert project.ask("GET", host + "/vectors/fetch?ids=a")["vectors"]["a"] == {
        "id": "a",
        "values": [3.0, 4.0],
        "sparseValues": sparse,
        "metadata": {"x": 1, "y": 3, "z": "new"},
    }


def test_update_of_an_id_that_is_not_there_changes_nothing(project: Driver) -> None:
    path = project.host("docs") + "/vectors/update"
    for namespace in ("", "none"):
        body = {"id": "none", "values": [1.0] * 8, "namespace": namespace}
        assert project.ask("POST", path, body) == {}
    assert set(project.stats("docs")["namespaces"]) == {"", "fr"}
    assert not any(e["committed"] for e in project.log() if e["operation"] == "updateVector")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": 7},
        {"id": "sample-000001", "values": [1.0]},
        {"id": "sample-000001", "values": [0.0] * 8},
        {"id": "sample-000001", "sparseValues": {"indices": [1], "values": [1.0]}},
        {"id": "sample-000001", "setMetadata": {"a": [1]}},
        {"filter": {"position": 1}, "values": [1.0] * 8},
        {"filter": {"position": 1}, "id": "sample-000001"},
        {"filter": {}, "setMetadata": {"a": 1}},
        {"filter": {"position": 1}, "dryRun": "yes"},
    ],
)
def test_impossible_update_is_refused(project: Driver, body: object) -> None:
    path = project.host("docs") + "/vectors/update"
    assert ask_as(project, "2025-10", "POST", path, body, expect=400)["code"] == 3


def test_update_by_filter_came_with_2025_10(project: Driver) -> None:
    path = project.host("docs") + "/vectors/update"
    body = {"filter": {"position": {"$lt": 10}}, "setMetadata": {"old": True}}
    ask_as(project, "2025-04", "POST", path, body, expect=400)
    dry = ask_as(project, "2025-10", "POST", path, {**body, "dryRun": True})
    assert dry == ask_as(project, "2025-10", "POST", path, body) == {"matchedRecords": 10}
    fetched = project.ask("GET", project.host("docs") + "/vectors/fetch?ids=sample-000009")
    assert fetched["vectors"]["sample-000009"]["metadata"] == {"position": 9, "old": True}
    committed = [e["committed"] for e in project.log() if e["operation"] == "updateVector"]
    assert committed == [False, False, True]


def test_delete_removes_ids_matches_or_all_and_keeps_the_namespace(project: Driver) -> None:
    host = project.host("docs")
    project.ask("POST", host + "/vectors/delete", {"ids": ["sample-000000", "none"]})
    project.ask("POST", host + "/vectors/delete", {"filter": {"position": {"$gte": 100}}})
    assert project.stats("docs")["namespaces"][""] == {"vectorCount": 99}
    project.ask("POST", host + "/vectors/delete", {"deleteAll": True, "namespace": "fr"})
    assert project.stats("docs")["namespaces"]["fr"] == {"vectorCount": 0}
    assert project.stats("docs")["totalVectorCount"] == 99


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": []},
        {"ids": ["a"] * 1_001},
        {"ids": "a"},
        {"ids": ["a"], "deleteAll": True},
        {"ids": ["a"], "filter": {"a": 1}},
        {"filter": {}},
        {"deleteAll": False},
        {"deleteAll": "true"},
    ],
)
def test_delete_takes_exactly_one_of_its_ways(project: Driver, body: object) -> None:
    path = project.host("docs") + "/vectors/delete"
    assert project.ask("POST", path, body, expect=400)["code"] == 3


def test_delete_in_a_namespace_that_is_not_there_is_a_404(project: Driver) -> None:
    path = project.host("docs") + "/vectors/delete"
    refused = project.ask("POST", path, {"deleteAll": True, "namespace": "none"}, expect=404)
    assert (refused["code"], refused["message"]) == (5, "Namespace not found")


def test_ids_are_listed_in_order_by_prefix_and_page(project: Driver) -> None:
    host = index(project, "small")
    names = ["b", "a#2", "a#10", "a#1", "B"]
    upsert(project, host, [{"id": name, "values": [1, 2]} for name in names])
    whole = project.ask("GET", host + "/vectors/list")
    assert [each["id"] for each in whole["vectors"]] == ["B", "a#1", "a#10", "a#2", "b"]
    assert "pagination" not in whole
    first = project.ask("GET", host + "/vectors/list?prefix=a%23&limit=2")
    upsert(project, host, [{"id": "a#0", "values": [1, 2]}])
    token = first["pagination"]["next"]
    last = project.ask("GET", f"{host}/vectors/list?prefix=a%23&limit=2&paginationToken={token}")
    assert [each["id"] for each in first["vectors"] + last["vectors"]] == ["a#1", "a#10", "a#2"]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "paginationToken=x"])
def test_bad_page_of_ids_is_refused(project: Driver, query: str) -> None:
    project.ask("GET", f"{project.host('docs')}/vectors/list?{query}", expect=400)


def test_records_are_fetched_by_metadata_page_by_page(project: Driver) -> None:
    path = project.host("docs") + "/vectors/fetch_by_metadata"
    body: dict[str, object] = {"filter": {"position": {"$in": [3, 1, 2]}}, "limit": 2}
    ask_as(project, "2025-04", "POST", path, body, expect=404)
    first = ask_as(project, "2026-04", "POST", path, body)
    assert [each["metadata"] for each in first["vectors"].values()] == [
        {"position": 1},
        {"position": 2},
    ]
    rest = ask_as(
        project, "2026-04", "POST", path, {**body, "paginationToken": first["pagination"]["next"]}
    )
    assert list(rest["vectors"]) == ["sample-000003"]
    assert "pagination" not in rest
    for bad in ({}, {"filter": {}}, {**body, "limit": 0}, {**body, "limit": 10_001}):
        ask_as(project, "2026-04", "POST", path, bad, expect=400)


@pytest.mark.parametrize(
    ("version", "names"),
    [
        ("2025-04", set()),
        ("2025-10", {"memory_fullness", "storage_fullness"}),
        ("2026-04", {"memory_fullness", "storage_fullness"}),
        ("2026-07", {"memoryFullness", "storageFullness"}),
    ],
)
def test_fullness_figures_come_with_the_later_versions(
    project: Driver, version: str, names: set[str]
) -> None:
    path = project.host("docs") + "/describe_index_stats"
    stats = ask_as(project, version, "POST", path, {})
    figures = {key for key in stats if "ullness" in key}
    assert figures == {"indexFullness", *names}


def test_stats_of_serverless_indexes_cannot_be_filtered(project: Driver) -> None:
    path = project.host("docs") + "/describe_index_stats"
    project.ask("POST", path, {"filter": {"a": 1}}, expect=400)
    project.ask("POST", path, {"filter": {}})


def test_stats_of_pods_count_what_a_filter_matches(project: Driver) -> None:
    host = index(project, "pods", spec=POD)
    rows = [{"id": f"{n}", "values": [1, n], "metadata": {"n": n}} for n in range(4)]
    upsert(project, host, rows)
    upsert(project, host, rows[:1], "other")
    stats = project.ask("POST", host + "/describe_index_stats", {"filter": {"n": {"$gt": 1}}})
    assert stats["namespaces"] == {"": {"vectorCount": 2}}
    assert stats["totalVectorCount"] == 5


def test_pods_have_no_lists_and_no_namespace_operations(project: Driver) -> None:
    host = index(project, "pods", spec=POD)
    for path in ("/vectors/list", "/namespaces", "/namespaces/a"):
        assert project.ask("GET", host + path, expect=400)["code"] == 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
RIGHT: Mapping[str, object] = {
    "id": "sample-000001",
    "ids": ["sample-000001"],
    "values": [0.5] * 8,
    "vector": [0.5] * 8,
    "vectors": [{"id": "a", "values": [0.5] * 8}],
    "sparseValues": {"indices": [1], "values": [1.0]},
    "sparseVector": {"indices": [1], "values": [1.0]},
    "setMetadata": {"a": 1},
    "filter": {"position": {"$gt": 1}},
    "deleteAll": True,
    "topK": 3,
    "includeValues": True,
    "includeMetadata": True,
    "namespace": "fr",
    "name": "new",
    "limit": 2,
    "paginationToken": "e30=",
    "dryRun": True,
}
BODIES = st.dictionaries(st.sampled_from(sorted(RIGHT)), JSON, max_size=3).flatmap(
    lambda wrong: st.sets(st.sampled_from(sorted(RIGHT)), max_size=4).map(
        lambda right: {**{key: RIGHT[key] for key in right}, **wrong}
    )
)
PATHS = (
    "/vectors/upsert",
    "/vectors/update",
    "/vectors/delete",
    "/vectors/fetch_by_metadata",
    "/query",
    "/namespaces",
    "/describe_index_stats",
    "/bulk/imports",
)


@given(path=st.sampled_from(PATHS), body=BODIES, last=st.booleans())
def test_every_body_is_answered_as_documented(path: str, body: object, *, last: bool) -> None:
    project = Driver()
    project.seed("docs")
    headers = {"Api-Key": KEY, "X-Pinecone-Api-Version": "2026-07" if last else "2025-10"}
    reply = project.send("POST", project.host("docs") + path, body, headers)
    assert reply.status in {200, 400, 404, 409}
    answer = json.loads(reply.body)
    assert reply.status == 200 or answer.keys() == {"code", "message", "details"}


RECORDS = [Record(f"id-{n}", pack((float(n), 1.0))) for n in range(3_000)]


def table(records: Sequence[Record]) -> Table:
    made = Table()
    for record in records:
        made.put(record)
    return made


@given(writes=st.lists(st.tuples(st.integers(0, 4_000), st.booleans(), st.booleans()), max_size=40))
def test_copies_of_a_table_keep_what_they_held(writes: list[tuple[int, bool, bool]]) -> None:
    current, expected = table(RECORDS), {record.id: record for record in RECORDS}
    kept: list[tuple[Table, Mapping[str, Record]]] = []
    for n, removes, copies in writes:
        if copies:
            kept.append((current, dict(expected)))
            current = current.copy()
        if removes:
            assert current.remove(f"id-{n}") == expected.pop(f"id-{n}", None)
        else:
            record = Record(f"id-{n}", pack((0.5, float(n))))
            assert current.put(record) == expected.get(record.id)
            expected[record.id] = record
    for held, was in [*kept, (current, expected)]:
        assert dict(held) == was
        assert len(held) == len(was)


def test_a_write_after_a_snapshot_copies_one_chunk_of_many() -> None:
    vectors = Vectors()
    vectors.put("", RECORDS)
    before = vectors.snapshot()
    vectors.put("", [Record("id-7", pack((9.0, 9.0)))])
    pairs = zip(before.namespaces[""].chunks(), vectors.namespace("").chunks(), strict=True)
    shared = [old is new for old, new in pairs]
    assert len(shared) > 4
    assert shared.count(False) == 1


def test_counts_and_sizes_follow_every_change() -> None:
    vectors = Vectors()
    vectors.put("a", RECORDS[:10])
    vectors.put("a", [Record("id-3", pack((1.0, 2.0)), metadata={"a": "b"})])
    vectors.put("b", RECORDS[:2])
    assert vectors.remove("a", ["id-0", "none", "id-0"]) == 1
    vectors.drop("b")
    taken = vectors.snapshot()
    expected = sum(record.size_bytes for record in vectors.namespace("a").values())
    assert (taken.record_count, taken.size_bytes) == (9, expected)


def test_a_deep_copy_of_vectors_goes_its_own_way() -> None:
    vectors = Vectors()
    vectors.put("", RECORDS[:10])
    other = deepcopy(vectors)
    other.put("", RECORDS[10:20])
    vectors.put("", RECORDS[20:21])
    assert (len(vectors.namespace("")), len(other.namespace(""))) == (11, 20)


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

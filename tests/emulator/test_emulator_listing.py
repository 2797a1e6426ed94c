"""Ids in pages, records by metadata, and counts, by version."""

import pytest
from emulator.driver import Driver
from emulator.indexes import POD, ask_as, index, upsert


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

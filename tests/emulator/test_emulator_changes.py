"""Vectors changed and deleted, by id and by metadata."""

import pytest
from emulator.driver import Driver
from emulator.indexes import ask_as, index, upsert


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

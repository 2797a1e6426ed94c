"""Namespaces on an index's host: list, create, describe, delete, by version."""

import pytest
from emulator.driver import Driver
from emulator.indexes import ask_as


def test_namespaces_are_listed_in_order_by_prefix_and_page(project: Driver) -> None:
    path = project.host("docs") + "/namespaces"
    assert ask_as(project, "2025-04", "GET", path) == {
        "namespaces": [
            {"name": "__default__", "record_count": 120},
            {"name": "fr", "record_count": 80},
        ]
    }
    ask_as(project, "2025-10", "POST", path, {"name": "fr-ca"})
    ask_as(project, "2025-10", "POST", path, {"name": "de"})
    french = ask_as(project, "2025-10", "GET", path + "?prefix=fr")
    assert [each["name"] for each in french["namespaces"]] == ["fr", "fr-ca"]
    assert french["total_count"] == 2
    first = ask_as(project, "2025-10", "GET", path + "?limit=3")
    token = first["pagination"]["next"]
    last = ask_as(project, "2025-10", "GET", f"{path}?limit=3&paginationToken={token}")
    names = [each["name"] for each in first["namespaces"] + last["namespaces"]]
    assert names == ["__default__", "de", "fr", "fr-ca"]
    assert first["total_count"] == last["total_count"] == 4


def test_created_namespace_is_empty_and_has_its_schema(project: Driver) -> None:
    path = project.host("docs") + "/namespaces"
    schema = {"fields": {"year": {"filterable": True}}}
    made = ask_as(project, "2026-04", "POST", path, {"name": "films", "schema": schema})
    assert made == {"name": "films", "record_count": 0, "schema": schema}
    assert ask_as(project, "2026-04", "GET", path + "/films") == made
    assert project.stats("docs")["namespaces"]["films"] == {"vectorCount": 0}


def test_numbers_are_texts_since_2026_07(project: Driver) -> None:
    described = ask_as(project, "2026-07", "GET", project.host("docs") + "/namespaces/fr")
    assert (described["name"], described["record_count"]) == ("fr", "80")
    assert int(described["size_bytes"]) > 80 * 8 * 4


def test_namespaces_are_created_since_2025_10(project: Driver) -> None:
    path = project.host("docs") + "/namespaces"
    ask_as(project, "2025-04", "POST", path, {"name": "a"}, expect=404)


@pytest.mark.parametrize("name", ["fr", "__default__"])
def test_namespace_that_exists_is_a_409(project: Driver, name: str) -> None:
    path = project.host("docs") + "/namespaces"
    assert ask_as(project, "2025-10", "POST", path, {"name": name}, expect=409)["code"] == 6


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": 7},
        {"name": "é"},
        {"name": "x" * 513},
        {"name": "a", "schema": {"fields": {"year": {"filterable": False}}}},
        {"name": "a", "schema": {"fields": {"$year": {"filterable": True}}}},
        {"name": "a", "schema": {}},
        {"name": "a", "schema": {"fields": {f"f{n}": {"filterable": True} for n in range(51)}}},
    ],
)
def test_impossible_namespace_is_refused(project: Driver, body: object) -> None:
    path = project.host("docs") + "/namespaces"
    assert ask_as(project, "2025-10", "POST", path, body, expect=400)["code"] == 3


def test_deleted_namespace_is_gone_with_its_records(project: Driver) -> None:
    path = project.host("docs") + "/namespaces/fr"
    assert project.ask("DELETE", path) == {}
    assert project.stats("docs")["namespaces"] == {"": {"vectorCount": 120}}
    for method in ("GET", "DELETE"):
        assert project.ask(method, path, expect=404)["message"] == "Namespace not found"


def test_default_namespace_always_exists(project: Driver) -> None:
    path = project.host("docs") + "/namespaces/__default__"
    assert project.ask("GET", path)["record_count"] == 120
    project.ask("DELETE", path)
    assert project.ask("GET", path)["record_count"] == 0

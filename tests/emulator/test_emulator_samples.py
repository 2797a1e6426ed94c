"""Sample data: plans that work, and plans that are refused with a sentence."""

from typing import Any

import pytest
from emulator.driver import Driver

from reconciler.emulator.samples import sample, seed


def test_sample_makes_two_hundred_records_in_two_namespaces() -> None:
    project = Driver()
    seed(project.emulator, sample(["docs", "films"]))
    for name in ("docs", "films"):
        assert project.stats(name)["namespaces"] == {
            "": {"vectorCount": 120},
            "fr": {"vectorCount": 80},
        }
        assert project.ask("GET", f"/indexes/{name}")["tags"] == {"team": "samples"}


def test_indexes_are_made_of_pods_where_that_is_asked_for() -> None:
    project = Driver()
    seed(project.emulator, sample(["docs", "films"], {"films"}))
    kinds = {
        name: set(project.ask("GET", f"/indexes/{name}")["spec"]) for name in ("docs", "films")
    }
    assert kinds == {"docs": {"serverless"}, "films": {"pod"}}
    assert project.stats("films")["totalVectorCount"] == 200


def test_plan_may_bring_its_own_records_dimension_metric_and_tags() -> None:
    project = Driver()
    record = {"id": "a", "values": [1.0, 2.0], "metadata": {"k": "v"}}
    plan = {
        "name": "films",
        "dimension": 2,
        "metric": "euclidean",
        "tags": {"a": "b"},
        "namespaces": {"mine": [record], "many": 250},
    }
    seed(project.emulator, {"indexes": [plan]})
    index = project.ask("GET", "/indexes/films")
    assert (index["dimension"], index["metric"], index["tags"]) == (2, "euclidean", {"a": "b"})
    host = project.host("films")
    fetched = project.ask("GET", host + "/vectors/fetch?ids=a&namespace=mine")
    assert fetched["vectors"] == {"a": record}
    assert project.stats("films")["namespaces"]["many"] == {"vectorCount": 250}


def test_large_vectors_are_sent_in_requests_that_are_small_enough() -> None:
    project = Driver()
    plan = {"name": "wide", "dimension": 20_000, "namespaces": {"": 12}}
    seed(project.emulator, {"indexes": [plan]})
    assert project.stats("wide")["totalVectorCount"] == 12


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        ({}, "indexes"),
        ({"indexes": [], "more": 1}, "nothing else"),
        ({"indexes": 3}, "indexes"),
        ({"indexes": "docs"}, "index 0"),
        ({"indexes": [{}]}, "index 0 of the plan"),
        ({"indexes": [{"name": "a", "dimensions": 3}]}, "dimensions"),
        ({"indexes": [{"name": "a", "dimension": "3"}]}, "dimension"),
        ({"indexes": [{"name": "a", "namespaces": 3}]}, "namespaces"),
        ({"indexes": [{"name": "a", "pod": "yes"}]}, "pod of index 0"),
        ({"indexes": [{"name": "a", "namespaces": {"x": -1}}]}, "namespace 'x'"),
        ({"indexes": [{"name": "a", "tags": {"k": {1}}}]}, "JSON"),
        ({"indexes": [{"name": "Not A Name"}]}, "refused /indexes with 400"),
        ({"indexes": [{"name": "a", "namespaces": {"": [{"id": "x"}]}}]}, "dimension"),
    ],
)
def test_bad_plan_is_refused_with_a_sentence(plan: Any, sentence: str) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match=sentence):
        seed(Driver().emulator, plan)

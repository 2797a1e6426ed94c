"""Differences come as one change per leaf, by dotted path, whatever deepdiff makes of them."""

import pytest

from reconciler.model.change import FieldChange
from reconciler.model.values import Fields
from reconciler.planning.diff import diff


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": None}, {}, []),
        ({}, {"a": None}, []),
        ({"tags": {"a": None}}, {"tags": {}}, []),
        ({"a": "1"}, {"a": 1}, [("a", "1", 1)]),
        ({"a": "x"}, {}, [("a", "x", None)]),
        ({}, {"a": "x"}, [("a", None, "x")]),
        (
            {"tags": {"a": "1"}},
            {"tags": {"b": "2"}},
            [("tags.a", "1", None), ("tags.b", None, "2")],
        ),
        ({"tags": {"a": "1"}}, {}, [("tags.a", "1", None)]),
        ({"tags": None}, {"tags": {"a": "1"}}, [("tags.a", None, "1")]),
        ({"tags": {}}, {"tags": None}, [("tags", {}, None)]),
        ({"from": {"backup": "a"}}, {"from": {"index": "a"}}, None),
        ({"a": [1, 2]}, {"a": [1, 3]}, [("a.1", 2, 3)]),
        ({"a": [1]}, {"a": [1, 2]}, [("a.1", None, 2)]),
        ({"a": {"b": 1}}, {"a": "b"}, [("a", {"b": 1}, "b")]),
        ({"it's": {"a.b": 1}}, {"it's": {"a.b": 2}}, [("it's.a.b", 1, 2)]),
        ({"root['a']": 1}, {"root['a']": 2}, [("root['a']", 1, 2)]),
        ({"a": "x" * 5000}, {"a": "x" * 4999 + "y"}, None),
        ({"a": {"b": {"c": {"d": 1}}}}, {"a": {"b": {"c": {"d": 2}}}}, [("a.b.c.d", 1, 2)]),
    ],
)
def test_every_leaf_that_differs_is_named(
    before: Fields, after: Fields, expected: list[tuple[str, object, object]] | None
) -> None:
    found = [(one.path, one.before, one.after) for one in diff(before, after)]
    if expected is None:
        assert found
    else:
        assert found == expected


def test_changes_are_sorted_by_path() -> None:
    before: Fields = {"b": 1, "a": {"z": 1, "y": 1}}
    paths = [one.path for one in diff(before, {"b": 2, "a": {"z": 2, "y": 2}})]
    assert paths == ["a.y", "a.z", "b"]


def test_a_change_of_source_names_both_sides() -> None:
    found = diff({"from": {"backup": "a"}}, {"from": {"backup_id": "b"}})
    assert [(one.path, one.before, one.after) for one in found] == [
        ("from.backup", "a", None),
        ("from.backup_id", None, "b"),
    ]
    assert found[0] == FieldChange("from.backup")

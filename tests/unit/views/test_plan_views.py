"""How plans are written: numbers, ages, other people's text, and lines that fit."""

from dataclasses import replace
from pathlib import Path

import pytest
from golden.case import given_of, load_case

from reconciler.model.change import Action, Standing
from reconciler.model.plan import Plan
from reconciler.model.values import JSON, SECOND
from reconciler.planning.planner import make_plan
from reconciler.views.inert import inert
from reconciler.views.lines import Line, Style, paint
from reconciler.views.plan_json import plan_json
from reconciler.views.plan_text import render
from reconciler.views.words import age, duration, number, size, value

GOLDEN = Path(__file__).parents[2] / "golden"
CASES = sorted(file.parent for file in GOLDEN.glob("*/config.yaml"))
DAY = 86400


def plan_of(folder: Path) -> Plan:
    return make_plan(given_of(load_case(folder)))


@pytest.mark.parametrize("width", [80, 120])
def test_lines_fit_the_terminal(width: int) -> None:
    for folder in CASES:
        for line in render(plan_of(folder), width):
            assert len(line.text) <= width, line.text


def test_plan_is_painted_only_when_asked() -> None:
    plan = plan_of(GOLDEN / "order-everything")
    lines = render(plan)
    assert "\x1b" not in paint(lines, color=False)
    assert "\x1b[32m" in paint(lines, color=True)
    assert paint([Line("", Style.STRONG)], color=True) == "\n"


def test_hostile_text_reaches_no_terminal() -> None:
    text = paint(render(plan_of(GOLDEN / "order-hostile-text")), color=False)
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_what_is_not_planned_is_a_no_op_for_policies() -> None:
    for folder in CASES:
        plan = plan_of(folder)
        document = plan_json(plan)
        changes = document["resource_changes"]
        assert isinstance(changes, list)
        for change, shown in zip(plan.changes, changes, strict=True):
            quiet = change.standing is not Standing.PLANNED
            quiet = quiet or change.action in {Action.NO_OP, Action.WAIT, Action.ADOPT}
            assert (shown["change"]["actions"] == ["no-op"]) == quiet


def test_plan_that_could_not_read_everything_is_not_complete() -> None:
    document = plan_json(plan_of(GOLDEN / "guard-unreadable-list"))
    assert document["complete"] is False
    assert document["applyable"] is True


def test_every_change_says_what_it_is_about() -> None:
    plan = plan_of(GOLDEN / "order-everything")
    for change in plan.changes:
        if change.standing is not Standing.UNCHANGED:
            one = replace(plan, changes=(change,))
            assert str(change.address) in "\n".join(line.text for line in render(one))


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (3600, "1 hour ago"),
        (DAY, "1 day ago"),
        (29 * DAY, "29 days ago"),
        (30 * DAY, "1 month ago"),
        (557 * DAY, "18 months ago"),
        (730 * DAY, "2 years ago"),
        (-5, "just now"),
    ],
)
def test_age_is_written_in_the_largest_unit_that_says_something(seconds: int, written: str) -> None:
    assert age(0, seconds * SECOND) == written


def test_sizes_counts_and_durations_are_written_for_people() -> None:
    assert [size(0), size(1), size(1024), size(1536 * 1024), size(5 * 1024**6)] == [
        "0 bytes",
        "1 byte",
        "1.0 KiB",
        "1.5 MiB",
        "5120.0 PiB",
    ]
    assert number(1204331, "record") == "1,204,331 records"
    assert [duration(4.9), duration(125), duration(3780)] == ["4s", "2m 5s", "1h 3m"]


@pytest.mark.parametrize(
    ("found", "written"),
    [
        (None, "(none)"),
        (True, "true"),
        (3, "3"),
        ("", '""'),
        ("a\nb", "a\\x0ab"),
        (["a", 1], "[a, 1]"),
        ({"b": 1, "a": None}, "a: (none), b: 1"),
    ],
)
def test_values_stay_on_one_line(found: JSON, written: str) -> None:
    assert value(found) == written


def test_only_harmless_letters_are_left_as_they_are() -> None:
    assert inert("Größe 数 ok") == "Größe 数 ok"
    assert inert("\u200b\u202e\x00") == "\\u200b\\u202e\\x00"

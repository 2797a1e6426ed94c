"""Steps as people read them: in apply's order, with what each waits for."""

from dataclasses import replace
from pathlib import Path

from golden.case import given_of, load_case

from reconciler.model.address import Address
from reconciler.model.plan import Operation, Plan, Step, When
from reconciler.planning.planner import make_plan
from reconciler.views.steps import explain

GOLDEN = Path(__file__).parents[2] / "golden"


def plan_of(name: str) -> Plan:
    return make_plan(given_of(load_case(GOLDEN / name)))


def texts(plan: Plan, width: int = 80) -> list[str]:
    return [line.text for line in explain(plan, width)]


def step(name: str, *after: str, when: When = When.ON_SUCCESS) -> Step:
    return Step(name, Address("backup", "x"), Operation.CREATE, after, when)


def test_chain_says_what_waits_for_what() -> None:
    assert texts(plan_of("order-backup-restore-import")) == [
        "Steps, in the order in which apply takes them:",
        "  1  create backup.docs-june",
        "  2  create restore.docs-recovered (after 1)",
        "  3  verify restore.docs-recovered (after 2)",
        "  4  create import.docs-catch-up (after 3)",
    ]


def test_delete_comes_after_everything() -> None:
    *_, last = texts(plan_of("order-everything"), 200)
    assert last.endswith("delete backup.docs-old (after all of these)")


def test_runs_of_numbers_are_drawn_together_and_clean_up_is_told() -> None:
    names = [f"s{number}" for number in range(1, 8)]
    waiting = step("s8", "s1", "s2", "s4", "s5", "s6", when=When.ALWAYS)
    plan = replace(plan_of("backup-unchanged"), steps=(*map(step, names), waiting))
    assert texts(plan)[-1] == "  8  s8 (after 1, 2, 4 to 6, however they end)"


def test_plan_without_steps_says_so() -> None:
    assert texts(plan_of("backup-unchanged")) == ["There are no steps to take."]


def test_narrow_terminal_breaks_lines_further_in() -> None:
    for width in (30, 40, 80):
        for line in texts(plan_of("order-everything"), width)[1:]:
            assert len(line) <= width

"""Very many changes that are alike are counted; what ends something or waits for us never is."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from golden.case import given_of, load_case

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Standing
from reconciler.model.plan import Plan
from reconciler.planning.planner import make_plan
from reconciler.views.plan_text import render

EVERYTHING = Path(__file__).parents[2] / "golden" / "order-everything"


def of_each(count: int) -> Plan:
    """Give a plan with so many of every change of a plan that has one of each."""
    plan = make_plan(given_of(load_case(EVERYTHING)))
    return replace(
        plan,
        changes=tuple(
            replace(change, address=Address(change.address.kind, f"n{place}-{number:03}"))
            for place, change in enumerate(plan.changes)
            for number in range(count)
        ),
    )


def named(plan: Plan) -> list[Change]:
    words = {word for line in render(plan) for word in line.text.split()}
    return [change for change in plan.changes if str(change.address) in words]


@pytest.mark.parametrize(("count", "shown"), [(50, 50), (51, 5), (120, 5)])
def test_first_few_of_many_creates_are_shown_and_the_rest_counted(count: int, shown: int) -> None:
    plan = of_each(count)
    kept = [one for one in named(plan) if one.action is Action.CREATE]
    assert [one.address.name for one in kept] == [f"n0-{number:03}" for number in range(shown)]
    counted = [
        line.text.strip() for line in render(plan) if re.search(r"more backups to", line.text)
    ]
    left = f"... {count - shown} more backups to create; -o json names them all"
    assert counted == ([left] if count > shown else [])


def test_every_removal_and_all_that_needs_attention_is_shown_however_many() -> None:
    plan = of_each(120)
    shown = {change.address for change in named(plan)}
    counted = {
        change.action
        for change in plan.changes
        if change.address not in shown and change.standing is not Standing.UNCHANGED
    }
    assert counted == {Action.CREATE, Action.UPDATE}

"""The plan on a pull request: it fits, what is cut is said, and removals are the last to go."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from golden.case import given_of, load_case

from reconciler.model.address import Address
from reconciler.model.change import REMOVALS, Action, Change, Standing
from reconciler.model.plan import Plan
from reconciler.planning.planner import make_plan
from reconciler.views.plan_markdown import MOST_BYTES, render

EVERYTHING = Path(__file__).parents[2] / "golden" / "order-everything"
LEFT_OUT = re.compile(r"^\.\.\. ([\d,]+) left out here: (.*)$", re.MULTILINE)


def grown(create: int, delete: int, june: int = 0) -> Plan:
    """Give a plan of many changes, each like one that was planned."""
    plan = make_plan(given_of(load_case(EVERYTHING)))

    def many(pattern: Change, count: int, name: str) -> list[Change]:
        return [
            replace(pattern, address=Address(pattern.address.kind, f"{name}-{number:05}"))
            for number in range(count)
        ]

    one = {change.action: change for change in plan.changes if change.standing is Standing.PLANNED}
    (undecided,) = (one for one in plan.changes if one.standing is Standing.ATTENTION)
    changes = many(one[Action.CREATE], create, "new") + many(one[Action.DELETE], delete, "old")
    return replace(plan, changes=(*changes, *many(undecided, june, "june")))


def shown(text: str, plan: Plan) -> list[Change]:
    return [change for change in plan.changes if str(change.address) in text]


def test_plan_that_fits_is_whole() -> None:
    plan = grown(20, 20)
    text = render(plan)
    assert len(shown(text, plan)) == 40
    assert "left out" not in text


def test_middle_of_what_does_no_harm_is_cut_and_every_removal_stays() -> None:
    plan = grown(2_000, 100, 10)
    text = render(plan)
    here = shown(text, plan)
    assert len(text.encode()) <= MOST_BYTES
    assert len([change for change in here if change.action in REMOVALS]) == 100
    assert len([change for change in here if change.standing is Standing.ATTENTION]) == 10
    ((count, said),) = LEFT_OUT.findall(text)
    assert int(count.replace(",", "")) == 2_110 - len(here)
    assert said == f"{count} x backup create"
    assert f"**Too long for here: {count} of 2,111 parts are left out below.**" in text
    assert {"backup.new-00000", "backup.new-01999"} <= {str(change.address) for change in here}


def test_limit_is_used_to_its_end() -> None:
    plan = grown(2_000, 10)
    longer = len(render(grown(2_000, 10), MOST_BYTES).encode())
    assert MOST_BYTES - 400 < longer <= MOST_BYTES
    assert len(shown(render(plan, 20_000), plan)) < len(shown(render(plan, 30_000), plan))


def test_details_of_removals_go_before_any_removal_does() -> None:
    plan = grown(500, 400)
    text = render(plan, 40_000)
    assert len(text.encode()) <= 40_000
    assert len([one for one in shown(text, plan) if one.action in REMOVALS]) == 400
    assert "57a39b61-3671-50e9-8b0b-ff76e44c2ddc" not in text


def test_removals_that_do_not_fit_at_all_are_counted_at_the_top_and_in_place() -> None:
    plan = grown(10, 5_000)
    text = render(plan)
    assert len(text.encode()) <= MOST_BYTES
    removed = len([one for one in shown(text, plan) if one.action in REMOVALS])
    assert 500 < removed < 5_000
    assert f"... {5_000 - removed:,} left out here: {5_000 - removed:,} x backup delete" in text
    assert text.index("Too long for here") < text.index("### Deleted")
    assert "5000 to destroy" in text.splitlines()[2]


@pytest.mark.parametrize("most_bytes", [2_000, 5_000, 65_000])
def test_text_keeps_to_the_limit_whatever_is_in_the_plan(most_bytes: int) -> None:
    plan = grown(300, 300, 300)
    assert len(render(plan, most_bytes).encode()) <= most_bytes


def test_what_waits_for_a_decision_is_cut_before_any_removal() -> None:
    plan = grown(10, 300, 5_000)
    text = render(plan)
    assert len(text.encode()) <= MOST_BYTES
    here = shown(text, plan)
    assert len([one for one in here if one.action in REMOVALS]) == 300
    assert len([one for one in here if one.standing is Standing.ATTENTION]) < 5_000

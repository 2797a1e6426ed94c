"""Scope where no golden case reaches: owners, open creates, what was reviewed, renames by hand."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from golden.case import given_of, load_case
from unit.planning.expanding import given_with
from unit.planning.test_expansion import NIGHTLY, case_of

from reconciler.model.address import Address
from reconciler.model.change import Action, Reason
from reconciler.model.records import fold
from reconciler.planning.given import Given, Review
from reconciler.planning.moving import renaming
from reconciler.planning.planner import make_plan

GOLDEN = Path(__file__).parents[2] / "golden"
POLICY = frozenset({"policy.nightly"})


def given(name: str, *targets: str) -> Given:
    found = given_of(load_case(GOLDEN / name))
    return replace(found, permissions=replace(found.permissions, targets=frozenset(targets)))


def test_an_owner_stands_for_all_that_it_makes_and_keeps() -> None:
    config = "version: 1\nbackups: {other: {index: docs-prod}}\n"
    case = case_of(days=(21, 22), config=config, targets=["policy.nightly"])
    plan = make_plan(given_with(case, policy_nightly=NIGHTLY))
    names = [change.address.name for change in plan.changes]
    assert names == ["nightly-2026-11-21", "nightly-2026-11-22", "nightly-2026-11-23"]
    assert plan.left_out == 1
    case = case_of(days=(21, 22), config=config, excludes=["policy.nightly"])
    plan = make_plan(given_with(case, policy_nightly=NIGHTLY))
    assert [str(change.address) for change in plan.changes] == ["backup.other"]


def test_a_create_that_is_not_settled_is_in_scope_by_its_address() -> None:
    name = "backup-intent-undeclared"
    (address,) = [intent.address for intent in given(name).state.intents.values()]
    plan = make_plan(given(name, str(address)))
    assert plan.change(address).reason is Reason.UNSETTLED
    assert not plan.refusals


def test_the_name_of_something_forgotten_is_no_slip_of_the_pen() -> None:
    found = given("adopt-forgotten")
    (item,) = found.state.ledger.values()
    undeclared = replace(found, configuration=replace(found.configuration, desired={}))
    allowed = replace(found.permissions, targets=frozenset({str(item.address)}), empty=True)
    assert not make_plan(replace(undeclared, permissions=allowed)).refusals


def test_a_saved_plan_is_about_what_it_was_about_whatever_its_patterns_match_by_now() -> None:
    before = given("scope-removal", "backup.docs-may")
    reviewed = make_plan(before)
    entries = {a: e for a, e in before.state.entries.items() if a.name != "docs-may"}
    state = replace(before.state, entries=entries)
    world = replace(before.world, entries=entries)
    now = replace(before, state=state, world=world, review=Review(reviewed, resumed=True))
    plan = make_plan(now)
    assert not plan.refusals
    assert not plan.changes
    assert plan.left_out == reviewed.left_out


def test_everything_asked_for_leaves_nothing_out() -> None:
    plan = make_plan(given("scope-target-glob", "*"))
    assert plan.complete
    assert not plan.warnings


@pytest.mark.parametrize("declared", [True, False])
def test_an_object_renamed_by_hand_keeps_the_name_that_its_old_key_gave_it(
    declared: bool,  # noqa: FBT001 - of the table above
) -> None:
    found = given("collection-moved")
    configuration = found.configuration if declared else replace(found.configuration, moved=())
    old, new = Address("collection", "legacy-movies"), Address("collection", "movies")
    entry = found.state.entries[old]
    records = renaming(found.kinds, entry, found.state, new)
    state = fold(found.state, json.loads(json.dumps(records)))
    world = replace(found.world, entries=state.entries)
    plan = make_plan(replace(found, configuration=configuration, state=state, world=world))
    assert state.entries[new].remote_id == entry.remote_id
    assert plan.change(new).action is Action.NO_OP
    assert plan.change(new).reason is Reason.MATCHES

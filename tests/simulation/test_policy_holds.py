"""What a hold stands against: every way in which a backup of a policy could be deleted."""

from dataclasses import replace

import pytest
from simulation.cases import WINDOW
from simulation.hourly import EXPIRY, HOUR, HOURLY, POLICY, backups, hours, policy
from simulation.world import World

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.desired import Held
from reconciler.model.plan import Permissions, Plan

ALL = Permissions(deletes=True, expiry=True, empty=True, max_removals=99)
NOTHING = "backups: {}\n"
LOAD = "{index: docs-prod, uri: s3://b/november}"


def held_by(world: World, more: str = "", until: str = "") -> str:
    """Declare the policy with a hold on the first backup that it has."""
    hold = f"hold: [{{backup: {backups(world)[0]['backup_id']}, reason: audit{until}}}]{more}"
    return f"backup_policies: {{hourly: {{{HOURLY}, {hold}}}}}\n"


def first(world: World, plan: Plan) -> Change:
    return next(one for one in plan.changes if one.remote_id == backups(world)[0]["backup_id"])


def test_an_absent_policy_does_not_delete_what_the_same_block_holds() -> None:
    world = World()
    hours(world, 3)
    plan = world.plan(held_by(world, ", ensure: absent"), ALL, **WINDOW)
    found = first(world, plan)
    assert (found.standing, found.reason) == (Standing.REFUSED, Reason.HELD)
    assert found.because == "ensure: absent, but it is held: audit"
    assert "held" in {one.reference for one in plan.refusals}
    assert plan.steps == ()


@pytest.mark.parametrize("way", ["removed", "destroy", "replace"])
def test_a_hold_in_state_refuses_what_would_end_the_backup(way: str) -> None:
    world = World()
    hours(world, 3)
    yaml = held_by(world, ", lifecycle: {on_remove: delete}")
    world.apply(yaml, EXPIRY, **WINDOW)
    address = first(world, world.plan(yaml, **WINDOW)).address
    permissions = {
        "removed": ALL,
        "destroy": replace(ALL, destroy=True),
        "replace": replace(ALL, replace=frozenset({address})),
    }
    plan = world.plan(NOTHING if way == "removed" else yaml, permissions[way], **WINDOW)
    found = plan.change(address)
    assert (found.standing, found.reason) == (Standing.REFUSED, Reason.HELD)
    assert found.because.endswith("but it is held: audit")
    assert plan.steps == ()


def test_a_hold_ends_with_its_time_also_where_its_block_is_gone() -> None:
    world = World()
    hours(world, 3)
    until = ", until: 2026-11-18T18:00:00Z"
    yaml = held_by(world, ", lifecycle: {on_remove: delete}", until)
    world.apply(yaml, EXPIRY, **WINDOW)
    refusals = world.plan(NOTHING, ALL, **WINDOW).refusals
    assert "held" in {one.reference for one in refusals}
    world.wait(6 * HOUR)
    refusals = world.plan(NOTHING, ALL, **WINDOW).refusals
    assert "held" not in {one.reference for one in refusals}


def test_a_hold_that_is_removed_is_lifted_by_an_apply() -> None:
    world = World()
    hours(world, 3)
    plan = world.plan(held_by(world), EXPIRY, **WINDOW)
    assert [(one.path, one.before, one.after) for one in plan.care] == [
        ("lifecycle.held", None, "audit")
    ]
    world.apply(held_by(world), EXPIRY, **WINDOW)
    world.apply(POLICY, EXPIRY, **WINDOW)
    assert {one.lifecycle.held for one in world.state().entries.values()} == {None}


def test_a_hold_means_the_address_that_people_see_too() -> None:
    world = World()
    hours(world, 3)
    oldest = min(world.state().entries)
    yaml = policy(f"hold: [{{backup: {oldest}, reason: audit}}]")
    assert world.plan(yaml, EXPIRY, **WINDOW).warnings == ()
    hours(world, 3, yaml)
    assert oldest in world.state().entries
    assert backups(world)[0]["name"] == oldest.name


def test_nothing_expires_while_a_hold_holds_nothing() -> None:
    world = World()
    hours(world, 3)
    yaml = policy("hold: [{backup: hourly--docs-prdo--20261118-1100, reason: audit}]")
    hours(world, 3, yaml)
    assert len(backups(world)) == 6
    plan = world.plan(yaml, EXPIRY, **WINDOW)
    (warning,) = plan.warnings
    assert warning.reference == "hold-unknown"
    assert warning.summary.endswith(", which is none of its backups, so none of them expires")
    assert Action.DELETE not in {one.action for one in plan.changes}
    assert first(world, plan).because == (
        "kept: none expires while the hold of hourly--docs-prdo--20261118-1100 holds nothing"
    )


def test_an_absent_policy_deletes_nothing_while_a_hold_holds_nothing() -> None:
    world = World()
    hours(world, 3)
    yaml = policy("hold: [{backup: hourly-1, reason: audit}], ensure: absent")
    plan = world.plan(yaml, ALL, **WINDOW)
    assert "hold-unknown" in {one.reference for one in plan.refusals}
    assert plan.steps == ()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param("", "destroy asks for it, but it is held: audit", id="hold"),
        pytest.param(
            ", lifecycle: {prevent_destroy: true}",
            "destroy asks for it, but prevent_destroy is set",
            id="prevent_destroy",
        ),
    ],
)
def test_destroy_heeds_what_no_apply_has_recorded(more: str, said: str) -> None:
    world = World()
    hours(world, 3)
    plan = world.plan(held_by(world, more), replace(ALL, destroy=True), **WINDOW)
    assert first(world, plan).because == said
    assert plan.steps == ()


def test_destroy_deletes_nothing_of_a_policy_while_a_hold_holds_nothing() -> None:
    world = World()
    hours(world, 3)
    vain = "hold: [{backup: hourly--docs-prdo--20261118-1100, reason: a slip of the pen}]"
    yaml = f"backup_policies: {{hourly: {{{HOURLY}, {vain}}}}}\nimports: {{old: {LOAD}}}\n"
    world.apply(yaml, **WINDOW)
    plan = world.plan(yaml, replace(ALL, destroy=True), **WINDOW)
    (refusal,) = (one for one in plan.refusals if one.reference == "hold-unknown")
    assert refusal.summary.endswith("which is none of its backups, so none of them is deleted")
    assert plan.steps == ()
    others = replace(ALL, destroy=True, targets=frozenset({"import.*"}))
    assert [str(step.address) for step in world.plan(yaml, others, **WINDOW).steps] == [
        "import.old"
    ]
    mended = yaml.replace(f", {vain}", "")
    lifted = frozenset(one.address for one in plan.changes)
    everything = replace(ALL, destroy=True, last_backups=lifted)
    assert world.plan(mended, everything, **WINDOW).refusals == ()


def test_a_backup_that_is_taken_up_again_is_held_at_once() -> None:
    world = World()
    hours(world, 3)
    world.apply(NOTHING, Permissions(empty=True), **WINDOW)
    world.apply(held_by(world), EXPIRY, **WINDOW)
    held = {one.remote_id: one.lifecycle.held for one in world.state().entries.values()}
    assert held[backups(world)[0]["backup_id"]] == Held("audit")
    assert list(held.values()).count(None) == len(held) - 1


def test_a_backup_is_claimed_and_held_in_one_apply() -> None:
    world = World()
    world.send("POST", "/indexes/docs-prod/backups", {"name": "by-hand"})
    world.wait(60)
    hours(world, 1)
    hold = "hold: [{backup: by-hand, reason: audit}]"
    yaml = policy(f"claim: {{names: by-hand}}, {hold}").replace("keep_last: 3", "keep_last: 1")
    assert world.plan(yaml, EXPIRY, **WINDOW).warnings == ()
    hours(world, 3, yaml)
    assert backups(world)[0]["name"] == "by-hand"


def test_a_hold_on_what_was_moved_out_holds_nothing() -> None:
    world = World()
    hours(world, 3)
    name = backups(world)[0]["name"]
    moves = f"moved: [{{from: backup.{name}, to: backup.keep-me}}]\n"
    yaml = f"{held_by(world)}backups: {{keep-me: {{index: docs-prod, name: {name}}}}}\n{moves}"
    assert [one.reference for one in world.plan(yaml, **WINDOW).warnings] == ["hold-unknown"]


@pytest.mark.parametrize("lost", ["", "failed", "gone"])
def test_protection_reaches_every_backup_whatever_its_plan_is(lost: str) -> None:
    world = World()
    hours(world, 3, policy("lifecycle: {on_remove: delete}"))
    if lost == "failed":
        world.turn(replace(world.knobs, jobs_fail=1.0))
        hours(world, 1, policy("lifecycle: {on_remove: delete}"))
    if lost == "gone":
        world.send("DELETE", f"/backups/{backups(world)[-1]['backup_id']}")
        world.wait(HOUR)
    shorter = policy("lifecycle: {prevent_destroy: true}").replace("keep_last: 3", "keep_last: 1")
    known = set(world.state().entries)
    world.apply(shorter, **WINDOW)  # without --allow-expiry
    kept: dict[Address, bool] = {
        address: entry.lifecycle.prevent_destroy for address, entry in world.state().entries.items()
    }
    assert known <= set(kept)
    assert set(kept.values()) == {True}

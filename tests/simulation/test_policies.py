"""Policies over many runs: what they make, keep and let expire while the world goes on."""

from dataclasses import replace

from simulation.cases import WINDOW, outcomes
from simulation.hourly import EXPIRY, HOUR, OWNER, POLICY, backups, hours, policy
from simulation.saving import apply_file, saved
from simulation.world import World

from reconciler.emulator.service import Knobs
from reconciler.model.change import Action, Reason, Standing
from reconciler.model.event import Cause, Outcome
from reconciler.model.plan import Operation, Permissions, Plan
from reconciler.model.ports import Call
from reconciler.workflow.rebuild import rebuild


def states(plan: Plan) -> set[tuple[Action, Standing, Reason]]:
    return {(one.action, one.standing, one.reason) for one in plan.changes}


def test_an_hourly_policy_makes_one_an_hour_and_keeps_its_retention() -> None:
    world = World()
    hours(world, 6)
    assert world.committed("create_backup") == 6
    # The oldest goes in the run that makes the newest, once that is Ready.
    assert len(backups(world)) == 3
    assert all(entry.owner == OWNER for entry in world.state().entries.values())
    assert world.oracle.violations == []


def test_nothing_is_due_twice_within_a_slot() -> None:
    world = World()
    for _ in range(6):
        world.apply(POLICY, EXPIRY, **WINDOW)
        world.wait(60)
    assert world.committed("create_backup") == 1


def test_missed_slots_are_made_once_and_late() -> None:
    world = World()
    hours(world, 1)
    world.wait(7 * 24 * HOUR)
    applied = hours(world, 1)
    assert [step.split()[0] for step in outcomes(applied)] == ["create"]
    assert world.committed("create_backup") == 2


def test_a_vanished_backup_of_a_past_slot_is_never_made_again() -> None:
    world = World()
    hours(world, 2)
    gone = backups(world)[0]
    world.send("DELETE", f"/backups/{gone['backup_id']}")
    plan = world.plan(POLICY, **WINDOW)
    lost = next(one for one in plan.changes if one.remote_id == gone["backup_id"])
    assert (lost.standing, lost.reason) == (Standing.ATTENTION, Reason.GONE)
    assert lost.way_out.startswith(f"`reconciler state rm {lost.address}` lets it go")
    hours(world, 1)
    assert world.committed("create_backup") == 3


def test_the_backup_of_the_present_slot_is_not_made_again_either() -> None:
    world = World()
    world.apply(POLICY, EXPIRY, **WINDOW)
    world.wait(200)
    world.send("DELETE", f"/backups/{backups(world)[0]['backup_id']}")
    assert world.plan(POLICY, **WINDOW).steps == ()


def test_a_clock_that_goes_back_makes_nothing() -> None:
    world = World()
    hours(world, 3)
    world.time.seconds -= 2 * HOUR
    plan = world.plan(POLICY, EXPIRY, **WINDOW)
    assert plan.steps == ()
    (warning,) = plan.warnings
    last = max(world.state().entries)
    assert warning.summary == (
        f"policy.hourly makes no backup of docs-prod before the slot of {last}, which is still to "
        "come"
    )


def test_without_the_permission_expiries_are_withheld() -> None:
    world = World()
    hours(world, 3)
    world.apply(POLICY, Permissions(deletes=True), **WINDOW)
    assert len(backups(world)) == 4
    plan = world.plan(POLICY, Permissions(deletes=True), **WINDOW)
    assert (Action.DELETE, Standing.WITHHELD, Reason.EXPIRED) in states(plan)
    assert plan.steps == ()


def test_a_shorter_retention_lets_go_of_no_more_than_one_beside_what_is_made() -> None:
    world = World()
    hours(world, 6, policy("name: 'h-{index}-{slot}'").replace("keep_last: 3", "keep_last: 6"))
    applied = hours(world, 1)
    steps = [step.split()[0] for step in outcomes(applied)]
    assert steps == ["create", "delete", "delete"]
    plan = world.plan(POLICY, replace(EXPIRY, max_expiries=4), **WINDOW)
    assert len([step for step in plan.steps if step.operation is Operation.DELETE]) == 3
    bounded = world.plan(POLICY, EXPIRY, **WINDOW).changes
    ways_out = [one.way_out for one in bounded if one.standing is Standing.WITHHELD]
    assert ways_out == ["later runs let it go, or --max-expiries 3 now"]


def test_min_ready_and_holds_are_never_undercut() -> None:
    world = World()
    hours(world, 3)
    first = backups(world)[0]
    hold = f"hold: [{{backup: {first['backup_id']}, reason: audit}}], min_ready: 2"
    yaml = policy(hold).replace("keep_last: 3", "keep_last: 1")
    hours(world, 4, yaml)
    left = backups(world)
    assert left[0]["backup_id"] == first["backup_id"]
    assert len(left) == 4  # one held, the two that were Ready when the newest was planned, and it
    plan = world.plan(yaml, **WINDOW)
    kept = next(one for one in plan.changes if one.remote_id == first["backup_id"])
    assert kept.because == "kept: held: audit"


def test_an_index_made_anew_is_another_whose_predecessor_keeps_its_rules() -> None:
    world = World()
    hours(world, 3)
    old = {one["backup_id"] for one in backups(world)}
    world.send("DELETE", "/indexes/docs-prod")
    world.wait(60)
    spec = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
    world.send("POST", "/indexes", {"name": "docs-prod", "dimension": 8, "spec": spec})
    world.wait(HOUR)
    applied = world.apply(POLICY, EXPIRY, **WINDOW)
    failed = [one for one in applied.results if one.outcome is Outcome.FAILED]
    assert [(one.reference, one.cause) for one in failed] == [("index-anew", Cause.STALE)]
    world.wait(HOUR)
    hours(world, 3)
    assert old < {one["backup_id"] for one in backups(world)}
    assert len(backups(world)) == 6


def test_foreign_backups_are_neither_counted_nor_let_go() -> None:
    world = World()
    world.send("POST", "/indexes/docs-prod/backups", {"name": "by-hand"})
    hours(world, 6)
    assert backups(world)[0]["name"] == "by-hand"
    assert len(backups(world)) == 4


def test_claimed_backups_are_taken_over_and_kept_by_the_rules() -> None:
    world = World()
    for number in range(2):
        world.send("POST", "/indexes/docs-prod/backups", {"name": f"nightly-{number}"})
        world.wait(60)
    yaml = policy("claim: {names: 'nightly-*'}")
    applied = world.apply(yaml, **WINDOW)
    steps = sorted(step.split()[0] for step in outcomes(applied))
    assert steps == ["adopt", "adopt"]  # taken within the present slot, so none is due
    world.wait(HOUR)
    hours(world, 3, yaml)
    assert [one["name"][:8] for one in backups(world)] == ["hourly--"] * 3


def test_at_the_quota_what_expires_anyway_makes_room_first() -> None:
    world = World(knobs=Knobs(backup_quota=3))
    hours(world, 3)
    full = replace(EXPIRY, backup_quota=3)
    shorter = POLICY.replace("keep_last: 3", "keep_last: 2")
    plan = world.plan(shorter, full, **WINDOW)
    assert [step.operation.value for step in plan.steps] == ["delete", "create", "delete"]
    world.apply(shorter, full, **WINDOW)
    assert len(backups(world)) == 2
    world.wait(HOUR)
    hours(world, 1)
    held = world.plan(POLICY, Permissions(backup_quota=3), **WINDOW)
    assert [one.reference for one in held.refusals] == ["backup-quota"]
    assert held.refusals[0].hint.startswith(
        "a retention of at most 2 of each index would fit with --allow-expiry (1 index, 0 other "
    )


def test_a_lost_state_is_rebuilt_with_its_policy() -> None:
    world = World()
    hours(world, 2)
    before, lineage = world.state().entries, world.lineage8
    world.disk.remove("state/default.json")
    assert [one.reference for one in world.plan(POLICY, **WINDOW).refusals] == ["state-missing"]
    world.process(rebuild(world.session(POLICY, Permissions()), lineage))
    after = world.state().entries
    assert {(one.address, one.remote_id, one.owner) for one in after.values()} == {
        (one.address, one.remote_id, one.owner) for one in before.values()
    }
    hours(world, 1)
    assert world.committed("create_backup") == 3


def test_what_was_forgotten_is_taken_up_again_when_the_policy_comes_back() -> None:
    world = World()
    hours(world, 2)
    world.apply("backups: {}\n", Permissions(empty=True), **WINDOW)
    assert world.state().entries == {}
    world.wait(HOUR)
    applied = world.apply(POLICY, **WINDOW)
    steps = sorted(step.split()[0] for step in outcomes(applied))
    assert steps == ["adopt", "adopt", "create"]
    owners = {entry.owner for entry in world.state().entries.values()}
    assert owners == {OWNER}


def test_a_paused_policy_makes_nothing_and_lets_nothing_go() -> None:
    world = World()
    hours(world, 4, policy("name: 'h-{index}-{slot}'").replace("keep_last: 3", "keep_last: 9"))
    plan = world.plan(policy("paused: true"), EXPIRY, **WINDOW)
    assert plan.is_empty
    assert {one.because for one in plan.changes} == {"kept: the policy is paused"}


def test_a_renamed_policy_keeps_its_backups() -> None:
    world = World()
    hours(world, 2)
    moved = "moved: [{from: policy.hourly, to: policy.often}]\n"
    yaml = f"{POLICY.replace('{hourly:', '{often:')}{moved}"
    hours(world, 3, yaml)
    owners = {str(entry.owner) for entry in world.state().entries.values()}
    assert owners == {"policy.often"}
    assert len(backups(world)) == 3


def test_lifecycle_of_a_policy_reaches_the_backups_it_has() -> None:
    world = World()
    hours(world, 1)
    world.apply(policy("lifecycle: {on_remove: delete}"), **WINDOW)
    entries = world.state().entries.values()
    assert {entry.lifecycle.on_remove.value for entry in entries} == {"delete"}


def test_a_reviewed_plan_makes_its_own_slot_and_lets_go_of_what_it_named() -> None:
    world = World()
    hours(world, 3)
    data = saved(world, POLICY, EXPIRY, **WINDOW)
    world.wait(2 * HOUR)  # two slots became due since; they wait for the next plan
    applied = apply_file(world, data, POLICY, **WINDOW)
    assert applied.stale == ()
    assert sorted(step.split()[0] for step in outcomes(applied)) == ["create", "delete"]
    assert len(backups(world)) == 3
    steps = world.plan(POLICY, EXPIRY, **WINDOW).steps
    assert [step.operation.value for step in steps] == ["create", "delete"]


def test_right_before_an_expiry_enough_others_must_be_ready() -> None:
    world = World()
    yaml = policy("min_ready: 3")
    hours(world, 4, yaml)
    deleted: list[str] = []

    def by_hand(there: World, call: Call) -> None:
        if call.method == "POST" and not deleted:
            deleted.extend(str(one["backup_id"]) for one in backups(there)[1:3])
            for remote_id in deleted:
                there.send("DELETE", f"/backups/{remote_id}")

    world.on_call = by_hand
    applied = world.apply(yaml, EXPIRY, **WINDOW)
    failed = [one for one in applied.results if one.outcome is Outcome.FAILED]
    assert [one.reference for one in failed] == ["last-backup"]
    assert len(deleted) == 2
    assert len(backups(world)) == 3

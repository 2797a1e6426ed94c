"""What bounds the expiries of policies: the last good copy, the scope of a run, the index."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from simulation.cases import WINDOW, host_of, outcomes
from simulation.hourly import EXPIRY, HOUR, POLICY, backups, hours
from simulation.saving import apply_file, saved
from simulation.world import Process, World

from reconciler.emulator.samples import seed
from reconciler.emulator.service import Knobs
from reconciler.model.change import Action, Change, Reason
from reconciler.model.event import Outcome
from reconciler.model.plan import Plan
from reconciler.model.ports import Answer, Call
from reconciler.model.values import SECOND
from reconciler.workflow.apply import Applied, exit_code


def emptied(world: World) -> None:
    """Delete all records of the index by hand."""
    for namespace in ("", "fr"):
        body = {"deleteAll": True, "namespace": namespace}
        world.send("POST", f"{host_of(world, 'docs-prod')}/vectors/delete", body)


def change_of(plan: Plan, remote_id: object) -> Change:
    return next(one for one in plan.changes if one.remote_id == remote_id)


def addresses(plan: Plan, action: Action) -> frozenset[str]:
    return frozenset(str(one.address) for one in plan.changes if one.action is action)


def records(world: World) -> list[int]:
    return [int(one["record_count"]) for one in backups(world)]


def test_the_copy_with_records_of_an_emptied_index_stays_and_no_run_fails() -> None:
    world = World()
    hours(world, 3)
    emptied(world)
    hours(world, 1)
    world.send("POST", f"{host_of(world, 'docs-prod')}/vectors/upsert", RECORD)
    world.wait(60)
    world.send("POST", "/indexes/docs-prod/backups", {"name": "by-hand"})
    world.wait(60)
    emptied(world)
    for _ in range(5):  # the one by hand is good and newer, and is not the policy's to count on
        applied = hours(world, 1)
        assert Outcome.FAILED not in outcomes(applied).values()
    good = [one for one in backups(world) if one["record_count"] and one["name"] != "by-hand"]
    assert len(good) == 1
    assert len(backups(world)) == 5  # the policy's last good one, the one by hand, three
    kept = change_of(world.plan(POLICY, EXPIRY, **WINDOW), good[0]["backup_id"])
    assert kept.because == (
        "kept: it is the newest Ready backup with records that policy.hourly has of docs-prod"
    )


RECORD: Mapping[str, Any] = {"vectors": [{"id": "a", "values": [0.1] * 8}]}


def without_counts(call: Call, real: Answer) -> Answer:
    """Answer as an API does that does not say how many records a backup has."""
    if call.method != "GET" or "/backups" not in call.url:
        return real
    body = json.loads(real.body)
    for one in body.get("data", [body]):
        one.pop("record_count", None)
    return replace(real, body=json.dumps(body).encode())


def test_nothing_expires_while_nobody_knows_which_backups_have_records() -> None:
    world = World()
    hours(world, 3)
    world.on_answer = without_counts
    for _ in range(2):
        assert set(outcomes(hours(world, 1)).values()) == {Outcome.DONE}
    assert len(backups(world)) == 5
    kept = [
        one.because
        for one in world.plan(POLICY, EXPIRY, **WINDOW).changes
        if one.reason is Reason.KEPT and "known" in one.because
    ]
    none = "kept: none of the Ready backups that policy.hourly has of docs-prod is known to have"
    assert set(kept) == {f"{none} records"}


def test_what_only_a_backup_out_of_scope_pushes_out_stays() -> None:
    world = World()
    hours(world, 3)
    plan = world.plan(POLICY, EXPIRY, **WINDOW)
    made, gone = addresses(plan, Action.CREATE), addresses(plan, Action.DELETE)
    assert len(made) == len(gone) == 1
    for scope in (replace(EXPIRY, excludes=made), replace(EXPIRY, targets=gone)):
        assert world.plan(POLICY, scope, **WINDOW).steps == ()
        world.apply(POLICY, scope, **WINDOW)
    assert len(backups(world)) == 3


def test_two_policies_of_one_index_let_go_of_one_more_than_both_make() -> None:
    rules = "indexes: {names: [docs-prod]}, every: 1h, retention: {keep_last: 6}"
    long = f"backup_policies: {{one: {{{rules}}}, two: {{{rules}}}}}\n"
    world = World()
    hours(world, 6, long)
    applied = hours(world, 1, long.replace("keep_last: 6", "keep_last: 2"))
    steps = sorted(step.split()[0] for step in outcomes(applied))
    assert steps == ["create", "create", "delete", "delete", "delete"]


ONE = "one: {indexes: {names: [docs-prod]}, every: 1h, retention: {keep_last: 6}}"
SHORT = ONE.replace("keep_last: 6", "keep_last: 2")


def failing(world: World, name: str) -> None:
    """Let every job fail from now on that makes a backup of a policy of that name."""

    def turn(there: World, call: Call) -> None:
        if call.method == "POST":
            mine = f'"{name}--'.encode() in (call.body or b"")
            there.turn(replace(there.knobs, jobs_fail=1.0 if mine else 0.0))

    world.on_call = turn


def ended(applied: Applied, outcome: Outcome) -> list[str]:
    """Name the operations that ended so."""
    return sorted(step.split()[0] for step, how in outcomes(applied).items() if how is outcome)


def test_where_one_of_two_policies_fails_the_other_lets_go_what_its_own_backup_replaces() -> None:
    two = ONE.replace("one:", "two:").replace("keep_last: 6", "keep_last: 60")
    world = World()
    hours(world, 6, f"backup_policies: {{{ONE}, {two}}}\n")
    failing(world, "two")
    applied = hours(world, 1, f"backup_policies: {{{SHORT}, {two}}}\n")
    assert ended(applied, Outcome.DONE) == ["create", "delete"]
    assert ended(applied, Outcome.FAILED) == ["create"]
    assert ended(applied, Outcome.SKIPPED) == ["delete", "delete"]


def test_at_the_quota_an_index_makes_room_for_another_once_its_own_backup_is_ready() -> None:
    other = ONE.replace("one:", "other:").replace("docs-prod", "docs-two")
    other = other.replace("keep_last: 6", "keep_last: 60")
    for name, done in (("none", ["create", "create", "delete", "delete"]), ("one", ["delete"])):
        world = World()
        named = {"name": "docs-two", "dimension": 4, "namespaces": {"": 3}}
        seed(world.emulator, {"indexes": [named]})
        world.wait(60)
        hours(world, 5, f"backup_policies: {{{ONE}, {other}}}\n")
        failing(world, name)
        full = replace(EXPIRY, backup_quota=10)
        applied = world.apply(f"backup_policies: {{{SHORT}, {other}}}\n", full, **WINDOW)
        assert (name, ended(applied, Outcome.DONE)) == (name, done)


def test_a_saved_plan_whose_create_failed_lets_nothing_go_when_it_goes_on() -> None:
    world = World()
    hours(world, 6, f"backup_policies: {{{ONE}}}\n")
    short = f"backup_policies: {{{SHORT}}}\n"
    data = saved(world, short, EXPIRY, **WINDOW)
    failing(world, "one")
    assert ended(apply_file(world, data, short, **WINDOW), Outcome.FAILED) == ["create"]
    world.wait(600)
    again = apply_file(world, data, short, **WINDOW)
    assert ended(again, Outcome.SKIPPED) == ["delete", "delete"]
    assert exit_code(again) != 0
    assert len([one for one in backups(world) if one["status"] == "Ready"]) == 6


def test_at_the_quota_an_index_made_anew_costs_its_predecessor_no_copy() -> None:
    world = World(knobs=Knobs(backup_quota=3))
    hours(world, 3)
    old = {one["backup_id"] for one in backups(world)}
    world.send("DELETE", "/indexes/docs-prod")
    world.wait(60)
    spec = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
    world.send("POST", "/indexes", {"name": "docs-prod", "dimension": 8, "spec": spec})
    world.wait(HOUR)
    for _ in range(4):
        world.apply(POLICY, replace(EXPIRY, backup_quota=3), **WINDOW)
        world.wait(HOUR)
    assert old == {one["backup_id"] for one in backups(world)}  # refused, until there is room


def test_a_job_that_is_stuck_is_not_joined_by_another_in_every_slot() -> None:
    world = World()
    hours(world, 2)
    world.turn(replace(world.knobs, jobs_stuck=True))
    for _ in range(3):
        world.apply(POLICY, EXPIRY, timeout_seconds=600.0, **WINDOW)
        world.wait(HOUR)
    assert world.committed("create_backup") == 3
    (warning,) = world.plan(POLICY, EXPIRY, **WINDOW).warnings
    stuck = next(one for one in backups(world) if one["status"] != "Ready")
    assert warning.reference == "policy-running"
    assert warning.summary.endswith(f"backup of docs-prod: backup.{stuck['name']} still runs")
    world.send("DELETE", f"/backups/{stuck['backup_id']}")
    world.wait(HOUR)
    world.turn(replace(world.knobs, jobs_stuck=False))
    hours(world, 1)
    assert world.committed("create_backup") == 4


def test_a_clock_that_is_ahead_takes_no_slot_that_is_still_to_come() -> None:
    world = World()
    hours(world, 1)
    ahead = Process(skew=10 * 365 * 24 * HOUR * SECOND)
    plan = world.plan(POLICY, EXPIRY, process=ahead, **WINDOW)
    assert [one.reference for one in plan.refusals] == ["clock-ahead"]
    assert "5,256,000 minutes ahead of" in plan.refusals[0].summary
    world.apply(POLICY, EXPIRY, Process(skew=HOUR * SECOND), **WINDOW)
    hours(world, 1)
    assert world.committed("create_backup") == 2


def test_a_clock_that_is_behind_is_told_and_one_that_is_seconds_off_is_not() -> None:
    world = World()
    behind = world.plan(POLICY, process=Process(skew=-HOUR * SECOND), **WINDOW)
    assert [one.reference for one in behind.warnings] == ["clock-behind"]
    assert not behind.is_refused
    near = world.plan(POLICY, process=Process(skew=60 * SECOND), **WINDOW)
    assert near.warnings == near.refusals == ()

"""Policies with the real command line: from the first plan to what expires."""

import json

import pytest
from rehearsal.stage import Stage

POLICY = """
version: 1
backup_policies:
  nightly:
    indexes: {glob: ["docs-*"]}
    schedule: "0 2 * * *"
    retention: {keep_last: 2}
"""
CLAIMING = f"{POLICY}    claim: {{names: by-hand-*}}\n"


@pytest.fixture
def stage_with_backups(stage: Stage) -> Stage:
    """Five backups that a script took, a minute after each other."""
    for number in range(5):
        stage.call("POST", "/indexes/docs-prod/backups", {"name": f"by-hand-{number}"})
        stage.advance(60)
    return stage


def names(stage: Stage) -> list[str]:
    return sorted(str(one["name"]) for one in stage.backups())


def test_policy_converges_and_says_why_it_keeps_what_it_keeps(stage: Stage) -> None:
    stage.write(POLICY)
    planned = stage.plan()
    assert planned.code == 2
    assert "Plan: 1 to add, 0 to change, 0 to destroy." in planned.out
    assert "due by policy.nightly" in planned.out
    applied = stage.apply("--allow-expiry")
    assert (applied.code, stage.committed("create_backup")) == (0, 1)
    again = stage.plan("--explain")
    assert again.code == 0
    assert "Kept by policies, and why:\n  backup.nightly--docs-prod--" in again.out
    assert "last backup, min_ready 1" in again.out
    (kept,) = stage.plan_json()["resource_changes"]
    assert (kept["owner"], kept["action_reason"]) == ("policy.nightly", "kept")
    assert kept["reason"] == "kept: last backup, min_ready 1"


def test_claimed_backups_expire_by_a_reviewed_plan_and_nothing_else(
    stage_with_backups: Stage,
) -> None:
    stage = stage_with_backups
    stage.write(CLAIMING)
    planned = stage.plan("--out", "claim.json")
    assert "5 to adopt" in planned.out
    assert stage.apply("--plan", "claim.json").code == 0
    withheld = stage.plan("--allow-deletes")
    assert withheld.code == 2
    assert withheld.out.count("-> --allow-expiry plans it") == 3
    saved = stage.plan("--allow-expiry", "--max-expiries", "9", "--out", "expiry.json")
    assert "Plan: 0 to add, 0 to change, 3 to destroy." in saved.out
    assert stage.apply("--plan", "expiry.json").code == 0
    assert names(stage) == ["by-hand-3", "by-hand-4"]
    assert stage.plan().code == 0


def test_one_run_lets_go_of_one_more_than_it_makes(stage_with_backups: Stage) -> None:
    stage = stage_with_backups
    stage.write(CLAIMING)
    assert stage.apply().code == 0
    for left in (4, 3, 2, 2):
        assert stage.apply("--allow-expiry").code == 0
        assert len(names(stage)) == left


def test_slip_of_the_pen_is_told_before_anything_is_sent(stage: Stage) -> None:
    stage.write(POLICY.replace("keep_last", "keep_lats"))
    result = stage.plan()
    assert result.code == 1
    assert 'did you mean "keep_last"?' in result.err.lower()
    assert stage.log("list_indexes") == []


def test_events_of_an_apply_name_slots_and_expiries(stage: Stage) -> None:
    stage.write(POLICY)
    lines = [json.loads(line) for line in stage.apply("-o", "json").out.splitlines()]
    done = [one for one in lines if one["type"] == "apply_complete"]
    assert len(done) == 1
    assert "backup.nightly--docs-prod--" in json.dumps(done[0])


def test_rehearsal_makes_up_an_index_for_each_pattern_and_gives_it_the_tags(stage: Stage) -> None:
    tagged = POLICY.replace('["docs-*"]', '["docs-*", "*-?"], tags: {tier: gold}')
    stage.write(tagged)
    result = stage.rehearse()
    assert result.code == 0, result.err
    assert "Indexes to start with: docs-sample, sample-x" in result.err
    assert "Plan: 2 to add, 0 to change, 0 to destroy." in result.out
    assert "No changes." in result.out

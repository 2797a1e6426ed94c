"""`policy simulate --from-live` held against what runs of `apply` do afterwards."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from simulation.cases import WINDOW
from simulation.hourly import DAY, EXPIRY, HOUR, POLICY, backups, hours, policy, simulated
from simulation.world import World, configured

from reconciler.errors import ReconcilerError
from reconciler.kinds.policy import KIND
from reconciler.model.address import Address
from reconciler.model.plan import Permissions
from reconciler.model.ports import Answer, Call
from reconciler.model.values import SECOND
from reconciler.planning.timeline import simulate
from reconciler.workflow.simulate import Simulated

LONG = POLICY.replace("keep_last: 3", "keep_last: 6")
SHORT = POLICY.replace("keep_last: 3", "keep_last: 1")
UNSELECTED = SHORT.replace("['docs-*']", "['docs-*'], exclude: [docs-prod]").replace(
    "every:", "allow_empty: true, every:"
)
PAUSED = SHORT.replace("every:", "paused: true, every:")


def fates(found: Simulated) -> Mapping[str, str]:
    """Give what becomes of each real backup: after how many hours it goes, or why it stays."""
    return {
        stay.copy.id: ", ".join(stay.rules)
        if stay.expired_at is None
        else f"goes after {(stay.expired_at - timeline.start) / (HOUR * SECOND):.1f}"
        for _, timeline in found
        for stay in timeline.stays
        if stay.is_real
    }


def made_anew(world: World) -> None:
    world.send("DELETE", "/indexes/docs-prod")
    world.wait(60)
    spec = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
    world.send("POST", "/indexes", {"name": "docs-prod", "dimension": 8, "spec": spec})
    world.wait(HOUR)


def test_backups_of_an_index_that_is_selected_no_more_go_by_the_rules_all_the_same() -> None:
    world = World()
    hours(world, 6, LONG)
    found = simulated(world, UNSELECTED)
    assert [track.note for track, _ in found] == ["it is selected no more"]
    assert sorted(fates(found).values()) == [*["goes after 0.0"] * 5, "last backup"]
    hours(world, 8, UNSELECTED)
    assert len(backups(world)) == 1


def test_backups_of_an_index_that_was_made_anew_go_by_the_rules_all_the_same() -> None:
    world = World()
    hours(world, 4, LONG)
    made_anew(world)
    hours(world, 1, LONG)
    old, new = simulated(world, SHORT)
    assert [old[0].note, new[0].note] == ["it was made anew since", ""]
    assert sorted(fates([old]).values()) == [*["goes after 0.0"] * 3, "last backup"]
    hours(world, 6, SHORT)
    (kept,) = (copy for copy, said in fates([old]).items() if said == "last backup")
    assert backups(world)[0]["name"] == kept.removeprefix("backup.")
    assert len(backups(world)) == 3  # that one, and of the new index one that min_ready keeps too


def test_a_paused_policy_is_not_said_to_let_anything_go() -> None:
    world = World()
    hours(world, 3)
    found = simulated(world, PAUSED)
    assert set(fates(found).values()) == {"the policy is paused"}
    hours(world, 3, PAUSED)
    assert len(backups(world)) == 3


def test_a_shorter_retention_lets_go_from_now_on_and_not_with_the_next_slot() -> None:
    weekly = POLICY.replace("1h", "7d").replace("keep_last: 3", "keep_last: 6")
    world = World()
    for _ in range(5):
        world.apply(weekly, EXPIRY, **WINDOW)
        world.wait(7 * DAY)
    world.apply(weekly, EXPIRY, **WINDOW)
    world.wait(HOUR)
    short = weekly.replace("keep_last: 6", "keep_last: 1")
    assert list(fates(simulated(world, short, 3)).values()).count("goes after 0.0") == 5
    hours(world, 5, short)
    assert len(backups(world)) == 1


def test_a_slot_that_was_missed_is_made_up_for_at_the_start() -> None:
    world = World()
    hours(world, 3)
    world.wait(3 * HOUR)
    ((_, timeline),) = simulated(world, POLICY)
    first = next(stay for stay in timeline.stays if not stay.is_real)
    assert first.copy.taken_at == timeline.stays[0].expired_at == world.now()
    hours(world, 1)
    assert len(backups(world)) == 3


def test_a_backup_goes_with_the_end_of_its_hold() -> None:
    daily = POLICY.replace("1h", "24h").replace("keep_last: 3", "keep_last: 1")
    world = World()
    for _ in range(2):
        world.apply(daily.replace("keep_last: 1", "keep_last: 2"), EXPIRY, **WINDOW)
        world.wait(DAY)
    world.apply(daily.replace("keep_last: 1", "keep_last: 3"), EXPIRY, **WINDOW)
    until = "2026-11-20T12:00:00Z"
    hold = f"{{backup: {backups(world)[0]['backup_id']}, reason: audit, until: {until}}}"
    yaml = daily.replace("every:", f"hold: [{hold}], every:")
    ((_, timeline),) = simulated(world, yaml, 3)
    oldest = timeline.stays[0]
    assert oldest.rules == ("held: audit",)
    assert oldest.expired_at == 1_795_176_000 * SECOND


def test_a_policy_under_another_name_is_shown_with_the_backups_that_follow_it() -> None:
    world = World()
    hours(world, 3)
    renamed = SHORT.replace("{hourly:", "{often:")
    renamed = f"{renamed}moved: [{{from: policy.hourly, to: policy.often}}]\n"
    found = simulated(world, renamed)
    assert len(fates(found)) == 3
    assert all(said.startswith("goes after") for said in fates(found).values())


def test_a_backup_that_its_own_block_looks_after_is_none_of_the_policy() -> None:
    world = World()
    hours(world, 3)
    name = backups(world)[0]["name"]
    block = f"backups: {{keep-me: {{index: docs-prod, name: {name}}}}}\n"
    moved = f"moved: [{{from: backup.{name}, to: backup.keep-me}}]\n"
    assert len(fates(simulated(world, POLICY + block + moved))) == 2


def without_backups(call: Call, real: Answer) -> Answer:
    if call.method != "GET" or "/backups" not in call.url:
        return real
    if call.url.partition("?")[0].endswith("/backups"):
        return replace(real, body=b'{"data":[]}')
    gone = b'{"error":{"code":"NOT_FOUND","message":"no such backup"},"status":404}'
    return replace(real, status=404, body=gone)


def test_a_list_that_plan_does_not_believe_is_an_error() -> None:
    world = World()
    hours(world, 3)
    world.on_answer = without_backups
    with pytest.raises(ReconcilerError) as caught:
        simulated(world, POLICY)
    (error,) = caught.value.diagnostics
    assert error.reference == "unreadable"
    assert "all 3 entries that the list should show are missing at once" in error.summary


def by_hand(world: World, count: int) -> None:
    for number in range(count):
        world.send("POST", "/indexes/docs-prod/backups", {"name": f"nightly-{number}"})
        world.wait(60)


def test_what_the_same_block_claims_is_among_what_goes() -> None:
    world = World()
    by_hand(world, 4)
    world.wait(HOUR)
    hours(world, 1)
    yaml = policy("claim: {names: 'nightly-*'}")
    found = fates(simulated(world, yaml))
    assert len(found) == 5
    assert list(found.values()).count("goes after 0.0") == 3
    hours(world, 8, yaml)
    assert not any(one["name"].startswith("nightly") for one in backups(world))


def test_what_a_block_or_a_policy_before_takes_over_is_claimed_once() -> None:
    world = World()
    by_hand(world, 2)
    world.wait(HOUR)
    first, _ = (one["backup_id"] for one in backups(world))
    rules = "indexes: {glob: ['docs-*']}, every: 1h, retention: {keep_last: 9}"
    rules += ", claim: {names: 'nightly-*'}"
    yaml = f"backup_policies: {{one: {{{rules}}}, two: {{{rules}}}}}\n"
    yaml += f"backups: {{mine: {{index: docs-prod, name: nightly-0, adopt: {first}}}}}\n"
    world.apply("backups: {docs: {index: docs-prod}}\n", EXPIRY, **WINDOW)
    assert len(fates(simulated(world, yaml))) == 1


def test_what_was_forgotten_with_our_marker_is_taken_up_again() -> None:
    world = World()
    hours(world, 3)
    world.apply("backups: {}\n", Permissions(empty=True), **WINDOW)
    assert world.state().entries == {}
    assert len(fates(simulated(world, POLICY))) == 3


def test_what_a_restore_is_made_from_stays() -> None:
    world = World()
    hours(world, 3)
    first = min(world.state().entries)
    source = world.state().entries[first].remote_id
    restore = f"restores: {{again: {{from: {{backup_id: {source}}}, index: recovered}}}}\n"
    held = {f"{first}": "held: restore.again is restored from it"}
    assert held.items() <= fates(simulated(world, POLICY + restore)).items()
    world.apply(POLICY + restore, EXPIRY, **WINDOW)
    world.wait(HOUR)
    hours(world, 4, POLICY + restore)
    assert held.items() <= fates(simulated(world, POLICY + restore)).items()
    assert source in {one["backup_id"] for one in backups(world)}
    assert fates(simulated(world, POLICY))[f"{first}"] == "goes after 0.0"


def test_a_policy_that_selects_nothing_is_shown_as_that() -> None:
    world = World()
    world.apply("backups: {docs: {index: docs-prod}}\n", EXPIRY, **WINDOW)
    ((track, timeline),) = simulated(world, POLICY.replace("docs-*", "dosc-*"))
    assert (track.policy, track.index) == (Address("policy", "hourly"), "")
    assert track.note == "it selects none of the project's indexes (1)"
    assert timeline.stays == ()


@pytest.mark.parametrize("runs", [1, 4])
def test_the_quota_holds_what_min_ready_keeps_beside_a_new_one(runs: int) -> None:
    yaml = policy("min_ready: 3").replace("keep_last: 3", "keep_last: 1")
    (track,) = KIND.tracks(configured(yaml).desired[Address("policy", "hourly")], None)
    world = World()
    timeline = simulate(track, world.now(), world.now() + 2 * DAY * SECOND)
    seen: list[int] = []
    world.on_call = lambda there, _: seen.append(len(there.oracle.store.backups))
    for _ in range(8 * runs):
        world.apply(yaml, EXPIRY, **WINDOW)
        world.wait(HOUR / runs)
    assert max(seen) <= timeline.most() == 5
    assert max(seen) == (5 if runs == 1 else 4)

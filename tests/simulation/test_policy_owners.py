"""Whose a backup of a policy is once it was moved, its policy renamed, or its state lost."""

from simulation.cases import WINDOW
from simulation.hourly import EXPIRY, HOUR, HOURLY, OWNER, POLICY, backups, hours, policy
from simulation.world import World

from reconciler.model.address import Address
from reconciler.model.change import Reason
from reconciler.model.plan import Permissions
from reconciler.workflow.rebuild import Rebuilt, rebuild
from reconciler.workflow.state import move

KEPT = Address("backup", "keep-me")


def moved_out(name: str, more: str = "") -> str:
    """Take a backup out of the policy, under a block of its own."""
    block = f"{{index: docs-prod, name: {name}{more}}}"
    moves = f"moved: [{{from: backup.{name}, to: {KEPT}}}]\n"
    return f"{POLICY}backups: {{keep-me: {block}}}\n{moves}"


def test_what_was_moved_out_of_a_policy_never_expires_not_even_without_its_block() -> None:
    world = World()
    hours(world, 3)
    first = backups(world)[0]
    world.apply(moved_out(first["name"], ", lifecycle: {prevent_destroy: true}"), EXPIRY, **WINDOW)
    assert world.state().entries[KEPT].owner is None
    world.wait(HOUR)
    hours(world, 4)
    assert KEPT not in world.state().entries
    assert backups(world)[0]["backup_id"] == first["backup_id"]
    assert len(backups(world)) == 4


def test_the_newest_moved_out_is_not_made_a_second_time() -> None:
    world = World()
    hours(world, 2)
    world.apply(POLICY, EXPIRY, **WINDOW)
    newest = backups(world)[-1]["name"]
    world.wait(60)
    world.apply(moved_out(newest), EXPIRY, **WINDOW)
    world.wait(60)
    world.apply(POLICY, EXPIRY, **WINDOW)  # its block is gone: it is forgotten
    assert world.committed("create_backup") == 3
    world.wait(HOUR)
    hours(world, 1)
    assert world.committed("create_backup") == 4


def test_what_was_moved_out_by_hand_is_the_policys_no_more() -> None:
    world = World()
    hours(world, 3)
    first = min(world.state().entries)
    world.process(move(world.session(POLICY, Permissions()), first, KEPT))
    assert world.state().entries[KEPT].owner is None


def test_a_block_at_the_very_address_takes_a_backup_out_of_its_policy() -> None:
    world = World()
    hours(world, 3)
    name = backups(world)[0]["name"]
    yaml = f"{POLICY}backups: {{{name}: {{index: docs-prod}}}}\n"
    hours(world, 3, yaml)
    owners = {str(one.address.name): one.owner for one in world.state().entries.values()}
    assert owners.pop(name) is None
    assert set(owners.values()) == {OWNER}
    assert len(backups(world)) == 4


def test_it_stays_out_of_its_policy_once_that_block_is_gone() -> None:
    world = World()
    hours(world, 3)
    first = backups(world)[0]
    hours(world, 2, f"{POLICY}backups: {{{first['name']}: {{index: docs-prod}}}}\n")
    hours(world, 4)
    assert backups(world)[0]["backup_id"] == first["backup_id"]
    assert first["backup_id"] not in {one.remote_id for one in world.state().entries.values()}
    assert len(backups(world)) == 4


def test_protection_that_a_policy_gives_up_holds_until_that_is_applied() -> None:
    world = World()
    hours(world, 3, policy("lifecycle: {prevent_destroy: true}"))
    shorter = POLICY.replace("keep_last: 3", "keep_last: 1")
    plan = world.plan(shorter, EXPIRY, **WINDOW)
    assert {one.because for one in plan.changes if one.reason is Reason.KEPT} >= {
        "kept: prevent_destroy"
    }
    world.apply(shorter, EXPIRY, **WINDOW)
    assert len(backups(world)) == 4
    world.wait(HOUR)
    hours(world, 2, shorter)
    assert len(backups(world)) < 4


RENAMED = (
    f"{POLICY.replace('{hourly:', '{often:')}moved: [{{from: policy.hourly, to: policy.often}}]\n"
)


def test_a_renamed_policy_whose_state_is_lost_finds_its_older_backups_again() -> None:
    world = World()
    hours(world, 2)
    world.apply(POLICY, EXPIRY, **WINDOW)
    world.apply(RENAMED, EXPIRY, **WINDOW)
    before, lineage = set(world.state().entries), world.lineage8
    world.disk.remove("state/default.json")
    assert [one.reference for one in world.plan(RENAMED, **WINDOW).refusals] == ["state-missing"]
    world.process(rebuild(world.session(RENAMED, Permissions()), lineage))
    assert set(world.state().entries) == before
    world.apply(RENAMED, EXPIRY, **WINDOW)
    assert world.committed("create_backup") == 3
    world.wait(HOUR)
    hours(world, 2, RENAMED)
    assert len(backups(world)) == 3


THIRD = RENAMED.replace("{often:", "{third:").replace(
    "}]\n", "}, {from: policy.often, to: policy.third}]\n"
)


def test_a_policy_renamed_twice_finds_all_of_its_backups_in_a_rebuild() -> None:
    world = World()
    for yaml in (POLICY, RENAMED, THIRD):
        world.apply(yaml, EXPIRY, **WINDOW)
        world.wait(HOUR)
    before, lineage = set(world.state().entries), world.lineage8
    assert [one.name.partition("--")[0] for one in sorted(before)] == ["hourly", "often", "third"]
    world.disk.remove("state/default.json")
    world.process(rebuild(world.session(THIRD, Permissions()), lineage))
    assert set(world.state().entries) == before
    assert {str(one.owner) for one in world.state().entries.values()} == {"policy.third"}


def test_two_renames_are_followed_in_one_apply() -> None:
    world = World()
    hours(world, 2)
    hours(world, 2, THIRD)
    assert {str(one.owner) for one in world.state().entries.values()} == {"policy.third"}
    assert len(backups(world)) == 3


def test_the_name_of_a_renamed_policy_is_not_used_again_while_backups_carry_it() -> None:
    world = World()
    hours(world, 2)
    hours(world, 1, RENAMED)
    both = f"backup_policies: {{often: {{{HOURLY}}}, hourly: {{{HOURLY}}}}}\n"
    (refused,) = world.plan(both, EXPIRY, **WINDOW).refusals
    assert refused.summary == (
        "policy.hourly, which is new, is called as policy.often was when it made 2 backups"
    )
    hours(world, 3, RENAMED)
    assert world.plan(both, EXPIRY, **WINDOW).refusals == ()


def test_a_rename_declared_after_the_fact_brings_the_backups_back() -> None:
    world = World()
    hours(world, 2)
    hours(world, 1, RENAMED.partition("moved:")[0])
    assert len(world.state().entries) == 1
    hours(world, 1, RENAMED)
    assert len(world.state().entries) == 4


def test_a_policy_that_seems_renamed_is_told_how_to_keep_its_backups() -> None:
    world = World()
    hours(world, 2)
    undeclared = RENAMED.partition("moved:")[0]
    (warning,) = world.plan(undeclared, **WINDOW).warnings
    assert warning.reference == "policy-renamed"
    assert "which is new, selects indexes of which it has 2 backups" in warning.summary
    assert warning.hint.endswith("declare moved: [{from: policy.hourly, to: policy.often}]")
    assert world.plan(RENAMED, **WINDOW).warnings == ()
    both = f"backup_policies: {{hourly: {{{HOURLY}}}, often: {{{HOURLY}}}}}\n"
    assert world.plan(both, **WINDOW).warnings == ()
    paused = undeclared.replace("every: 1h", "every: 1h, paused: true")
    assert world.plan(paused, **WINDOW).warnings == (warning,)


def test_a_claim_takes_what_a_policy_of_ours_left_that_is_declared_no_more() -> None:
    world = World()
    hours(world, 2)
    undeclared = RENAMED.partition("moved:")[0]
    hours(world, 1, undeclared)
    claim = undeclared.replace("keep_last: 3}", "keep_last: 3}, claim: {names: 'hourly-*'}")
    hours(world, 1, claim)
    owners = [str(entry.owner) for entry in world.state().entries.values()]
    assert owners == ["policy.often"] * 4
    hours(world, 1, claim)
    assert len(backups(world)) == len(world.state().entries) == 3


def test_a_claim_leaves_what_another_policy_of_ours_takes_up_itself() -> None:
    world = World()
    hours(world, 2)
    world.apply("backups: {}\n", Permissions(empty=True), **WINDOW)
    claim = HOURLY.replace("keep_last: 3}", "keep_last: 3}, claim: {names: 'hourly-*'}")
    world.apply(f"backup_policies: {{a: {{{claim}}}, hourly: {{{HOURLY}}}}}\n", EXPIRY, **WINDOW)
    owners = {one.address.name: one.owner for one in world.state().entries.values()}
    assert sorted(name.partition("--")[0] for name in owners) == ["a", "hourly", "hourly", "hourly"]
    assert sum(1 for owner in owners.values() if owner == OWNER) == 3


def test_a_claim_leaves_what_was_moved_out_and_forgotten() -> None:
    world = World()
    hours(world, 3)
    out = backups(world)[0]
    world.apply(moved_out(out["name"]), EXPIRY, **WINDOW)
    world.wait(HOUR)
    claim = policy("claim: {names: 'hourly-*'}")
    hours(world, 3, claim)
    assert backups(world)[0]["backup_id"] == out["backup_id"]
    assert out["backup_id"] not in {one.remote_id for one in world.state().entries.values()}


def test_a_claimed_backup_that_was_moved_out_and_forgotten_is_not_claimed_again() -> None:
    world = World()
    world.send("POST", "/indexes/docs-prod/backups", {"name": "by-hand"})
    world.wait(60)
    claim = policy("claim: {names: 'by-hand'}")
    world.apply(claim, EXPIRY, **WINDOW)
    (claimed,) = world.state().entries
    world.process(move(world.session(claim, Permissions()), claimed, KEPT))
    hours(world, 5, claim)
    assert backups(world)[0]["name"] == "by-hand"
    assert {one.fields["name"] for one in world.state().entries.values()}.isdisjoint({"by-hand"})


def lose_state(world: World, yaml: str) -> Rebuilt:
    lineage = world.lineage8
    world.disk.remove("state/default.json")
    return world.process(rebuild(world.session(yaml, Permissions()), lineage))


def test_a_rebuild_leaves_what_a_block_declares_to_be_adopted_by_it() -> None:
    world = World()
    hours(world, 3)
    first = backups(world)[0]
    declared = moved_out(first["name"], ", lifecycle: {prevent_destroy: true}")
    world.apply(declared, EXPIRY, **WINDOW)
    yaml = declared.partition("moved:")[0]  # which nobody needs any more, while state is there
    hours(world, 1, yaml)
    rebuilt = lose_state(world, yaml)
    assert rebuilt.candidates == ((KEPT, first["backup_id"]),)
    assert first["backup_id"] not in {one.remote_id for one in world.state().entries.values()}
    (refused,) = world.plan(yaml, EXPIRY, **WINDOW).refusals
    assert (refused.reference, refused.summary) == (
        "conflict",
        f"{KEPT}: {first['backup_id']} has that name, and was made as backup.{first['name']}",
    )
    adopting = yaml.replace(
        "{index: docs-prod,", f"{{adopt: {first['backup_id']}, index: docs-prod,"
    )
    hours(world, 5, adopting)
    assert world.state().entries[KEPT].remote_id == first["backup_id"]
    assert len(backups(world)) == 4


def test_a_rebuild_moves_out_once_more_what_is_declared_to_be_moved() -> None:
    world = World()
    hours(world, 3)
    first = backups(world)[0]
    yaml = moved_out(first["name"])
    hours(world, 1, yaml)
    assert lose_state(world, yaml).candidates == ((KEPT, first["backup_id"]),)
    hours(world, 4, yaml)
    assert world.state().entries[KEPT].remote_id == first["backup_id"]
    assert len(backups(world)) == 4

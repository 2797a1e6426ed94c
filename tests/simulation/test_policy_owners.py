"""Whose a backup of a policy is once it was moved, its policy renamed, or its state lost."""

from simulation.cases import WINDOW
from simulation.test_policies import EXPIRY, HOUR, OWNER, POLICY, backups, hours, policy
from simulation.world import World

from reconciler.model.address import Address
from reconciler.model.change import Reason
from reconciler.model.plan import Permissions
from reconciler.workflow.rebuild import rebuild
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


def test_a_rename_declared_after_the_fact_brings_the_backups_back() -> None:
    world = World()
    hours(world, 2)
    hours(world, 1, RENAMED.partition("moved:")[0])
    assert len(world.state().entries) == 1
    hours(world, 1, RENAMED)
    assert len(world.state().entries) == 4

"""What becomes of a copy that a replacement left behind when its successor goes by hand."""

from dataclasses import replace

import pytest
from simulation.cases import BACKUP, DOCS, REPLACED
from simulation.world import World

from reconciler.model.change import Standing
from reconciler.model.plan import Permissions
from reconciler.workflow.apply import Applied, exit_code

DELETES = Permissions(deletes=True)
OTHER = "backups: {other: {index: docs-prod}}\n"
BOTH = REPLACED.replace("backups: {", "backups: {other: {index: docs-prod}, ")
GOES = BOTH.replace("on_change: replace", "on_change: replace, on_remove: delete")


def left_behind(text: str) -> tuple[World, str]:
    """Have a replacement leave its old copy, and somebody delete what took its place."""
    world = World()
    world.apply(BACKUP)
    old = world.state().entries[DOCS].remote_id
    world.fault("delete_backup", "status", when="before", status=403)
    assert exit_code(world.apply(text, DELETES)) == 9
    entry = world.state().entries[DOCS]
    assert entry.deposed == (old,)
    world.send("DELETE", f"/backups/{entry.remote_id}")
    world.wait(300)
    return world, old


def ended(applied: Applied) -> list[str]:
    return [step.id for step in applied.plan.steps]


def test_a_leftover_is_deleted_when_its_successor_is_gone_and_so_is_the_block() -> None:
    world, old = left_behind(GOES)
    applied = world.apply(OTHER, DELETES)
    assert exit_code(applied) == 0
    assert ended(applied) == [f"delete {DOCS} {old}", f"forget {DOCS}"]
    assert old not in world.oracle.store.backups
    assert world.plan(OTHER, DELETES).is_empty


def test_an_entry_stays_while_its_leftover_waits_for_a_permission() -> None:
    world, old = left_behind(GOES)
    plan = world.apply(OTHER).plan
    assert {one.standing for one in plan.changes if one.address == DOCS} == {Standing.WITHHELD}
    assert world.state().entries[DOCS].deposed == (old,)
    assert exit_code(world.apply(OTHER, DELETES)) == 0
    assert old not in world.oracle.store.backups


def test_an_entry_stays_while_its_leftover_could_not_be_deleted() -> None:
    world, old = left_behind(GOES)
    world.fault("delete_backup", "status", when="before", status=403)
    assert exit_code(world.apply(OTHER, DELETES)) == 9
    assert world.state().entries[DOCS].deposed == (old,)
    assert exit_code(world.apply(OTHER, DELETES)) == 0
    assert old not in world.oracle.store.backups


def test_a_leftover_is_kept_and_remembered_when_its_block_says_keep() -> None:
    world, old = left_behind(BOTH)
    assert exit_code(world.apply(OTHER, DELETES)) == 0
    assert old in world.oracle.store.backups
    assert old in {item.remote_id for item in world.state().ledger.values()}


@pytest.mark.parametrize("how", ["destroy", "absent"])
def test_a_leftover_is_deleted_where_its_entry_is_to_be_absent(how: str) -> None:
    world, old = left_behind(BOTH)
    text, allowed = BOTH.replace("docs: {", "docs: {ensure: absent, "), DELETES
    if how == "destroy":
        text, allowed = BOTH, replace(DELETES, destroy=True, targets=frozenset({str(DOCS)}))
    assert exit_code(world.apply(text, allowed)) == 0
    assert DOCS not in world.state().entries
    assert old not in world.oracle.store.backups


def test_a_leftover_that_is_the_last_good_copy_goes_only_by_name() -> None:
    world, old = left_behind(GOES)
    other = next(one for one in world.state().entries.values() if one.address != DOCS)
    world.send("DELETE", f"/backups/{other.remote_id}")
    world.wait(300)
    refused = world.apply("backups: {}\n", Permissions(deletes=True, empty=True))
    assert exit_code(refused) == 6
    assert old in world.oracle.store.backups
    world.oracle.floor_lifted.add(DOCS)
    named = Permissions(deletes=True, empty=True, last_backups=frozenset({DOCS}))
    assert exit_code(world.apply("backups: {}\n", named)) == 0
    assert old not in world.oracle.store.backups

"""What the state machine has found and shrunk, each as the plain life that once went wrong."""

import pytest
from simulation.cases import DOCS
from simulation.world import Process, World

from reconciler.emulator.service import Knobs
from reconciler.model.address import Address
from reconciler.model.change import Standing
from reconciler.model.plan import Permissions
from reconciler.model.values import SECOND
from reconciler.workflow.apply import exit_code

_PROTECTED = (
    "backups: {docs: {index: docs-prod, description: %s,"
    " lifecycle: {on_change: replace, prevent_destroy: %s}}}\n"
)


def test_the_way_out_of_a_protected_replacement_leads_to_it() -> None:
    world = World()
    world.apply(_PROTECTED % ("one", "true"))
    refused = world.plan(_PROTECTED % ("two", "false"), Permissions(deletes=True)).change(DOCS)
    assert refused.standing is Standing.REFUSED
    assert refused.way_out == "revert, apply with prevent_destroy: false, then replace it"
    for description in ("one", "two"):
        applied = world.apply(_PROTECTED % (description, "false"), Permissions(deletes=True))
        assert exit_code(applied) == 0
    backups = world.send("GET", "/backups")["data"]
    assert [backup["description"].partition(" [")[0] for backup in backups] == ["two"]


def test_what_was_forgotten_stays_known_when_another_of_its_address_is_made() -> None:
    world = World()
    two = "backups:\n  docs: {index: docs-prod%s}\n  kept: {index: docs-prod}\n"
    world.apply(two % ", description: one")
    first = world.state().entries[DOCS].remote_id
    world.apply("backups: {kept: {index: docs-prod}}\n")
    world.wait(600)
    world.apply(two % "")
    assert world.state().entries[DOCS].remote_id != first
    assert [item.remote_id for item in world.state().ledger.values()] == [first]
    world.apply("backups: {kept: {index: docs-prod}}\n")
    world.wait(600)
    world.apply(two % ", description: one")
    assert world.state().entries[DOCS].remote_id == first


def test_what_was_forgotten_stays_known_when_it_is_made_once_more() -> None:
    world = World()
    docs = "backups: {docs: {index: docs-prod, description: %s, lifecycle: {on_change: replace}}}\n"
    world.apply(docs % "one")
    first = world.state().entries[DOCS].remote_id
    world.apply("", Permissions(empty=True))
    world.wait(600)
    for description in ("two", "one"):
        assert exit_code(world.apply(docs % description, Permissions(deletes=True))) == 0
    assert world.state().entries[DOCS].remote_id != first
    assert [item.remote_id for item in world.state().ledger.values()] == [first]


@pytest.mark.parametrize("lag", [0.0, 10_000.0])
@pytest.mark.parametrize("skew", [0, -24 * 3600 * SECOND])
def test_what_was_left_behind_and_forgotten_is_known_but_not_taken_up_first(
    lag: float, skew: int
) -> None:
    world = World()
    both = "backups:\n  docs: {index: docs-prod}\n  kept: {index: docs-prod}\n"
    world.apply(both)
    first = world.state().entries[DOCS].remote_id
    world.turn(Knobs(backup_seconds=3600))
    again = Permissions(deletes=True, replace=frozenset({DOCS}))
    world.apply(both, again, timeout_seconds=20.0)
    second = world.state().entries[DOCS].remote_id
    assert world.state().entries[DOCS].deposed == (first,)
    world.turn(Knobs(list_lag_seconds=lag))
    world.apply("backups: {kept: {index: docs-prod}}\n", process=Process(skew=skew))
    assert {item.remote_id for item in world.state().ledger.values()} == {first, second}
    world.wait(11_000)
    world.apply(both)
    assert world.state().entries[DOCS].remote_id == second


def test_what_a_failed_replacement_left_behind_goes_with_its_block() -> None:
    world = World()
    docs = "  docs: {index: docs-prod}\n"
    both = f"backups:\n{docs}  kept: {{index: docs-prod, lifecycle: {{on_remove: delete}}}}\n"
    kept = frozenset({Address("backup", "kept")})
    world.apply(both)
    world.turn(Knobs(jobs_fail=True))
    world.apply(both, Permissions(deletes=True, replace=kept))
    world.wait(600)
    permissions = Permissions(deletes=True, last_backups=kept)
    applied = world.apply(f"backups:\n{docs}", permissions)
    assert exit_code(applied) == 0
    left = [backup["backup_id"] for backup in world.send("GET", "/backups")["data"]]
    assert left == [world.state().entries[DOCS].remote_id]


def test_an_entry_is_not_deleted_before_what_it_left_behind_is_seen() -> None:
    world = World()
    docs = "  docs: {index: docs-prod}\n"
    both = f"backups:\n{docs}  kept: {{index: docs-prod, lifecycle: {{on_remove: delete}}}}\n"
    kept = Address("backup", "kept")
    again = Permissions(deletes=True, replace=frozenset({kept}))
    world.apply(both)
    world.turn(Knobs(jobs_fail=True))
    for _ in range(2):
        world.apply(both, again)
    world.turn(Knobs(list_lag_seconds=60))
    world.fault("describe_backup", "status", when="before", status=500, times=99)
    deletes = Permissions(deletes=True, last_backups=frozenset({kept}))
    assert exit_code(world.apply(f"backups:\n{docs}", deletes)) == 1
    assert len(world.state().entries[kept].deposed) == 2
    world.send("DELETE", "/_emulator/faults")
    world.wait(600)
    assert exit_code(world.apply(f"backups:\n{docs}", deletes)) == 0
    assert len(world.send("GET", "/backups")["data"]) == 1

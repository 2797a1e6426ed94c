"""An index goes and another takes its name: what there is of the former one is not its copy."""

from simulation.cases import BACKUP, DOCS, REPLACED, once_before
from simulation.world import World

from reconciler.emulator.samples import seed
from reconciler.model.change import Action, Standing
from reconciler.model.event import Outcome
from reconciler.model.plan import Permissions
from reconciler.workflow.apply import exit_code

DELETES = Permissions(deletes=True)
LIFTED = Permissions(deletes=True, last_backups=frozenset({DOCS}))


def make_anew(world: World, records: int = 1) -> None:
    """Delete docs-prod, and make another of its name."""
    world.send("DELETE", "/indexes/docs-prod")
    plan = {"name": "docs-prod", "namespaces": {"": records}}
    seed(world.emulator, {"indexes": [plan]})


def replaced_by_a_copy_of_another() -> World:
    """Replace a backup whose index has been made anew meanwhile: the old one is left behind."""
    world = World()
    world.apply(BACKUP)
    make_anew(world)
    world.wait(60)
    world.apply(REPLACED, DELETES)
    return world


def test_a_copy_of_the_former_index_stays_though_a_new_backup_replaced_it() -> None:
    world = replaced_by_a_copy_of_another()
    plan = world.plan(REPLACED, DELETES)
    left = plan.changes[-1]
    assert (left.action, left.standing) == (Action.NO_OP, Standing.ATTENTION)
    assert "of another index" in left.because
    assert "--allow-last-backup backup.docs" in left.way_out
    assert exit_code(world.apply(REPLACED, DELETES)) == 0
    assert world.committed("delete_backup") == 0


def test_a_copy_of_the_former_index_goes_once_it_is_named() -> None:
    world = replaced_by_a_copy_of_another()
    applied = world.apply(REPLACED, LIFTED)
    assert [result.outcome for result in applied.results] == [Outcome.DONE]
    assert world.committed("delete_backup") == 1
    assert world.plan(REPLACED, DELETES).is_empty


def test_the_flag_of_a_replacement_does_not_end_what_the_new_one_turns_out_not_to_replace() -> None:
    world = World()
    world.apply(BACKUP)
    once_before(world, "create", make_anew)
    applied = world.apply(REPLACED, LIFTED)
    assert exit_code(applied) == 6
    assert "cannot stand in for" in applied.results[-1].message
    assert world.committed("delete_backup") == 0

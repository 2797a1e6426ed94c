"""An index goes and another takes its name: what there is of the former one is not its copy."""

from contextlib import suppress

from simulation.boundaries import Boundaries, CrashError
from simulation.cases import BACKUP, DOCS, REPLACED, once_before
from simulation.saving import apply_file, saved
from simulation.world import Process, World

from reconciler.emulator.samples import seed
from reconciler.errors import StalePlanError
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


def test_a_kill_does_not_have_the_flag_end_what_the_same_command_refuses_to_end() -> None:
    world = World()
    world.apply(BACKUP)
    make_anew(world, records=0)
    world.wait(60)
    boundaries = Boundaries()
    made = world.committed("create_backup")

    def die(number: int, _name: str) -> None:
        if world.committed("create_backup") > made and boundaries.die_at < 0:
            boundaries.die_at = number + 6

    boundaries.on_hit = die
    with suppress(CrashError):
        world.apply(REPLACED, LIFTED, Process(boundaries))
    assert boundaries.is_dead
    world.apply(REPLACED, LIFTED)
    assert world.committed("delete_backup") == 0
    assert world.oracle.violations == []


def test_a_saved_plan_that_goes_on_after_a_kill_ends_nothing_that_it_has_not_shown() -> None:
    world = World()
    world.apply(BACKUP)
    make_anew(world, records=1)
    world.wait(60)
    data = saved(world, REPLACED, LIFTED)
    boundaries = Boundaries()
    boundaries.on_hit = lambda number, name: (
        setattr(boundaries, "die_at", number + 6) if name == "done create_backup" else None
    )
    with suppress(CrashError):
        apply_file(world, data, REPLACED, Process(boundaries))
    assert boundaries.is_dead
    world.wait(600)
    with suppress(StalePlanError):
        apply_file(world, data, REPLACED)
    assert world.committed("create_backup") == 2
    assert world.committed("delete_backup") == 0
    assert world.oracle.violations == []


def test_a_plan_says_what_the_flag_ends_beside_no_copy() -> None:
    world = replaced_by_a_copy_of_another()
    left = world.plan(REPLACED, LIFTED).changes[-1]
    assert left.action is Action.DELETE
    assert "is of another index of that name; --allow-last-backup ends this one" in left.notes[-1]


def test_the_flag_ends_nothing_whose_successor_has_gone_meanwhile() -> None:
    world = replaced_by_a_copy_of_another()
    new = world.state().entries[DOCS].remote_id
    once_before(world, "delete", lambda there: there.send("DELETE", f"/backups/{new}"))
    applied = world.apply(REPLACED, LIFTED)
    assert exit_code(applied) == 6
    assert world.committed("delete_backup") == 1  # by hand


def test_another_is_made_where_asked_for_while_a_former_copy_is_kept() -> None:
    world = replaced_by_a_copy_of_another()
    world.wait(90 * 24 * 3600)
    first = world.state().entries[DOCS]
    again = Permissions(deletes=True, replace=frozenset({DOCS}))
    assert exit_code(world.apply(REPLACED, again)) == 0
    entry = world.state().entries[DOCS]
    assert (entry.remote_id != first.remote_id, entry.deposed) == (True, first.deposed)
    assert world.oracle.violations == []

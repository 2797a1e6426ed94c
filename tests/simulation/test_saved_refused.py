"""Apply --plan refuses a plan that is old, was refused itself or was made for something else."""

from dataclasses import replace

import pytest
from simulation.cases import BACKUP, IMPORT
from simulation.saving import DAY, TAGGED, apply_file, changes, made, refusal, saved
from simulation.world import World

from reconciler.errors import GuardError, StalePlanError
from reconciler.model.plan import Permissions
from reconciler.planning.identity import plan_id
from reconciler.views.plan_file import decode, encode
from reconciler.workflow.apply import exit_code
from reconciler.workflow.apply_saved import apply_saved


def test_guards_hold_at_the_time_of_apply() -> None:
    world = World()
    data = saved(world, BACKUP, Permissions(backup_quota=1))
    world.send("POST", "/indexes/docs-prod/backups", {"name": "by-hand"})
    world.wait(600)
    applied = apply_file(world, data, BACKUP)
    assert exit_code(applied) == 6
    assert [one.reference for one in applied.plan.refusals] == ["backup-quota"]
    assert not changes(world)


def test_plan_that_was_refused_stays_refused() -> None:
    world = World()
    nowhere = "backups: {docs: {index: nowhere}}\n"
    data = saved(world, nowhere)
    assert not decode(data, "").steps
    with pytest.raises(GuardError, match="there is no index nowhere"):
        apply_file(world, data, nowhere)


def test_old_plan_is_refused() -> None:
    world = World()
    data = saved(world, BACKUP)
    world.wait(24 * 3600 + 60)
    (told,) = refusal(world, data, BACKUP)
    assert told.reference == "plan-age"
    assert "86460 s ago, more than --max-age allows (86400 s)" in told.summary


def test_plan_of_a_clock_that_runs_ahead_is_refused() -> None:
    world = World()
    data = saved(world, BACKUP)
    world.wait(-3600)
    (told,) = refusal(world, data, BACKUP)
    assert "one of the two clocks is wrong" in told.summary


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        (BACKUP + IMPORT, "the plan was made for the declarations with digest"),
        (f"name: another\n{BACKUP}", "the plan was made for the configuration default"),
    ],
)
def test_other_configuration_is_refused(yaml: str, said: str) -> None:
    world = World()
    assert said in " ".join(one.summary for one in refusal(world, saved(world, BACKUP), yaml))


def test_same_declarations_in_another_layout_are_the_same_configuration() -> None:
    world = World()
    layout = "backups:\n  docs:\n    # a comment\n    index: docs-prod\n"
    assert exit_code(apply_file(world, saved(world, BACKUP), layout)) == 0


def test_other_lineage_is_refused() -> None:
    data = saved(made(), BACKUP + TAGGED)
    other = World()
    other.wait(4000)
    told = refusal(other, data, BACKUP + TAGGED)
    assert "this run is for the state of lineage" not in told[0].summary
    assert [one.reference for one in told] == ["plan-mismatch"]
    assert "lineage" in told[0].summary


def test_other_major_version_is_refused() -> None:
    world = World()
    plan = world.plan(BACKUP)
    header = replace(plan.header, tool="7.1.0")
    header = replace(header, id=plan_id(header, plan.permissions, plan.changes))
    (told,) = refusal(world, encode(replace(plan, header=header)), BACKUP)
    assert told.summary == "the plan was made for reconciler 7.x, this run is for 0.x"


def test_other_api_is_refused() -> None:
    world = World()
    plan = world.plan(BACKUP)
    session = world.session(BACKUP, Permissions())
    settings = replace(session.settings, api_url="http://127.0.0.1:9")
    work = apply_saved(replace(session, settings=settings), plan, DAY, lambda _: None)
    with pytest.raises(StalePlanError, match="the API at"):
        world.process(work)

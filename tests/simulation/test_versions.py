"""Which version of the API is asked changes neither what is planned nor what is made."""

import json
from dataclasses import replace

import pytest
from simulation.cases import ALL, outcomes
from simulation.pods import COLLECTION, stocked
from simulation.world import World

from reconciler.model.event import Outcome
from reconciler.model.plan import Permissions, Plan
from reconciler.settings import API_VERSIONS
from reconciler.views.plan_json import plan_json
from reconciler.workflow.apply import exit_code

EVERYTHING = ALL + COLLECTION
CHANGED = EVERYTHING.replace("tags: {a: b}", "tags: {a: c}")
ALLOWED = Permissions(deletes=True)


def made() -> World:
    """Make a project where something of every kind is as declared, drifted, gone or strange."""
    world = stocked()
    assert exit_code(world.apply(EVERYTHING)) == 0
    world.wait(600)
    world.send("POST", "/indexes/docs-prod/backups", {"name": "by-hand"})
    world.send("PATCH", "/indexes/again", {"tags": {"theirs": "x", "a": "drifted"}})
    world.send("DELETE", "/collections/movies")
    world.wait(600)
    return world


def document(plan: Plan) -> str:
    """Give all of a plan but the moment at which it was made."""
    return json.dumps(plan_json(replace(plan, header=replace(plan.header, now=0))))


def test_the_same_project_gives_the_same_plan_in_every_version() -> None:
    world = made()
    plans = [world.copy().plan(CHANGED, ALLOWED, api_version=each) for each in API_VERSIONS]
    assert len({document(plan) for plan in plans}) == 1
    assert len({plan.header.id for plan in plans}) == 1
    assert {str(change.address): change.action.value for change in plans[0].changes} == {
        "backup.docs": "no-op",
        "collection.movies": "no-op",
        "import.november": "no-op",
        "restore.again": "update",
    }


@pytest.mark.parametrize("version", API_VERSIONS)
def test_everything_is_made_in_every_version_and_settled_when_answers_are_lost(
    version: str,
) -> None:
    world = stocked()
    for operation in ("create_backup", "create_index_from_backup_operation", "create_collection"):
        world.fault(operation, "drop")
    applied = world.apply(EVERYTHING, api_version=version, settle_window=5_000_000)
    assert set(outcomes(applied).values()) == {Outcome.DONE}
    assert world.plan(EVERYTHING, api_version=version).is_empty
    assert world.committed("create_backup") == 1


def test_one_run_can_go_on_where_one_of_another_version_stopped() -> None:
    world = stocked()
    assert exit_code(world.apply(EVERYTHING, api_version=API_VERSIONS[0], wait=False)) == 3
    world.wait(600)
    for version in API_VERSIONS[1:]:
        assert exit_code(world.apply(EVERYTHING, api_version=version)) == 0
    assert world.plan(EVERYTHING).is_empty

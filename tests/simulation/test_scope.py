"""A scoped run does its part and leaves the rest alone; destroy ends what is managed, no more."""

from dataclasses import replace

from simulation.cases import AGAIN, ALL, BACKUP, DOCS, IMPORT, NOVEMBER, outcomes
from simulation.saving import apply_file, changes, saved
from simulation.world import World

from reconciler.model.event import Outcome
from reconciler.model.plan import Permissions
from reconciler.workflow.apply import exit_code

DESTROY = Permissions(destroy=True, deletes=True, last_backups=frozenset({DOCS}))
TAGGED = "restores: {again: {from: {backup: docs}, tags: {a: c}}}\n"
OTHER = "backups: {docs: {index: docs-prod}, faq: {index: docs-prod}}\n"


ALWAYS = {"when": "before", "status": 503, "every": 1}


def only(*patterns: str) -> Permissions:
    return Permissions(targets=frozenset(patterns))


def without(*patterns: str) -> Permissions:
    return Permissions(excludes=frozenset(patterns))


def test_scoped_apply_that_did_all_of_its_steps_is_done() -> None:
    world = World()
    applied = world.apply(ALL, only("restore.*"))
    assert set(world.state().entries) == {DOCS, AGAIN}
    assert not applied.plan.complete
    assert exit_code(applied) == 0


def test_what_is_excluded_stays_as_it_is() -> None:
    world = World()
    world.apply(ALL)
    world.send("PATCH", "/indexes/again", {"tags": {"a": "by hand"}})
    before = world.state()
    applied = world.apply(OTHER + IMPORT + TAGGED, without("restore.*"))
    assert set(outcomes(applied)) == {"create backup.faq"}
    assert world.state().entries[AGAIN] == before.entries[AGAIN]
    assert world.send("GET", "/indexes/again")["tags"]["a"] == "by hand"


def test_being_unable_to_read_something_in_scope_is_not_done() -> None:
    world = World()
    world.fault("list_project_backups", "status", **ALWAYS)
    allowed = replace(only("backup.*"), new_state=True)
    assert exit_code(world.apply(ALL, allowed)) == 1


def test_what_hangs_on_nothing_unreadable_is_done_without_it() -> None:
    world = World()
    world.fault("listBulkImports", "status", **ALWAYS)
    assert exit_code(world.apply(ALL, without("import.*"))) == 0
    assert set(world.state().entries) == {DOCS, AGAIN}


def test_saved_plan_brings_its_scope() -> None:
    world = World()
    data = saved(world, ALL, only("backup.*"))
    world.wait(60)
    applied = apply_file(world, data, ALL)
    assert set(outcomes(applied)) == {"create backup.docs"}
    assert exit_code(applied) == 0
    assert applied.plan.left_out == 2


def test_plans_of_different_scope_have_different_ids() -> None:
    world = World()
    plans = [world.plan(ALL, one) for one in (Permissions(), only("*"), only("backup.docs"))]
    assert len({plan.header.id for plan in plans}) == 3


def test_destroy_removes_what_is_managed_and_nothing_else() -> None:
    world = World()
    world.send("POST", "/indexes/docs-prod/backups", {"name": "by-hand"})
    world.apply(ALL)
    assert exit_code(world.apply(ALL, DESTROY)) == 0
    assert not world.state().entries
    assert [one["name"] for one in world.send("GET", "/backups")["data"]] == ["by-hand"]
    assert [one["name"] for one in world.send("GET", "/indexes")["indexes"]] == ["docs-prod"]
    assert world.plan(ALL, DESTROY).is_empty


def test_destroy_is_refused_by_the_guards_of_every_plan() -> None:
    world = World()
    protected = BACKUP.replace("docs-prod", "docs-prod, lifecycle: {prevent_destroy: true}")
    world.apply(protected)
    sent = len(changes(world))
    assert exit_code(world.apply(protected, DESTROY)) == 6
    assert exit_code(world.apply(BACKUP, Permissions(destroy=True, deletes=True))) == 6
    assert len(changes(world)) == sent


def test_destroy_sends_no_create_that_an_earlier_run_left_open() -> None:
    world = World()
    world.fault("create_backup", "drop", when="before", times=3)
    world.apply(BACKUP)
    assert world.state().intents
    sent = len([one for one in changes(world) if one.startswith("POST")])
    world.wait(3600)
    assert exit_code(world.apply(BACKUP, DESTROY)) == 0
    assert len([one for one in changes(world) if one.startswith("POST")]) == sent
    assert not world.state().intents


def test_target_of_destroy_takes_along_what_hangs_on_it() -> None:
    world = World()
    world.apply(ALL)
    allowed = Permissions(
        destroy=True, deletes=True, last_backups=frozenset({DOCS}), targets=frozenset({str(DOCS)})
    )
    applied = world.apply(ALL, allowed)
    assert set(applied.state.entries) == {NOVEMBER}
    deletes = [result.step_id for result in applied.results if result.outcome is Outcome.DONE]
    assert deletes.index(f"delete {AGAIN}") < deletes.index(f"delete {DOCS}")

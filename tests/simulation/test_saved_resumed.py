"""An apply --plan that was cut off goes on with the same file, from wherever it was."""

from dataclasses import replace

import pytest
from simulation.boundaries import Boundaries
from simulation.cases import ALL, BACKUP, DOCS, IMPORT, REPLACED, RESTORE, WINDOW, host_of, outcomes
from simulation.saving import TAGGED, apply_file, killed, saved
from simulation.world import Process, World

from reconciler.errors import StalePlanError
from reconciler.model.address import Address
from reconciler.model.event import Outcome
from reconciler.model.plan import Permissions
from reconciler.workflow.apply import Applied, exit_code

IN_A_WHILE = "run again with the same plan in a while; it was not touched"
DELETES = Permissions(deletes=True, last_backups=frozenset({DOCS}))
DESTROYED = replace(DELETES, destroy=True)


class Story:
    """What there is before, what is planned, and what must be there at the end."""

    def __init__(self, before: str, yaml: str, permissions: Permissions | None = None) -> None:
        self.before, self.yaml, self.permissions = before, yaml, permissions

    def begin(self) -> tuple[World, bytes]:
        world = World()
        if self.before:
            assert exit_code(world.apply(self.before)) == 0
            world.wait(3600)
        return world, saved(world, self.yaml, self.permissions)


STORIES = {
    "creates": Story("", ALL),
    "update": Story(BACKUP + RESTORE, BACKUP + TAGGED),
    "replacement": Story(BACKUP, REPLACED + IMPORT, DELETES),
    "deletes": Story(
        BACKUP + RESTORE + IMPORT,
        (BACKUP + RESTORE + IMPORT)
        .replace("{index", "{ensure: absent, index")
        .replace("{from", "{ensure: absent, from"),
        DELETES,
    ),
    "forgets": Story(ALL, IMPORT),
    "target": Story(ALL, IMPORT, Permissions(targets=frozenset({"restore.again"}))),
    "destroy": Story(ALL, ALL, DESTROYED),
}


@pytest.mark.parametrize("name", STORIES)
def test_killed_at_every_boundary_it_finishes_with_the_same_file(name: str) -> None:
    world, data = STORIES[name].begin()
    whole = Boundaries()
    yaml = STORIES[name].yaml
    copy = world.copy()
    assert exit_code(apply_file(copy, data, yaml, Process(boundaries=whole))) == 0
    wanted = there(copy)
    assert len(whole.names) > 10
    for at in range(1, len(whole.names) + 1):
        again = world.copy()
        assert killed(again, data, yaml, at)
        finished = exit_code(finish(again, data, yaml))
        assert (at, finished) == (at, 0)
        assert (at, there(again)) == (at, wanted)
        assert again.plan(yaml, STORIES[name].permissions).is_empty
        last = again.state().last_plan
        assert last is not None
        assert last.complete


def finish(world: World, data: bytes, yaml: str) -> Applied:
    """Apply the same file until it is done; once more where lists may not show all of it yet."""
    applied = apply_file(world, data, yaml, **WINDOW)
    if exit_code(applied) == 3:
        assert [one.hint for one in applied.stale] == [IN_A_WHILE]
        world.wait(60)
        applied = apply_file(world, data, yaml, **WINDOW)
    return applied


def there(world: World) -> dict[str, int]:
    """Count what is in the project."""
    host = world.send("GET", "/indexes/docs-prod")["host"].removeprefix("http://127.0.0.1:5080")
    return {
        "backups": len(world.send("GET", "/backups")["data"]),
        "indexes": len(world.send("GET", "/indexes")["indexes"]),
        "imports": len(world.send("GET", f"{host}/bulk/imports")["data"]),
    }


def cut_off(world: World, data: bytes, yaml: str, after: str) -> None:
    """Kill an apply right after its first change of a kind was answered."""
    whole = Boundaries()
    apply_file(world.copy(), data, yaml, Process(boundaries=whole))
    assert killed(world, data, yaml, whole.names.index(after) + 2)


def test_settled_create_of_the_killed_run_counts_as_done() -> None:
    world = World()
    data = saved(world, BACKUP)
    cut_off(world, data, BACKUP, "send create_backup")
    assert world.state().intents
    assert exit_code(apply_file(world, data, BACKUP, **WINDOW)) == 0
    assert world.committed("create_backup") == 1


def test_create_of_another_run_does_not_count_as_done() -> None:
    world = begun()
    reviewed = saved(world, BACKUP + IMPORT, Permissions(backup_quota=9))
    cut_off(world, saved(world, BACKUP + IMPORT), BACKUP + IMPORT, "send create_backup")
    with pytest.raises(StalePlanError, match="made or taken into state by another run"):
        apply_file(world, reviewed, BACKUP + IMPORT, **WINDOW)
    assert world.committed("create_backup") == 1


def test_create_that_cannot_be_settled_is_told_beside_what_it_makes_stale() -> None:
    world = World()
    world.apply(BACKUP)
    world.wait(3600)
    yaml = BACKUP + IMPORT
    reviewed = saved(world, yaml, Permissions(backup_quota=9))
    cut_off(world, saved(world, yaml), yaml, "send startBulkImport")
    loads = f"{host_of(world, 'docs-prod')}/bulk/imports"
    world.send("POST", loads, {"uri": "s3://b/november"})
    with pytest.raises(StalePlanError) as caught:
        apply_file(world, reviewed, yaml, **WINDOW)
    told = [one.reference for one in caught.value.diagnostics]
    assert told == ["plan-stale", "create-ambiguous"]


def begun() -> World:
    """Give a world in which there is a state already."""
    world = World()
    assert exit_code(world.apply(IMPORT)) == 0
    world.wait(3600)
    return world


def test_resumed_run_does_what_still_holds_and_passes_over_what_moved() -> None:
    world = World()
    assert exit_code(world.apply(BACKUP + RESTORE)) == 0
    world.wait(3600)
    yaml = BACKUP + TAGGED + IMPORT
    data = saved(world, yaml)
    cut_off(world, data, yaml, "send startBulkImport")
    world.send("PATCH", "/indexes/again", {"tags": {"a": "by hand"}})
    applied = apply_file(world, data, yaml, **WINDOW)
    ends = outcomes(applied)
    assert ends.pop("update restore.again") is Outcome.SKIPPED
    assert set(ends.values()) <= {Outcome.DONE}
    assert exit_code(applied) == 3
    assert "its tags.a was changed in the project, from b to by hand" in applied.stale[0].summary
    assert world.send("GET", "/indexes/again")["tags"]["a"] == "by hand"
    assert world.committed("startBulkImport") == 1
    assert exit_code(apply_file(world, data, yaml, **WINDOW)) == 3


def test_what_comes_after_a_step_that_is_passed_over_is_passed_over_too() -> None:
    world = World()
    old = "backups: {old: {index: docs-prod}}\n"
    assert exit_code(world.apply(old)) == 0
    world.wait(3600)
    yaml = "backups: {docs: {index: docs-prod}, old: {index: docs-prod, ensure: absent}}\n"
    last = frozenset({Address("backup", "old")})
    data = saved(world, yaml + RESTORE, Permissions(deletes=True, last_backups=last))
    cut_off(world, data, yaml + RESTORE, "send create_backup")
    world.wait(600)
    by_hand = world.send("GET", "/backups")["data"][0]["backup_id"]
    world.send("POST", f"/backups/{by_hand}/create-index", {"name": "again"})
    world.wait(600)
    applied = apply_file(world, data, yaml + RESTORE, **WINDOW)
    assert exit_code(applied) == 3
    assert [one.summary.partition(": ")[0] for one in applied.stale] == ["restore.again"]
    ends = {name: end.value for name, end in outcomes(applied).items()}
    assert ends["create restore.again"] == ends["verify restore.again"] == "skipped"
    assert ends["delete backup.old"] == "skipped"
    assert ends["wait backup.docs"] == "done"
    assert world.committed("delete_backup") == 0


def test_other_run_in_between_ends_what_was_begun() -> None:
    world = begun()
    yaml = BACKUP + IMPORT + RESTORE
    data = saved(world, yaml)
    cut_off(world, data, yaml, "answered create_backup")
    world.apply(yaml, **WINDOW)
    with pytest.raises(StalePlanError, match="made or taken into state by another run"):
        apply_file(world, data, yaml)
    assert world.committed("create_backup") == 1


def test_no_wait_leaves_the_jobs_to_the_next_run_of_the_same_file() -> None:
    world = World()
    data = saved(world, BACKUP)
    assert set(outcomes(apply_file(world, data, BACKUP, wait=False)).values()) == {Outcome.PENDING}
    assert outcomes(apply_file(world, data, BACKUP)) == {"wait backup.docs": Outcome.DONE}
    assert world.committed("create_backup") == 1

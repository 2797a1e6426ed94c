"""Before a change or removal is sent once more, apply looks again: a name may be another's."""

from collections.abc import Callable, Mapping

import pytest
from simulation.cases import AGAIN, BACKUP, DOCS, IMPORT, outcomes
from simulation.world import World

from reconciler.emulator.service import Knobs
from reconciler.model.address import Address
from reconciler.model.event import Cause, Outcome
from reconciler.model.plan import Permissions
from reconciler.model.ports import Answer, Call
from reconciler.workflow.apply import exit_code

RESTORE = (
    "restores: {again: {from: {backup: docs}, tags: {a: %s}, deletion_protection: disabled,"
    " lifecycle: {on_remove: delete}}}\n"
)
SPEC = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
DELETES = Permissions(deletes=True)
BUSY: Mapping[str, Mapping[str, object]] = {
    "too many requests": {"when": "before", "status": 429, "retry_after": "5"},
    "something hangs on it": {"when": "before", "status": 412},
    "lost answer": {"when": "after", "status": 502},
}


def on_answer(world: World, method: str, path: str, deed: Callable[[], object]) -> None:
    """Do something once, right after a request was answered."""

    def hear(call: Call, real: Answer) -> Answer:
        if call.method == method and call.url.endswith(path):
            world.on_answer = None
            deed()
        return real

    world.on_answer = hear


def replace_index(world: World) -> None:
    """Somebody deletes the restored index, and makes another of that name."""
    if "again" in world.oracle.store.indexes:
        world.send("DELETE", "/indexes/again")
    world.send("POST", "/indexes", {"name": "again", "dimension": 8, "spec": SPEC})


@pytest.mark.parametrize("answer", BUSY)
def test_an_index_that_somebody_put_in_its_place_is_not_deleted(answer: str) -> None:
    world = World()
    world.apply(BACKUP + RESTORE % "b")
    world.fault("delete_index", "status", **BUSY[answer])
    on_answer(world, "DELETE", "/indexes/again", lambda: replace_index(world))
    applied = world.apply(BACKUP, DELETES)
    assert outcomes(applied)[f"delete {AGAIN}"] is Outcome.FAILED
    assert applied.results[0].cause is Cause.STALE
    assert "has been replaced by another" in applied.results[0].message
    assert world.send("GET", "/indexes/again")["dimension"] == 8
    assert world.oracle.violations == []


@pytest.mark.parametrize("answer", ["too many requests", "lost answer"])
def test_an_index_that_somebody_put_in_its_place_is_not_changed(answer: str) -> None:
    world = World()
    world.apply(BACKUP + RESTORE % "b")
    world.fault("configure_index", "status", **BUSY[answer])
    on_answer(world, "PATCH", "/indexes/again", lambda: replace_index(world))
    applied = world.apply(BACKUP + RESTORE % "c")
    assert applied.results[0].cause is Cause.STALE
    assert not world.send("GET", "/indexes/again").get("tags")
    assert world.oracle.violations == []


@pytest.mark.parametrize("answer", BUSY)
def test_a_delete_that_is_repeated_ends_when_the_object_is_gone(answer: str) -> None:
    world = World()
    world.apply(BACKUP + RESTORE % "b")
    world.fault("delete_index", "status", **BUSY[answer])
    applied = world.apply(BACKUP, DELETES)
    assert exit_code(applied) == 0
    assert world.committed("delete_index") == 1
    assert "again" not in world.oracle.store.indexes


def test_a_copy_that_became_the_last_while_the_delete_waited_stays() -> None:
    kept_too = "  kept: {index: docs-prod}\n"
    two = f"backups:\n  docs: {{index: docs-prod, lifecycle: {{on_remove: delete}}}}\n{kept_too}"
    world = World()
    world.apply(two)
    kept = world.state().entries[Address("backup", "kept")].remote_id
    docs = world.state().entries[DOCS].remote_id
    world.fault("delete_backup", "status", **BUSY["too many requests"])
    on_answer(world, "DELETE", f"/backups/{docs}", lambda: world.send("DELETE", f"/backups/{kept}"))
    applied = world.apply("backups: {kept: {index: docs-prod}}\n", DELETES)
    assert "has become the newest Ready backup" in applied.results[0].message
    assert [one["backup_id"] for one in world.send("GET", "/backups")["data"]] == [docs]


def test_a_cancel_that_is_repeated_ends_when_the_import_has_ended() -> None:
    world = World(knobs=Knobs(import_seconds=600))
    world.apply(IMPORT, wait=False)
    world.fault("cancelBulkImport", "status", **BUSY["lost answer"])
    applied = world.apply("", Permissions(empty=True))
    assert exit_code(applied) == 0
    assert len(world.log("cancelBulkImport")) == 1

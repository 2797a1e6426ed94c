"""State by hand, killed anywhere: an object is in state or not, and is never made twice."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from simulation.boundaries import Boundaries, CrashError
from simulation.cases import BACKUP, DOCS, RESTORE
from simulation.saving import changes
from simulation.world import Process, World

from reconciler.errors import GuardError, LockedError, ReconcilerError
from reconciler.model.address import Address
from reconciler.model.observed import Phase
from reconciler.model.plan import Permissions
from reconciler.workflow.adopt import adopt
from reconciler.workflow.apply import Applied, exit_code
from reconciler.workflow.drift import drift
from reconciler.workflow.session import Session
from reconciler.workflow.state import forget, move, unlock

NEW = Address("backup", "new")
TAGGED = "restores: {again: {from: {backup: docs}, tags: {a: b}}}\n"
AGAIN = Address("restore", "again")
Work = Callable[[Session], Coroutine[Any, Any, object]]


def by_hand(world: World, work: Work, yaml: str = BACKUP, at: int = -1) -> Boundaries:
    """Run a command in a process of its own, which dies at a boundary if one is named."""
    boundaries = Boundaries(die_at=at)
    session = world.session(yaml, Permissions(), Process(boundaries=boundaries))
    world.process(work(session))
    return boundaries


def files(world: World) -> dict[str, bytes]:
    return {name: inode.live for name, inode in world.disk.names.items()}


def made_by_hand(world: World) -> str:
    answer = world.send("POST", "/indexes/docs-prod/backups", {"name": "docs"})
    remote_id: str = answer["backup_id"]
    world.wait(60)
    return remote_id


def adoption(
    remote_id: str, address: Address = DOCS
) -> Callable[[Session], Coroutine[Any, Any, Applied]]:
    return lambda session: adopt(session, address, remote_id)


WORKS: dict[str, Work] = {
    "mv": lambda session: move(session, DOCS, NEW),
    "rm": lambda session: forget(session, [DOCS]),
}

AFTER = {"mv": BACKUP.replace("docs:", "new:"), "rm": BACKUP}


@pytest.mark.parametrize("name", WORKS)
def test_killed_at_every_boundary_it_has_happened_or_not(name: str) -> None:
    world = World()
    world.apply(BACKUP)
    sent, before = len(changes(world)), world.state()
    copy = world.copy()
    whole = by_hand(copy, WORKS[name])
    after = set(copy.state().entries)
    assert len(whole.names) > 3
    for at in range(1, len(whole.names) + 1):
        again = world.copy()
        with pytest.raises(CrashError):
            by_hand(again, WORKS[name], at=at)
        assert set(again.state().entries) in (set(before.entries), after)
        if DOCS in again.state().entries:
            by_hand(again, WORKS[name])
        assert exit_code(again.apply(AFTER[name])) == 0
        assert again.plan(AFTER[name]).is_empty
        assert again.committed("create_backup") == 1
    assert len(changes(world)) == sent


def test_adopt_killed_at_every_boundary_adopts_once_and_touches_nothing() -> None:
    world = World()
    remote_id = made_by_hand(world)
    whole = by_hand(world.copy(), adoption(remote_id))
    for at in range(1, len(whole.names) + 1):
        again = world.copy()
        with pytest.raises(CrashError):
            by_hand(again, adoption(remote_id), at=at)
        by_hand(again, adoption(remote_id))
        assert again.state().entries[DOCS].remote_id == remote_id
        assert changes(again) == []
        assert again.plan(BACKUP).is_empty


def test_adopt_does_nothing_else_that_the_plan_would() -> None:
    world = World()
    remote_id = made_by_hand(world)
    by_hand(world, adoption(remote_id), BACKUP + RESTORE)
    assert set(world.state().entries) == {DOCS}
    assert changes(world) == []


def test_adopt_takes_a_running_job_in_and_leaves_waiting_to_the_next_apply() -> None:
    world = World()
    remote_id = world.send("POST", "/indexes/docs-prod/backups", {"name": "docs"})["backup_id"]
    by_hand(world, adoption(remote_id))
    assert world.state().entries[DOCS].phase is Phase.RUNNING
    assert exit_code(world.apply(BACKUP)) == 0
    assert world.state().entries[DOCS].phase is Phase.READY


def test_adopt_leaves_what_can_be_changed_in_place_to_the_next_apply() -> None:
    world = World()
    world.apply(BACKUP + TAGGED)
    by_hand(world, lambda session: forget(session, [AGAIN]))
    other = BACKUP + TAGGED.replace("a: b", "a: c")
    by_hand(world, adoption("again", AGAIN), other)
    assert world.send("GET", "/indexes/again")["tags"]["a"] == "b"
    assert [one.path for one in world.plan(other).change(AGAIN).fields] == ["tags.a"]


@pytest.mark.parametrize("remote_id", ["nonsense", "docs-prod"])
def test_a_refused_adoption_leaves_no_file_behind(remote_id: str) -> None:
    world = World()
    before = files(world)
    with pytest.raises(GuardError):
        by_hand(world, adoption(remote_id))
    assert files(world) == before


def test_what_cannot_be_read_is_not_adopted() -> None:
    world = World()
    remote_id = made_by_hand(world)
    world.fault("list_project_backups", "status", when="before", status=503, every=1)
    with pytest.raises(ReconcilerError) as caught:
        by_hand(world, adoption(remote_id))
    assert caught.value.diagnostics[0].reference in {"not-adopted", "state-missing"}
    assert not world.state().entries


def test_nothing_is_moved_or_forgotten_while_its_create_is_open() -> None:
    world = World()
    world.fault("create_backup", "drop", when="before", times=3)
    world.apply(BACKUP)
    before = world.state()
    assert before.intents
    for work in WORKS.values():
        with pytest.raises(GuardError):
            by_hand(world, work)
    assert world.state() == before


def test_a_live_run_keeps_its_lock_and_is_named() -> None:
    world = World()
    told: list[str] = []

    def look(world: World, event: object) -> None:
        del event
        world.on_event = None
        world.meanwhile(lambda: told.append(unlocked(world)))

    world.on_event = look
    assert exit_code(world.apply(BACKUP)) == 0
    (said,) = told
    assert "locked by" in said
    assert unlocked(world) == "free"


def unlocked(world: World) -> str:
    try:
        by_hand(world, lambda session: unlock(session, None))
    except LockedError as error:
        return error.diagnostics[0].summary
    return "free"


def test_drift_takes_no_lock_and_writes_nothing() -> None:
    world = World()
    world.apply(BACKUP + TAGGED)
    before = files(world)
    sent = len(changes(world))
    whole = by_hand(world, drift, BACKUP + TAGGED)
    assert files(world) == before
    assert len(changes(world)) == sent
    assert not [name for name in whole.names if "lock" in name or "write" in name]


def test_what_a_replacement_left_behind_is_remembered_too_but_not_taken_up_first() -> None:
    world = World()
    world.apply(BACKUP)
    first = world.state().entries[DOCS].remote_id
    world.fault("delete_backup", "status", when="before", status=500, times=99)
    world.apply(BACKUP, Permissions(deletes=True, replace=frozenset({DOCS})))
    second = world.state().entries[DOCS].remote_id
    assert world.state().entries[DOCS].deposed == (first,)
    by_hand(world, WORKS["rm"])
    ledger = {item.remote_id: item.at for item in world.state().ledger.values()}
    assert ledger.keys() == {first, second}
    assert ledger[first] < ledger[second]

"""A disk that takes nothing more: nothing more is sent, and what was done is not lost."""

import errno
import json
from collections.abc import Iterable

from simulation.cases import WINDOW, outcomes
from simulation.world import World
from unit.statefile.fakes import PowerDisk

from reconciler.errors import UnsavedError
from reconciler.model.event import Event, Outcome
from reconciler.model.event import Phase as EventPhase
from reconciler.model.ports import Answer, Call
from reconciler.workflow.apply import exit_code

THREE = "".join(f"  {name}: {{index: docs-prod}}\n" for name in ("one", "three", "two"))
BACKUPS = f"backups:\n{THREE}"


class TightDisk(PowerDisk):
    """A disk on which some places are full from some point on."""

    full: tuple[str, ...] = ()

    def _refuse(self, path: str) -> None:
        if any(path.startswith(place) for place in self.full):
            raise OSError(errno.ENOSPC, "No space left on device", path)

    def append(self, path: str, data: bytes, at: int) -> None:
        self._refuse(path)
        super().append(path, data, at)

    def write_new(self, path: str, data: bytes) -> None:
        self._refuse(path)
        super().write_new(path, data)


def filling(full: Iterable[str], operation: str) -> tuple[World, TightDisk]:
    """A world whose disk is full once an operation was answered for the first time."""
    disk = TightDisk()
    world = World(disk=disk)

    def answer(call: Call, real: Answer) -> Answer:
        if (call.method, call.url.rpartition("/")[2]) == ("POST", operation):
            disk.full = tuple(full)
        return real

    world.on_answer = answer
    return world, disk


def test_what_could_not_be_saved_is_kept_beside_the_state_and_nothing_more_is_sent() -> None:
    world, disk = filling(["state/default.json.journal"], "backups")
    applied = world.apply(BACKUPS, parallelism=1)
    assert list(outcomes(applied).values()) == [Outcome.FAILED, Outcome.SKIPPED, Outcome.SKIPPED]
    assert world.committed("create_backup") == 1
    assert exit_code(applied) == 1
    said = applied.problems[0].diagnostics
    assert [one.reference for one in said] == ["state-not-saved", "state-unsaved"]
    (kept,) = [name for name in disk.names if ".unsaved-" in name]
    assert kept.startswith("state/default.json.unsaved-")
    assert f"2 records of what this run did could not be saved; a copy is in {kept}" in str(said)
    made = world.send("GET", "/backups")["data"][0]["backup_id"]
    assert f"{made} is there, but not recorded: cannot save" in applied.results[0].message
    assert json.loads(disk.names[kept].live)["records"][0]["entry"]["remote_id"] == made
    disk.full, world.on_answer = (), None
    assert exit_code(world.apply(BACKUPS, **WINDOW)) == 0
    assert world.committed("create_backup") == 3
    assert world.plan(BACKUPS).is_empty


def test_a_full_state_folder_sends_the_copy_to_the_temporary_folder() -> None:
    world, disk = filling(["state/"], "backups")
    applied = world.apply(BACKUPS, parallelism=1, temporary_folder="/elsewhere")
    (kept,) = [name for name in disk.names if ".unsaved-" in name]
    assert kept.startswith("/elsewhere/reconciler-default.json.unsaved-")
    assert kept in str(applied.problems[0])


def test_where_no_file_can_be_written_the_error_holds_the_records() -> None:
    world, disk = filling(["/", "state/"], "backups")
    applied = world.apply(BACKUPS, parallelism=1)
    assert not [name for name in disk.names if ".unsaved-" in name]
    (problem,) = applied.problems
    assert isinstance(problem, UnsavedError)
    assert "so they follow here" in str(problem)
    made = world.send("GET", "/backups")["data"][0]["backup_id"]
    assert json.loads(problem.document)["records"][0]["entry"]["remote_id"] == made


def test_what_waits_to_be_sent_is_not_sent_once_the_state_cannot_be_saved() -> None:
    world, disk = filling(["state/default.json.journal"], "backups")
    world.fault("create_backup", "status", when="before", status=429, retry_after="0.5")
    applied = world.apply(BACKUPS, parallelism=2)
    assert [one.outcome for one in applied.results].count(Outcome.SKIPPED) == 1
    assert world.committed("create_backup") == 1
    assert len(world.log("create_backup")) == 2  # one of them refused, and not sent again
    disk.full, world.on_answer = (), None
    assert exit_code(world.apply(BACKUPS, **WINDOW)) == 0
    assert world.committed("create_backup") == 3


def test_a_state_that_cannot_be_folded_at_the_end_loses_nothing_and_says_so() -> None:
    world, disk = filling([], "nothing")

    def hear(_: World, event: Event) -> None:
        if event.phase is EventPhase.PROGRESS:
            disk.full = ("state/default.json.tmp",)

    world.on_event = hear
    applied = world.apply("backups: {one: {index: docs-prod}}")
    assert [one.outcome for one in applied.results] == [Outcome.DONE]
    assert [one.reference for one in applied.problems[0].diagnostics] == ["state-not-folded"]
    assert exit_code(applied) == 3
    disk.full, world.on_event = (), None
    assert world.plan("backups: {one: {index: docs-prod}}").is_empty

"""Crashes, power loss and failing disks: acknowledged is durable, and versions are whole."""

import asyncio
import errno
from collections.abc import Callable, Iterator

import pytest
from unit.clock import FakeClock
from unit.statefile.fakes import BLOCK_BYTES, HOLDER, CountedRandom, CrashError, PowerDisk

from reconciler.errors import StateError
from reconciler.model.values import JSON, Fields
from reconciler.statefile.local import LocalStore
from reconciler.statefile.store import Loaded

PATH = "state/default.json"
JOURNAL = f"{PATH}.journal"
TEXT = "x" * 2 * BLOCK_BYTES


def open_store(disk: PowerDisk, start: int = 0) -> LocalStore:
    return LocalStore(PATH, disk, FakeClock(), CountedRandom(start))


def contents(loaded: Loaded) -> list[JSON]:
    """All numbers ever recorded, in order, whether in the checkpoint or after it."""
    before = [] if loaded.checkpoint is None else loaded.checkpoint["all"]
    assert isinstance(before, list)
    return [*before, *(record["n"] for record in loaded.records)]


def work(disk: PowerDisk, acknowledged: list[JSON]) -> None:
    """Two runs in short: append, compact, append, compact; notes what was acknowledged."""
    store = open_store(disk)
    lease = asyncio.run(store.acquire(HOLDER, 0))
    loaded = store.load()
    acknowledged[:] = contents(loaded)
    position = loaded.position
    for _ in range(2):
        for _ in range(2):
            number = len(acknowledged)
            record: Fields = {"n": number, "text": TEXT}
            position = store.append(position, [record])
            acknowledged.append(number)
        position = store.compact(position, {"all": list(acknowledged)})
    store.release(lease)


def nothing() -> PowerDisk:
    return PowerDisk()


def at_rest() -> PowerDisk:
    disk = PowerDisk()
    work(disk, [])
    return disk


def torn() -> PowerDisk:
    """A run died while it wrote its second frame."""
    disk = at_rest()
    store = open_store(disk, 100)
    asyncio.run(store.acquire(HOLDER, 0))
    position = store.append(store.load().position, [{"n": 4}])
    disk.fail_at, disk.steps = 2, 0
    with pytest.raises(CrashError):
        store.append(position, [{"n": 5}])
    return disk.after_kill()


def journal_left() -> PowerDisk:
    """A run died between putting the checkpoint in place and removing the journal."""
    disk = PowerDisk()
    store = open_store(disk, 100)
    asyncio.run(store.acquire(HOLDER, 0))
    position = store.append(store.load().position, [{"n": 0}])
    kept = disk.names[JOURNAL]
    store.compact(position, {"all": [0]})
    disk.names[JOURNAL] = disk.durable[JOURNAL] = kept
    disk.locks.clear()
    return disk


def crashes(
    begin: Callable[[], PowerDisk], error: Callable[[], BaseException]
) -> Iterator[tuple[PowerDisk, list[JSON], bool]]:
    """Run `work` with a fault at its first step, its second and so on, until it comes through."""
    for step in range(1, 1000):
        disk = begin()
        disk.fail_at, disk.fail_with, disk.steps = step, error, 0
        acknowledged = contents(open_store(begin()).load())
        try:
            work(disk, acknowledged)
        except (CrashError, StateError):
            yield disk, acknowledged, True
        else:
            yield disk, acknowledged, False
            return
    pytest.fail("the work never came through")


def check(disk: PowerDisk, acknowledged: list[JSON]) -> None:
    """The old or the new version is there, and one can go on from it to a state at rest."""
    store = open_store(disk, 1000)
    lease = asyncio.run(store.acquire(HOLDER, 0))
    loaded = store.load()
    found = contents(loaded)
    assert found in (acknowledged, [*acknowledged, len(acknowledged)])
    position = store.append(loaded.position, [{"n": "next"}])
    assert contents(open_store(disk).load()) == [*found, "next"]
    store.compact(position, {"all": [*found, "next"]})
    store.release(lease)
    assert contents(open_store(disk).load()) == [*found, "next"]
    assert set(disk.names) == {PATH}


def check_power_loss(begin: Callable[[], PowerDisk]) -> int:
    """Check all versions after a power loss at any step; gives how many there were."""
    versions = 0
    for disk, acknowledged, _ in crashes(begin, CrashError):
        for after in disk.after_power_loss():
            check(after, acknowledged)
            versions += 1
    return versions


BEGINNINGS = pytest.mark.parametrize("begin", [nothing, at_rest, torn, journal_left])


@BEGINNINGS
def test_a_kill_at_any_step_leaves_a_whole_version(begin: Callable[[], PowerDisk]) -> None:
    points = 0
    for disk, acknowledged, _ in crashes(begin, CrashError):
        check(disk.after_kill(), acknowledged)
        points += 1
    assert points > 50


@BEGINNINGS
def test_power_loss_at_any_step_keeps_what_was_acknowledged(
    begin: Callable[[], PowerDisk],
) -> None:
    assert check_power_loss(begin) > 100


@BEGINNINGS
def test_power_loss_after_a_second_run_acted_on_an_unsynced_version_keeps_it(
    begin: Callable[[], PowerDisk],
) -> None:
    for disk, _, crashed in crashes(begin, CrashError):
        if not crashed:
            continue
        again = disk.after_kill()
        store = open_store(again, 500)
        asyncio.run(store.acquire(HOLDER, 0))
        seen = contents(store.load())
        for after in again.after_power_loss():
            assert contents(open_store(after).load()) == seen


@BEGINNINGS
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_a_failing_step_is_a_state_error_and_leaves_a_whole_version(
    begin: Callable[[], PowerDisk], number: int
) -> None:
    for disk, acknowledged, _ in crashes(begin, lambda: OSError(number, "no luck")):
        for after in disk.after_power_loss():
            check(after, acknowledged)


def test_what_a_run_acknowledges_on_top_of_a_sync_that_failed_is_kept() -> None:
    """The next run reads what was lost as if it were there, and no sync brings it back."""
    for step in range(1, 100):
        disk = PowerDisk()
        store = open_store(disk)
        asyncio.run(store.acquire(HOLDER, 0))
        disk.fail_with, disk.fail_at = lambda: OSError(errno.EIO, "I/O error"), disk.steps + step
        try:
            position = store.append(store.load().position, [{"n": 0}])
            store.append(position, [{"n": 1}])
        except StateError:
            disk.locks.clear()
        else:
            assert step > 10
            return
        again = open_store(disk, 500)
        asyncio.run(again.acquire(HOLDER, 0))
        loaded = again.load()
        again.append(loaded.position, [{"n": "next"}])
        for after in disk.after_power_loss():
            assert contents(open_store(after).load()) == [*contents(loaded), "next"]
    pytest.fail("the work never came through")


def test_the_model_finds_the_loss_on_a_disk_that_does_not_sync_its_folder() -> None:
    class Lazy(PowerDisk):
        def sync_folder(self, path: str) -> None:
            assert path
            self._step()

    with pytest.raises(AssertionError):
        check_power_loss(Lazy)


def test_the_model_finds_the_loss_on_a_disk_that_does_not_sync_data() -> None:
    class Lazy(PowerDisk):
        def append(self, path: str, data: bytes, at: int) -> None:
            before = self.names[path].synced
            super().append(path, data, at)
            self.names[path].synced = before

    with pytest.raises(AssertionError):
        check_power_loss(Lazy)


def test_after_a_failed_save_nothing_more_is_written() -> None:
    disk = at_rest()
    store = open_store(disk, 100)
    asyncio.run(store.acquire(HOLDER, 0))
    position = store.append(store.load().position, [{"n": 4}])
    disk.fail_with, disk.fail_at, disk.steps = lambda: OSError(errno.EIO, "I/O error"), 4, 0
    with pytest.raises(StateError, match="cannot save") as failed:
        store.append(position, [{"n": 5}])
    assert failed.value.diagnostics[0].reference == "state-not-saved"
    before = {name: inode.live for name, inode in disk.names.items()}
    for write in (
        lambda: store.append(position, [{"n": 5}]),
        lambda: store.compact(position, {"all": []}),
        lambda: store.append(store.load().position, [{"n": 6}]),
    ):
        with pytest.raises(StateError, match="earlier in this run"):
            write()
    assert {name: inode.live for name, inode in disk.names.items()} == before


def test_an_append_costs_the_same_whatever_the_size_of_the_state() -> None:
    costs = []
    for entries in (10, 10_000):
        disk = PowerDisk()
        store = open_store(disk)
        asyncio.run(store.acquire(HOLDER, 0))
        position = store.compact(store.load().position, {"all": list(range(entries))})
        position = store.append(position, [{"n": 1}])
        size, disk.steps = len(disk.names[JOURNAL].live), 0
        store.append(position, [{"n": 2}])
        costs.append((disk.steps, len(disk.names[JOURNAL].live) - size))
    assert costs[0] == costs[1]
    assert costs[0][0] == 4, "an open, two parts written and a sync: nothing is read"

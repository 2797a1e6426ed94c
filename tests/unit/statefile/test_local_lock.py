"""The rules of a LocalStore's lock: one holder, and nobody else's is taken while it lives."""

import asyncio
import errno
from pathlib import Path

import pytest
from unit.clock import FakeClock
from unit.statefile.fakes import HOLDER, CountedRandom
from unit.statefile.opened import OTHER, open_store, take

from reconciler.errors import ExitCode, LockedError, StaleStateError, StateError
from reconciler.model.ports import LockHandle
from reconciler.statefile.disk import LocalDisk
from reconciler.statefile.local import LocalStore
from reconciler.statefile.store import ORIGIN, Lease


def test_renewing_keeps_the_lease(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    lease = take(store)
    assert store.renew(lease) == lease
    with pytest.raises(StateError):
        store.renew(Lease(OTHER, None))
    store.release(Lease(OTHER, None))
    assert store.append(ORIGIN, []).sequence == 1


def test_a_taken_lock_is_refused_with_its_holder_after_the_wait(tmp_path: Path) -> None:
    take(holding := open_store(tmp_path))
    clock = FakeClock()
    with pytest.raises(LockedError) as refused:
        take(open_store(tmp_path, clock), OTHER, wait_seconds=12)
    assert clock.pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 0.25]
    assert refused.value.exit_code is ExitCode.LOCKED
    found = refused.value.diagnostics[0]
    for part in (HOLDER.who, HOLDER.since, HOLDER.operation, HOLDER.job, HOLDER.lock_id, "4711"):
        assert part in found.summary
    assert "process" in found.hint
    assert holding.append(ORIGIN, []).sequence == 1


def test_a_lock_given_back_is_taken_by_the_one_who_waits(tmp_path: Path) -> None:
    holding = open_store(tmp_path)
    lease = take(holding)

    class Releasing(FakeClock):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            holding.release(lease)

    assert take(open_store(tmp_path, Releasing()), OTHER, wait_seconds=60).holder == OTHER


def test_a_store_that_holds_the_lock_does_not_get_it_twice(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    take(store)
    with pytest.raises(LockedError):
        take(store, OTHER)
    assert store.append(ORIGIN, []).sequence == 1


def test_take_over_of_a_dead_holders_lock_moves_the_position(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    lease = take(store)
    position = store.append(ORIGIN, [{"n": 1}])
    store.release(lease)
    (tmp_path / "default.json.lock").write_bytes(HOLDER.to_json())
    taker = open_store(tmp_path)
    lease = asyncio.run(taker.take_over(HOLDER.lock_id, OTHER, [{"taken-over-by": "bob"}]))
    assert taker.load().records[-1] == {"taken-over-by": "bob"}
    taker.release(lease)
    take(store)
    with pytest.raises(StaleStateError):
        store.append(position, [{"n": 2}])


def test_take_over_of_a_living_holders_lock_is_refused(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    take(store)
    with pytest.raises(LockedError, match="ann"):
        asyncio.run(open_store(tmp_path).take_over(HOLDER.lock_id, OTHER, []))
    assert store.append(ORIGIN, []).sequence == 1


def test_take_over_with_the_wrong_id_is_refused(tmp_path: Path) -> None:
    (tmp_path / "default.json.lock").write_bytes(HOLDER.to_json())
    with pytest.raises(StateError, match=r"not locked with id lock-9: the lock is lock-1"):
        asyncio.run(open_store(tmp_path).take_over("lock-9", OTHER, []))
    assert open_store(tmp_path).load().position == ORIGIN


def test_take_over_of_a_lock_that_was_given_back_is_refused(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.release(take(store))
    with pytest.raises(StateError, match="no holder"):
        asyncio.run(store.take_over(HOLDER.lock_id, OTHER, []))


def test_a_take_over_that_fails_gives_the_lock_back(tmp_path: Path) -> None:
    (tmp_path / "default.json.lock").write_bytes(HOLDER.to_json())
    (tmp_path / "default.json").write_bytes(b"")
    store = open_store(tmp_path)
    with pytest.raises(StateError, match="empty"):
        asyncio.run(store.take_over(HOLDER.lock_id, OTHER, []))
    take(open_store(tmp_path))


def test_a_lock_whose_note_is_not_written_yet_is_still_refused(tmp_path: Path) -> None:
    take(open_store(tmp_path))
    (tmp_path / "default.json.lock").write_bytes(b"")
    with pytest.raises(LockedError, match="by another run"):
        take(open_store(tmp_path), OTHER)


def test_a_lock_is_given_back_when_tidying_up_fails(tmp_path: Path) -> None:
    left = tmp_path / "default.json.tmp-0123456789abcdef"
    left.mkdir()
    with pytest.raises(StateError, match="cannot tidy"):
        take(open_store(tmp_path))
    left.rmdir()
    take(open_store(tmp_path))


def test_a_lock_that_cannot_be_given_back_is_a_state_error(tmp_path: Path) -> None:
    class Stuck:
        def release(self) -> None:
            raise OSError(errno.EIO, "Input/output error")

    class StuckDisk(LocalDisk):
        def lock(self, path: str, info: bytes) -> LockHandle | bytes:
            assert path
            return Stuck() if info else info

    store = LocalStore(str(tmp_path / "s.json"), StuckDisk(), FakeClock(), CountedRandom())
    with pytest.raises(StateError, match="cannot unlock"):
        store.release(take(store))

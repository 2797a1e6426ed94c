"""LocalStore on real files: positions, the lock's rules, and files it must refuse."""

import asyncio
import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from unit.clock import FakeClock
from unit.statefile.fakes import HOLDER, CountedRandom

from reconciler.errors import ExitCode, LockedError, StaleStateError, StateError
from reconciler.model.ports import LockHandle
from reconciler.statefile.disk import LocalDisk
from reconciler.statefile.local import LocalStore
from reconciler.statefile.store import ORIGIN, Feature, Holder, Lease, Loaded, Position, Store

OTHER = Holder("lock-2", "bob", "laptop", 12, "destroy", "2026-11-20T09:00:00Z", "", "0.1.0")


def open_store(folder: Path, clock: FakeClock | None = None) -> LocalStore:
    path = str(folder / "default.json")
    return LocalStore(path, LocalDisk(), clock or FakeClock(), CountedRandom())


def take(store: LocalStore, holder: Holder = HOLDER, wait_seconds: float = 0) -> Lease:
    return asyncio.run(store.acquire(holder, wait_seconds))


def files(folder: Path) -> dict[str, bytes]:
    return {found.name: found.read_bytes() for found in folder.iterdir() if found.is_file()}


def test_a_local_store_is_a_store(tmp_path: Path) -> None:
    store: Store = open_store(tmp_path)
    assert store.features == {Feature.CAS, Feature.LEASE, Feature.CONSTANT_APPEND}


def test_a_state_that_does_not_exist_stands_at_the_origin_and_reading_makes_no_file(
    tmp_path: Path,
) -> None:
    assert open_store(tmp_path / "new").load() == Loaded(ORIGIN, None, ())
    assert list(tmp_path.iterdir()) == []


def test_appended_records_are_read_back_by_another_store(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    take(store)
    position = store.append(ORIGIN, [{"n": 1}, {"n": 2}])
    position = store.append(position, [{"n": 3}])
    assert position.sequence == 2
    loaded = open_store(tmp_path).load()
    assert loaded == Loaded(position, None, ({"n": 1}, {"n": 2}, {"n": 3}))


def test_a_state_at_rest_is_one_json_file(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    lease = take(store)
    position = store.append(ORIGIN, [{"n": 1}])
    assert store.compact(position, {"all": [1]}) == position
    store.release(lease)
    assert set(files(tmp_path)) == {"default.json", "default.json.lock"}
    assert open_store(tmp_path).load() == Loaded(position, {"all": [1]}, ())


def test_records_after_a_checkpoint_are_read_with_it(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    take(store)
    position = store.compact(store.append(ORIGIN, [{"n": 1}]), {"all": [1]})
    position = store.append(position, [{"n": 2}])
    assert open_store(tmp_path).load() == Loaded(position, {"all": [1]}, ({"n": 2},))


def test_the_first_checkpoint_moves_away_from_the_origin(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    take(store)
    position = store.compact(ORIGIN, {"all": []})
    assert position.sequence == 1
    store.append(position, [{"n": 1}])
    (tmp_path / "default.json").unlink()
    with pytest.raises(StateError, match="not there"):
        open_store(tmp_path).load()


def test_all_files_are_for_their_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    for mask in (0o000, 0o777):
        old = os.umask(mask)
        try:
            store = open_store(tmp_path / f"{mask}")
            take(store)
            store.append(store.compact(ORIGIN, {}), [{"n": 1}])
        finally:
            os.umask(old)
        modes = {
            found.name: stat.S_IMODE(found.stat().st_mode)
            for found in (tmp_path / f"{mask}").iterdir()
        }
        assert modes == {
            "default.json": 0o600,
            "default.json.journal": 0o600,
            "default.json.lock": 0o600,
        }


def test_files_that_were_opened_to_others_are_for_their_owner_only_again(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    lease = take(store)
    position = store.append(store.compact(ORIGIN, {}), [{"n": 1}])
    store.release(lease)
    for found in tmp_path.iterdir():
        found.chmod(0o666)
    again = open_store(tmp_path)
    take(again)
    again.compact(again.append(position, [{"n": 2}]), {})
    modes = {found.name: stat.S_IMODE(found.stat().st_mode) for found in tmp_path.iterdir()}
    assert modes == {"default.json": 0o600, "default.json.lock": 0o600}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", ["default.json", "default.json.journal", "default.json.lock"])
def test_a_file_without_rights_is_refused_with_a_hint_about_them(tmp_path: Path, name: str) -> None:
    store = open_store(tmp_path)
    lease = take(store)
    store.append(store.compact(ORIGIN, {}), [{"n": 1}])
    store.release(lease)
    (tmp_path / name).chmod(0)

    def take_and_load() -> None:
        again = open_store(tmp_path)
        take(again)
        again.load()

    with pytest.raises(StateError, match="Permission denied") as refused:
        take_and_load()
    assert "the right to read and write" in refused.value.diagnostics[0].hint


def test_a_stale_position_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    first, second = open_store(tmp_path), open_store(tmp_path)
    lease = take(first)
    position = first.append(ORIGIN, [{"n": 1}])
    first.release(lease)
    old = second.load().position
    lease = take(first)
    first.append(position, [{"n": 2}])
    first.release(lease)
    take(second, OTHER)
    before = files(tmp_path)
    for write in (
        lambda: second.append(old, [{"n": 9}]),
        lambda: second.compact(old, {"all": []}),
        lambda: second.append(ORIGIN, [{"n": 9}]),
        lambda: second.append(Position(2, "f" * 64), [{"n": 9}]),
    ):
        with pytest.raises(StaleStateError, match="moved on") as refused:
            write()
        assert refused.value.exit_code is ExitCode.STALE
    assert files(tmp_path) == before


@pytest.mark.parametrize("compacting", [False, True])
def test_a_writer_that_bypassed_the_lock_is_noticed(tmp_path: Path, compacting: object) -> None:
    store = open_store(tmp_path)
    take(store)
    position = store.append(ORIGIN, [{"n": 1}])
    with (tmp_path / "default.json.journal").open("ab") as journal:
        journal.write(b"journal1")
    with pytest.raises(StaleStateError):
        store.compact(position, {}) if compacting else store.append(position, [{"n": 2}])


def test_a_journal_that_vanished_under_the_run_is_noticed(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    take(store)
    position = store.append(ORIGIN, [{"n": 1}])
    (tmp_path / "default.json.journal").unlink()
    with pytest.raises(StaleStateError):
        store.append(position, [{"n": 2}])
    assert not (tmp_path / "default.json.journal").exists()


def test_writing_needs_the_lock(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    lease = take(store)
    position = store.append(ORIGIN, [{"n": 1}])
    store.release(lease)
    with pytest.raises(StateError, match="does not hold the lock"):
        store.append(position, [{"n": 2}])
    with pytest.raises(StateError, match="does not hold the lock"):
        store.renew(lease)
    store.release(lease)


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


def test_a_torn_tail_is_dropped_by_readers_and_cut_off_under_the_lock(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    lease = take(store)
    position = store.append(ORIGIN, [{"n": 1}])
    whole = (tmp_path / "default.json.journal").read_bytes()
    store.append(position, [{"n": 2}])
    store.release(lease)
    both = (tmp_path / "default.json.journal").read_bytes()
    for size in range(len(whole) + 1, len(both)):
        (tmp_path / "default.json.journal").write_bytes(both[:size])
        store = open_store(tmp_path)
        assert store.load() == Loaded(position, None, ({"n": 1},))
        assert (tmp_path / "default.json.journal").stat().st_size == size
        lease = take(store)
        assert store.load() == Loaded(position, None, ({"n": 1},))
        assert (tmp_path / "default.json.journal").read_bytes() == whole
        last = store.append(store.append(position, [{"n": 3}]), [{"n": 4}])
        store.release(lease)
        loaded = open_store(tmp_path).load()
        assert loaded == Loaded(last, None, ({"n": 1}, {"n": 3}, {"n": 4}))


def test_a_journal_that_this_store_has_written_itself_is_not_written_again(tmp_path: Path) -> None:
    """On a full disk there may be room for a record, and none for another file."""
    store = open_store(tmp_path)
    lease = take(store)
    store.append(ORIGIN, [{"n": 1}])
    store.release(lease)
    written = (tmp_path / "default.json.journal").stat()
    take(store)
    assert store.load().records == ({"n": 1},)
    assert os.path.samestat(written, (tmp_path / "default.json.journal").stat())


def test_leftovers_of_crashed_runs_are_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in ("default.json.tmp-0123456789abcdef", "default.json.tmp-notes", "other.json"):
        (tmp_path / name).write_bytes(b"x")
    take(open_store(tmp_path))
    assert set(files(tmp_path)) == {"default.json.lock", "default.json.tmp-notes", "other.json"}


def as_folder(path: Path) -> None:
    path.mkdir()


def as_fifo(path: Path) -> None:
    os.mkfifo(path)


def as_symlink(path: Path) -> None:
    (path.parent / "target").write_bytes(b"{}")
    path.symlink_to("target")


def as_dangling_symlink(path: Path) -> None:
    path.symlink_to("nowhere")


def as_empty(path: Path) -> None:
    path.write_bytes(b"")


def as_rubbish(path: Path) -> None:
    path.write_bytes(b"\x00" * 4096)


@pytest.mark.parametrize("name", ["default.json", "default.json.journal"])
@pytest.mark.parametrize(
    "make", [as_folder, as_fifo, as_symlink, as_dangling_symlink, as_empty, as_rubbish]
)
@pytest.mark.timeout(20)
def test_a_file_that_cannot_be_state_is_refused_and_left_alone(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    make(tmp_path / name)
    before = (tmp_path / name).lstat()
    store = open_store(tmp_path)
    with pytest.raises(StateError) as refused:
        store.load()
    assert name in refused.value.diagnostics[0].summary
    assert refused.value.diagnostics[0].hint
    take(store)
    for write in (lambda: store.append(ORIGIN, [{"n": 1}]), lambda: store.compact(ORIGIN, {})):
        with pytest.raises(StateError):
            write()
    after = (tmp_path / name).lstat()
    assert (before.st_ino, before.st_size, before.st_mtime_ns, before.st_mode) == (
        after.st_ino,
        after.st_size,
        after.st_mtime_ns,
        after.st_mode,
    )
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("make", [as_folder, as_fifo, as_symlink, as_dangling_symlink])
@pytest.mark.timeout(20)
def test_a_lock_file_that_is_no_file_is_refused(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "default.json.lock")
    with pytest.raises(StateError, match=r"cannot lock .*default\.json\.lock"):
        take(open_store(tmp_path))
    assert not (tmp_path / "nowhere").exists()


def test_an_empty_state_is_never_a_state_without_entries(tmp_path: Path) -> None:
    as_empty(tmp_path / "default.json")
    with pytest.raises(StateError, match="is empty") as refused:
        open_store(tmp_path).load()
    assert refused.value.diagnostics[0].reference == "state-empty"
    assert "state rebuild" in refused.value.diagnostics[0].hint


def test_a_newer_state_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "default.json").write_bytes(b'{"format": 2, "log": []}\n')
    store = open_store(tmp_path)
    take(store)
    with pytest.raises(StateError, match="newer reconciler"):
        store.append(ORIGIN, [])
    assert (tmp_path / "default.json").read_bytes() == b'{"format": 2, "log": []}\n'


def test_a_folder_that_cannot_be_made_is_a_state_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StateError, match="cannot lock"):
        take(open_store(tmp_path / "file" / "state"))


@pytest.mark.parametrize("races", [1, 3, 5])
def test_a_reader_without_lock_sees_a_whole_version_while_a_writer_compacts(
    tmp_path: Path, races: int
) -> None:
    writer = open_store(tmp_path)
    take(writer)
    position = writer.append(ORIGIN, [{"n": 0}])

    class Racing(LocalDisk):
        """Lets the writer append and compact between the two reads of a reader."""

        turns = 0

        def read(self, path: str, limit: int) -> bytes | None:
            nonlocal position
            found = super().read(path, limit)
            if path.endswith(".journal") and self.turns < races:
                self.turns += 1
                position = writer.append(position, [{"n": position.sequence}])
                position = writer.compact(position, {"all": position.sequence})
                position = writer.append(position, [{"n": position.sequence}])
            return found

    path = str(tmp_path / "default.json")
    disk = Racing()
    loaded = LocalStore(path, disk, FakeClock(), CountedRandom()).load()
    assert disk.turns == races
    assert loaded.position == position
    assert loaded.checkpoint == {"all": position.sequence - 1}
    assert loaded.records == ({"n": position.sequence - 1},)


def test_a_lock_whose_note_is_not_written_yet_is_still_refused(tmp_path: Path) -> None:
    take(open_store(tmp_path))
    (tmp_path / "default.json.lock").write_bytes(b"")
    with pytest.raises(LockedError, match="by another run"):
        take(open_store(tmp_path), OTHER)


def test_take_over_through_a_lock_file_that_is_no_file_is_refused(tmp_path: Path) -> None:
    as_symlink(tmp_path / "default.json.lock")
    with pytest.raises(StateError, match=r"cannot read .*lock: it is a symbolic link"):
        asyncio.run(open_store(tmp_path).take_over("lock-1", OTHER, []))


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

"""LocalStore on real files: what is read back, and positions."""

import os
from pathlib import Path

import pytest
from unit.clock import FakeClock
from unit.statefile.fakes import CountedRandom
from unit.statefile.opened import OTHER, files, open_store, take

from reconciler.errors import ExitCode, StaleStateError, StateError
from reconciler.statefile.disk import LocalDisk
from reconciler.statefile.local import LocalStore
from reconciler.statefile.store import ORIGIN, Feature, Loaded, Position, Store


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

"""Tables of records: what copies share, and float32 as people write it."""

from collections.abc import Mapping, Sequence
from copy import deepcopy

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.emulator.records import Record, Table, pack, shortest
from reconciler.emulator.vectors import Vectors


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=20))
def test_every_float32_is_shown_as_a_number_that_stands_for_it(values: list[float]) -> None:
    packed = pack(tuple(values))
    assert pack(shortest(packed)) == packed


RECORDS = [Record(f"id-{n}", pack((float(n), 1.0))) for n in range(3_000)]


def table(records: Sequence[Record]) -> Table:
    made = Table()
    for record in records:
        made.put(record)
    return made


@settings(deadline=None)
@given(writes=st.lists(st.tuples(st.integers(0, 4_000), st.booleans(), st.booleans()), max_size=40))
def test_copies_of_a_table_keep_what_they_held(writes: list[tuple[int, bool, bool]]) -> None:
    current, expected = table(RECORDS), {record.id: record for record in RECORDS}
    kept: list[tuple[Table, Mapping[str, Record]]] = []
    for n, removes, copies in writes:
        if copies:
            kept.append((current, dict(expected)))
            current = current.copy()
        if removes:
            assert current.remove(f"id-{n}") == expected.pop(f"id-{n}", None)
        else:
            record = Record(f"id-{n}", pack((0.5, float(n))))
            assert current.put(record) == expected.get(record.id)
            expected[record.id] = record
    for held, was in [*kept, (current, expected)]:
        assert dict(held) == was
        assert len(held) == len(was)


def test_a_write_after_a_snapshot_copies_one_chunk_of_many() -> None:
    vectors = Vectors()
    vectors.put("", RECORDS)
    before = vectors.snapshot()
    vectors.put("", [Record("id-7", pack((9.0, 9.0)))])
    pairs = zip(before.namespaces[""].chunks(), vectors.namespace("").chunks(), strict=True)
    shared = [old is new for old, new in pairs]
    assert len(shared) > 4
    assert shared.count(False) == 1


def test_counts_and_sizes_follow_every_change() -> None:
    vectors = Vectors()
    vectors.put("a", RECORDS[:10])
    vectors.put("a", [Record("id-3", pack((1.0, 2.0)), metadata={"a": "b"})])
    vectors.put("b", RECORDS[:2])
    assert vectors.remove("a", ["id-0", "none", "id-0"]) == 1
    vectors.drop("b")
    taken = vectors.snapshot()
    expected = sum(record.size_bytes for record in vectors.namespace("a").values())
    assert (taken.record_count, taken.size_bytes) == (9, expected)


def test_a_deep_copy_of_vectors_goes_its_own_way() -> None:
    vectors = Vectors()
    vectors.put("", RECORDS[:10])
    other = deepcopy(vectors)
    other.put("", RECORDS[10:20])
    vectors.put("", RECORDS[20:21])
    assert (len(vectors.namespace("")), len(other.namespace(""))) == (11, 20)

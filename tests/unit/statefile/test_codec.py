"""The formats: what was written is read back, and anything else is an error."""

import hashlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.statefile.fakes import BLOCK_BYTES, HOLDER

from reconciler.errors import StateError
from reconciler.model.values import JSON, Fields
from reconciler.statefile.codec import (
    Checkpoint,
    decode_checkpoint,
    decode_journal,
    emergency,
    encode_checkpoint,
    encode_frame,
    join,
)
from reconciler.statefile.store import ORIGIN, Holder, Loaded, Position

STATE: Fields = {"entries": {"backup.a": {"id": "b1", "tags": {"ä": "ü"}, "n": 1.5}}, "on": True}
BATCHES: list[list[Fields]] = [[{"n": 1}], [{"n": 2}, {"n": 3}], [{"text": "line\nbreak"}]]
AT = Position(7, "a" * 64)

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
values: st.SearchStrategy[JSON] = st.recursive(
    scalars | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
fields = st.dictionaries(st.text(), values, max_size=4)


def checkpoint_bytes(state: Fields = STATE) -> bytes:
    return encode_checkpoint(Checkpoint(AT, state), "reconciler 0.1.0")


def with_lost_blocks(data: bytes, begun: int, lost: set[int]) -> bytes:
    """Put zeros for blocks from a byte on, as after a power loss that wrote the others."""
    found = bytearray(data)
    for block in lost:
        start = (begun // BLOCK_BYTES + block) * BLOCK_BYTES
        hole = slice(max(begun, start), min(start + BLOCK_BYTES, len(data)))
        found[hole] = bytes(hole.stop - hole.start)
    return bytes(found)


def frames(at: Position = ORIGIN, batches: list[list[Fields]] = BATCHES) -> list[bytes]:
    found = []
    for number, batch in enumerate(batches):
        at, data = encode_frame(at, f"{number:016x}", batch)
        found.append(data)
    return found


def test_checkpoint_is_one_readable_document_with_the_documented_keys() -> None:
    data = checkpoint_bytes()
    document = json.loads(data)
    assert document.keys() == {"format", "tool", "position", "state", "sha256"}
    assert document["format"] == 1
    assert document["tool"] == "reconciler 0.1.0"
    assert document["position"] == {"sequence": 7, "hash": "a" * 64}
    assert (
        data == (json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
    )


def test_every_truncation_of_a_checkpoint_is_an_error() -> None:
    data = checkpoint_bytes()
    for size in range(len(data)):
        with pytest.raises(StateError):
            decode_checkpoint(data[:size], "s.json")


def test_every_flipped_bit_of_a_checkpoint_is_an_error() -> None:
    data = checkpoint_bytes()
    assert decode_checkpoint(data, "s.json") == Checkpoint(AT, STATE)
    for flipped in flips(data):
        with pytest.raises(StateError):
            decode_checkpoint(flipped, "s.json")


def test_every_truncation_of_a_journal_gives_whole_frames_or_an_error() -> None:
    parts = frames()
    data = b"".join(parts)
    ends = [sum(map(len, parts[: count + 1])) for count in range(len(parts))]
    for size in range(len(data)):
        if size < ends[0]:
            with pytest.raises(StateError):
                decode_journal(data[:size], "s.json.journal")
            continue
        journal = decode_journal(data[:size], "s.json.journal")
        whole = sum(end <= size for end in ends)
        assert [list(frame.records) for frame in journal.frames] == BATCHES[:whole]
        assert journal.good_bytes == ends[whole - 1]


def test_every_flipped_bit_of_a_journal_is_an_error() -> None:
    data = b"".join(frames())
    for flipped in flips(data):
        with pytest.raises(StateError):
            decode_journal(flipped, "s.json.journal")


def test_journal_frames_that_were_swapped_left_out_or_doubled_are_an_error() -> None:
    one, two, three = frames()
    for order in ((one, three), (one, three, two), (one, two, two), (one, two, one)):
        with pytest.raises(StateError, match="does not follow"):
            decode_journal(b"".join(order), "s.json.journal")


def test_a_tail_that_is_no_beginning_of_the_next_frame_is_an_error() -> None:
    data = b"".join(frames())
    other = frames(at=Position(3, "b" * 64))[0]
    for tail in (b"\x01", b"\n", b"journal1 x", other[:60], b"journal1 0000000000 zz"):
        with pytest.raises(StateError):
            decode_journal(data + tail, "s.json.journal")


@pytest.mark.parametrize("cut", [0, 40, 190, -30, -1])
def test_zeros_that_a_power_loss_left_are_a_torn_tail(cut: int) -> None:
    one, two, three = frames()
    torn = one + two + three[:cut] + b"\x00" * 5000
    journal = decode_journal(torn, "s.json.journal")
    assert [list(frame.records) for frame in journal.frames] == BATCHES[:2]
    assert journal.good_bytes == len(one + two)
    with pytest.raises(StateError, match="zeros"):
        decode_journal(b"\x00" * 100, "s.json.journal")


@pytest.mark.parametrize("zeroed", [{0}, {1}, {2}, {0, 2}, {1, 2}, {0, 1}])
def test_a_last_frame_that_lost_blocks_in_a_power_loss_is_a_torn_tail(zeroed: set[int]) -> None:
    first, second = frames(batches=[[{"n": 1}], [{"text": "x" * 1500}]])
    assert len(first) < BLOCK_BYTES < len(first + second) - 2 * BLOCK_BYTES
    data = with_lost_blocks(first + second, len(first), zeroed)
    assert decode_journal(data, "j") == decode_journal(first, "j")


@pytest.mark.parametrize("zeroed", [0, 1, 2])
def test_a_frame_that_lost_a_block_under_a_later_one_is_an_error(zeroed: int) -> None:
    first, second, third = frames(batches=[[{"n": 1}], [{"text": "x" * 1500}], [{"n": 3}]])
    data = with_lost_blocks(first + second, len(first), {zeroed})
    with pytest.raises(StateError):
        decode_journal(data + third, "j")


def test_every_flipped_bit_of_a_long_last_frame_is_an_error() -> None:
    """Wherever it stands in its blocks, and with values that one flip away are zeros."""
    for length in (200, 203, 480):
        first, second = frames(batches=[[{"text": "@" * length}], [{"text": "@ @" * 300}]])
        for flipped in flips(second):
            with pytest.raises(StateError):
                decode_journal(first + flipped, "j")


def test_journal_is_two_lines_a_frame_and_its_payload_is_json() -> None:
    lines = b"".join(frames()).decode().splitlines()
    assert len(lines) == 2 * len(BATCHES)
    payload = json.loads(lines[1])
    assert payload == {
        "sequence": 1,
        "previous": ORIGIN.hash,
        "nonce": f"{0:016x}",
        "records": BATCHES[0],
    }


@pytest.mark.parametrize(
    "payload",
    [
        b"not json",
        b"[]",
        b'{"previous":"x","records":[],"sequence":1}',
        b'{"previous":"%s","records":{},"sequence":1}' % ORIGIN.hash.encode(),
        b'{"previous":"%s","records":[],"sequence":"1"}' % ORIGIN.hash.encode(),
        b'{"previous":"%s","records":[1],"sequence":1}' % ORIGIN.hash.encode(),
    ],
)
def test_a_frame_that_checks_out_but_holds_something_else_is_an_error(payload: bytes) -> None:
    hashed = hashlib.sha256(payload).hexdigest()
    start = f"journal1 {len(payload):010} {ORIGIN.hash} {hashed} "
    check = hashlib.sha256(start.encode()).hexdigest()[:16]
    with pytest.raises(StateError, match="a frame"):
        decode_journal(f"{start}{check}\n".encode() + payload, "s.json.journal")


@pytest.mark.parametrize(
    ("data", "number"),
    [
        (b'{"format": 2}', "2"),
        (checkpoint_bytes().replace(b'"format": 1', b'"format": 12'), "12"),
    ],
)
def test_a_newer_checkpoint_format_is_refused_by_its_number(data: bytes, number: str) -> None:
    with pytest.raises(StateError, match=f"format {number}: .*newer reconciler"):
        decode_checkpoint(data, "s.json")


def test_a_newer_journal_format_is_refused_by_its_number() -> None:
    with pytest.raises(StateError, match=r"format 31: .*newer reconciler"):
        decode_journal(frames()[0].replace(b"journal1", b"journal31"), "s.json.journal")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"format": 1}',
        '{"format": true, "tool": "x", "position": {}, "state": {}, "sha256": ""}',
        "[" * 100_000,
        '{"a": NaN}',
        "\ufeff{}",
    ],
)
def test_other_json_is_no_checkpoint(text: str) -> None:
    with pytest.raises(StateError):
        decode_checkpoint(text.encode(), "s.json")


@pytest.mark.parametrize("number", [b"NaN", b"-Infinity", b"1e999"])
def test_a_checkpoint_with_a_number_that_json_does_not_have_is_an_error(number: bytes) -> None:
    with pytest.raises(StateError, match="not JSON"):
        decode_checkpoint(checkpoint_bytes().replace(b"1.5", number), "s.json")


@pytest.mark.parametrize("inner", [{"sha256": "a" * 64}, {"x": '\n  "sha256": "' + "b" * 64 + '"'}])
def test_a_checksum_inside_the_state_is_not_the_one_of_the_document(inner: Fields) -> None:
    checkpoint = Checkpoint(Position(1, "c" * 64), {"a": inner})
    data = encode_checkpoint(checkpoint, "reconciler 0.1.0")
    assert decode_checkpoint(data, "s.json") == checkpoint
    with pytest.raises(StateError, match="checksum"):
        decode_checkpoint(data.replace(b"a" * 64, b"0" * 64).replace(b"b" * 64, b"0" * 64), "s")


def test_white_space_that_was_changed_by_hand_is_an_error() -> None:
    with pytest.raises(StateError, match="checksum"):
        decode_checkpoint(checkpoint_bytes() + b"\n", "s.json")


def test_a_checkpoint_that_never_existed_at_sequence_0_is_an_error() -> None:
    data = encode_checkpoint(Checkpoint(ORIGIN, {}), "reconciler 0.1.0")
    with pytest.raises(StateError, match="not a state file"):
        decode_checkpoint(data, "s.json")


def test_equal_records_at_one_place_differ_by_their_nonce() -> None:
    one, _ = encode_frame(ORIGIN, "01", [{"n": 1}])
    two, _ = encode_frame(ORIGIN, "02", [{"n": 1}])
    assert one != two


def test_only_records_after_the_checkpoint_count() -> None:
    journal = decode_journal(b"".join(frames()), "s.json.journal")
    for count, frame in enumerate(journal.frames, start=1):
        loaded = join(Checkpoint(frame.position, STATE), journal, "s.json", "s.json.journal")
        later = [record for batch in BATCHES[count:] for record in batch]
        assert loaded == Loaded(journal.frames[-1].position, STATE, tuple(later))


def test_a_journal_of_another_version_is_an_error() -> None:
    journal = decode_journal(b"".join(frames()), "s.json.journal")
    with pytest.raises(StateError, match=re.escape("continues a version of s.json")):
        join(Checkpoint(AT, STATE), journal, "s.json", "s.json.journal")


def test_a_journal_whose_checkpoint_is_gone_is_an_error() -> None:
    journal = decode_journal(b"".join(frames(at=AT)), "s.json.journal")
    with pytest.raises(StateError, match="not there"):
        join(None, journal, "s.json", "s.json.journal")


def test_a_state_born_in_the_journal_needs_no_checkpoint() -> None:
    journal = decode_journal(b"".join(frames()), "s.json.journal")
    loaded = join(None, journal, "s.json", "s.json.journal")
    assert loaded.checkpoint is None
    assert loaded.position.sequence == len(BATCHES)


def test_emergency_copy_holds_the_records_readably() -> None:
    document = json.loads(emergency([{"n": 1}, {"n": 2}]))
    assert document["records"] == [{"n": 1}, {"n": 2}]
    assert "could not save" in document["note"]


@given(fields)
def test_checkpoints_round_trip(state: dict[str, JSON]) -> None:
    assert decode_checkpoint(checkpoint_bytes(state), "s.json").state == state


@given(st.lists(st.lists(fields, max_size=3), min_size=1, max_size=4))
def test_journals_round_trip(batches: list[list[Fields]]) -> None:
    data = b"".join(frames(batches=batches))
    journal = decode_journal(data, "s.json.journal")
    assert [list(frame.records) for frame in journal.frames] == batches
    assert journal.base == ORIGIN
    assert journal.good_bytes == len(data)


def test_text_with_a_lone_surrogate_round_trips() -> None:
    state: Fields = {"name": "\ud800"}
    assert decode_checkpoint(checkpoint_bytes(state), "s.json").state == state


def test_the_lock_note_round_trips() -> None:
    assert Holder.from_json(HOLDER.to_json()) == HOLDER


@pytest.mark.parametrize("note", [b"", b"{", b"[]", b"{}", b"\xff", b'{"id": 3}'])
def test_an_unreadable_lock_note_is_no_holder(note: bytes) -> None:
    assert Holder.from_json(note) is None


def flips(data: bytes) -> list[bytes]:
    """Every version of `data` with one bit flipped."""
    return [
        data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]
        for place in range(len(data))
        for bit in range(8)
    ]

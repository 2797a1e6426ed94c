"""The formats: what was written is read back, and anything else is an error."""

import hashlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.statefile.fakes import HOLDER
from unit.statefile.written import AT, BATCHES, STATE, checkpoint_bytes, frames

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

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
values: st.SearchStrategy[JSON] = st.recursive(
    scalars | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
fields = st.dictionaries(st.text(), values, max_size=4)


def test_checkpoint_is_one_readable_document_with_the_documented_keys() -> None:
    data = checkpoint_bytes()
    document = json.loads(data)
    assert document.keys() == {"format", "tool", "position", "state", "sha256"}
    assert document["format"] == 2
    assert document["tool"] == "reconciler 0.1.0"
    assert document["position"] == {"sequence": 7, "hash": "a" * 64}
    assert (
        data == (json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
    )


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
        (b'{"format": 3}', "3"),
        (checkpoint_bytes().replace(b'"format": 2', b'"format": 12'), "12"),
    ],
)
def test_a_newer_checkpoint_format_is_refused_by_its_number(data: bytes, number: str) -> None:
    with pytest.raises(StateError, match=f"format {number}: .*newer reconciler"):
        decode_checkpoint(data, "s.json")


@pytest.mark.parametrize(
    "data", [b'{"format": 1}', checkpoint_bytes().replace(b'"format": 2', b'"format": 1')]
)
def test_a_checkpoint_of_an_earlier_version_is_told_as_that(data: bytes) -> None:
    with pytest.raises(StateError, match=r"format 1: .*an earlier reconciler") as refused:
        decode_checkpoint(data, "s.json")
    assert refused.value.diagnostics[0].reference == "state-older-format"
    assert "state rebuild" in refused.value.diagnostics[0].hint


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
        '{"format": 2}',
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

"""Damage to what was written is an error, but for what a power loss leaves of a last frame."""

import pytest
from unit.statefile.fakes import BLOCK_BYTES
from unit.statefile.written import AT, BATCHES, STATE, checkpoint_bytes, frames

from reconciler.errors import StateError
from reconciler.statefile.codec import (
    Checkpoint,
    decode_checkpoint,
    decode_journal,
)
from reconciler.statefile.store import Position


def with_lost_blocks(data: bytes, begun: int, lost: set[int]) -> bytes:
    """Put zeros for blocks from a byte on, as after a power loss that wrote the others."""
    found = bytearray(data)
    for block in lost:
        start = (begun // BLOCK_BYTES + block) * BLOCK_BYTES
        hole = slice(max(begun, start), min(start + BLOCK_BYTES, len(data)))
        found[hole] = bytes(hole.stop - hole.start)
    return bytes(found)


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


def test_white_space_that_was_changed_by_hand_is_an_error() -> None:
    with pytest.raises(StateError, match="checksum"):
        decode_checkpoint(checkpoint_bytes() + b"\n", "s.json")


def flips(data: bytes) -> list[bytes]:
    """Every version of `data` with one bit flipped."""
    return [
        data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]
        for place in range(len(data))
        for bit in range(8)
    ]

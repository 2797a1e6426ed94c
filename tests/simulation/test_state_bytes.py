"""Damaged files are noticed; `prove.py state-bytes` tries every byte, here it is some of them."""

import pytest
from proofs.state_bytes import File, damage, files

EVERY = 61


@pytest.mark.parametrize("file", files(), ids=lambda file: file.name)
def test_cut_and_flipped_files_of_real_runs_are_noticed(file: File) -> None:
    tried = damage(file, range(0, len(file.data), min(EVERY, len(file.data) // 21)))
    assert tried.unnoticed == ()
    assert tried.truncations > 20
    assert tried.flips == 8 * tried.truncations


def test_a_reader_that_takes_anything_is_found_out() -> None:
    trusting = File("trusting", b"a line", lambda data: [data])
    tried = damage(trusting, [1])
    assert tried.unnoticed[0] == "trusting cut at byte 1"
    assert len(tried.unnoticed) == 9


def test_a_note_that_something_hangs_on_is_found_out() -> None:
    relied_on = File("relied on", b"a line", lambda data: [data], only_shown=True)
    assert len(damage(relied_on, [1]).unnoticed) == 9

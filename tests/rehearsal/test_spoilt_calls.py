"""The real process, killed or failing at the system calls that save what it did.

`prove.py syscalls` goes through every call on every file; these are those that matter most.
"""

from collections.abc import Iterator

import pytest
from proofs._strace import KILL, missing
from proofs.syscalls import GROWING, Bench, bench

REASON = missing()


@pytest.fixture(scope="module")
def growing() -> Iterator[Bench]:
    with bench(GROWING) as found:
        yield found


@pytest.mark.skipif(REASON is not None, reason=REASON or "")
@pytest.mark.parametrize(
    ("call", "file", "nth", "fault"),
    [
        ("pwrite64", "default.json.tmp-*", 1, "ENOSPC"),  # the intent, before the send
        ("fsync", "default.json.tmp-*", 1, KILL),
        ("pwrite64", "default.json.journal", 1, KILL),  # the object that was just made
        ("pwrite64", "default.json.journal", 1, "ENOSPC"),
        ("fdatasync", "default.json.journal", 1, "EIO"),
        ("rename", "default.json", 1, KILL),  # the checkpoint
        ("openat", "default.json.tmp-*", 2, "EROFS"),
        ("unlink", "default.json.journal", 1, "EINTR"),
    ],
)
def test_a_spoilt_system_call_leaves_a_whole_state_and_exactly_one_object(
    growing: Bench, call: str, file: str, nth: int, fault: str
) -> None:
    places = [
        place
        for place, one in enumerate(growing.calls)
        if (one.name, one.file) == (call, f"state/{file}")
    ]
    assert growing.spoil(places[nth - 1], fault).wrong == ()

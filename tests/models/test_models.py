"""The protocol models: naive ways must fail in them, ours must not, and nothing changes unseen."""

from collections import Counter

import pytest
from models import create_protocol, lease_protocol, waiting_protocol
from models.schedules import Schedule, Verdict, tally

Numbers = tuple[int, int, int, int, int, int, int]
"""Schedules, clean, duplicates, those all marked, those named, adopted, lost."""

CREATES: dict[str, Numbers] = {
    "naive": (2575, 28, 2547, 0, 0, 0, 0),
    "intent + name, no wait": (14534, 530, 11943, 0, 0, 2061, 0),
    "intent + name, wait 6": (3581, 992, 2268, 0, 0, 321, 0),
    "intent + name + created_at, wait 6": (30173, 6620, 23277, 0, 0, 276, 0),
    "intent + marker, no wait": (32450, 1328, 31122, 31122, 31122, 0, 0),
    "intent + marker, wait 3": (12239, 2789, 9450, 9450, 9450, 0, 0),
    "intent + marker, wait 4": (10391, 2921, 7470, 7470, 7470, 0, 0),
    "intent + marker, wait 5": (9791, 2987, 6804, 6804, 6804, 0, 0),
    "intent + marker, wait 6": (9791, 2987, 6804, 6804, 6804, 0, 0),
    "intent + marker, wait 5, look twice": (3329, 3329, 0, 0, 0, 0, 0),
    "ours with a window too short": (62100, 48288, 13812, 13812, 7092, 0, 0),
    "ours with one look": (101388, 48468, 52920, 52920, 52920, 0, 0),
    "intent dated, window from the date": (65418, 48765, 16653, 16653, 0, 0, 0),
    "ours": (48180, 48180, 0, 0, 0, 0, 0),
}
OPERATORS: dict[str, Numbers] = {
    "no lock": (9663, 921, 8742, 0, 0, 0, 0),
    "lock with TTL": (9026, 1607, 7419, 0, 0, 0, 0),
    "lock with TTL + CAS": (9026, 1607, 7419, 0, 0, 0, 0),
    "lock with TTL + CAS + intent": (7725, 5168, 2557, 2557, 0, 0, 0),
    "lock with TTL + CAS + intent + check": (5827, 4648, 1179, 1179, 0, 0, 0),
    "lock with TTL + CAS + intent + check + fence": (5851, 4672, 1179, 1179, 0, 0, 0),
    "kernel lock + CAS, no intent": (7716, 3216, 4500, 0, 0, 0, 0),
    "intent dated, window from the date": (8309, 7697, 612, 612, 0, 0, 0),
    "ours: kernel lock + CAS + intent": (7901, 7901, 0, 0, 0, 0, 0),
    "ours + fence": (7901, 7901, 0, 0, 0, 0, 0),
}
WAITS: dict[str, Numbers] = {
    "lock, the state as it was": (3545, 3329, 0, 0, 0, 0, 216),
    "lock, the entry as it was": (3545, 3383, 0, 0, 0, 0, 162),
    "lock, the entry of that name": (3545, 3491, 0, 0, 0, 0, 54),
    "no lock, the entry of that object": (3420, 3232, 0, 0, 0, 0, 188),
    "ours: lock, the entry of that object": (3545, 3545, 0, 0, 0, 0, 0),
}


@pytest.mark.parametrize("name", create_protocol.PROTOCOLS)
def test_only_a_marker_and_a_whole_window_make_exactly_one(name: str) -> None:
    found = create_protocol.check(create_protocol.PROTOCOLS[name])
    assert found.numbers() == CREATES[name], found.first
    assert found.is_clean is (name in create_protocol.CLEAN)


@pytest.mark.parametrize("name", lease_protocol.VARIANTS)
def test_only_a_lock_that_the_living_keep_leaves_one_of_two_operators(name: str) -> None:
    found = lease_protocol.check(lease_protocol.VARIANTS[name])
    assert found.numbers() == OPERATORS[name], found.first
    assert found.is_clean is (name in lease_protocol.CLEAN)


@pytest.mark.parametrize("name", waiting_protocol.VARIANTS)
def test_only_an_end_that_is_compared_under_the_lock_undoes_nothing(name: str) -> None:
    found = waiting_protocol.check(waiting_protocol.VARIANTS[name])
    assert found.numbers() == WAITS[name], found.first
    assert found.is_clean is (name in waiting_protocol.CLEAN)


def test_every_answer_to_every_question_is_played_once() -> None:
    played: Counter[tuple[object, ...]] = Counter()

    def play(schedule: Schedule) -> Verdict:
        first = schedule.ask("first", (1, 2, 3))
        rest = (schedule.ask("second", "ab"), schedule.ask("third", "xy")) if first == 2 else ()
        played[first, *rest, schedule.ask("first", (1, 2, 3))] += 1
        return Verdict.LOST if first == 3 else Verdict.CLEAN

    found = tally(play)
    assert set(played.values()) == {1}
    assert set(played) == {(1, 1), (3, 3), *((2, a, b, 2) for a in "ab" for b in "xy")}
    assert found.numbers() == (6, 5, 0, 0, 0, 0, 1)
    assert found.first == {Verdict.CLEAN: "nothing went wrong", Verdict.LOST: "first: 3"}

"""A bounded part of two proofs: deaths at boundaries, and seeds of bad weather.

In full: `python tests/prove.py crash-points` and `python tests/prove.py seeds`.
"""

import pytest
from proofs.crash_points import pairs, single, undisturbed
from proofs.seeds import digests, lived
from simulation.scenario import KINDS

NAMES, WRONG = undisturbed()
POINTS = range(1, len(NAMES) + 1)
EVERY = 9
BLOCKS = 6
SEEDS = 96


def test_a_story_has_hundreds_of_boundaries_of_every_sort() -> None:
    assert len(NAMES) >= 300
    assert {name.split()[0] for name in NAMES} == {
        "answered",
        "append",
        "done",
        "folder",
        "lock",
        "remove",
        "rename",
        "send",
        "sync",
        "write",
    }


def test_an_undisturbed_story_makes_and_ends_what_it_declares() -> None:
    assert WRONG == []


@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_death_at_a_boundary_costs_nothing(block: int) -> None:
    for point in POINTS[block :: BLOCKS * EVERY]:
        assert single(point) == []


@pytest.mark.parametrize("point", [POINTS[n * len(POINTS) // 7] for n in range(1, 7)])
def test_a_second_death_during_the_recovery_costs_nothing(point: int) -> None:
    count, wrong = pairs(point, step=11)
    assert count
    assert wrong == []


@pytest.mark.parametrize("block", range(BLOCKS))
def test_bad_weather_costs_nothing_that_two_runs_do_not_mend(block: int) -> None:
    for seed in range(SEEDS)[block::BLOCKS]:
        assert (seed, lived(seed).wrong) == (seed, [])


def test_a_seed_gives_the_same_life_in_every_process() -> None:
    seeds = range(4)
    assert digests(seeds) == {seed: lived(seed).digest for seed in seeds}


def test_there_are_more_than_thirty_kinds_of_faults() -> None:
    assert len(KINDS) > 50

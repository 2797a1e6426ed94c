"""A bounded part of three proofs: deaths and disturbances at boundaries, and seeds of bad weather.

In full: `python tests/prove.py` with `crash-points`, `disturbances` and `seeds`.
"""

import pytest
from proofs.crash_points import pairs, single, undisturbed
from proofs.disturbances import STOPS, disturbed
from proofs.seeds import digests, lived
from simulation.scenario import KINDS
from simulation.stories import STORIES

TOLD = {story: undisturbed(story) for story in STORIES}
EVERY = {"making": 9, "keeping": 18, "lasting": 18}
BLOCKS = 6
SEEDS = 96


def points(story: str) -> range:
    return range(1, len(TOLD[story][0]) + 1)


@pytest.mark.parametrize("story", STORIES)
def test_a_story_has_hundreds_of_boundaries_of_every_sort(story: str) -> None:
    names, _ = TOLD[story]
    assert len(names) >= 300
    assert {name.split()[0] for name in names} == {
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


@pytest.mark.parametrize("story", STORIES)
def test_an_undisturbed_story_makes_and_ends_what_it_declares(story: str) -> None:
    assert TOLD[story][1] == []


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_death_at_a_boundary_costs_nothing(story: str, block: int) -> None:
    for point in points(story)[block :: BLOCKS * EVERY[story]]:
        assert single(story, point) == []


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("seventh", range(1, 7))
def test_a_second_death_during_the_recovery_costs_nothing(story: str, seventh: int) -> None:
    all_points = points(story)
    count, wrong = pairs(story, all_points[seventh * len(all_points) // 7], step=11)
    assert count
    assert wrong == []


@pytest.mark.parametrize("what", STOPS)
@pytest.mark.parametrize("story", STORIES)
def test_a_stop_at_a_boundary_ends_the_run_in_time_and_costs_nothing(story: str, what: str) -> None:
    for act in range(len(STORIES[story].acts)):
        found = disturbed(story, act, what, first=act + 1, step=29)
        assert found.count
        assert found.wrong == []


@pytest.mark.parametrize(
    ("story", "act", "what"),
    [
        ("lasting", 2, "person-deletes-newest"),  # what replaces a copy that is about to go
        ("lasting", 4, "person-deletes-newest"),  # the only other copy
        ("making", 3, "person-makes-index-anew"),
    ],
)
def test_what_people_do_between_plan_and_delete_is_seen(story: str, act: int, what: str) -> None:
    found = disturbed(story, act, what, step=2)
    assert found.count
    assert found.wrong == []


@pytest.mark.parametrize("block", range(BLOCKS))
def test_bad_weather_costs_nothing_that_two_runs_do_not_mend(block: int) -> None:
    for seed in range(SEEDS)[block::BLOCKS]:
        one = lived(seed)
        assert one.wrong == [], one.told()


def test_a_seed_gives_the_same_life_in_every_process() -> None:
    seeds = range(4)
    assert digests(seeds) == {seed: lived(seed).digest for seed in seeds}


def test_there_are_more_than_thirty_kinds_of_faults() -> None:
    assert len(KINDS) > 50

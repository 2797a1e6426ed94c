"""A bounded part of a proof: some days of hourly applies, judged after every run.

In full: `python tests/prove.py policy-year`.
"""

from itertools import pairwise

import pytest
from simulation.keeping_year import MICROS
from simulation.policy_year import HELD, YAML, Pipeline
from simulation.world import configured

from reconciler.kinds.policy import KIND
from reconciler.model.address import Address
from reconciler.planning.timeline import simulate

DAYS = 8
INDEXES = 4
HELD_SLOT = 1_795_046_400 * MICROS  # 2026-11-19, midnight


@pytest.fixture(scope="module")
def peace() -> Pipeline:
    """Some days without faults, lived once."""
    pipeline = Pipeline(INDEXES, faults=0.0, number=1)
    pipeline.live(DAYS)
    return pipeline


def test_days_in_peace_keep_every_promise_after_every_run(peace: Pipeline) -> None:
    year = peace.year
    assert year.wrong == []
    assert (year.runs, year.unclean) == (DAYS * 24, 0)
    assert year.made > year.expired > 0
    assert max(year.oldest.values()) < (7 * 24 + 2) * 3600 * MICROS


@pytest.mark.parametrize(
    ("days", "hours"),
    [(129, 23), (346, 25)],  # 2027-03-27 and 2027-10-30
)
def test_a_change_of_clocks_leaves_no_slot_out_and_makes_none_twice(days: int, hours: int) -> None:
    pipeline = Pipeline(INDEXES, faults=0.0, number=1)
    pipeline.world.wait(days * 86_400)
    assert pipeline.live(3).wrong == []
    nights = sorted(pipeline.keeping.slots("docs-prod"))
    gaps = [(later - earlier) // (3600 * MICROS) for earlier, later in pairwise(nights)]
    assert sorted(gaps) == sorted([24, 24, hours])


def test_what_is_left_is_what_was_simulated(peace: Pipeline) -> None:
    declared = configured(YAML).desired
    for index, policy in peace.keeping.policy_of.items():
        (track,) = KIND.tracks(declared[Address("policy", policy)], None)
        made = peace.keeping.slots(index)
        timeline = simulate(track, min(made) - 1, peace.world.now())
        expected = {stay.copy.taken_at for stay in timeline.at(timeline.end)}
        left = {slot for slot, is_there in made.items() if is_there}
        assert left - expected == ({HELD_SLOT} if index == "chat-1" else set()), index
        assert expected <= left, index


def test_days_with_faults_and_crashes_keep_every_promise_after_every_run() -> None:
    year = Pipeline(INDEXES, faults=0.03, number=2).live(DAYS)
    assert year.wrong == []
    assert year.faults.total() > 5
    assert year.crashes >= 1


def test_the_judge_names_what_must_never_happen() -> None:
    pipeline = Pipeline(INDEXES, faults=0.0, number=3)
    pipeline.live(3)
    world, keeping = pipeline.world, pipeline.keeping
    assert keeping.violations == []
    backups = sorted(world.oracle.store.backups.values(), key=lambda one: one.created_at)
    foreign = next(one for one in backups if one.id in keeping.foreign)
    held = next(one for one in backups if one.name == HELD.name)
    newest = [one for one in backups if one.source.name == "docs-prod"][-1]
    for one in (foreign, held, newest):
        world.send("DELETE", f"/backups/{one.id}")
    again = {"name": [one.name for one in backups if one.source.name == "chat-1"][-1]}
    world.send("POST", "/indexes/chat-1/backups", again)
    world.send("POST", "/indexes/chat-1/backups", {"name": "often--chat-1--20270101-0600"})
    keeping.ended(world.now(), world.now(), clean=True)
    night, six = "nightly--docs-prod--20261121-0130", "often--chat-1--20261121-0600"
    assert [said for said in keeping.violations if "rule of" not in said] == [
        f"{foreign.id} expired, and is of no policy",
        f"{HELD.name} expired, and is held",
        f"{night} expired, with 0 newer ones Ready",
        f"{six} was made twice",
        "often--chat-1--20270101-0600 was not due at 2026-11-21 11:07",
        "docs-prod has no Ready backup of its newest slot at 2026-11-21 11:07",
        "chat-1 has no Ready backup of its newest slot at 2026-11-21 11:07",
    ]
    rules = [said for said in keeping.violations if "rule of" in said]
    assert rules == [f"{night} is gone, and a rule of {count} keeps it" for count in (7, 4, 12)]

"""What an exhibit of the museum is: a bug that tools like ours have had, as a change of our code.

It reads as a diff of two lines, beside what must find it out. `python tests/prove.py mutants`
builds each one into a copy of the project.
"""

from dataclasses import dataclass

_BOUNDED = "simulation/test_boundaries.py::"
STORY = f"{_BOUNDED}test_an_undisturbed_story_makes_and_ends_what_it_declares"
POINTS = f"{_BOUNDED}test_a_death_at_a_boundary_costs_nothing"
PEOPLE = f"{_BOUNDED}test_what_people_do_between_plan_and_delete_is_seen"
SEEDS = f"{_BOUNDED}test_bad_weather_costs_nothing_that_two_runs_do_not_mend"


@dataclass(frozen=True)
class Mutant:
    """One bug: its name, what it does, where it would be, and the tests that find it out."""

    name: str
    bug: str
    file: str  # of the package
    old: str  # there exactly once
    new: str
    tests: tuple[str, ...]  # named from `tests` on; each of them must fail

"""A bounded part of the state machine; `prove.py machine` goes on for longer."""

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import rule, run_state_machine_as_test
from simulation.machine import Machine

# The suite lives the same lives every time; `prove.py machine` explores, and shrinks what it finds.
SUITE = settings(
    deadline=None,
    max_examples=40,
    stateful_step_count=25,
    print_blob=True,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
)


class Forgetful(Machine):
    """A life in which the disk is emptied now and then."""

    @rule()
    def lose_the_state(self) -> None:
        self.world.disk.names.clear()


def test_any_life_leaves_nothing_wrong_and_comes_to_rest() -> None:
    run_state_machine_as_test(Machine, settings=SUITE)


def test_a_state_that_is_lost_is_found_out() -> None:
    with pytest.raises(AssertionError, match="lost: "):
        run_state_machine_as_test(Forgetful, settings=SUITE)

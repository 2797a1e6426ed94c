"""What the tests of runs share that give the state back while they only wait."""

from collections.abc import Callable

from simulation.world import World

from reconciler.emulator.service import Knobs
from reconciler.model.event import Event, Outcome

LOCK = "state/default.json.lock"
JOURNAL = "state/default.json.journal"
SLOW = Knobs(backup_seconds=600, restore_seconds=600, import_seconds=600)
GIVEN_BACK = "only waiting is left"
CREATED = {"create backup.docs": Outcome.DONE}


def once_given_back(world: World, work: Callable[[], object]) -> list[object]:
    """Do something, once, when a run has given the state back; gives what came of it."""
    found: list[object] = []

    def hear(there: World, event: Event) -> None:
        if GIVEN_BACK in event.message:
            there.on_event = None
            there.meanwhile(lambda: found.append(work()))

    world.on_event = hear
    return found

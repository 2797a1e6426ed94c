"""The wall clock of a run under way is set: by people, by a host that resumes it, or by NTP.

The server's clock and the steady one go on; only what the process takes for the time of day jumps.
"""

import random
from collections.abc import Callable, Mapping

from simulation.world import World

from reconciler.model.values import SECOND

_MINUTES, _DAY = 60.0, 86_400.0


def _jump(least: float, most: float) -> Callable[[World, random.Random, str], bool]:
    def deed(world: World, rng: random.Random, yaml: str) -> bool:
        del yaml
        process = world.under_way
        if process is not None:
            process.skew += int(rng.uniform(least, most) * SECOND)
        return process is not None

    return deed


CLOCKS: Mapping[str, Callable[[World, random.Random, str], bool]] = {
    "clock-jumps-ahead": _jump(_MINUTES, _DAY),
    "clock-jumps-back": _jump(-_DAY, -_MINUTES),
    "clock-steps": _jump(-2.0, 2.0),
}

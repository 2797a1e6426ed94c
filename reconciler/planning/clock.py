"""The clock that policies go by, held against that of the API: a wrong one names wrong slots."""

from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.kind import World
from reconciler.model.values import SECOND
from reconciler.planning.expansion import Expansions
from reconciler.planning.given import Given

MOST_APART = 300 * SECOND
_MINUTE = 60 * SECOND

Said = tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]
"""Refusals, warnings."""


def clocks(given: Given, expansions: Expansions) -> Said:
    """Refuse to go by a clock that is ahead, and warn of one that is behind.

    A backup for a slot that is still to come would keep all others from being made until then. One
    that is late is made by a later run.
    """
    said = apart(given.world) if expansions else ""
    if not said:
        return (), ()
    hint = "set it right: what policies make, and what expires, goes by it"
    ahead = given.world.now > given.world.dating
    if ahead:
        return (Diagnostic("clock-ahead", said, hint),), ()
    return (), (Diagnostic("clock-behind", said, hint, severity=Severity.WARNING),)


def apart(world: World) -> str:
    """Say how far our clock and the API's are apart; empty where it is little, or not known."""
    minutes = abs(world.now - world.dating) // _MINUTE
    if abs(world.now - world.dating) <= MOST_APART:
        return ""
    side = "ahead of" if world.now > world.dating else "behind"
    return f"the clock of this machine is {minutes:,} minutes {side} the API's"

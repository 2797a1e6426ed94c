"""The clock that policies go by, held against that of the API: a wrong one names wrong slots."""

from reconciler.model.diagnostic import Diagnostic, Severity
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
    heard = given.world.server_now
    if heard is None or not expansions or abs(given.world.now - heard) <= MOST_APART:
        return (), ()
    ahead = given.world.now > heard
    minutes = abs(given.world.now - heard) // _MINUTE
    side = "ahead of" if ahead else "behind"
    said = f"the clock of this machine is {minutes:,} minutes {side} the API's"
    hint = "set it right: what policies make, and what expires, goes by it"
    if ahead:
        return (Diagnostic("clock-ahead", said, hint),), ()
    return (), (Diagnostic("clock-behind", said, hint, severity=Severity.WARNING),)

"""Lists that cannot be relied on: not read, or missing so much that they are not believed."""

from dataclasses import replace

from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.planning.given import Given
from reconciler.planning.scope import Scope
from reconciler.planning.sight import CROWD, Crowd, crowds

_EVERYTHING = Scope()


def doubt(given: Given, scope: Scope = _EVERYTHING) -> tuple[Given, tuple[Diagnostic, ...]]:
    """Take the lists that a crowd of entries is missing from as unreadable, and say so."""
    found, wanted = crowds(given), scope.listings(given)
    seen = dict(given.world.seen)
    for crowd in found:
        one = seen[crowd.kind]
        seen[crowd.kind] = replace(one, unreadable={**one.unreadable, crowd.listing: crowd.why})
    given = replace(given, world=replace(given.world, seen=seen))
    told = (crowd for crowd in found if wanted is None or crowd.listing in wanted)
    return given, tuple(_doubted(crowd) for crowd in told)


def _doubted(crowd: Crowd) -> Diagnostic:
    more = ", ..." if len(crowd.missing) > CROWD else ""
    names = f"{', '.join(crowd.missing[:CROWD])}{more}"
    return Diagnostic(
        "unreadable",
        f"the list of {_said(crowd.listing)} is not believed: {crowd.why} ({names})",
        f"nothing that hangs on it is planned; --allow-missing {len(crowd.missing)} believes it",
        severity=Severity.WARNING,
    )


def unread(given: Given, scope: Scope) -> tuple[Diagnostic, ...]:
    """Say which lists could not be read; what hangs on them is not planned."""
    whys: dict[str, str] = {}
    wanted = scope.listings(given)
    for seen in given.world.seen.values():
        whys.update(seen.unreadable)
    return tuple(
        Diagnostic(
            "unreadable",
            f"the list of {_said(listing)} could not be read: {why}",
            "nothing that hangs on it is planned; run again when it can be read",
            severity=Severity.WARNING,
        )
        for listing, why in sorted(whys.items())
        if wanted is None or listing in wanted
    )


def _said(listing: str) -> str:
    return listing.replace("_", " ").replace(":", " of ")

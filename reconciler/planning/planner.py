"""Makes the plan: every address decided about, guarded, ordered, digested.

move -> expand -> decide in dependency order -> guard -> order steps -> digest
"""

from collections.abc import Sequence
from dataclasses import replace

from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.plan import Header, Plan
from reconciler.planning import guards
from reconciler.planning.care import care, refreshes
from reconciler.planning.decisions import decide
from reconciler.planning.expansion import expand
from reconciler.planning.given import Given
from reconciler.planning.identity import change_digest, plan_id
from reconciler.planning.moving import follow
from reconciler.planning.order import order_steps
from reconciler.planning.others import unmanaged
from reconciler.planning.replacing import is_asked
from reconciler.planning.review import hold_back, refuse_nothing
from reconciler.planning.sight import CROWD, Crowd, crowds
from reconciler.planning.tables import tables_of


def make_plan(given: Given) -> Plan:
    """Plan; pure, so the same input gives the same plan, byte for byte."""
    given, moves = follow(given)
    bound = guards.binding_refusals(given)
    if bound:
        return Plan(_header(given, ()), (), (), refusals=bound, permissions=given.permissions)
    unread = _unread(given)
    empty = guards.empty_refusals(given)
    given, expansions, taken = expand(given)
    given = replace(given, tables=tables_of(given))
    given, missing = _doubt(given)
    changes = hold_back(given, decide(given, expansions))
    changes = refuse_nothing(given, guards.guard_backups(given, changes))
    quota, over, near = guards.forecast(given, changes)
    refusals = (
        *empty,
        *taken,
        *guards.unknown_addresses(given),
        *guards.change_refusals(changes),
        *guards.removal_refusals(given, changes),
        *over,
    )
    changes = tuple(replace(change, digest=change_digest(change)) for change in changes)
    refreshed = () if refusals else refreshes(given, changes)
    return Plan(
        header=_header(given, changes),
        changes=changes,
        steps=() if refusals else order_steps(given, changes),
        refusals=refusals,
        warnings=(*near, *unread, *missing),
        unmanaged=unmanaged(given, changes),
        moves=moves,
        refreshes=refreshed,
        care=care(given, refreshed),
        quota=quota,
        complete=not (unread or missing or any(_is_open(given, one) for one in changes)),
        permissions=given.permissions,
    )


def _is_open(given: Given, change: Change) -> bool:
    """Whether something could not be seen, or was asked for and has to wait for another run."""
    unseen = change.standing is Standing.UNREADABLE or change.reason is Reason.NOT_LISTED_YET
    waits = change.action is Action.WAIT and change.reason is Reason.STILL_RUNNING
    return unseen or (waits and is_asked(given, change.address))


def _header(given: Given, changes: Sequence[Change]) -> Header:
    binding = given.state.binding
    header = Header(
        id="",
        tool=given.tool,
        api_base=given.api_base,
        lineage=None if binding is None else binding.lineage,
        configuration=given.configuration.name,
        configuration_digest=given.configuration.digest,
        now=given.world.now,
    )
    return replace(header, id=plan_id(header, given.permissions, changes))


def _doubt(given: Given) -> tuple[Given, tuple[Diagnostic, ...]]:
    """Take the lists that a crowd of entries is missing from as unreadable, and say so."""
    found = crowds(given)
    seen = dict(given.world.seen)
    for crowd in found:
        one = seen[crowd.kind]
        seen[crowd.kind] = replace(one, unreadable={**one.unreadable, crowd.listing: crowd.why})
    given = replace(given, world=replace(given.world, seen=seen))
    return given, tuple(_doubted(crowd) for crowd in found)


def _doubted(crowd: Crowd) -> Diagnostic:
    more = ", ..." if len(crowd.missing) > CROWD else ""
    names = f"{', '.join(crowd.missing[:CROWD])}{more}"
    return Diagnostic(
        "unreadable",
        f"the list of {_said(crowd.listing)} is not believed: {crowd.why} ({names})",
        f"nothing that hangs on it is planned; --allow-missing {len(crowd.missing)} believes it",
        severity=Severity.WARNING,
    )


def _unread(given: Given) -> tuple[Diagnostic, ...]:
    """Say which lists could not be read; what hangs on them is not planned."""
    whys: dict[str, str] = {}
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
    )


def _said(listing: str) -> str:
    return listing.replace("_", " ").replace(":", " of ")

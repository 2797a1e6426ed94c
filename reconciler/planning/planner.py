"""Makes the plan: every address decided about, guarded, ordered, digested.

move -> expand -> scope -> decide in dependency order -> guard -> order steps -> digest
"""

from collections.abc import Sequence
from dataclasses import replace

from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.plan import Header, Plan
from reconciler.planning import guards
from reconciler.planning.care import care, refreshes
from reconciler.planning.clock import clocks
from reconciler.planning.decisions import decide
from reconciler.planning.doubts import doubt, unread
from reconciler.planning.expansion import ends_refused, expand, nothing_kept, told
from reconciler.planning.expiry import limited
from reconciler.planning.floor import leave_good
from reconciler.planning.given import Given
from reconciler.planning.identity import change_digest, plan_id
from reconciler.planning.leftovers import keep_named
from reconciler.planning.moving import follow
from reconciler.planning.order import order_steps
from reconciler.planning.others import unmanaged
from reconciler.planning.quota import forecast
from reconciler.planning.replacing import is_asked
from reconciler.planning.review import hold_back, refuse_nothing
from reconciler.planning.scope import Scope, leave_alone, partial, scope_of
from reconciler.planning.tables import tables_of


def make_plan(given: Given) -> Plan:
    """Plan; pure, so the same input gives the same plan, byte for byte."""
    given, moves = follow(given)
    bound = guards.binding_refusals(given)
    if bound:
        return Plan(_header(given, ()), (), (), refusals=bound, permissions=given.permissions)
    empty = guards.empty_refusals(given)
    declared, ends = given.configuration.desired.keys(), ends_refused(given)
    given, expansions, taken = expand(nothing_kept(given))
    given = replace(given, tables=tables_of(given))
    scope = scope_of(given, moves, declared)
    blind, others = _parted(told(expansions))
    unreadable = (*unread(given, scope), *blind)
    given, missing = doubt(given, scope)
    found = leave_alone(scope, leave_good(given, decide(given, expansions)))
    changes = _bounded(given, scope, found)
    quota, over, near = forecast(given, changes, lambda other: _bounded(other, scope, found))
    ahead, behind = clocks(given, expansions)
    refusals = (
        *empty,
        *taken,
        *ahead,
        *scope.refusals,
        *guards.unknown_addresses(given, declared),
        *guards.change_refusals(changes),
        *guards.owner_refusals(changes, ends),
        *guards.removal_refusals(given, changes),
        *over,
    )
    refreshed = () if refusals else refreshes(given, changes, expansions)
    return Plan(
        header=_header(given, changes),
        changes=changes,
        steps=() if refusals else order_steps(given, changes),
        refusals=refusals,
        warnings=(*partial(scope), *behind, *near, *unreadable, *missing, *others),
        unmanaged=unmanaged(given, changes),
        moves={before: after for before, after in moves.items() if scope.has(after)},
        refreshes=refreshed,
        care=care(given, refreshed),
        quota=quota,
        all_seen=not (unreadable or missing or any(_is_open(given, one) for one in changes)),
        left_out=scope.left_out,
        permissions=given.permissions,
    )


def _bounded(given: Given, scope: Scope, found: Sequence[Change]) -> tuple[Change, ...]:
    """Hold all that was decided to its bounds, so that guards see what is held; keep the scope.

    What stays for a leftover takes no place of another in the bound of expiries; a guard may keep
    a leftover later on.
    """
    changes = limited(given, keep_named(given, hold_back(given, found)))
    changes = refuse_nothing(given, guards.guard_backups(given, changes))
    changes = keep_named(given, changes)
    return tuple(
        replace(change, digest=change_digest(change))
        for change in changes
        if scope.has(change.address)
    )


def _parted(
    warnings: Sequence[Diagnostic],
) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """Part what could not be read from what else is to be told."""
    blind = tuple(one for one in warnings if one.reference == "unreadable")
    return blind, tuple(one for one in warnings if one not in blind)


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
        state_file=given.state_file if binding is None else None,
    )
    return replace(header, id=plan_id(header, given.permissions, changes))

"""Scope: the part of the configuration that --target and --exclude leave to a run.

What a target hangs on comes along, and what hangs on something excluded stays out with it. Where
all is to be removed it is the other way round: what hangs on a target goes before it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Standing
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.plan import Plan
from reconciler.planning.given import Given

_Names = Mapping[str, Collection[Address]]
_Graph = Mapping[Address, Collection[Address]]


@dataclass(frozen=True, slots=True)
class Scope:
    """The addresses that a run is about; None where it is about all of them."""

    inside: frozenset[Address] | None = None
    left_out: int = 0
    refusals: tuple[Diagnostic, ...] = ()

    def has(self, address: Address) -> bool:
        """Whether an address may be touched."""
        return self.inside is None or address in self.inside

    def listings(self, given: Given) -> frozenset[str] | None:
        """Name the lists that something in scope hangs on; None: all that were read."""
        if self.inside is None:
            return None
        tables = (given.configuration.desired, given.state.entries)
        return frozenset(
            listing
            for address in self.inside
            for table in tables
            if (known := table.get(address)) is not None
            and (remote := given.kinds[address.kind].remote) is not None
            for listing in remote.scope(known.fields)
        )


def scope_of(
    given: Given, moves: Mapping[Address, Address], declared: Collection[Address]
) -> Scope:
    """Work out the scope; `declared` are all addresses of the configuration, removed or not.

    A saved plan's scope is what it is about, whatever its patterns would match by now.
    """
    allowed = given.permissions
    if not (allowed.targets or allowed.excludes):
        return Scope()
    if given.review is not None:
        return _as_reviewed(given.review.plan)
    needs = _needs(given)
    names = _names(given, needs, moves, declared)
    used = _turned(needs)
    down, up = (used, needs) if allowed.destroy else (needs, used)
    outside = _closure(_matched(names, allowed.excludes), up)
    inside = set(needs)
    if allowed.targets:  # what only something excluded hangs on does not come along
        inside = _closure(_matched(names, allowed.targets) - outside, down)
    inside -= outside
    refusals = (*_unknown(given, names), *_contradicted(given, inside, needs))
    return Scope(frozenset(inside), len(needs) - len(inside), refusals)


def leave_alone(scope: Scope, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Let what is out of scope be as it is, for whatever is decided by looking at everything."""
    return tuple(
        change
        if scope.has(change.address)
        else replace(change, action=Action.NO_OP, standing=Standing.UNCHANGED)
        for change in changes
    )


def partial(scope: Scope) -> tuple[Diagnostic, ...]:
    """Warn that a plan without changes does not mean that there are none."""
    if not scope.left_out:
        return ()
    return (
        Diagnostic(
            "partial-plan",
            f"only part of the configuration was looked at: {scope.left_out:,} left out",
            "plan without --target and --exclude to see the rest",
            severity=Severity.WARNING,
        ),
    )


def _as_reviewed(plan: Plan) -> Scope:
    return Scope(frozenset(change.address for change in plan.changes), plan.left_out)


def _needs(given: Given) -> _Graph:
    """Map every address to what it hangs on: by declaration, else as state remembers it."""
    found: dict[Address, set[Address]] = {
        address: set(entry.depends_on) for address, entry in given.state.entries.items()
    }
    for address in given.tables.open_intents:
        found.setdefault(address, set())
    for address, desired in given.configuration.desired.items():
        kind = given.kinds[address.kind]
        found[address] = given.needed(kind, desired.fields, desired.depends_on) - {address}
    return {address: needed & found.keys() for address, needed in found.items()}


def _turned(needs: _Graph) -> _Graph:
    """Map every address to what hangs on it."""
    found: dict[Address, set[Address]] = {address: set() for address in needs}
    for address, needed in needs.items():
        for one in needed:
            found[one].add(address)
    return found


def _names(
    given: Given,
    needs: _Graph,
    moves: Mapping[Address, Address],
    declared: Collection[Address],
) -> _Names:
    """Map what people may call things to addresses: old names, and owners for what they own."""
    forgotten = (item.address for item in given.state.ledger.values())
    found: dict[str, set[Address]] = {str(address): set() for address in (*declared, *forgotten)}
    for address in needs:
        found.setdefault(str(address), set()).add(address)
        known = given.configuration.desired.get(address) or given.state.entries.get(address)
        if known is not None and known.owner is not None:
            found.setdefault(str(known.owner), set()).add(address)
    for before, after in moves.items():
        found.setdefault(str(before), set()).add(after)
    return found


def _matched(names: _Names, patterns: Iterable[str]) -> set[Address]:
    return {
        address
        for pattern in patterns
        for name, addresses in names.items()
        if fnmatchcase(name, pattern)
        for address in addresses
    }


def _closure(start: Iterable[Address], graph: _Graph) -> set[Address]:
    found: set[Address] = set()
    waiting = list(start)
    while waiting:
        address = waiting.pop()
        if address not in found:
            found.add(address)
            waiting += graph[address]
    return found


def _unknown(given: Given, names: _Names) -> list[Diagnostic]:
    """Refuse patterns that match nothing: a slip of the pen must not look like a quiet project."""
    allowed = given.permissions
    asked = [("--target", pattern) for pattern in sorted(allowed.targets)]
    asked += [("--exclude", pattern) for pattern in sorted(allowed.excludes)]
    found: list[Diagnostic] = []
    for flag, pattern in asked:
        if any(fnmatchcase(name, pattern) for name in names):
            continue
        near = get_close_matches(pattern, sorted(names), n=1)
        hint = f"did you mean {near[0]}?" if near else "write kind.name, or a pattern like backup.*"
        said = f"{flag} {pattern}: nothing declared or in state is called so"
        found.append(Diagnostic("unknown-address", said, hint))
    return found


def _contradicted(given: Given, inside: Collection[Address], known: _Graph) -> list[Diagnostic]:
    """Refuse permissions for what is left out: they would be passed over in silence."""
    allowed = given.permissions
    asked = [("--replace", address) for address in sorted(allowed.replace)]
    asked += [("--allow-last-backup", address) for address in sorted(allowed.last_backups)]
    return [
        Diagnostic(
            "unknown-address",
            f"{flag} {address}: --target and --exclude leave it out",
            f"leave out {flag}, or add --target {address}",
        )
        for flag, address in asked
        if address in known and address not in inside
    ]

"""Decisions about declared objects that state does not know: find ours before making another.

Order matters: an unsettled create, an explicit `adopt`, what the ledger remembers, what carries
our marker, what stands in the way - and only then a create.
"""

from collections.abc import Iterable
from dataclasses import replace

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.desired import Desired, Ensure
from reconciler.model.kind import Kind
from reconciler.model.observed import Observed, Seen
from reconciler.model.rules import FieldRule, WhenGone
from reconciler.model.state import LedgerItem, LedgerReason
from reconciler.model.values import Fields
from reconciler.planning.compare import Differences, compare
from reconciler.planning.creation import create
from reconciler.planning.given import Case, Given, precondition, shown
from reconciler.planning.sight import lookup, unreadable


def decide_new(case: Case) -> Change:
    """Decide about a declared object that has no entry."""
    desired = case.desired
    if desired is None:
        raise TypeError("a new object has a declaration")
    if desired.ensure is Ensure.CANCELLED:
        return case.no_op(Standing.UNCHANGED, Reason.MATCHES, "no job is running")
    if any(intent.address == case.address for intent in case.given.state.intents.values()):
        because = "an earlier run sent this create and did not hear what became of it"
        return case.change(
            Action.WAIT,
            Standing.ATTENTION,
            Reason.UNSETTLED,
            because,
            "apply settles it before anything else",
        )
    if desired.adopt is not None:
        return _adopt_by_id(case, desired.adopt)
    for decision in (_renamed, _remembered, _marked, _conflict):
        found = decision(case, desired)
        if found is not None:
            return found
    return create(case, Reason.NOT_IN_STATE, "not in state")


def _adopt_by_id(case: Case, remote_id: str) -> Change:
    fields = {} if case.desired is None else case.desired.fields
    why = unreadable(case.given, case.kind, case.remote.scope(fields))
    if why:
        return case.no_op(Standing.UNREADABLE, Reason.UNREADABLE, why)
    seen = case.given.world.seen.get(case.kind.name, Seen())
    observed = lookup(seen, case.remote.scope(fields), remote_id)
    if observed is None:
        because = f"adopt names {remote_id}, and the project has no such {case.kind.name}"
        return case.refuse(Reason.IMPOSSIBLE, because, "check the id")
    holder = _holder(case, observed)
    if holder is not None:
        because = f"{remote_id} is managed as {holder} already"
        return case.refuse(Reason.CONFLICT, because, f"declare moved: from {holder}")
    if _elsewhere(case.given, observed) and not case.given.permissions.take_over:
        lineage = "" if observed.marker is None else observed.marker.lineage
        because = f"{remote_id} is managed elsewhere, by the state {lineage}..."
        return case.refuse(Reason.CONFLICT, because, "--take-over adopts it all the same")
    return _adopt(case, observed, Reason.ADOPT_REQUESTED, f"adopt: {remote_id}")


def _renamed(case: Case, desired: Desired) -> Change | None:
    """The same job under another address would run twice; a rename must be declared."""
    if case.kind.rules.when_gone is not WhenGone.HISTORY:
        return None
    ours = _identity(case.kind, desired.fields)
    for entry in case.given.state.entries.values():
        same_kind = entry.address.kind == case.kind.name and entry.address != case.address
        undeclared = entry.address not in case.given.configuration.desired
        if same_kind and undeclared and _identity(case.kind, entry.fields) == ours:
            because = f"{entry.address} in state is the same {case.kind.name}"
            way_out = f"declare moved: [{{from: {entry.address}, to: {case.address}}}]"
            return case.refuse(Reason.CONFLICT, because, way_out)
    return None


def _remembered(case: Case, desired: Desired) -> Change | None:
    item = _ledger_item(case, desired)
    if item is None:
        return None
    if item.reason is LedgerReason.FINISHED:
        found = case.change(
            Action.ADOPT, Standing.PLANNED, Reason.READOPTED, "finished before, taken up again"
        )
        return replace(found, remote_id=item.remote_id, facts=item.facts)
    why = unreadable(case.given, case.kind, case.remote.scope(item.fields))
    if why:
        return case.no_op(Standing.UNREADABLE, Reason.UNREADABLE, why)
    seen = case.given.world.seen.get(case.kind.name, Seen())
    observed = lookup(seen, case.remote.scope(item.fields), item.remote_id)
    if observed is not None and _holder(case, observed) is None and _is_item(observed, item):
        return _adopt(case, observed, Reason.READOPTED, "forgotten before, taken up again")
    return _forgotten_and_gone(case, item)


def _forgotten_and_gone(case: Case, item: LedgerItem) -> Change | None:
    asked = case.address in case.given.permissions.replace
    if case.kind.rules.when_gone is WhenGone.RECREATE or asked:
        return None
    return case.no_op(
        Standing.ATTENTION,
        Reason.GONE,
        f"{item.remote_id}, forgotten before, is gone from the project",
        f"--replace {case.address} takes a new one",
    )


def _is_item(observed: Observed, item: LedgerItem) -> bool:
    return item.marker is None or (
        observed.marker is not None and item.marker == observed.marker.as_tag()
    )


def _ledger_item(case: Case, desired: Desired) -> LedgerItem | None:
    """Find what the ledger knows of this very object: same address, or the same finished job."""
    ours = _identity(case.kind, desired.fields)
    found = [
        item
        for item in case.given.state.ledger.values()
        if item.address.kind == case.kind.name
        and _identity(case.kind, item.fields) == ours
        and (item.address == case.address or item.reason is LedgerReason.FINISHED)
    ]
    return max(found, key=lambda item: (item.address == case.address, item.at), default=None)


def _marked(case: Case, desired: Desired) -> Change | None:
    lineage = case.given.state.lineage8
    del desired
    for observed in _strangers(case):
        marker = observed.marker
        if marker is None or marker.lineage != lineage or marker.address != case.address:
            continue
        if not _adoption_differs(case, observed).immutable:
            return _adopt(case, observed, Reason.MARKED, "it carries our marker")
    return None


def _conflict(case: Case, desired: Desired) -> Change | None:
    found = case.kind.conflict(desired, _strangers(case))
    if found is None:
        return None
    way_out = f"`adopt: {found.remote_id}` in {case.address} takes it over, or declare another"
    return case.refuse(Reason.CONFLICT, found.summary, way_out)


def _adopt(case: Case, observed: Observed, reason: Reason, because: str) -> Change:
    differs = _adoption_differs(case, observed)
    fixed = (*differs.immutable, *differs.identity)
    if fixed:
        names = " and ".join(change.path for change in fixed)
        found = case.refuse(
            Reason.IMMUTABLE_DIFFERS,
            f"{observed.remote_id} has another {names} than declared",
            "declare what it has, or another id",
        )
        return replace(found, fields=fixed, before=observed.fields)
    found = case.change(Action.ADOPT, Standing.PLANNED, reason, because)
    return replace(
        found,
        remote_id=observed.remote_id,
        before=observed.fields,
        precondition=precondition(observed),
        facts=shown(observed, None),
        fields=differs.updatable,
    )


def _adoption_differs(case: Case, observed: Observed) -> Differences:
    fields: Fields = {} if case.desired is None else case.desired.fields
    return compare(case.kind.rules, fields, None, observed)


def _identity(kind: Kind, fields: Fields) -> Fields:
    """Give the fields that make two declarations the same object, however they are called."""
    rules = {FieldRule.IDENTITY, FieldRule.IMMUTABLE}
    return {name: fields.get(name) for name, rule in kind.rules.fields.items() if rule in rules}


def _strangers(case: Case) -> tuple[Observed, ...]:
    """Give the observed objects of the kind that neither state nor ledger knows."""
    seen = case.given.world.seen.get(case.kind.name, Seen())
    known = known_ids(case.given, case.kind)
    return tuple(item for item in seen.objects if (item.listing, item.remote_id) not in known)


def known_ids(given: Given, kind: Kind) -> frozenset[tuple[str, str]]:
    """Give (listing, id) of every object of a kind that state or its ledger knows."""
    if kind.remote is None:
        return frozenset()
    found: set[tuple[str, str]] = set()
    for entry in given.state.entries.values():
        if entry.address.kind == kind.name:
            for listing in kind.remote.scope(entry.fields):
                found |= {(listing, one) for one in (entry.remote_id, *entry.deposed)}
    for item in given.state.ledger.values():
        if item.address.kind == kind.name and item.reason is LedgerReason.FINISHED:
            found |= {(listing, item.remote_id) for listing in kind.remote.scope(item.fields)}
    return frozenset(found)


def _holder(case: Case, observed: Observed) -> Address | None:
    for entry in _entries_of(case):
        if observed.remote_id in entry[1] and observed.listing in entry[2]:
            return entry[0]
    return None


def _entries_of(case: Case) -> Iterable[tuple[Address, tuple[str, ...], tuple[str, ...]]]:
    for address, entry in case.given.state.entries.items():
        if address.kind == case.kind.name:
            ids = (entry.remote_id, *entry.deposed)
            yield address, ids, case.remote.scope(entry.fields)


def _elsewhere(given: Given, observed: Observed) -> bool:
    marker = observed.marker
    return marker is not None and marker.lineage != given.state.lineage8

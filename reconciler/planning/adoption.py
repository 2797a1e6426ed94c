"""Decisions about declared objects that state does not know: find ours before making another.

Order matters: an explicit `adopt`, the same object under another address, what the ledger
remembers, what carries our marker, what stands in the way - and only then a create.
"""

from dataclasses import replace

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.desired import Desired, Ensure
from reconciler.model.kind import Origin
from reconciler.model.observed import Observed, Phase
from reconciler.model.rules import WhenGone
from reconciler.model.state import UNVERIFIED, Entry, LedgerItem, LedgerReason
from reconciler.model.values import Fields
from reconciler.planning.compare import Differences, compare
from reconciler.planning.creation import create
from reconciler.planning.given import Case, precondition, shown, unverified
from reconciler.planning.sight import lookup, unreadable
from reconciler.planning.tables import job_of


def decide_new(case: Case) -> Change:
    """Decide about a declared object that has no entry."""
    desired = case.desired
    if desired is None:
        raise TypeError("a new object has a declaration")
    if desired.ensure is Ensure.CANCELLED:
        return case.no_op(Standing.UNCHANGED, Reason.MATCHES, "no job is running")
    if desired.adopt is not None:
        return _adopt_by_id(case, desired, desired.adopt)
    for decision in (_renamed, _remembered, _marked, conflict):
        found = decision(case, desired)
        if found is not None:
            return found
    because = "not in state" if desired.owner is None else f"due by {desired.owner}"
    return create(case, Reason.NOT_IN_STATE, because)


def adopt(
    case: Case, observed: Observed, reason: Reason, because: str, known: Entry | LedgerItem | None
) -> Change:
    """Plan to take a live object into state, if it is what is declared.

    `known` is what state or ledger know of this object, or of one of its name.
    """
    differs = _adoption_differs(case, observed)
    fixed = (*differs.immutable, *differs.identity)
    if fixed:
        names = " and ".join(change.path for change in fixed)
        said = f"{observed.remote_id} has another {names} than declared"
        found = case.refuse(Reason.IMMUTABLE_DIFFERS, said, "declare what it has, or another id")
        return replace(found, fields=fixed, before=observed.fields)
    origin = _origin(case, observed)
    if origin.problem:
        return case.refuse(Reason.IMMUTABLE_DIFFERS, origin.problem, origin.way_out)
    return replace(
        case.change(Action.ADOPT, Standing.PLANNED, reason, because),
        remote_id=observed.remote_id,
        before=observed.fields,
        precondition=precondition(observed),
        facts=shown(observed, None),
        fields=differs.updatable,
        pins=_pins(origin, known),
        notes=_notes(reason, origin, observed, differs, known),
    )


def _pins(origin: Origin, known: Entry | LedgerItem | None) -> Fields:
    """What was pinned when it was made says more than what is still to be seen of its source."""
    shown = {key: value for key, value in origin.pins.items() if value is not None}
    same = known is not None and shown.items() <= dict(known.pins).items()
    return known.pins if known is not None and same else origin.pins


def _notes(
    reason: Reason,
    origin: Origin,
    observed: Observed,
    differs: Differences,
    known: Entry | LedgerItem | None,
) -> tuple[str, ...]:
    found: list[str] = []
    if origin.note and reason is Reason.ADOPT_REQUESTED:
        found.append(origin.note)
    if observed.phase is Phase.RUNNING:
        found.append("it is still running, and is waited for")
    if known is not None and known.verification in UNVERIFIED:
        found.append(f"{unverified(known)}, it is tried again")
    if differs.updatable:
        found.append("changed once it is ours:")
    return tuple(found)


def finished_before(case: Case, desired: Desired) -> LedgerItem | None:
    """Find the finished run of the very job that is declared; nothing runs it a second time."""
    job = job_of(case.given, case.address, desired.fields)
    items = case.given.tables.ledger.get(job, ())
    found = [item for item in items if item.reason is LedgerReason.FINISHED]
    return max(found, key=lambda item: (item.at, item.remote_id), default=None)


def _origin(case: Case, observed: Observed) -> Origin:
    if case.desired is None:
        return Origin()
    return case.kind.origin(case.desired, observed, case.given.world)


def _adopt_by_id(case: Case, desired: Desired, remote_id: str) -> Change:
    scope = case.remote.scope(desired.fields)
    why = unreadable(case.given, case.kind, scope)
    if why:
        return case.no_op(Standing.UNREADABLE, Reason.UNREADABLE, why)
    observed = lookup(case.given, case.kind, desired.fields, remote_id)
    if observed is None:
        because = f"adopt names {remote_id}, and the project has no such {case.kind.name}"
        return case.refuse(Reason.IMPOSSIBLE, because, "check the id")
    holder = case.given.tables.holders.get((case.kind.name, observed.listing, remote_id))
    if holder is not None:
        because = f"{remote_id} is managed as {holder} already"
        way_out = f"declare moved: [{{from: {holder}, to: {case.address}}}]"
        return case.refuse(Reason.CONFLICT, because, way_out)
    if _elsewhere(case, observed) and not case.given.permissions.take_over:
        because = f"{remote_id} is managed elsewhere, by the state {_lineage(observed)}..."
        return case.refuse(Reason.CONFLICT, because, "--take-over adopts it all the same")
    because = "declared with `adopt`" if desired.owner is None else f"claimed by {desired.owner}"
    return adopt(case, observed, Reason.ADOPT_REQUESTED, because, None)


def _renamed(case: Case, desired: Desired) -> Change | None:
    """The same object under another address would be made twice; a rename must be declared."""
    holder = _index_holder(case, desired)
    if case.kind.rules.when_gone is WhenGone.HISTORY:
        job = job_of(case.given, case.address, desired.fields)
        for address in sorted(case.given.tables.jobs.get(job, ())):
            entry = case.given.state.entries[address]
            declared = address in case.given.configuration.desired
            if not declared and entry.phase is not Phase.FAILED:
                holder = entry.address
    if holder is None:
        return None
    because = f"{holder} in state is the same {case.kind.name}"
    way_out = f"declare moved: [{{from: {holder}, to: {case.address}}}]"
    found = case.refuse(Reason.CONFLICT, because, way_out)
    return replace(found, remote_id=case.given.state.entries[holder].remote_id)


def _index_holder(case: Case, desired: Desired) -> Address | None:
    """Find who manages the index that this declaration would make a second time."""
    made = case.kind.rules.makes_index
    if made is None:
        return None
    target = str(desired.fields.get(made))
    observed = lookup(case.given, case.kind, desired.fields, target)
    if observed is None:
        return None
    return case.given.tables.holders.get((case.kind.name, observed.listing, target))


def _remembered(case: Case, desired: Desired) -> Change | None:
    item = _ledger_item(case, desired)
    if item is None:
        return None
    if item.reason is LedgerReason.FINISHED:
        because = "finished before, taken up again"
        found = case.change(Action.ADOPT, Standing.PLANNED, Reason.READOPTED, because)
        return replace(found, remote_id=item.remote_id, facts=item.facts, pins=item.pins)
    why = unreadable(case.given, case.kind, case.remote.scope(item.fields))
    if why:
        return case.no_op(Standing.UNREADABLE, Reason.UNREADABLE, why)
    observed = lookup(case.given, case.kind, item.fields, item.remote_id)
    if observed is not None:
        place = (case.kind.name, observed.listing, observed.remote_id)
        if place not in case.given.tables.holders and _is_item(observed, item):
            because = "forgotten before, taken up again"
            return adopt(case, observed, Reason.READOPTED, because, item)
    return _forgotten_and_gone(case, item)


def _forgotten_and_gone(case: Case, item: LedgerItem) -> Change | None:
    if case.kind.rules.when_gone is WhenGone.RECREATE or case.must_replace:
        return None
    found = case.no_op(
        Standing.ATTENTION,
        Reason.GONE,
        f"{item.remote_id}, forgotten before, is gone from the project",
        f"--replace {case.address} takes a new one",
    )
    known = ("record_count", "namespace_count", "created_at")
    return replace(found, facts={key: item.facts[key] for key in known if key in item.facts})


def _is_item(observed: Observed, item: LedgerItem) -> bool:
    if item.marker is None:
        return observed.agrees(item.facts)
    return observed.marker is not None and item.marker == observed.marker.as_tag()


def _ledger_item(case: Case, desired: Desired) -> LedgerItem | None:
    """Find what the ledger knows of this very object: same address, or the same finished job."""
    items = case.given.tables.ledger.get(job_of(case.given, case.address, desired.fields), ())
    forgotten = [item for item in items if item.address == case.address]
    if forgotten:
        return max(forgotten, key=lambda item: (item.at, item.remote_id))
    return finished_before(case, desired)


def _marked(case: Case, desired: Desired) -> Change | None:
    """Take up the oldest object that carries our marker, a usable one before a failed one."""
    del desired
    found = [
        item
        for item in case.given.tables.marked.get(case.address, ())
        if not _adoption_differs(case, item).immutable and not _origin(case, item).problem
    ]
    if not found:
        return None
    oldest = min(found, key=lambda item: item.phase is Phase.FAILED)
    return adopt(case, oldest, Reason.MARKED, "it carries our marker", None)


def conflict(case: Case, desired: Desired) -> Change | None:
    """Refuse a create that somebody else's object stands in the way of."""
    strangers = case.given.tables.strangers.get(case.kind.name, ())
    remembers = case.given.state.binding is not None or case.given.permissions.new_state
    found = case.kind.conflict(desired, strangers, remembers=remembers)
    if found is None:
        return None
    observed = lookup(case.given, case.kind, desired.fields, found.remote_id)
    elsewhere = observed is not None and _elsewhere(case, observed)
    how = "adopts it with --take-over" if elsewhere else "takes it over"
    where = case.address if case.entry is None else "a new key"
    way_out = f"`adopt: {found.remote_id}` in {where} {how}{found.way_out}"
    return case.refuse(Reason.CONFLICT, found.summary, way_out)


def _adoption_differs(case: Case, observed: Observed) -> Differences:
    fields: Fields = {} if case.desired is None else case.desired.fields
    return compare(case.kind.rules, fields, None, observed)


def _elsewhere(case: Case, observed: Observed) -> bool:
    marker = observed.marker
    return marker is not None and marker.lineage != case.given.state.lineage8


def _lineage(observed: Observed) -> str:
    return "" if observed.marker is None else observed.marker.lineage

"""Decides about every address: new, existing, removed, owned, left behind, or unsettled."""

from collections.abc import Mapping
from dataclasses import replace
from graphlib import TopologicalSorter

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.desired import Desired, Ensure
from reconciler.model.kind import Expansion
from reconciler.model.state import Entry
from reconciler.planning.adoption import decide_new
from reconciler.planning.creation import BRIEFLY
from reconciler.planning.existing import decide_existing
from reconciler.planning.expansion import Expansions, cared_by
from reconciler.planning.given import Case, Given
from reconciler.planning.leftovers import decide_deposed
from reconciler.planning.removal import decide_removed, delete, forget
from reconciler.planning.sight import Sight, find


def decide(given: Given, expansions: Expansions) -> tuple[Change, ...]:
    """Decide about all addresses, each after what it hangs on; sorted by address."""
    decided: dict[Address, Change] = {}
    for address in _in_order(given):
        case = _case(given, address, decided)
        decided[address] = _with_before(case, _decide_one(case, expansions))
    found: list[Change] = []
    for address in sorted(decided):
        entry = given.state.entries.get(address)
        left: list[Change] = []
        if entry is not None and address not in given.tables.open_intents:
            case = _case(given, address, decided)
            left = [decide_deposed(case, remote_id) for remote_id in entry.deposed]
        found += [decided[address], *left]
    return tuple(found)


def _case(given: Given, address: Address, decided: Mapping[Address, Change]) -> Case:
    return Case(
        given=given,
        kind=given.kinds[address.kind],
        address=address,
        desired=given.configuration.desired.get(address),
        entry=given.state.entries.get(address),
        decided=decided,
    )


def _decide_one(case: Case, expansions: Expansions) -> Change:
    desired, entry = case.desired, case.entry
    if case.address in case.given.tables.open_intents:
        return _unsettled(case)
    if desired is not None and desired.ensure is not Ensure.ABSENT:
        if entry is None:
            return decide_new(case)
        return _transient(case, entry) if desired.transient else decide_existing(case)
    expansion = None if entry is None or entry.owner is None else expansions.get(entry.owner)
    if entry is None or expansion is None or desired is not None:
        return decide_removed(case)
    return _decide_owned(case, entry, expansion)


def _with_before(case: Case, change: Change) -> Change:
    """Show what is there beside a change that leaves it as it is."""
    if case.entry is None or change.before is not None:
        return change
    finding = find(case.kind, case.entry, case.given)
    still = change.action in {Action.NO_OP, Action.WAIT} and finding.sight is Sight.PRESENT
    if not still or finding.observed is None:
        return change
    return replace(change, before={**case.entry.fields, **finding.observed.fields})


def _unsettled(case: Case) -> Change:
    """A create without an answer: nothing else is decided before it is known what it made."""
    because = "an earlier run sent its create and did not hear what became of it"
    way_out = "apply settles it before anything else"
    if case.desired is None and case.entry is None:
        because, way_out = (
            f"{because}; it is not declared any more",
            f"{way_out}, and sends nothing",
        )
    return case.change(Action.WAIT, Standing.ATTENTION, Reason.UNSETTLED, because, way_out)


def _transient(case: Case, entry: Entry) -> Change:
    """What a drill left behind is followed to its end once more, or removed."""
    found = decide_existing(case)
    if found.action is Action.WAIT:
        return replace(found, notes=(BRIEFLY,))
    if found.standing is not Standing.UNCHANGED or found.reason is not Reason.MATCHES:
        return found
    finding = find(case.kind, entry, case.given)
    removed = delete(case, finding, Reason.TRANSIENT, "left over from an earlier run")
    return replace(removed, transient=False)


def _decide_owned(case: Case, entry: Entry, expansion: Expansion) -> Change:
    """An owner's children stay, looked after, unless it says with a rule that they expired."""
    rule = expansion.expire.get(case.address)
    if rule is not None and not _protects_itself(entry, expansion):
        expired = _expired(case, entry, expansion, rule)
        if expired is not None:
            return expired
    kept = Desired(
        address=case.address,
        fields=entry.fields,
        depends_on=entry.depends_on,
        lifecycle=cared_by(entry, expansion),
        owner=entry.owner,
    )
    found = decide_existing(replace(case, desired=kept))
    if found.standing is not Standing.UNCHANGED:
        return _attended(found, entry, expansion)
    kept_for = ("prevent_destroy",) if rule is not None else expansion.keep.get(case.address, ())
    reasons = ", ".join(kept_for) or "its owner is declared"
    return replace(found, reason=Reason.KEPT, because=f"kept: {reasons}")


def _expired(case: Case, entry: Entry, expansion: Expansion, rule: str) -> Change | None:
    """Delete what expired, or forget what is gone; None where it is not known which."""
    finding = find(case.kind, entry, case.given)
    if finding.sight is Sight.ABSENT:
        because = f"gone from the project, and expired: {rule}"
        return replace(forget(case, finding, Reason.EXPIRED, because), depends_on=())
    if finding.observed is None:
        return None
    pushed = expansion.pushed.get(case.address)
    return replace(
        delete(case, finding, Reason.EXPIRED, f"expired: {rule}"),
        pins={"min_ready": expansion.least},
        depends_on=() if pushed is None else (pushed,),
    )


def _protects_itself(entry: Entry, expansion: Expansion) -> bool:
    """Tell protection of this one backup from that of its policy, which its rules do not mind."""
    cares = expansion.lifecycle or entry.lifecycle
    return entry.lifecycle.prevent_destroy and not cares.prevent_destroy


def _attended(found: Change, entry: Entry, expansion: Expansion) -> Change:
    """Say what the failure or loss of one backup means for its policy."""
    if found.reason is Reason.GONE and entry.deposed:
        return found  # forgotten now, what it left behind would have nobody who looks after it
    if found.reason is Reason.GONE:
        lets_go = f"`reconciler state rm {found.address}` lets it go"
        return replace(found, way_out=f"{lets_go}; {found.way_out}")
    more = expansion.attention.get(found.address)
    if more is None or found.reason is not Reason.FAILED:
        return found
    return replace(found, because=f"{found.because}; {more}")


def _in_order(given: Given) -> tuple[Address, ...]:
    """Sort all addresses so that each comes after what it hangs on."""
    known = {*given.state.entries, *given.tables.open_intents}
    graph: dict[Address, set[Address]] = {address: set() for address in sorted(known)}
    for address, declared in sorted(given.configuration.desired.items()):
        kind = given.kinds[address.kind]
        graph[address] = given.needed(kind, declared.fields, declared.depends_on) - {address}
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    found: list[Address] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        found += ready
        sorter.done(*ready)
    return tuple(found)

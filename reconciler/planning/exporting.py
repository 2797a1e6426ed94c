"""Live objects that nobody manages, as declarations: under free names, and as they are.

Each is decided about as a plan would; what would not simply be adopted is left out, and why.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reconciler.model.address import Address
from reconciler.model.change import Action, Standing
from reconciler.model.desired import Desired
from reconciler.model.export import Block, Export, LeftOut, Selection
from reconciler.model.kind import Exported, Kind
from reconciler.model.observed import Observed, Phase, Seen
from reconciler.model.plan import Ownership
from reconciler.model.state import Intent
from reconciler.model.values import JSON, Fields, canonical, text
from reconciler.planning.decisions import decide
from reconciler.planning.given import Given, shown
from reconciler.planning.naming import Nameless, names_for
from reconciler.planning.others import ownership
from reconciler.planning.tables import tables_of


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A live object, and how its kind would declare it."""

    kind: Kind
    observed: Observed
    said: Exported
    known: bool  # in state, or in its ledger

    def left_out(self, why: str) -> LeftOut:
        one = self.observed
        return LeftOut(self.kind.name, one.remote_id, one.name, why, self.known)


def export(given: Given, selection: Selection) -> Export:
    """Declare all that was seen and is in nobody's state; pure, and in order of addresses."""
    given = replace(given, tables=tables_of(given))
    blocks: list[Block] = []
    left: list[LeftOut] = []
    for kind in _kinds(given, selection):
        fitting, others = _sorted_out(given, _of_kind(given, kind, selection))
        left += others
        blocks += _named(given, kind, fitting)
    adoptable, others = _decided(given, blocks)
    return Export(
        configuration=given.configuration.name,
        blocks=tuple(sorted(adoptable, key=lambda block: block.address)),
        left_out=(*left, *others),
        unreadable=_unreadable(given, selection),
    )


def _kinds(given: Given, selection: Selection) -> list[Kind]:
    return [
        kind
        for name, kind in sorted(given.kinds.items())
        if kind.remote is not None and (not selection.kinds or name in selection.kinds)
    ]


def _unreadable(given: Given, selection: Selection) -> dict[str, str]:
    """Give the lists that may show more; without that of indexes nobody knows where to look."""
    chosen = {kind.name for kind in _kinds(given, selection)}
    return {
        listing: why
        for name, seen in sorted(given.world.seen.items())
        for listing, why in seen.unreadable.items()
        if name in chosen or given.world.indexes is None
    }


def _of_kind(given: Given, kind: Kind, selection: Selection) -> list[_Candidate]:
    """Give the objects of a kind that were asked for, oldest first."""
    found: list[_Candidate] = []
    objects = given.world.seen.get(kind.name, Seen()).objects
    strangers = {(one.listing, one.remote_id) for one in given.tables.strangers[kind.name]}
    for one in sorted(objects, key=lambda one: (one.by_age, one.listing)):
        said = kind.exported(one, given.world)
        if not selection.indexes or selection.indexes & _indexes(kind, said):
            found.append(_Candidate(kind, one, said, (one.listing, one.remote_id) not in strangers))
    return found


def _indexes(kind: Kind, said: Exported) -> set[str]:
    """Name the indexes that an object is about."""
    made = kind.rules.makes_index
    if made is not None:
        return {text(said.fields.get(made))}
    return set() if said.problem else set(kind.needs(said.fields).indexes)


def _sorted_out(
    given: Given, candidates: Sequence[_Candidate]
) -> tuple[list[_Candidate], list[LeftOut]]:
    fitting: list[_Candidate] = []
    left: list[LeftOut] = []
    for one in candidates:
        why = _why_not(given, one)
        if why:
            left.append(one.left_out(why))
        else:
            fitting.append(one)
    return _newest_of_each(given, fitting, left), left


def _why_not(given: Given, one: _Candidate) -> str:
    """Say why an object cannot be declared; empty where it can."""
    observed, state = one.observed, given.state
    if one.known:
        place = (one.kind.name, observed.listing, observed.remote_id)
        held = place in given.tables.holders
        return "managed by this state" if held else "ended before, as this state remembers"
    whose = ownership(one.kind, observed, state)
    if observed.marker is not None and whose is Ownership.ELSEWHERE:
        return f"managed elsewhere, by the state {observed.marker.lineage}..."
    if observed.marker is not None and whose is Ownership.DUPLICATE:
        return f"a second one of {observed.marker.address}, which one create made twice"
    if any(_made(intent, one) for intent in state.intents.values()):
        return "perhaps made by a create that is not settled yet; apply settles it"
    if one.said.problem:
        return one.said.problem
    return "it has failed" if observed.phase is Phase.FAILED else ""


def _made(intent: Intent, one: _Candidate) -> bool:
    """Whether an unanswered create may have made it: it is signed so, or nothing else can be.

    What cannot be signed is told by the fields in which no two may agree.
    """
    seen, rules = one.observed.marker, one.kind.rules
    if seen is not None and seen.as_tag() == intent.marker:
        return True
    known = [name for name in rules.unique if name in one.said.fields]
    same = all(intent.fields.get(name) == one.said.fields[name] for name in known)
    return bool(known) and same and intent.address.kind == one.kind.name


def _newest_of_each(
    given: Given, candidates: Sequence[_Candidate], left: list[LeftOut]
) -> list[_Candidate]:
    """Keep one of those that no configuration may declare beside each other, the newest."""
    held = {
        (address.kind, _unique(given.kinds[address.kind], entry.fields)): f"{address} in state"
        for address, entry in given.state.entries.items()
    }
    found: list[_Candidate] = []
    for one in reversed(candidates):
        key = (one.kind.name, _unique(one.kind, one.said.fields))
        if one.kind.rules.unique and key in held:
            left.append(one.left_out(f"the same as {held[key]}"))
            continue
        held[key] = f"{one.observed.remote_id}, which is newer"
        found.append(one)
    return found[::-1]


def _unique(kind: Kind, fields: Fields) -> bytes:
    return canonical({name: fields.get(name) for name in kind.rules.unique})


def _named(given: Given, kind: Kind, candidates: Sequence[_Candidate]) -> Iterator[Block]:
    objects = [
        Nameless(one.said.called, one.observed.created_at, _before(given, one))
        for one in candidates
    ]
    names = names_for(objects, _taken(given, kind), otherwise=kind.name)
    for one, name in zip(candidates, names, strict=True):
        yield Block(
            address=Address(kind.name, name),
            remote_id=one.observed.remote_id,
            fields=_short(kind, name, one.said.fields),
            phase=one.observed.phase,
            facts=shown(one.observed, None),
            note=one.said.note,
        )


def _before(given: Given, one: _Candidate) -> str:
    """Give the name that an object had with us, before it was forgotten."""
    marker, state = one.observed.marker, given.state
    if marker is None or marker.lineage != state.lineage8 or marker.address.kind != one.kind.name:
        return ""
    used = marker.address in state.entries or marker.address in given.tables.open_intents
    return "" if used else marker.address.name


def _taken(given: Given, kind: Kind) -> set[str]:
    """Give the names that mean something else already: to this state, or to whoever signed so."""
    state = given.state
    known = {*state.entries, *given.tables.open_intents}
    known |= {item.address for item in state.ledger.values()}
    for seen in given.world.seen.values():
        known |= {one.marker.address for one in seen.objects if one.marker is not None}
    return {address.name for address in known if address.kind == kind.name}


def _short(kind: Kind, name: str, fields: Fields) -> Fields:
    """Keep the fields that say something: without them, the declaration would be another."""
    found: dict[str, JSON] = {
        key: fields[key] for key in kind.rules.fields if fields.get(key) not in (None, "")
    }
    whole = kind.complete(name, found)
    for key in tuple(found):
        without = {one: value for one, value in found.items() if one != key}
        if kind.complete(name, without) == whole:
            found = without
    return found


def _decided(given: Given, blocks: Sequence[Block]) -> tuple[list[Block], list[LeftOut]]:
    """Decide about every block as a plan would, and keep those that are adopted as they are."""
    desired = {
        block.address: Desired(
            block.address,
            given.kinds[block.address.kind].complete(block.address.name, block.fields),
            adopt=block.remote_id,
        )
        for block in blocks
    }
    given = replace(given, configuration=replace(given.configuration, desired=desired))
    given = replace(given, tables=tables_of(given))
    changes = {change.address: change for change in decide(given, {})}
    fine: list[Block] = []
    left: list[LeftOut] = []
    for block in blocks:
        change = changes[block.address]
        adopts = change.action is Action.ADOPT and change.standing is Standing.PLANNED
        if adopts and not change.fields:
            fine.append(block)
        else:
            left.append(LeftOut(block.address.kind, block.remote_id, "", change.because))
    return fine, left

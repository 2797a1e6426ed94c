"""Follows declared renames: an object keeps what it was called, whatever its key is by now."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from reconciler.model import records
from reconciler.model.address import Address
from reconciler.model.desired import Desired
from reconciler.model.kind import Kind
from reconciler.model.observed import Marker
from reconciler.model.state import Entry, Intent, State
from reconciler.model.values import JSON, Fields
from reconciler.planning.given import Given

NAMED = "named"
"""The pin that remembers the key after which an object was named before it was moved."""


def follow(given: Given) -> tuple[Given, Mapping[Address, Address]]:
    """Follow the declared renames in state; one that was followed before is nothing."""
    moves = _moves(given)
    state = moved(given.kinds, given.state, moves)
    seen = {
        name: replace(
            one,
            confirmed_gone=frozenset(moves.get(address, address) for address in one.confirmed_gone),
            unconfirmed={
                moves.get(address, address): why for address, why in one.unconfirmed.items()
            },
        )
        for name, one in given.world.seen.items()
    }
    world = replace(given.world, entries=state.entries, seen=seen)
    return _named(replace(given, state=state, world=world)), moves


def _moves(given: Given) -> Mapping[Address, Address]:
    """What has an entry, or a create that is still open, goes by its new address from now on.

    So does what owns some: a policy is in state by its backups alone.
    """
    opened, entries = given.state.intents.values(), given.state.entries
    owners = {*(one.owner for one in opened), *(one.owner for one in entries.values())}
    known = {*owners, *(one.address for one in opened), *entries}
    after = {one.before: one.after for one in given.configuration.moved}
    ends = {before: _end(before, after, known) for before in sorted(after.keys() & known)}
    return {before: end for before, end in ends.items() if end not in known}


def _end(
    before: Address, after: Mapping[Address, Address], known: Collection[Address | None]
) -> Address:
    """Follow renames up to the last name, or to one that state knows: that one goes on itself."""
    end = after[before]
    while end in after and end not in known:
        end = after[end]
    return end


def moved(kinds: Mapping[str, Kind], state: State, moves: Mapping[Address, Address]) -> State:
    """Rename entries, and whatever in state names them.

    What is moved has no owner from then on: somebody took it out of a policy to look after it.
    """
    if not moves:
        return state
    entries = (
        replace(
            entry,
            address=moves.get(entry.address, entry.address),
            fields=kinds[entry.address.kind].renamed(entry.fields, moves),
            depends_on=_followed(entry.depends_on, moves),
            owner=_owner(entry, moves),
        )
        for entry in state.entries.values()
    )
    intents = (
        replace(
            intent,
            address=moves.get(intent.address, intent.address),
            fields=kinds[intent.address.kind].renamed(intent.fields, moves),
            depends_on=_followed(intent.depends_on, moves),
            owner=_owner(intent, moves),
        )
        for intent in state.intents.values()
    )
    ledger = (
        replace(item, fields=kinds[item.address.kind].renamed(item.fields, moves))
        for item in state.ledger.values()
    )
    return replace(
        state,
        entries={entry.address: entry for entry in entries},
        intents={intent.ulid: intent for intent in intents},
        ledger={item.key: item for item in ledger},
    )


def _owner(one: Entry | Intent, moves: Mapping[Address, Address]) -> Address | None:
    if one.owner is None or one.address in moves:
        return None
    return moves.get(one.owner, one.owner)


def _followed(
    addresses: tuple[Address, ...], moves: Mapping[Address, Address]
) -> tuple[Address, ...]:
    return tuple(sorted(moves.get(one, one) for one in addresses))


def move_records(
    kinds: Mapping[str, Kind], state: State, moves: Mapping[Address, Address]
) -> Iterator[Fields]:
    """Give the records that turn a state into the one after these renames."""
    after = moved(kinds, state, moves)
    origins = {new: old for old, new in moves.items()}
    for address, entry in sorted(after.entries.items()):
        origin = origins.get(address, address)
        if origin != address:
            yield records.move(origin, address)
        if entry != replace(state.entries[origin], address=address):
            yield records.put(entry)
    for ulid, intent in sorted(after.intents.items()):
        if intent != state.intents[ulid]:
            yield records.intend(intent)
    yield from _ledger_records(state, after)


def renaming(kinds: Mapping[str, Kind], entry: Entry, state: State, after: Address) -> list[Fields]:
    """Give the records of one rename by hand; a name that followed the old key is pinned.

    A declared rename tells the name by the key that it comes from; here nothing will.
    """
    moves = {entry.address: after}
    rule = kinds[after.kind].rules.named_after_key
    now = moved(kinds, state, moves).entries[after]
    found = list(move_records(kinds, state, moves))
    if rule is not None and now.fields.get(rule) == entry.address.name:
        found.append(records.put(replace(now, pins={**now.pins, NAMED: now.fields.get(rule)})))
    return found


def _ledger_records(state: State, after: State) -> Iterator[Fields]:
    """An item's key may hang on its fields, so the old one goes."""
    for key in sorted(state.ledger.keys() - after.ledger.keys()):
        yield records.unremember(key)
    for key, item in sorted(after.ledger.items()):
        if item != state.ledger.get(key):
            yield records.remember(item)


def _named(given: Given) -> Given:
    """Let names that nobody declared stay what they were, instead of following the new key."""
    kept = dict(_kept(given))
    if not kept:
        return given
    desired = {**given.configuration.desired, **{one.address: one for one in kept.values()}}
    configuration = replace(given.configuration, desired=desired)
    return replace(given, configuration=configuration, renamed=frozenset(kept))


def _kept(given: Given) -> Iterator[tuple[Address, Desired]]:
    sources = {one.after: one.before for one in given.configuration.moved}
    for address, entry in given.state.entries.items():
        desired = given.configuration.desired.get(address)
        name = given.kinds[address.kind].rules.named_after_key
        if desired is None or name is None or desired.fields.get(name) != address.name:
            continue
        was = entry.fields.get(name)
        if was != address.name and was in set(_keys(entry, sources)):
            yield address, replace(desired, fields={**desired.fields, name: was})


def _keys(entry: Entry, sources: Mapping[Address, Address]) -> Iterator[JSON]:
    """Give the keys that an entry had before: recorded, signed, and declared to be moved."""
    yield entry.pins.get(NAMED)
    signed = Marker.parse_tag(entry.marker or "")
    if signed is not None:
        yield signed.address.name
    seen = {entry.address}
    before = sources.get(entry.address)
    while before is not None and before not in seen:
        yield before.name
        seen.add(before)
        before = sources.get(before)


def named(given: Given, address: Address) -> Fields:
    """Give the pin that makes a kept name hold when the rename is declared no more."""
    entry = given.state.entries.get(address)
    rule = given.kinds[address.kind].rules.named_after_key
    if entry is None or rule is None or address not in given.renamed:
        return {}
    return {NAMED: entry.fields.get(rule)}

"""Follows declared renames: an object keeps what it was called, whatever its key is by now."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from reconciler.model.address import Address
from reconciler.model.desired import Desired
from reconciler.model.observed import Marker
from reconciler.model.state import Entry
from reconciler.model.values import JSON, Fields
from reconciler.planning.given import Given

NAMED = "named"
"""The pin that remembers the key after which an object was named before it was moved."""


def follow(given: Given) -> tuple[Given, Mapping[Address, Address]]:
    """Follow the declared renames in state; one that was followed before is nothing."""
    entries = dict(given.state.entries)
    moves: dict[Address, Address] = {}
    for moved in given.configuration.moved:
        if moved.before in entries and moved.after not in entries:
            entries[moved.after] = replace(entries.pop(moved.before), address=moved.after)
            moves[moved.before] = moved.after
    for address, entry in entries.items():
        if moves.keys() & entry.depends_on:
            renamed = tuple(sorted(moves.get(one, one) for one in entry.depends_on))
            entries[address] = replace(entry, depends_on=renamed)
    state = replace(given.state, entries=entries)
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
    world = replace(given.world, entries=entries, seen=seen)
    return _named(replace(given, state=state, world=world)), moves


def _named(given: Given) -> Given:
    """Let names that nobody declared stay what they were, instead of following the new key."""
    kept = dict(_kept(given))
    if not kept:
        return given
    desired = {**given.configuration.desired, **{one.address: one for one in kept.values()}}
    configuration = replace(given.configuration, desired=desired)
    return replace(given, configuration=configuration, renamed=frozenset(kept))


def _kept(given: Given) -> Iterator[tuple[Address, Desired]]:
    sources = {moved.after: moved.before for moved in given.configuration.moved}
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

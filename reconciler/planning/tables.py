"""Tables that decisions look things up in, so that a plan of many objects stays quick to make."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from reconciler.model.address import Address
from reconciler.model.kind import Kind
from reconciler.model.observed import Observed, Phase
from reconciler.model.rules import WhenGone
from reconciler.model.state import LedgerItem, LedgerReason
from reconciler.model.values import Fields, integer, text
from reconciler.planning.given import Given, Job, Place, Tables

_K = TypeVar("_K")
_V = TypeVar("_V")


def tables_of(given: Given) -> Tables:
    """Prepare all tables; `given` holds the expanded configuration."""
    objects = dict(_objects(given))
    holders = dict(_held(given, objects))
    strangers = {name: _strangers(given, name, holders, objects) for name in given.kinds}
    return Tables(
        makers=dict(_makers(given)),
        objects=objects,
        holders=holders,
        strangers=strangers,
        marked=_marked(given, (item for found in strangers.values() for item in found)),
        jobs=_grouped((job_of(given, a, e.fields), a) for a, e in given.state.entries.items()),
        ledger=_grouped(
            (job_of(given, item.address, item.fields), item) for item in given.state.ledger.values()
        ),
        open_intents=frozenset(intent.address for intent in given.state.intents.values()),
    )


def job_of(given: Given, address: Address, fields: Fields) -> Job:
    """Give what makes two declarations the same object, with its kind."""
    return address.kind, given.kinds[address.kind].rules.job(fields)


def _makers(given: Given) -> Iterator[tuple[str, Address]]:
    for address, desired in given.configuration.desired.items():
        made = given.kinds[address.kind].rules.makes_index
        if made is not None:
            yield text(desired.fields.get(made)), address


def _objects(given: Given) -> Iterator[tuple[Place, Observed]]:
    for name, seen in given.world.seen.items():
        for item in seen.objects:
            yield (name, item.listing, item.remote_id), item


def _held(given: Given, objects: Mapping[Place, Observed]) -> Iterator[tuple[Place, Address]]:
    for address, entry in given.state.entries.items():
        for listing in _scope(given.kinds[address.kind], entry.fields):
            for remote_id in entry.deposed:
                yield (address.kind, listing, remote_id), address
            place = (address.kind, listing, entry.remote_id)
            if _may_be(objects.get(place), entry.facts):
                yield place, address


def _may_be(observed: Observed | None, facts: Fields) -> bool:
    """Tell a known object from another with its id: ids of imports start again with an index."""
    if observed is None:
        return True
    known = integer(facts.get("created_at"))
    return observed.agrees(facts) and (known is None or observed.created_at in {None, known})


def _strangers(
    given: Given, name: str, holders: Mapping[Place, Address], objects: Mapping[Place, Observed]
) -> tuple[Observed, ...]:
    """Give the observed objects that neither state nor its ended jobs know, oldest first."""
    ended = {
        (name, listing, item.remote_id)
        for item in given.state.ledger.values()
        if item.address.kind == name and _has_ended(given.kinds[name], item)
        for listing in _scope(given.kinds[name], item.fields)
        if _may_be(objects.get((name, listing, item.remote_id)), item.facts)
    }
    seen = given.world.seen.get(name)
    found = (
        item
        for item in (() if seen is None else seen.objects)
        if (place := (name, item.listing, item.remote_id)) not in holders and place not in ended
    )
    return tuple(sorted(found, key=lambda item: item.by_age))


def _has_ended(kind: Kind, item: LedgerItem) -> bool:
    """Whether a job of ours ended before it was let go: finished, failed, or cancelled by us."""
    failed = kind.rules.when_gone is WhenGone.HISTORY and item.phase is Phase.FAILED
    return failed or item.reason is LedgerReason.FINISHED


def _marked(given: Given, strangers: Iterable[Observed]) -> dict[Address, tuple[Observed, ...]]:
    ours = given.state.lineage8
    return _grouped(
        (item.marker.address, item)
        for item in strangers
        if item.marker is not None and item.marker.lineage == ours
    )


def _scope(kind: Kind, fields: Fields) -> tuple[str, ...]:
    return () if kind.remote is None else kind.remote.scope(fields)


def _grouped(pairs: Iterable[tuple[_K, _V]]) -> dict[_K, tuple[_V, ...]]:
    found: dict[_K, list[_V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}

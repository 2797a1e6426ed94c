"""Reads what is there: every list whole, in two parallel waves, and one GET per missing object.

A list that fails is marked unreadable and plans nothing; it is never taken for empty.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.api.client import Api
from reconciler.api.failures import ApiError, KeyRefusedError
from reconciler.api.hosts import project_of
from reconciler.engine.confirm import confirm
from reconciler.engine.lists import INDEXES
from reconciler.model.address import Address
from reconciler.model.desired import Configuration, OnChange
from reconciler.model.kind import Kind, Remote, World
from reconciler.model.observed import Index, Listing, Phase, Seen
from reconciler.model.request import Request
from reconciler.model.rules import MarkerIn
from reconciler.model.state import State
from reconciler.model.values import Fields, Micros, integer, text

_POD = "pod"


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen, and which project the index hosts belong to (None: they do not say)."""

    world: World
    project: str | None


@dataclass(frozen=True, slots=True)
class Subject:
    """What an observation is for."""

    kinds: Mapping[str, Kind]
    configuration: Configuration
    state: State
    replaced: frozenset[Address] = frozenset()  # made anew although state knows them
    surveyed: frozenset[str] = frozenset()  # kinds of which everything is to be seen
    about: frozenset[str] = frozenset()  # the indexes that a survey is about; none: all


_Results = Mapping[Request, "tuple[Fields, ...] | ApiError"]


async def observe(api: Api, subject: Subject, now: Micros) -> Observation:
    """Read everything that planning looks at; raises ApiError when nothing can be read at all.

    A key that is not accepted any more is an error of the whole run, too, whenever that shows.
    """
    listings = _listings(subject, {})
    central = {one.request for one in _together(listings) if not one.scope} | {INDEXES}
    results = await _read_all(api, central)
    _raise_if_hopeless(results)
    indexes = _indexes(results[INDEXES])
    if indexes is not None:
        api.learn((index.name, index.host) for index in indexes.values())
    listings = _listings(subject, indexes or {})
    scoped = [listing for listing in _together(listings) if listing.scope]
    results = {**results, **await _read_scoped(api, scoped, indexes)}
    seen = {name: _seen(subject.kinds[name], found, results) for name, found in listings.items()}
    confirmed = {
        name: await confirm(api, subject.kinds[name], subject.state, seen[name]) for name in seen
    }
    counts = await _counts(api, subject, indexes)
    world = World(
        now=now,
        seen=confirmed,
        indexes=indexes,
        entries=subject.state.entries,
        records={name: found[0] for name, found in counts.items()},
        namespaces={name: found[1] for name, found in counts.items()},
        server_now=api.server_now(),
    )
    return Observation(world, _project(indexes))


def _listings(subject: Subject, indexes: Mapping[str, Index]) -> Mapping[str, tuple[Listing, ...]]:
    """Name the lists to read, by kind; `indexes` are those that are known to be there."""
    found: dict[str, tuple[Listing, ...]] = {}
    for name, kind in subject.kinds.items():
        if kind.remote is None:
            continue
        surveyed = name in subject.surveyed
        about = _indexes_of(kind, subject)
        if surveyed:
            about |= _reachable(kind, subject, indexes)
        looks = surveyed or _matters(kind, kind.remote, subject)
        found[name] = kind.remote.listings(sorted(about)) if looks else ()
    return found


def _together(listings: Mapping[str, tuple[Listing, ...]]) -> list[Listing]:
    return [listing for found in listings.values() for listing in found]


def _reachable(kind: Kind, subject: Subject, indexes: Mapping[str, Index]) -> set[str]:
    """Name the live indexes that may have objects of a kind."""
    return {
        name
        for name, index in indexes.items()
        if (index.facts.get("deployment") == _POD) == kind.rules.of_pods
        and (not subject.about or name in subject.about)
    }


def _indexes_of(kind: Kind, subject: Subject) -> set[str]:
    """Name the indexes that objects of a kind are about, declared or in state."""
    found: set[str] = set()
    for address, desired in subject.configuration.desired.items():
        if address.kind == kind.name:
            found.update(kind.needs(desired.fields).indexes)
    for address, entry in subject.state.entries.items():
        if address.kind == kind.name:
            found.update(kind.needs(entry.fields).indexes)
    return found


def _matters(kind: Kind, remote: Remote, subject: Subject) -> bool:
    """Whether to look at a kind at all: without markers, only what is declared or known is ours."""
    known = (subject.configuration.desired, subject.state.entries)
    used = any(address.kind == kind.name for each in known for address in each)
    return used or remote.marker_in is not MarkerIn.NONE


async def _read_all(api: Api, requests: Iterable[Request]) -> _Results:
    ordered = sorted(requests, key=lambda request: (request.path, request.index or ""))
    answers = await asyncio.gather(
        *(api.read_list(request) for request in ordered), return_exceptions=True
    )
    found: dict[Request, tuple[Fields, ...] | ApiError] = {}
    for request, answer in zip(ordered, answers, strict=True):
        if isinstance(answer, KeyRefusedError):
            raise answer
        if isinstance(answer, BaseException) and not isinstance(answer, ApiError):
            raise answer
        found[request] = answer
    return found


async def _read_scoped(
    api: Api, listings: Sequence[Listing], indexes: Mapping[str, Index] | None
) -> _Results:
    """Read the lists that live on index hosts; an index that does not exist has none."""
    there = [item for item in listings if indexes is None or item.scope in indexes]
    found: dict[Request, tuple[Fields, ...] | ApiError] = {
        item.request: () for item in listings if item not in there
    }
    return {**found, **await _read_all(api, {item.request for item in there})}


def _raise_if_hopeless(results: _Results) -> None:
    """A host that never answers is an error of the whole run."""
    errors = [result for result in results.values() if isinstance(result, ApiError)]
    if errors and len(errors) == len(results):
        raise errors[0]


def _indexes(result: tuple[Fields, ...] | ApiError) -> Mapping[str, Index] | None:
    if isinstance(result, ApiError):
        return None
    return {
        text(item["name"]): Index(
            text(item["name"]), text(item.get("host")), item["phase"] == Phase.READY.value, item
        )
        for item in result
    }


def _seen(kind: Kind, listings: Sequence[Listing], results: _Results) -> Seen:
    lists: dict[str, tuple[Fields, ...]] = {}
    unreadable: dict[str, str] = {}
    for listing in listings:
        result = results[listing.request]
        if isinstance(result, ApiError):
            unreadable[listing.name] = result.diagnostics[0].summary
        else:
            lists[listing.name] = result
    objects = () if kind.remote is None else kind.remote.decode(lists)
    return Seen(objects, unreadable)


async def _counts(
    api: Api, subject: Subject, indexes: Mapping[str, Index] | None
) -> Mapping[str, tuple[int, int]]:
    """Ask how much each index holds that a create names; without the right, nobody knows."""
    wanted: set[str] = set()
    for address, desired in subject.configuration.desired.items():
        if subject.kinds[address.kind].remote is None:
            continue  # a policy would cost a request for each of its indexes, in every plan
        replaced = address in subject.replaced or desired.lifecycle.on_change is OnChange.REPLACE
        if replaced or address not in subject.state.entries:
            wanted.update(subject.kinds[address.kind].needs(desired.fields).indexes)
    names = sorted(wanted & set(indexes or {}))
    answers = await asyncio.gather(*(_stats(api, name) for name in names))
    return {name: answer for name, answer in zip(names, answers, strict=True) if answer is not None}


async def _stats(api: Api, index: str) -> tuple[int, int] | None:
    """API: describeIndexStats, POST {index host}/describe_index_stats."""
    ask = Request("describeIndexStats", "POST", "/describe_index_stats", index=index, body={})
    try:
        found = await api.send(ask)
    except KeyRefusedError:
        raise
    except ApiError:
        return None
    return integer(found["record_count"]) or 0, integer(found["namespace_count"]) or 0


def _project(indexes: Mapping[str, Index] | None) -> str | None:
    projects = {project_of(index.host) for index in (indexes or {}).values()}
    return projects.pop() if len(projects) == 1 else None

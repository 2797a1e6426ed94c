"""The board of all indexes: how fresh their backups are, what there is of them, what runs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, TypeVar

from reconciler.model.address import Address
from reconciler.model.board import Board, Copy, IndexBoard, Job, Stock, Stream, Unread
from reconciler.model.kind import Kind
from reconciler.model.observed import Index, Observed, Phase, Seen
from reconciler.model.plan import Ownership
from reconciler.model.state import Entry
from reconciler.model.values import Fields, Micros, integer, text
from reconciler.planning.clock import apart
from reconciler.planning.doubts import doubt
from reconciler.planning.expansion import world_of
from reconciler.planning.given import Given
from reconciler.planning.moving import follow
from reconciler.planning.others import ownership
from reconciler.planning.tables import tables_of

_T = TypeVar("_T")

_INDEXES: Final = "indexes"
_POD: Final = "pod"


@dataclass(frozen=True, slots=True)
class _Live:
    """A live backup, and whose it is."""

    observed: Observed
    address: Address | None
    ownership: Ownership | None  # None: it is in our state


def make_board(given: Given, grace: Micros) -> Board:
    """Put the board together; pure.

    Where the list of indexes or of backups could not be read, nothing is said of any index: half
    a board would call late what nobody looked at. What is late is judged by the later of our clock
    and the API's: one that stands still must not look like calm.
    """
    given, _ = follow(given)
    given, _ = doubt(replace(given, tables=tables_of(given)))
    unread = tuple(_unread(given))
    world = world_of(given)
    given = replace(given, world=replace(world, now=max(world.now, world.dating)))
    bound = given.state.binding
    board = Board(
        now=given.world.now,
        grace=grace,
        configuration=given.configuration.name,
        unread=unread,
        project=given.project if bound is None else bound.project or given.project,
    )
    if given.world.indexes is None or any(_seen(given, name).unreadable for name in _kinds(given)):
        return replace(board, is_known=False)
    indexes = sorted(_indexes(given, grace), key=lambda index: (not index.is_overdue, index.name))
    return replace(board, indexes=tuple(indexes), policies=dict(_policies(given)))


def _policies(given: Given) -> Iterator[tuple[Address, bool]]:
    """Tell of each policy whether it has an index to look after."""
    for address, desired in sorted(given.configuration.desired.items()):
        selects = given.kinds[address.kind].selects(desired, given.world)
        if selects is not None:
            yield address, selects


def _indexes(given: Given, grace: Micros) -> Iterator[IndexBoard]:
    """Give every index that there is, that has backups, or that a policy names."""
    there = given.world.indexes or {}
    lives = _grouped(_lives(given), lambda live: text(live.observed.fields.get("index")))
    streams = _grouped(_streams(given, grace), lambda stream: stream.index)
    jobs = _grouped(
        chain(_jobs(given), _strange_jobs(given, chain.from_iterable(lives.values()))),
        lambda job: job.index,
    )
    serverless = {name for name, index in there.items() if not _is_of_pods(index)}
    for name in serverless | lives.keys() | streams.keys() | jobs.keys():
        mine = lives.get(name, ())
        ready = [_copy(live) for live in mine if _phase(live.observed) is Phase.READY]
        past = [copy for copy in ready if copy.taken_at <= given.world.dating]
        whose = [live.ownership for live in mine]
        elsewhere = whose.count(Ownership.ELSEWHERE)
        yield IndexBoard(
            name=name,
            is_there=name in there,
            newest=max(past, key=lambda copy: (copy.taken_at, copy.remote_id), default=None),
            stock=Stock.total(tuple(ready)),
            unmanaged=len(whose) - whose.count(None) - elsewhere,
            elsewhere=elsewhere,
            streams=tuple(sorted(streams.get(name, ()), key=lambda stream: stream.policy)),
            jobs=tuple(jobs.get(name, ())),
        )


def _streams(given: Given, grace: Micros) -> Iterator[Stream]:
    for address, desired in sorted(given.configuration.desired.items()):
        yield from given.kinds[address.kind].streams(desired, given.world, grace)


def _lives(given: Given) -> Iterator[_Live]:
    """Give all backups of the project."""
    for name in _kinds(given):
        kind = given.kinds[name]
        for item in _seen(given, name).objects:
            holder = given.tables.holders.get((name, item.listing, item.remote_id))
            whose = ownership(kind, item, given.state) if holder is None else None
            yield _Live(item, holder, whose)


def _copy(live: _Live) -> Copy:
    item = live.observed
    return Copy(
        remote_id=item.remote_id,
        taken_at=item.created_at or 0,
        address=live.address,
        records=integer(item.facts.get("record_count")),
        size_bytes=integer(item.facts.get("size_bytes")),
    )


def _jobs(given: Given) -> Iterator[Job]:
    """Give what this state has begun and that still runs, or has failed."""
    shown = {
        (place[0], place[2], holder): given.tables.objects.get(place)
        for place, holder in given.tables.holders.items()
    }
    for address, entry in sorted(given.state.entries.items()):
        if address in _seen(given, address.kind).confirmed_gone:
            continue
        observed = shown.get((address.kind, entry.remote_id, address))
        phase = _phase(observed, entry)
        if phase is Phase.READY:
            continue
        made = integer(entry.facts.get("created_at"))
        yield Job(
            kind=address.kind,
            index=_about(given.kinds[address.kind], entry.fields),
            remote_id=entry.remote_id,
            phase=phase,
            address=address,
            since=made if observed is None or observed.created_at is None else observed.created_at,
            percent=None if observed is None else observed.percent,
        )


def _strange_jobs(given: Given, lives: Iterable[_Live]) -> Iterator[Job]:
    """Give the backups that others take, or that failed for them."""
    kinds = _kinds(given)
    for live in lives:
        item, phase = live.observed, _phase(live.observed)
        if live.address is None and phase is not Phase.READY:
            index = text(item.fields.get("index"))
            yield Job(kinds[0], index, item.remote_id, phase, since=item.created_at)


def _phase(observed: Observed | None, entry: Entry | None = None) -> Phase:
    """Tell how far something is: a failure that either knows of counts, then what still runs."""
    known = {one.phase for one in (observed, entry) if one is not None}
    if Phase.FAILED in known:
        return Phase.FAILED
    return Phase.RUNNING if Phase.RUNNING in known else Phase.READY


def _about(kind: Kind, fields: Fields) -> str:
    """Name the index that an object makes, or else is about."""
    made = kind.rules.makes_index
    if made is not None:
        return text(fields.get(made))
    return next(iter(kind.needs(fields).indexes), "")


def _unread(given: Given) -> Iterator[Unread]:
    whys: dict[str, str] = {}
    if given.world.indexes is None:
        whys[_INDEXES] = "it could not be read"
    for seen in given.world.seen.values():
        whys.update(seen.unreadable)
    for listing, why in sorted(whys.items()):
        yield Unread(f"the list of {listing.replace('_', ' ').replace(':', ' of ')}", why)
    for seen in given.world.seen.values():
        for address, why in sorted(seen.unconfirmed.items()):
            yield Unread(f"{address}", why)
    said = apart(given.world)
    if said:
        yield Unread("the time", f"{said}; lateness goes by the later of the two")


def _kinds(given: Given) -> list[str]:
    """Name the kinds whose objects are backups."""
    return [name for name, kind in given.kinds.items() if kind.rules.counts_to_quota]


def _seen(given: Given, kind: str) -> Seen:
    return given.world.seen.get(kind, Seen())


def _is_of_pods(index: Index) -> bool:
    return index.facts.get("deployment") == _POD


def _grouped(items: Iterable[_T], key: Callable[[_T], str]) -> Mapping[str, list[_T]]:
    found: dict[str, list[_T]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found

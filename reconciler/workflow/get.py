"""Looks at the project as it is: no state, no lock, no configuration, and a viewer's key will do.

One object that is named by its id costs one request. A name that is no id, and a name that is not
found, cost the list too: only that tells what would have been right.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconciler.api.client import Api
from reconciler.api.failures import ApiError, DeniedError, NotFoundError
from reconciler.config.suggest import did_you_mean
from reconciler.errors import ReconcilerError, StillRunningError
from reconciler.model.observed import Phase
from reconciler.model.request import Request
from reconciler.model.values import SECOND, Fields, integer, text
from reconciler.workflow.resources import RESOURCES, Resource
from reconciler.workflow.session import Session

_LEAST_PREFIX = 4
_FIRST_POLL_SECONDS = 1.0
_SLOWER = 1.6
_MOST_MISSES = 3


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody wants to see: all, those of an index, or one by id or name."""

    resource: Resource
    name: str | None = None
    index: str | None = None

    def by_id(self, found: Fields) -> "Query":
        """Ask for one object that was found, by its id from now on."""
        return Query(self.resource, text(found[self.resource.key]), self.index)


@dataclass(frozen=True, slots=True)
class Look:
    """One look at what is watched; `note` says why there is no news."""

    objects: tuple[Fields, ...]
    note: str = ""


async def get(session: Session, query: Query) -> tuple[Fields, ...]:
    """Look once; raises ReconcilerError where there is no such object, or several."""
    api = session.api()
    await _place(api, query)
    return await _look(api, query)


async def watch(
    session: Session, query: Query, on_look: Callable[[Look], None]
) -> tuple[Fields, ...]:
    """Look until nothing runs any more; raises StillRunningError when that takes too long.

    A look that fails says nothing about the jobs. An object that is not found three times in a
    row is gone: one answer may come from a server that does not know it yet.
    """
    api, clock = session.api(), session.ports.clock
    await _place(api, query)
    found = await _look(api, query)
    if query.name is not None:
        query = query.by_id(found[0])
    started, seconds, misses = clock.steady(), _FIRST_POLL_SECONDS, 0
    on_look(Look(found))
    while is_running(found):
        if clock.steady() - started >= session.settings.timeout_seconds * SECOND:
            raise StillRunningError.of(
                "watch-deadline",
                f"{_running(query.resource, found)} still running",
                "watch again, or give it longer with --timeout",
            )
        await clock.sleep(seconds)
        seconds = min(seconds * _SLOWER, session.settings.poll_seconds)
        try:
            found, misses = await _again(api, query), 0
        except DeniedError:
            raise
        except ApiError as error:
            misses = misses + 1 if isinstance(error, NotFoundError) else 0
            if misses == _MOST_MISSES:
                raise
            on_look(Look(found, f"no news: {error.diagnostics[0].summary}"))
            continue
        on_look(Look(found))
    return found


def is_running(found: Sequence[Fields]) -> bool:
    """Whether anything is not at its end."""
    return any(item.get("phase") == Phase.RUNNING.value for item in found)


async def _place(api: Api, query: Query) -> None:
    """Find the index whose host has the objects; its name may be wrong, and then says so."""
    if query.index is None or query.resource.listed(query.index).index is None:
        return
    found = await get_one(api, Query(RESOURCES["indexes"], query.index))
    api.learn([(query.index, text(found.get("host")))])


async def _look(api: Api, query: Query) -> tuple[Fields, ...]:
    return await _list(api, query) if query.name is None else (await get_one(api, query),)


async def _again(api: Api, query: Query) -> tuple[Fields, ...]:
    if query.name is None:
        return await _list(api, query)
    return (await api.send(query.resource.described(query.name, query.index)),)


async def _list(api: Api, query: Query) -> tuple[Fields, ...]:
    try:
        found = await api.read_rows(query.resource.listed(query.index))
    except NotFoundError:
        if query.index is None:
            raise
        found = await _of_deleted_index(api, query.resource, query.index)
    return tuple(sorted(found, key=lambda item: _order(query.resource, item)))


async def _of_deleted_index(api: Api, resource: Resource, index: str) -> tuple[Fields, ...]:
    """Find the backups that outlived their index, which is what they are for."""
    everything = await api.read_rows(resource.listed(None))
    found = tuple(item for item in everything if item.get("source_index_name") == index)
    if not found:
        known = {text(item.get("source_index_name")) for item in everything}
        indexes = await api.read_rows(_index_list())
        raise _unknown(RESOURCES["indexes"], index, known | {text(one["name"]) for one in indexes})
    return found


def _index_list() -> Request:
    return RESOURCES["indexes"].listed(None)


async def get_one(api: Api, query: Query) -> Fields:
    """Find one object by its id, its name, or the first letters of its id."""
    resource, name = query.resource, query.name or ""
    if resource.ids.fullmatch(name):
        try:
            return await api.send(resource.described(name, query.index))
        except NotFoundError:
            pass  # the list tells what there is instead
    objects = await _list(api, Query(resource, index=query.index))
    found = _matching(resource, name, objects)
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(text(item[resource.key]) for item in found)
        raise ReconcilerError.of(
            "name-ambiguous",
            f"{len(found)} objects go by the name {name!r}",
            f"name one by its id: {ids}",
        )
    known = {text(item.get(key)) for item in objects for key in (resource.key, resource.called)}
    raise _unknown(resource, name, known)


def _matching(resource: Resource, name: str, objects: Sequence[Fields]) -> list[Fields]:
    for key in (resource.key, resource.called):
        found = [item for item in objects if item.get(key) == name]
        if found:
            return found
    if len(name) < _LEAST_PREFIX or resource.key == resource.called:
        return []
    return [item for item in objects if text(item.get(resource.key)).startswith(name)]


def _unknown(resource: Resource, name: str, known: set[str]) -> ReconcilerError:
    hint = did_you_mean(name, sorted(known - {""}))
    lists = f"`reconciler get {resource.name}` lists what there is"
    summary = f"there is no {resource.noun} {name!r}"
    return ReconcilerError.of("no-such-object", summary, hint + lists)


def _order(resource: Resource, item: Fields) -> tuple[int, str]:
    """Put what is dated newest first, everything else by name."""
    return -(integer(item.get("created_at")) or 0), text(item.get(resource.key))


def _running(resource: Resource, found: Sequence[Fields]) -> str:
    names = [
        text(item.get(resource.key)) for item in found if item.get("phase") == Phase.RUNNING.value
    ]
    verb = "is" if len(names) == 1 else "are"
    return f"{resource.noun} {', '.join(names)} {verb}"

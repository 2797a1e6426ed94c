"""What can happen to a request that lists: pages that shift, repeat or go round, and old ones."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from simulation.faults import (
    LATEST_SECONDS,
    Strike,
    edited,
    json_edited,
    made_up,
    status,
    with_body,
)

from reconciler.model.ports import Answer

if TYPE_CHECKING:
    from simulation.ports import Request, SimulatedTransport
    from simulation.weather import Weather

_FIRST_PAGE = json.dumps({"limit": 100, "offset": 0}, separators=(",", ":"))
LOOP = base64.b64encode(_FIRST_PAGE.encode()).decode()
"""The token that leads to the first page."""
_SHARE_OF_DELETES = 0.6


async def _small_pages(
    transport: "SimulatedTransport", asked: "Request", weather: "Weather"
) -> Answer:
    """The server makes pages as small as it likes, and the list may move between them."""
    query = asked.call.url.partition("?")[2]
    answer = await transport.whole(asked, query.replace("limit=100", "limit=1"))
    if "limit=100" in query and b'"next"' in answer.body:
        weather.hit("small-pages", asked)
    return answer


async def _loop(transport: "SimulatedTransport", asked: "Request", weather: "Weather") -> Answer:
    """Every page names the token of the first one: it has met somebody once a page came again."""
    edit = _with_token(LOOP)
    if LOOP in asked.call.url:
        return await edited(transport, asked, weather, "looping-pages", edit)
    answer = await transport.whole(asked)
    return with_body(lambda body: json_edited(body, edit))(answer, 0)


async def _shift(transport: "SimulatedTransport", asked: "Request", weather: "Weather") -> Answer:
    """Between two pages somebody makes a backup, or deletes one of theirs: all others move up."""
    path, query = asked.call.url.partition("?")[::2]
    if not path.endswith("/backups") or "paginationToken" not in query:
        return await transport.whole(asked, query.replace("limit=100", "limit=1"))
    before, _ = transport.carry_out(asked)
    world = transport.world
    theirs = [key for key, made in world.oracle.made.items() if made.who == "by hand"]
    theirs = [key for key in theirs if key in world.oracle.store.backups]
    if theirs and weather.random.random() < _SHARE_OF_DELETES:
        world.send("DELETE", f"/backups/{weather.random.choice(theirs)}")
    elif len(world.oracle.store.backups) < world.emulator.knobs.backup_quota:
        world.send("POST", "/indexes/docs-prod/backups", {"name": "theirs"})
    answer = await transport.whole(asked)
    if before is not None and answer.body != before.body:
        weather.hit("shifting-pages", asked)
    return answer


async def _repeated(
    transport: "SimulatedTransport", asked: "Request", weather: "Weather"
) -> Answer:
    return await edited(transport, asked, weather, "repeated-items", _with_repeats)


async def _token_refused(
    transport: "SimulatedTransport", asked: "Request", weather: "Weather"
) -> Answer:
    if "paginationToken" not in asked.call.url:
        return await edited(transport, asked, weather, "token-refused", _with_token("gone"))
    weather.hit("token-refused", asked)
    return status(400)(made_up(transport), transport.world.now())


async def _stale(transport: "SimulatedTransport", asked: "Request", weather: "Weather") -> Answer:
    """A replica that lags answers with an older list; never older than the list lag allows."""
    old = transport.world.remembered(asked.call.url, LATEST_SECONDS)
    real = await transport.whole(asked)
    if old is None or old.body == real.body:
        return real
    weather.hit("stale-list", asked)
    return old


async def _nulls(transport: "SimulatedTransport", asked: "Request", weather: "Weather") -> Answer:
    return await edited(transport, asked, weather, "null-pagination", _with_nulls)


def _with_token(token: str) -> Callable[[dict[str, Any]], None]:
    def edit(body: dict[str, Any]) -> None:
        if "data" in body:  # those of indexes and collections have no pages
            body["pagination"] = {"next": token}

    return edit


def _with_repeats(body: dict[str, Any]) -> None:
    for key in ("data", "indexes", "collections"):
        if key in body:
            body[key] = [*body[key], *body[key]]  # a list of nothing stays one


def _with_nulls(body: dict[str, Any]) -> None:
    if not body.get("pagination"):
        body["pagination"] = None


LISTS: Mapping[str, Strike] = {
    "small-pages": _small_pages,
    "looping-pages": _loop,
    "shifting-pages": _shift,
    "repeated-items": _repeated,
    "token-refused": _token_refused,
    "stale-list": _stale,
    "null-pagination": _nulls,
}
"""Faults of requests that list."""

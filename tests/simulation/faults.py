"""What can happen to one request: each kind of fault is a function that gives the answer or raises.

`ANSWERS` may strike any request, `WATCHES` those that ask after a job; lists have faults of their
own (lists.py).
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from reconciler.model.ports import AmbiguousError, Answer, NotSentError

if TYPE_CHECKING:
    from simulation.ports import Request, SimulatedTransport
    from simulation.weather import Weather

Strike = Callable[["SimulatedTransport", "Request", "Weather"], Awaitable[Answer]]

LATEST_SECONDS = 8.0
"""How late the server may still carry a request out; with the list lag, below the settle window."""
_HTML = b"<html><body>Please sign in to this network.</body></html>"
CREATES = {
    "create_backup",
    "create_collection",
    "create_index_from_backup_operation",
    "startBulkImport",
}
ENDS = {
    "cancelBulkImport",
    "configure_index",
    "delete_backup",
    "delete_collection",
    "delete_index",
}
LISTING = {
    "listBulkImports",
    "list_collections",
    "list_indexes",
    "list_project_backups",
    "list_restore_jobs",
}
WATCHING = {
    "describeBulkImport",
    "describe_backup",
    "describe_collection",
    "describe_restore_job",
}


def _answers(name: str, *, done: bool, answer: Callable[[Answer, int], Answer]) -> Strike:
    """Change the answer of a request that was carried out, or of one that was not."""

    async def strike(
        transport: "SimulatedTransport", asked: "Request", weather: "Weather"
    ) -> Answer:
        real = await transport.whole(asked) if done else made_up(transport)
        changed = answer(real, transport.world.now())
        if changed != real:
            weather.hit(name, asked)
        return changed

    return strike


def made_up(transport: "SimulatedTransport") -> Answer:
    seconds = transport.world.now() / 1_000_000
    date = formatdate(seconds, usegmt=True)
    return Answer(200, {"content-type": "application/json", "date": date}, b"{}")


def status(code: int, **headers: str) -> Callable[[Answer, int], Answer]:
    def change(real: Answer, now: int) -> Answer:
        del now
        message = {"error": {"code": "UNKNOWN", "message": "simulated"}, "status": code}
        return Answer(code, {**real.headers, **headers}, json.dumps(message).encode())

    return change


def _page(code: int) -> Callable[[Answer, int], Answer]:
    def change(real: Answer, now: int) -> Answer:
        del now
        return Answer(code, {**real.headers, "content-type": "text/html"}, _HTML)

    return change


def with_body(edit: Callable[[bytes], bytes]) -> Callable[[Answer, int], Answer]:
    return lambda real, _: replace(real, body=edit(real.body)) if real.status < 300 else real


def _later(seconds: float) -> Callable[[Answer, int], Answer]:
    """Ask to wait until a date, measured on the server's clock."""

    def change(real: Answer, now: int) -> Answer:
        until = formatdate(now / 1_000_000 + seconds, usegmt=True)
        return status(429, **{"retry-after": until})(real, now)

    return change


def _headers(**changes: str) -> Callable[[Answer, int], Answer]:
    return lambda real, _: replace(real, headers={**real.headers, **changes})


async def _not_sent(_: "SimulatedTransport", asked: "Request", weather: "Weather") -> Answer:
    weather.hit("not-sent", asked)
    raise NotSentError("no connection could be made")


async def _lost_before(_: "SimulatedTransport", asked: "Request", weather: "Weather") -> Answer:
    weather.hit("lost-before", asked)
    raise AmbiguousError("the connection broke")


async def _lost_after(
    transport: "SimulatedTransport", asked: "Request", weather: "Weather"
) -> Answer:
    weather.hit("lost-after", asked)
    await transport.whole(asked)
    raise AmbiguousError("the connection broke")


async def _late(transport: "SimulatedTransport", asked: "Request", weather: "Weather") -> Answer:
    """The connection breaks, and the server carries the request out some time afterwards."""
    weather.hit("late-commit", asked)
    transport.postpone(asked, weather.random.uniform(0.5, LATEST_SECONDS))
    raise AmbiguousError("the connection broke")


async def _slow(transport: "SimulatedTransport", asked: "Request", weather: "Weather") -> Answer:
    weather.hit("slow-answer", asked)
    answer = await transport.whole(asked)
    await asyncio.sleep(weather.random.uniform(1.0, 20.0))
    return answer


async def _timeout(transport: "SimulatedTransport", asked: "Request", weather: "Weather") -> Answer:
    weather.hit("no-answer-in-time", asked)
    await transport.whole(asked)
    await asyncio.sleep(asked.call.deadline_seconds)
    raise AmbiguousError("no whole answer in time")


async def _twice(transport: "SimulatedTransport", asked: "Request", weather: "Weather") -> Answer:
    """The network delivers a request twice; a create's second copy is never delivered."""
    answer = await transport.whole(asked)
    if asked.operation not in CREATES:
        transport.carry_out(asked)
        if asked.operation in ENDS:  # nobody can tell whether a read came twice
            weather.hit("delivered-twice", asked)
    return answer


ANSWERS: Mapping[str, Strike] = {
    "not-sent": _not_sent,
    "lost-before": _lost_before,
    "lost-after": _lost_after,
    "late-commit": _late,
    "slow-answer": _slow,
    "no-answer-in-time": _timeout,
    "delivered-twice": _twice,
    "status-500-before": _answers("status-500-before", done=False, answer=status(500)),
    "status-500-after": _answers("status-500-after", done=True, answer=status(500)),
    "status-503-before": _answers("status-503-before", done=False, answer=status(503)),
    "status-504-after": _answers("status-504-after", done=True, answer=status(504)),
    "status-408-after": _answers("status-408-after", done=True, answer=status(408)),
    "page-502-before": _answers("page-502-before", done=False, answer=_page(502)),
    "page-200-after": _answers("page-200-after", done=True, answer=_page(200)),
    "page-404-before": _answers("page-404-before", done=False, answer=_page(404)),
    "redirect": _answers(
        "redirect", done=False, answer=status(302, location="https://elsewhere.example/")
    ),
    "truncated-after": _answers("truncated-after", done=True, answer=with_body(lambda b: b[:-9])),
    "empty-after": _answers("empty-after", done=True, answer=with_body(lambda _: b"")),
    "garbage-after": _answers("garbage-after", done=True, answer=with_body(lambda _: b"[1, null]")),
    "wrong-types-after": _answers(
        "wrong-types-after",
        done=True,
        answer=with_body(lambda b: re.sub(rb'"(\w*id)":"', rb'"\1":7,"x":"', b)),
    ),
    "busy-silent": _answers("busy-silent", done=False, answer=status(429)),
    "busy-0": _answers("busy-0", done=False, answer=status(429, **{"retry-after": "0"})),
    "busy-2": _answers("busy-2", done=False, answer=status(429, **{"retry-after": "2"})),
    "busy-1e9": _answers("busy-1e9", done=False, answer=status(429, **{"retry-after": "1e9"})),
    "busy-minus": _answers("busy-minus", done=False, answer=status(429, **{"retry-after": "-5"})),
    "busy-nan": _answers("busy-nan", done=False, answer=status(429, **{"retry-after": "nan"})),
    "busy-words": _answers("busy-words", done=False, answer=status(429, **{"retry-after": "soon"})),
    "busy-future": _answers("busy-future", done=False, answer=_later(4)),
    "busy-past": _answers("busy-past", done=False, answer=_later(-3600)),
    "date-cached": _answers("date-cached", done=True, answer=_headers(age="60")),
    "date-broken": _answers("date-broken", done=True, answer=_headers(date="yesterday")),
}
"""Faults of any request: what the network and the servers in between can do."""
_LEAVE_OPEN = ("lost", "late", "no-answer", "status", "page", "redirect", "truncated", "empty")
AMBIGUOUS = tuple(
    name for name in ANSWERS if name.startswith((*_LEAVE_OPEN, "garbage", "wrong-types"))
)
"""Those that leave open whether a create was carried out."""


async def edited(
    transport: "SimulatedTransport",
    asked: "Request",
    weather: "Weather",
    name: str,
    edit: Callable[[dict[str, Any]], None],
) -> Answer:
    answer = await transport.whole(asked)
    if answer.status >= 300:
        return answer
    body = json_edited(answer.body, edit)
    if json.loads(body) != json.loads(answer.body):
        weather.hit(name, asked)
    return replace(answer, body=body)


def json_edited(body: bytes, edit: Callable[[dict[str, Any]], None]) -> bytes:
    found = json.loads(body)
    edit(found)
    return json.dumps(found).encode()


def _set(**changes: object) -> Callable[[dict[str, Any]], None]:
    return lambda body: body.update(changes)


async def _backwards(
    transport: "SimulatedTransport", asked: "Request", weather: "Weather"
) -> Answer:
    percents = {"percent_complete": 0.0, "percentComplete": 0.0, "recordsImported": 0}
    return await edited(transport, asked, weather, "job-goes-backwards", _percent(percents))


async def _nonsense(
    transport: "SimulatedTransport", asked: "Request", weather: "Weather"
) -> Answer:
    percents = {"percent_complete": 250, "percentComplete": None, "recordsImported": "many"}
    return await edited(transport, asked, weather, "job-percent-nonsense", _percent(percents))


async def _unknown_status(
    transport: "SimulatedTransport", asked: "Request", weather: "Weather"
) -> Answer:
    return await edited(transport, asked, weather, "job-status-unknown", _set(status="Pondering"))


async def _not_found(
    transport: "SimulatedTransport", asked: "Request", weather: "Weather"
) -> Answer:
    """A job is not to be found for a moment, as happens right after it began."""
    weather.hit("job-not-found", asked)
    return status(404)(made_up(transport), transport.world.now())


def _percent(changes: Mapping[str, object]) -> Callable[[dict[str, Any]], None]:
    def edit(body: dict[str, Any]) -> None:
        running = body.get("status") in {"Pending", "InProgress", "Initializing"}
        body.update({key: value for key, value in changes.items() if running and key in body})

    return edit


WATCHES: Mapping[str, Strike] = {
    "job-goes-backwards": _backwards,
    "job-percent-nonsense": _nonsense,
    "job-status-unknown": _unknown_status,
    "job-not-found": _not_found,
}
"""Faults of requests that ask after a job."""

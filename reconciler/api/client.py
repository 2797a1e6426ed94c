"""Sends requests: deadlines, retries where repeating is harmless, whole lists, hosts by name.

What may be repeated is decided by a request's effect, not by its method. A create is sent once,
on a fresh connection; when its answer is lost, that is said, and never tried again here.
"""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from reconciler.api.failures import (
    ApiError,
    failure,
    server_failure,
    unavailable,
    uncertain,
)
from reconciler.api.hosts import index_url
from reconciler.api.retry import ATTEMPTS, backoff_seconds, retry_after_seconds, server_date
from reconciler.model.ports import AmbiguousError, Answer, Call, NotSentError, Ports
from reconciler.model.request import Effect, Request
from reconciler.model.values import Fields, Micros, text
from reconciler.wire.read import Page, id_of, is_paged, read, read_page
from reconciler.wire.tolerant import WireError, decode

_log = logging.getLogger(__name__)

_OK, _MULTIPLE, _BAD_REQUEST, _TIMED_OUT, _TOO_MANY, _SERVER = 200, 300, 400, 408, 429, 500
_PAGE_SIZE = 100
_MOST_PAGES = 10_000
_MOST_RESTARTS = 3


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go, and how long one may take in all."""

    base_url: str
    api_version: str
    allow_hosts: tuple[str, ...] = ()
    deadline_seconds: float = 30.0


class _Lost(Exception):  # noqa: N818 - a signal between two functions of this module, no error
    """The answer leaves open whether the request was carried out."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """One attempt: its answer, what was wrong with it, and whether it may be repeated."""

    answer: Answer | None
    error: ApiError | None
    repeat: bool


class Api:
    """The one sender; it remembers where each index lives and what the server's clock said."""

    def __init__(self, target: Target, ports: Ports) -> None:
        self._target = target
        self._ports = ports
        self._hosts: dict[str, str] = {}
        self._heard: tuple[Micros, Micros] | None = None

    def learn(self, hosts: Iterable[tuple[str, str]]) -> None:
        """Remember (index name, host) pairs that the API has told."""
        self._hosts.update((name, host) for name, host in hosts if host)

    def forget_host(self, index: str) -> None:
        """Forget where an index lives, since a new one may take its name."""
        self._hosts.pop(index, None)

    def server_now(self) -> Micros | None:
        """Give the server's clock as last heard, moved on by our steady one; None if unheard."""
        if self._heard is None:
            return None
        date, at = self._heard
        return date + self._ports.clock.steady() - at

    async def send(self, request: Request) -> Fields:
        """Send and give the answer in normal form; raises ApiError."""
        answer = await self._exchange(request)
        try:
            return read(request.operation, decode(answer.body) if answer.body else {})
        except WireError as error:
            if request.effect is Effect.CREATE:
                raise uncertain(request, str(error)) from error
            raise unavailable(request, str(error)) from error

    async def read_list(self, request: Request) -> tuple[Fields, ...]:
        """Read a list whole, without repetitions; raises ApiError when any page is missing."""
        for _ in range(_MOST_RESTARTS):
            found = await self._pass(request)
            if found is not None:
                return found
        raise unavailable(request, "its pages could not be read through: tokens were refused")

    async def _pass(self, request: Request) -> tuple[Fields, ...] | None:
        """Read all pages once; None when a token was refused, so that the list is read anew."""
        found: dict[str, Fields] = {}
        tokens: set[str] = set()
        token: str | None = None
        for _ in range(_MOST_PAGES):
            try:
                page = await self._page(request, token)
            except ApiError as error:
                if token is not None and error.diagnostics[0].reference == "api-refused":
                    return None
                raise
            for item in page.items:
                found[text(item[id_of(request.operation)])] = item
            token = page.next_token
            if token is None:
                return tuple(found.values())
            if token in tokens:
                raise unavailable(request, "its pages go round in a circle")
            tokens.add(token)
        raise unavailable(request, f"it has more than {_MOST_PAGES} pages")

    async def _page(self, request: Request, token: str | None) -> Page:
        query: tuple[tuple[str, str], ...] = ()
        if token is not None:
            query = (("paginationToken", token),)  # the token carries its own page size
        elif is_paged(request.operation):
            query = (("limit", str(_PAGE_SIZE)),)
        paged = Request(
            request.operation,
            request.method,
            request.path,
            request.effect,
            request.index,
            (*request.query, *query),
            request.body,
        )
        for attempt in range(1, ATTEMPTS + 1):
            answer = await self._exchange(paged)
            try:
                return read_page(request.operation, decode(answer.body))
            except WireError as error:
                if attempt == ATTEMPTS:
                    raise unavailable(request, str(error)) from error
            await self._pause(attempt)
        raise AssertionError("the last attempt raises")

    async def _exchange(self, request: Request) -> Answer:
        """Send until there is a successful answer, as often as the effect allows."""
        for attempt in range(1, ATTEMPTS + 1):
            tried = await self._try(request)
            if tried.error is None and tried.answer is not None:
                return tried.answer
            if tried.error is not None and (attempt == ATTEMPTS or not tried.repeat):
                raise tried.error
            await self._pause(attempt, tried.answer)
        raise AssertionError("the last attempt raises")

    async def _try(self, request: Request) -> _Tried:
        try:
            answer = await self._once(request)
        except NotSentError as error:
            return _Tried(None, unavailable(request, str(error)), repeat=True)
        except _Lost as error:
            if request.effect is Effect.CREATE:
                return _Tried(None, uncertain(request, str(error)), repeat=False)
            return _Tried(None, unavailable(request, str(error)), repeat=True)
        if answer.status < _MULTIPLE:
            return _Tried(answer, None, repeat=False)
        return _Tried(answer, failure(request, answer), repeat=answer.status == _TOO_MANY)

    async def _once(self, request: Request) -> Answer:
        url = await self._url(request)
        body = None if request.body is None else json.dumps(request.body).encode()
        call = Call(
            method=request.method,
            url=url,
            headers={
                "Accept": "application/json",
                "X-Pinecone-Api-Version": self._target.api_version,
                **({} if body is None else {"Content-Type": "application/json"}),
            },
            body=body,
            deadline_seconds=self._target.deadline_seconds,
            fresh=request.effect is Effect.CREATE,
        )
        started = self._ports.clock.steady()
        try:
            answer = await self._ports.transport.exchange(call)
        except AmbiguousError as error:
            raise _Lost(str(error)) from error
        self._hear(answer)
        seconds = (self._ports.clock.steady() - started) / 1_000_000
        _log.debug("%s %s in %.3f s", request.operation, answer.status, seconds)
        lost = answer.status >= _SERVER or _MULTIPLE <= answer.status < _BAD_REQUEST
        if lost or answer.status == _TIMED_OUT or answer.status < _OK:
            raise _Lost(server_failure(answer))
        return answer

    async def _url(self, request: Request) -> str:
        base = self._target.base_url
        if request.index is not None:
            base = index_url(await self._host(request.index), base, self._target.allow_hosts)
        query = f"?{urlencode(request.query)}" if request.query else ""
        return f"{base}{request.path}{query}"

    async def _host(self, index: str) -> str:
        """Find where an index lives; API: describe_index, GET /indexes/{index_name}."""
        if index not in self._hosts:
            found = await self.send(Request("describe_index", "GET", f"/indexes/{index}"))
            if not text(found.get("host")):
                raise ApiError.of(
                    "host-missing",
                    f"index {index} has no host yet",
                    "run again when the index is ready",
                )
            self._hosts[index] = text(found["host"])
        return self._hosts[index]

    def _hear(self, answer: Answer) -> None:
        date = server_date(answer.headers)
        if date is not None:
            self._heard = (date, self._ports.clock.steady())

    async def _pause(self, attempt: int, answer: Answer | None = None) -> None:
        spread = self._ports.random.take(1)[0] / 256
        seconds = backoff_seconds(attempt, spread)
        if answer is not None:
            asked = retry_after_seconds(answer.headers)
            seconds = seconds if asked is None else asked
        await self._ports.clock.sleep(seconds)

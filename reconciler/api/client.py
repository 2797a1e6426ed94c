"""The API as the engine sees it: objects and whole lists in normal form, indexes by name."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import quote, urlencode

from reconciler.api.failures import ApiError, unavailable
from reconciler.api.hosts import index_url
from reconciler.api.sender import Sender, Terms
from reconciler.model.ports import Ports
from reconciler.model.request import Request
from reconciler.model.values import Fields, Micros, text
from reconciler.wire.read import Page, id_of, is_paged, read, read_page
from reconciler.wire.tolerant import decode

_T = TypeVar("_T")

_PAGE_SIZE = 100
_MOST_PAGES = 10_000
_MOST_RESTARTS = 3


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go, and how long one attempt may take in all."""

    base_url: str
    api_version: str
    allow_hosts: tuple[str, ...] = ()
    deadline_seconds: float = 30.0


class Api:
    """The client; it remembers where each index lives."""

    def __init__(self, target: Target, ports: Ports) -> None:
        self._target = target
        self._sender = Sender(ports, target.api_version, target.deadline_seconds)
        self._hosts: dict[str, str] = {}

    def learn(self, hosts: Iterable[tuple[str, str]]) -> None:
        """Remember (index name, host) pairs that the API has told."""
        self._hosts.update((name, host) for name, host in hosts if host)

    def server_now(self) -> Micros | None:
        """Give the server's clock as last heard, moved on by our steady one; None if unheard."""
        return self._sender.server_now()

    async def send(
        self, request: Request, before_attempt: Callable[[int], Awaitable[None]] | None = None
    ) -> Fields:
        """Send and give the answer in normal form; raises ApiError, and GuardError for a host.

        `before_attempt` is awaited before every attempt, the first included. With all repetitions,
        and the look-up of a host, this takes two and a half minutes at most; the last attempt
        begins within two.
        """
        return await self._exchange(
            request,
            lambda body: read(request.operation, decode(body) if body else {}),
            before_attempt,
        )

    async def read_list(self, request: Request) -> tuple[Fields, ...]:
        """Read a list whole, each id once; raises ApiError when any page is missing."""
        key = id_of(request.operation)
        return tuple({text(item[key]): item for item in await self.read_rows(request)}.values())

    async def read_rows(self, request: Request) -> tuple[Fields, ...]:
        """Read a list whole, as it is shown: only what overlapping pages repeat is left out."""
        for _ in range(1 + _MOST_RESTARTS):
            found = await self._pass(request)
            if found is not None:
                return found
        raise unavailable(request, "the tokens of its pages were refused again and again")

    async def _pass(self, request: Request) -> tuple[Fields, ...] | None:
        """Read all pages once; None when a token was refused, so that the list is read anew."""
        found: dict[tuple[str, int], Fields] = {}
        tokens: set[str] = set()
        token: str | None = None
        for _ in range(_MOST_PAGES):
            try:
                page = await self._page(request, token)
            except ApiError as error:
                if token is not None and error.diagnostics[0].reference == "api-refused":
                    return None
                raise
            here: Counter[str] = Counter()
            for item in page.items:
                name = text(item[id_of(request.operation)])
                found[name, here[name]] = item
                here[name] += 1
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
        paged = replace(request, query=(*request.query, *query))
        return await self._exchange(paged, lambda body: read_page(request.operation, decode(body)))

    async def _exchange(
        self,
        request: Request,
        reader: Callable[[bytes], _T],
        before_attempt: Callable[[int], Awaitable[None]] | None = None,
    ) -> _T:
        terms = Terms(self._sender.patience(), before_attempt)  # a host's look-up is part of it
        return await self._sender.send(request, await self._url(request), reader, terms)

    async def _url(self, request: Request) -> str:
        base = self._target.base_url
        if request.index is not None:
            host = await self._host(request.index)
            base = index_url(host, base, self._target.allow_hosts)
        query = f"?{urlencode(request.query)}" if request.query else ""
        return f"{base}{request.path}{query}"

    async def _host(self, index: str) -> str:
        """Find where an index lives; API: describe_index, GET /indexes/{index_name}."""
        if index not in self._hosts:
            path = f"/indexes/{quote(index, safe='')}"
            found = await self.send(Request("describe_index", "GET", path))
            if not text(found.get("host")):
                raise ApiError.of(
                    "host-missing",
                    f"index {index} has no host yet",
                    "run again when the index is ready",
                )
            self._hosts[index] = text(found["host"])
        return self._hosts[index]

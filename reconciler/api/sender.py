"""Sends one request until it has a usable answer, as often as its effect and patience allow.

What may be repeated is decided by a request's effect, not by its method. A create is sent on a
fresh connection, and again only when it surely was not carried out; when its answer is lost, that
is said, and never tried again here.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from reconciler.api.failures import (
    ApiError,
    failure,
    leaves_open,
    server_failure,
    unavailable,
    uncertain,
    unreachable,
    unreadable,
)
from reconciler.api.retry import (
    ATTEMPTS,
    PATIENCE_SECONDS,
    backoff_seconds,
    retry_after_seconds,
    server_date,
)
from reconciler.model.ports import AmbiguousError, Answer, Call, NotSentError, Ports
from reconciler.model.request import Effect, Request
from reconciler.model.values import SECOND, Micros
from reconciler.wire.tolerant import WireError

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_SUCCESS = range(200, 300)
_TOO_MANY = 429


class _Failed(Exception):  # noqa: N818 - a signal between two functions of this module, no error
    """One attempt that brought nothing: what to raise for it, and whether to try again."""

    def __init__(self, error: ApiError, answer: Answer | None, *, repeat: bool) -> None:
        super().__init__(error)
        self.error = error
        self.headers: Mapping[str, str] = {} if answer is None else answer.headers
        self.repeat = repeat


@dataclass(frozen=True, slots=True)
class Terms:
    """Until when (steady clock) a request is tried, and what comes before each attempt.

    `before_attempt` is told which attempt it is, from 1; what it raises ends the trying.
    """

    until: Micros
    before_attempt: Callable[[int], Awaitable[None]] | None = None


class Sender:
    """Sends requests to known URLs, and remembers what the server's clock said."""

    def __init__(self, ports: Ports, api_version: str, deadline_seconds: float) -> None:
        self._ports = ports
        self._api_version = api_version
        self._deadline = deadline_seconds
        self._heard: tuple[Micros, Micros] | None = None

    def patience(self) -> Micros:
        """Give the point of the steady clock after which nothing is tried again."""
        return self._ports.clock.steady() + round(PATIENCE_SECONDS * SECOND)

    def server_now(self) -> Micros | None:
        """Give the server's clock as last heard, moved on by our steady one; None if unheard."""
        if self._heard is None:
            return None
        date, at = self._heard
        return date + self._ports.clock.steady() - at

    async def send(
        self, request: Request, url: str, read: Callable[[bytes], _T], terms: Terms
    ) -> _T:
        """Send, and read the answer's body; raises ApiError.

        An attempt is repeated only if it can end by `terms.until`: cutting one short would lose
        its answer, and the first one is always made.
        """
        call = self._call(request, url)
        attempt = 0
        while True:
            attempt += 1
            if terms.before_attempt is not None:
                await terms.before_attempt(attempt)
            started = self._ports.clock.steady()
            try:
                return await self._attempt(request, call, read)
            except _Failed as failed:
                said = failed.error.diagnostics[0].summary
                seconds = (self._ports.clock.steady() - started) / SECOND
                _log.debug("attempt %d in %.3f s: %s", attempt, seconds, said)
                wait = self._wait(attempt, failed.headers)
                ends = self._ports.clock.steady() + round((wait + self._deadline) * SECOND)
                if not failed.repeat or attempt == ATTEMPTS or ends > terms.until:
                    raise failed.error from failed
            await self._ports.clock.sleep(wait)

    def _call(self, request: Request, url: str) -> Call:
        body = None if request.body is None else json.dumps(request.body).encode()
        return Call(
            method=request.method,
            url=url,
            headers={
                "Accept": "application/json",
                "X-Pinecone-Api-Version": self._api_version,
                **({} if body is None else {"Content-Type": "application/json"}),
            },
            body=body,
            deadline_seconds=self._deadline,
            fresh=request.effect is Effect.CREATE,
        )

    async def _attempt(self, request: Request, call: Call, read: Callable[[bytes], _T]) -> _T:
        started = self._ports.clock.steady()
        try:
            answer = await self._ports.transport.exchange(call)
        except NotSentError as error:
            raise _Failed(unreachable(request, str(error)), None, repeat=True) from error
        except AmbiguousError as error:
            raise _lost(request, str(error)) from error
        self._hear(answer)
        if leaves_open(answer):
            raise _lost(request, server_failure(answer), answer)
        if answer.status not in _SUCCESS:
            repeat = answer.status == _TOO_MANY  # which says that nothing was done
            raise _Failed(failure(request, answer), answer, repeat=repeat)
        seconds = (self._ports.clock.steady() - started) / SECOND
        _log.debug("%s %d in %.3f s", request.operation, answer.status, seconds)
        try:
            return read(answer.body)
        except WireError as error:
            raise _lost(request, unreadable(answer, str(error)), answer) from error

    def _hear(self, answer: Answer) -> None:
        date = server_date(answer.headers)
        if date is not None:
            self._heard = (date, self._ports.clock.steady())

    def _wait(self, attempt: int, headers: Mapping[str, str]) -> float:
        asked = retry_after_seconds(headers)
        if asked is not None:
            return asked
        return backoff_seconds(attempt, self._ports.random.take(1)[0] / 256)


def _lost(request: Request, why: str, answer: Answer | None = None) -> _Failed:
    """Nobody knows what happened: harmless to try again, unless it would create another one."""
    if request.effect is Effect.CREATE:
        return _Failed(uncertain(request, why), answer, repeat=False)
    return _Failed(unavailable(request, why, answer), answer, repeat=True)

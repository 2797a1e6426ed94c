"""The emulator behind an ASGI server: bytes in, bytes out, and the faults done to real connections.

The faults hang up by the transport that a connection puts into the state of its requests. Under
another server, where there is none, the request ends in ConnectionResetError.
"""

import asyncio
import re

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler.emulator.connections import PATIENCE, TRANSPORT, late_body
from reconciler.emulator.service import Emulator
from reconciler.emulator.wire import (
    BODY_LIMIT_BYTES,
    CONTROL_BODY_LIMIT_BYTES,
    CONTROL_PREFIX,
    Call,
    Ending,
    Reply,
)

# A body that is longer than this is not even read to its end.
_MOST_READ_BYTES = 100_000_000
_CLOCK = f"{CONTROL_PREFIX}clock"
# Clients that take us for a proxy send the whole URL.
_AUTHORITY = re.compile(r"\Ahttps?://[^/]*", re.IGNORECASE)


def _late() -> Reply:
    body = late_body()
    kind = ("content-type", "application/json")
    return Reply(408, (kind, ("content-length", str(len(body))), ("connection", "close")), body)


_LATE = _late()


class _Gone(Exception):  # noqa: N818 - not an error: there is nobody left to answer
    """The client has hung up before its request was complete."""


class _Reading:
    """What imports read between requests, by a task that lives while there is something to read."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Read on from here, if something waits for it and is not being read yet."""
        if self._emulator.is_reading and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._read_on())

    async def end(self) -> None:
        """Wait until nothing is left to read."""
        if self._task is not None:
            await self._task

    async def _read_on(self) -> None:
        while self._emulator.is_reading:
            self._emulator.read_on()
            await asyncio.sleep(0)  # whoever has asked something meanwhile is answered


def application(emulator: Emulator) -> ASGIApp:
    """Return the emulator as an ASGI application; any number of requests may be in progress.

    From here on its imports are read between requests.
    """
    emulator.read_in_slices()
    reading = _Reading(emulator)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            call = await _call(scope, receive)
        except _Gone:
            return
        except TimeoutError:
            await _send(_LATE, send, more_body=True)
            await _hang_up(scope, receive)
            return
        admitted = emulator.admit(call)
        await _wait(admitted.wait_seconds)
        reply = emulator.perform(admitted)
        reading.begin()
        if call.path == _CLOCK:
            # Whoever moves time on finds what it has brought, however large an import was.
            await reading.end()
        await _wait(reply.delay_seconds)
        if reply.ending is Ending.WHOLE:
            await _send(reply, send, more_body=False)
            return
        if reply.ending is Ending.TRUNCATED:
            await _send(reply, send, more_body=True)
        await _hang_up(scope, receive)

    served = Starlette()
    # A target need not begin with a slash, and a route of Starlette's must: so there is none.
    served.router.default = answer
    return served


async def _call(scope: Scope, receive: Receive) -> Call:
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogateescape")
    path = _AUTHORITY.sub("", raw_path.partition(b"?")[0].decode("latin-1")) or "/"
    ours = path.startswith(CONTROL_PREFIX)
    return Call(
        method=scope["method"],
        path=path,
        query=scope["query_string"].decode("latin-1"),
        headers={
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        },
        body=await _body(
            receive,
            CONTROL_BODY_LIMIT_BYTES if ours else BODY_LIMIT_BYTES,
            scope.get("state", {}).get(PATIENCE),
        ),
    )


async def _body(receive: Receive, limit: int, patience_seconds: float | None) -> bytes:
    # Read to the end, so that the client gets to hear its 413; keep only what shows the excess.
    body = bytearray()
    count, more = 0, True
    while more and count <= max(limit, _MOST_READ_BYTES):
        async with asyncio.timeout(patience_seconds):
            message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        more = message.get("more_body", False)
        sent: bytes = message.get("body", b"")
        count += len(sent)
        body += sent[: limit + 1 - len(body)]
    return bytes(body)


async def _wait(seconds: float) -> None:
    if seconds > 0:
        await asyncio.sleep(seconds)


async def _send(reply: Reply, send: Send, *, more_body: bool) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body, "more_body": more_body})


async def _hang_up(scope: Scope, receive: Receive) -> None:
    transport = scope.get("state", {}).get(TRANSPORT)
    if transport is None:
        raise ConnectionResetError
    transport.close()
    # Returning before the server has noticed would make it send an error of its own.
    while (await receive())["type"] != "http.disconnect":
        pass

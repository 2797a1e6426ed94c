"""Exchanges of the real transport with a server of the test."""

import asyncio
from collections.abc import Awaitable, Callable

from unit.api.server import Server, Speak, serving

from reconciler.api.http import HttpTransport
from reconciler.model.ports import Answer, Call
from reconciler.model.secret import Secret

KEY = "pcsk_CANARY_9f2e7d"


def call(url: str, seconds: float = 5.0, *, fresh: bool = False, body: bytes | None = None) -> Call:
    method = "GET" if body is None else "POST"
    return Call(method, url, {"Accept": "application/json"}, body, seconds, fresh)


def meet(
    speak: Speak,
    work: Callable[[HttpTransport, Server], Awaitable[Answer]],
    proxy: str | None = None,
) -> tuple[Answer, Server]:
    """Run a transport against a server, and close both."""

    async def meeting() -> tuple[Answer, Server]:
        async with serving(speak) as server:
            transport = HttpTransport(Secret(KEY), agent="reconciler/test", proxy=proxy)
            try:
                return await work(transport, server), server
            finally:
                await transport.close()

    return asyncio.run(meeting())


def ask(speak: Speak, seconds: float = 5.0, *, fresh: bool = False) -> tuple[Answer, Server]:
    return meet(
        speak, lambda transport, server: transport.exchange(call(server.url, seconds, fresh=fresh))
    )

"""The network port over httpx; nothing else in the package knows that library.

httpx's own defaults would follow the environment's proxies, time out per read only, and inflate
any body, so each of these is settled here.
"""

import asyncio
import ssl
from typing import Any

import httpx

from reconciler.model.ports import AmbiguousError, Answer, Call, NotSentError
from reconciler.model.secret import Secret

_MOST_BYTES = 32 * 1024 * 1024
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.ProxyError,
)


class HttpTransport:
    """Sends calls with the key; never follows a redirect, never asks the environment."""

    def __init__(
        self, key: Secret, *, agent: str, proxy: str | None = None, ca_bundle: str | None = None
    ) -> None:
        context = ssl.create_default_context(cafile=ca_bundle)
        self._settings: dict[str, Any] = {
            "headers": {"User-Agent": agent, "Api-Key": key.reveal()},
            "verify": context,
            "proxy": proxy,
            "trust_env": False,
            "follow_redirects": False,
            "timeout": None,  # the whole exchange has one deadline
        }
        self._shared = httpx.AsyncClient(**self._settings)

    async def exchange(self, call: Call) -> Answer:
        """Send once; raises NotSentError or AmbiguousError."""
        try:
            async with asyncio.timeout(call.deadline_seconds):
                if call.fresh:
                    async with httpx.AsyncClient(**self._settings) as client:
                        return await _exchange(client, call)
                return await _exchange(self._shared, call)
        except _NOT_SENT as error:
            raise NotSentError(_words(error, call)) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise AmbiguousError(_words(error, call)) from error
        except TimeoutError as error:
            raise AmbiguousError(f"no answer within {call.deadline_seconds:g} s") from error

    async def close(self) -> None:
        """Close idle connections."""
        await self._shared.aclose()


async def _exchange(client: httpx.AsyncClient, call: Call) -> Answer:
    request = client.build_request(
        call.method, call.url, headers=dict(call.headers), content=call.body
    )
    response = await client.send(request, stream=True)
    try:
        return Answer(
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            await _body(response),
        )
    finally:
        await response.aclose()


async def _body(response: httpx.Response) -> bytes:
    """Read the decoded body, up to a limit: a small answer may inflate to a huge one."""
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes(65536):
        size += len(part)
        if size > _MOST_BYTES:
            raise AmbiguousError(f"the answer is larger than {_MOST_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


def _words(error: Exception, call: Call) -> str:
    host = httpx.URL(call.url).netloc.decode("ascii", "replace")
    said = str(error).strip() or type(error).__name__
    return f"{host}: {said}"

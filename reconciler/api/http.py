"""The network port over httpx; nothing else in the package knows that library.

httpx's own defaults would follow the environment's proxies, time out per read only, and inflate
any body, so each of these is settled here.
"""

import asyncio
import ssl
import zlib
from typing import Any

import httpx

from reconciler.errors import ReconcilerError
from reconciler.model.ports import AmbiguousError, Answer, Call, NotSentError
from reconciler.model.secret import Secret

_MOST_BYTES = 32 * 1024 * 1024
_CONNECT_SECONDS = 10.0
_GZIP = 31
_SHORTEST_KEY = 8
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.ProxyError,
    httpx.InvalidURL,
)


class HttpTransport:
    """Sends calls with the key; never follows a redirect, never asks the environment."""

    def __init__(
        self, key: Secret, *, agent: str, proxy: str | None = None, ca_bundle: str | None = None
    ) -> None:
        self._key = key
        self._settings: dict[str, Any] = {
            "headers": {"User-Agent": agent, "Accept-Encoding": "gzip"},
            "verify": _trust(ca_bundle),
            "proxy": proxy,
            "mounts": {"http://": None},  # only this machine is spoken to without TLS: no proxy
            "trust_env": False,
            "follow_redirects": False,
        }
        try:
            self._shared = httpx.AsyncClient(**self._settings)
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            raise ReconcilerError.of(
                "proxy-unusable",
                "--proxy does not name a proxy that can be used",
                "write it as http://HOST:PORT or https://HOST:PORT",
            ) from error

    async def exchange(self, call: Call) -> Answer:
        """Send once; raises NotSentError or AmbiguousError."""
        try:
            async with asyncio.timeout(call.deadline_seconds):
                if call.fresh:
                    async with httpx.AsyncClient(**self._settings) as client:
                        return await self._exchange(client, call)
                return await self._exchange(self._shared, call)
        except _NOT_SENT as error:
            raise NotSentError(self._words(error, call, "no connection could be made")) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise AmbiguousError(self._words(error, call, "the connection broke")) from error
        except TimeoutError as error:
            said = f"no whole answer within {call.deadline_seconds:g} s"
            raise AmbiguousError(self._words(error, call, said)) from error

    async def close(self) -> None:
        """Close idle connections."""
        await self._shared.aclose()

    async def _exchange(self, client: httpx.AsyncClient, call: Call) -> Answer:
        connect = min(_CONNECT_SECONDS, call.deadline_seconds / 3)  # DNS and TCP, then TLS
        request = client.build_request(
            call.method,
            call.url,
            headers={**call.headers, "Api-Key": self._key.reveal()},
            content=call.body,
            timeout=httpx.Timeout(None, connect=connect),  # the whole exchange has one deadline
        )
        response = await client.send(request, stream=True)
        try:
            body = await _body(response)
        finally:
            await response.aclose()
        headers = {
            name.lower(): self._without_key(value.encode()).decode()
            for name, value in response.headers.items()
        }
        if not response.is_success:  # whatever is no object of the API is words, and may be shown
            body = self._without_key(body)
        return Answer(response.status_code, headers, body)

    def _without_key(self, said: bytes) -> bytes:
        """Take the key out of what others say; one that is a mere word is an emulator's."""
        key = self._key.reveal().encode()
        return said.replace(key, b"-") if len(key) >= _SHORTEST_KEY else said

    def _words(self, error: Exception, call: Call, otherwise: str) -> str:
        said = self._without_key(str(error).strip().encode()).decode()
        host = call.url.partition("://")[2].partition("/")[0]
        return f"{host}: {said or otherwise}"


def _trust(ca_bundle: str | None) -> ssl.SSLContext:
    """Trust this machine's certificates or the operator's file; never write down session keys."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca_bundle is None:
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(cafile=ca_bundle)
    except OSError as error:  # ssl.SSLError is one
        raise ReconcilerError.of(
            "ca-bundle-unusable",
            f"--ca-bundle {ca_bundle!r} cannot be read as PEM certificates",
            "name a file that holds one or more certificates in PEM form",
        ) from error
    return context


async def _body(response: httpx.Response) -> bytes:
    """Read the decoded body, up to a limit: a small answer may inflate to a huge one."""
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_raw(65536):
        size += len(part)
        if size > _MOST_BYTES:
            raise _too_large()
        parts.append(part)
    body = b"".join(parts)
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity" or not body:
        return body
    if encoding != "gzip":
        raise AmbiguousError("the answer is encoded in a way that was not asked for")
    return _inflated(body)


def _inflated(body: bytes) -> bytes:
    inflate = zlib.decompressobj(_GZIP)
    try:
        found = inflate.decompress(body, _MOST_BYTES + 1)
    except zlib.error as error:
        raise AmbiguousError("the answer is not whole: its compression is broken") from error
    if len(found) > _MOST_BYTES:
        raise _too_large()
    if not inflate.eof:
        raise AmbiguousError("the answer is not whole: its compression is cut short")
    return found


def _too_large() -> AmbiguousError:
    return AmbiguousError(f"the answer is larger than {_MOST_BYTES // 1024**2} MiB")

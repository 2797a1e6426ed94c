"""Where the key goes: to the host that was asked, and into nothing that is said."""

import asyncio
import logging
from pathlib import Path

import pytest
from unit.api.exchanges import KEY, ask, call
from unit.api.server import http, says, serving

from reconciler.api.http import HttpTransport
from reconciler.model.ports import AmbiguousError, Answer, NotSentError
from reconciler.model.secret import Secret


def test_the_key_is_sent_once_and_only_as_a_header() -> None:
    _, server = ask(says(http()))
    lines = server.requests[0].split(b"\r\n")
    assert [line for line in lines if KEY.encode() in line] == [f"Api-Key: {KEY}".encode()]
    assert b"User-Agent: reconciler/test" in lines
    assert not [line for line in lines if line.lower().startswith((b"cookie", b"authorization"))]


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_handed_back_and_its_target_never_asked(status: str) -> None:
    async def both() -> tuple[Answer, int]:
        async with serving(says(http())) as target:
            moved = says(http(b"", status, f"Location: {target.url}/"))
            async with serving(moved) as server:
                transport = HttpTransport(Secret(KEY), agent="t")
                try:
                    found = await transport.exchange(call(server.url))
                finally:
                    await transport.close()
            return found, target.connections

    found, asked = asyncio.run(both())
    assert found.status == int(status[:3])
    assert asked == 0


def test_the_environments_proxies_and_passwords_are_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ann password hunter2\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))

    async def attempt() -> tuple[Answer, int, bytes]:
        async with serving(says(http(b"proxy"))) as proxy, serving(says(http(b"real"))) as server:
            for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url)
                monkeypatch.setenv(name.lower(), proxy.url)
            transport = HttpTransport(Secret(KEY), agent="t")
            try:
                await transport.exchange(call(server.url, fresh=True))
                with pytest.raises(NotSentError):
                    await transport.exchange(call("https://nowhere.invalid/"))
                found = await transport.exchange(call(server.url))
            finally:
                await transport.close()
            return found, proxy.connections, server.requests[0]

    found, proxied, sent = asyncio.run(attempt())
    assert found.body == b"real"
    assert proxied == 0
    assert b"authorization" not in sent.lower()
    assert not (tmp_path / "keys").exists()


def test_the_operators_proxy_never_sees_what_is_not_encrypted() -> None:
    async def attempt() -> tuple[Answer, bytes]:
        async with serving(says(http(b"", "502 No"))) as proxy, serving(says(http())) as server:
            transport = HttpTransport(Secret(KEY), agent="t", proxy=proxy.url)
            try:
                found = await transport.exchange(call(server.url))  # this machine: directly
                with pytest.raises(NotSentError):
                    await transport.exchange(call("https://api.pinecone.io/indexes"))
            finally:
                await transport.close()
            return found, b"".join(proxy.requests)

    found, proxied = asyncio.run(attempt())
    assert found.body == b"{}"
    assert proxied.startswith(b"CONNECT api.pinecone.io:443")
    assert KEY.encode() not in proxied


def test_the_key_shows_in_nothing_that_is_printed_or_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    transport = HttpTransport(Secret(KEY), agent="t")
    shown = [repr(transport), str(vars(transport)), repr(Secret(KEY)), f"{Secret(KEY)}"]
    asyncio.run(transport.close())
    ask(says(http(b"{}")))
    ask(says(http(b"{}")), fresh=True)
    with pytest.raises(AmbiguousError) as broken:
        ask(says(b"", close=True))
    shown += [str(broken.value), repr(broken.value), caplog.text]
    assert "send_request_headers" in caplog.text
    assert KEY not in "".join(shown)


def test_the_key_is_taken_out_of_what_others_say() -> None:
    found, _ = ask(says(http(f"Invalid API key {KEY}".encode(), "401 Unauthorized")))
    assert found.body == b"Invalid API key -"
    with pytest.raises(AmbiguousError, match="illegal status line") as caught:
        ask(says(f"HTTP/1.1 2{KEY} OK\r\n\r\n".encode()))
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("status", ["302 Found", "308 Moved", "401 No", "404 No", "503 No"])
def test_the_key_is_taken_out_of_bodies_and_headers_of_whatever_is_no_success(status: str) -> None:
    echo = f"you sent {KEY}"
    headers = (f"X-Echo: {echo}", f"Location: https://example.com/?key={KEY}")
    found, _ = ask(says(http(echo.encode(), status, *headers)))
    assert found.body == b"you sent -"
    assert found.headers["x-echo"] == "you sent -"
    assert KEY not in str(found)


def test_the_key_is_taken_out_of_the_headers_of_a_success() -> None:
    found, _ = ask(says(http(b"{}", f"200 {KEY}", f"X-Echo: {KEY}")))
    assert KEY not in str(found)


def test_a_key_that_is_a_mere_word_stays_in_the_words_of_others() -> None:
    async def attempt() -> Answer:
        async with serving(says(http(b"no index", "404 No"))) as server:
            transport = HttpTransport(Secret("index"), agent="t")
            try:
                return await transport.exchange(call(server.url))
            finally:
                await transport.close()

    assert asyncio.run(attempt()).body == b"no index"

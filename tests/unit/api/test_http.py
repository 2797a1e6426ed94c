"""The transport over real sockets: what is lost, what was never sent, and how much is read."""

import asyncio
import gzip
import ssl
import time
import tracemalloc
from pathlib import Path

import pytest
from unit.api.exchanges import KEY, ask, call, meet
from unit.api.server import Server, Speak, drips, http, says, serving

from reconciler.api.http import HttpTransport
from reconciler.errors import ReconcilerError
from reconciler.model.ports import AmbiguousError, Answer, NotSentError
from reconciler.model.secret import Secret

MIB = 1024 * 1024


def test_an_answer_is_whole_and_its_header_names_are_small() -> None:
    found, _ = ask(says(http(b'{"a": 1}', "201 Created", "X-Odd: Yes")))
    assert (found.status, found.body, found.headers["x-odd"]) == (201, b'{"a": 1}', "Yes")


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize(
    "speak",
    [
        says(b"", close=True),
        says(b"HTTP/1.1 200 OK\r\nContent-Le", close=True),
        says(b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{}", close=True),
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}", close=True),
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", close=True),
        says(b"SSH-2.0-OpenSSH_9.6\r\n", close=True),
        says(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000, close=True),
        says(http(b"junk", "200 OK", "Content-Encoding: gzip")),
        says(http(gzip.compress(b"{}" * 900)[:-9], "200 OK", "Content-Encoding: gzip")),
        says(http(b"{}", "200 OK", "Content-Encoding: br")),
        says(http(b"{}", "200 OK", "Content-Encoding: gzip, gzip")),
    ],
    ids=[
        "dropped",
        "cut head",
        "short body",
        "broken chunk",
        "missing last chunk",
        "not http",
        "endless head",
        "no gzip",
        "cut gzip",
        "unknown encoding",
        "gzip in gzip",
    ],
)
def test_an_answer_that_is_not_whole_is_ambiguous(speak: Speak, *, fresh: bool) -> None:
    with pytest.raises(AmbiguousError) as caught:
        ask(speak, fresh=fresh)
    assert str(caught.value)
    assert KEY not in str(caught.value)


def test_a_refused_connection_was_not_sent() -> None:
    async def attempt() -> None:
        async with serving(says(b"")) as server:
            url = server.url
        transport = HttpTransport(Secret(KEY), agent="t")
        try:
            await transport.exchange(call(url, fresh=True))
        finally:
            await transport.close()

    with pytest.raises(NotSentError, match=r"127\.0\.0\.1:\d+: ."):
        asyncio.run(attempt())


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1\x00/", "gopher://127.0.0.1/", "http://[::1", "/backups"]
)
def test_a_url_that_is_none_was_not_sent(url: str) -> None:
    with pytest.raises(NotSentError):
        meet(says(http()), lambda transport, _: transport.exchange(call(url)))


def test_a_name_that_does_not_resolve_was_not_sent() -> None:
    with pytest.raises(NotSentError, match=r"nowhere\.invalid"):
        meet(
            says(http()),
            lambda transport, _: transport.exchange(call("http://nowhere.invalid/", 3.0)),
        )


@pytest.mark.parametrize(
    "speak",
    [
        says(b""),
        drips(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 900, 0.05),
        drips(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b" " * 900, 0.01),
    ],
    ids=["silence", "slow head", "slow body"],
)
def test_a_slow_server_meets_the_deadline_of_the_whole(speak: Speak) -> None:
    started = time.monotonic()
    with pytest.raises(AmbiguousError, match=r"0\.4 s"):
        ask(speak, 0.4)
    assert time.monotonic() - started < 2.0


def test_a_handshake_that_never_ends_was_not_sent() -> None:
    async def attempt(transport: HttpTransport, server: Server) -> Answer:
        return await transport.exchange(call(server.url.replace("http:", "https:"), 0.6))

    with pytest.raises(NotSentError):
        meet(says(b""), attempt)


def test_gzip_is_read() -> None:
    found, server = ask(says(http(gzip.compress(b'{"a": 1}'), "200 OK", "Content-Encoding: GZip")))
    assert found.body == b'{"a": 1}'
    assert b"Accept-Encoding: gzip" in server.requests[0].split(b"\r\n")


def test_an_empty_body_may_call_itself_gzip() -> None:
    assert ask(says(http(b"", "202 Accepted", "Content-Encoding: gzip")))[0].body == b""


def test_a_small_answer_cannot_inflate_to_a_huge_one() -> None:
    bomb = gzip.compress(b"\0" * (33 * MIB), 1)
    assert len(bomb) < MIB
    with pytest.raises(AmbiguousError, match="32 MiB"):
        ask(says(http(bomb, "200 OK", "Content-Encoding: gzip")))


def test_a_bomb_is_never_inflated_whole() -> None:
    bomb = gzip.compress(b"\0" * (160 * MIB), 1)
    tracemalloc.start()
    try:
        with pytest.raises(AmbiguousError, match="32 MiB"):
            ask(says(http(bomb, "200 OK", "Content-Encoding: gzip")))
        assert tracemalloc.get_traced_memory()[1] < 120 * MIB
    finally:
        tracemalloc.stop()


def test_a_huge_answer_is_not_read_to_its_end() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b" " * (33 * MIB)
    with pytest.raises(AmbiguousError, match="32 MiB"):
        ask(says(endless))


@pytest.mark.parametrize(("fresh", "connections"), [(False, 1), (True, 3)])
def test_only_fresh_calls_open_a_connection_of_their_own(*, fresh: bool, connections: int) -> None:
    async def thrice(transport: HttpTransport, server: Server) -> Answer:
        for _ in range(2):
            await transport.exchange(call(server.url, fresh=fresh, body=b"{}"))
        return await transport.exchange(call(server.url, fresh=fresh, body=b"{}"))

    _, server = meet(says(http()), thrice)
    assert (server.connections, len(server.requests)) == (connections, 3)


def test_a_stale_connection_does_not_reach_a_create() -> None:
    async def twice(transport: HttpTransport, server: Server) -> Answer:
        await transport.exchange(call(server.url))
        await asyncio.sleep(0.05)
        return await transport.exchange(call(server.url, fresh=True))

    assert meet(says(http(), close=True), twice)[0].status == 200


def test_a_cancelled_call_leaves_nothing_open() -> None:
    async def cancel(transport: HttpTransport, server: Server) -> Answer:
        task = asyncio.ensure_future(transport.exchange(call(server.url, fresh=True)))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return Answer(0, {}, b"")

    meet(says(b""), cancel)


@pytest.mark.parametrize("proxy", ["corp:3128", "ftp://corp", "socks5://corp:1080"])
def test_a_proxy_that_is_none_is_said_so(proxy: str) -> None:
    with pytest.raises(ReconcilerError, match="--proxy"):
        HttpTransport(Secret(KEY), agent="t", proxy=proxy)


def test_a_bundle_without_certificates_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("not a certificate")
    for name in ("empty.pem", "missing.pem", "."):
        with pytest.raises(ReconcilerError, match="--ca-bundle"):
            HttpTransport(Secret(KEY), agent="t", ca_bundle=str(tmp_path / name))


def test_certificates_are_always_checked(tmp_path: Path) -> None:
    roots = ssl.create_default_context().get_ca_certs(binary_form=True)
    contexts = [HttpTransport(Secret(KEY), agent="t")]
    if roots:
        (tmp_path / "one.pem").write_text(ssl.DER_cert_to_PEM_cert(roots[0]))
        bundle = str(tmp_path / "one.pem")
        contexts.append(HttpTransport(Secret(KEY), agent="t", ca_bundle=bundle))
    for transport in contexts:
        context = transport._settings["verify"]
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert context.keylog_filename is None
        asyncio.run(transport.close())

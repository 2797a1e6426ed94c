"""Clients that mean no good, over raw sockets: a 4xx as documented, and never a hang."""

import http.client
import json
import random
import select
import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from reconciler.emulator.connections import Connection
from reconciler.emulator.samples import sample, seed
from reconciler.emulator.server import Server
from reconciler.emulator.service import Emulator

PATIENCE_SECONDS = 10
SHORT = 0.8


@pytest.fixture
def emulator() -> Emulator:
    made = Emulator()
    seed(made, sample(["docs"]))
    return made


class Hasty(Connection):
    patience_seconds = SHORT


@pytest.fixture
def server(emulator: Emulator) -> Iterator[Server]:
    with Server(emulator, connection=Hasty) as running:
        yield running


@pytest.fixture
def raw(server: Server) -> Iterator[socket.socket]:
    with connect(server) as opened:
        yield opened


def connect(server: Server) -> socket.socket:
    port = int(server.url.rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)


def answered(opened: socket.socket) -> tuple[int, bytes]:
    """Read one answer, which has to come within the patience of the socket."""
    response = http.client.HTTPResponse(opened)
    response.begin()
    return response.status, response.read()


def request(method: str, path: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "host: h", "api-key: k", *headers]
    length = (
        []
        if any("content-length" in each for each in headers)
        else [f"content-length: {len(body)}"]
    )
    return "\r\n".join([*lines, *length, "", ""]).encode("latin-1") + body


def well(server: Server) -> bool:
    """Say whether the server still serves others."""
    with connect(server) as opened:
        opened.sendall(request("GET", "/backups"))
        return answered(opened)[0] == 200


BODIES = {
    "truncated": b'{"name": "new", "spec": {',
    "no JSON": b"\x00\xff\xfe",
    "a number": b"7",
    "another type": b'{"name": 7, "dimension": "2", "spec": []}',
    "deep": b"[" * 200_000,
    "a long number": b'{"dimension": ' + b"9" * 100_000 + b"}",
    "ten megabytes": b" " * 10_000_000,
    "empty": b"",
    "a text that is none": b'{"name": "\\ud800\\u0000", "description": 4, "source": "\\udfff"}',
}
POSTS = (
    "/indexes",
    "/indexes/create-for-model",
    "/indexes/docs/backups",
    "/backups/none/create-index",
    "/collections",
    "/embed",
    "/ix/none/query",
    "/ix/none/vectors/upsert",
    "/ix/none/bulk/imports",
    "/_emulator/knobs",
    "/_emulator/faults",
    "/_emulator/clock",
)


@pytest.mark.parametrize("path", POSTS)
def test_bodies_that_make_no_sense_are_a_4xx_in_the_shape_of_the_plane(
    server: Server, path: str
) -> None:
    for name, body in BODIES.items():
        if name == "empty" and path.endswith("/faults"):
            continue
        with connect(server) as opened:
            opened.sendall(request("POST", path, body))
            status, said = answered(opened)
        assert 400 <= status < 500, (name, status)
        refused = json.loads(said)
        assert ("error" in refused) != path.startswith("/ix/"), (name, refused)
    assert well(server)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/indexes/%00", 404),
        ("GET", "/indexes/%ff%fe", 404),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/indexes/" + "x" * 30_000, 404),
        ("GET", "//", 404),
        ("PUT", "/indexes", 405),
        ("BREW", "/backups", 405),
        ("GET", "/backups?limit=" + "9" * 20_000, 400),
        ("GET", "/backups?paginationToken=" + "A" * 20_000, 400),
        ("GET", "/backups?limit=1&limit=%00", 200),
        ("GET", "/_emulator/nothing", 404),
    ],
)
def test_lines_that_lead_nowhere_are_answered_as_documented(
    raw: socket.socket, method: str, path: str, status: int
) -> None:
    raw.sendall(request(method, path))
    assert answered(raw)[0] == status


@pytest.mark.parametrize(
    ("method", "target", "status", "key"),
    [
        ("GET", "http://h/backups?limit=1", 200, "data"),
        ("GET", "HTTPS://h:443/indexes", 200, "indexes"),
        ("GET", "http://h/_emulator/knobs", 200, "backup_seconds"),
        ("GET", "http://h", 404, "error"),
        ("OPTIONS", "*", 404, "error"),
        ("CONNECT", "h:443", 404, "error"),
        ("GET", "/indexes/%0A", 404, "error"),
    ],
)
def test_every_form_of_a_target_is_answered_in_the_shape_of_the_api(
    raw: socket.socket, method: str, target: str, status: int, key: str
) -> None:
    raw.sendall(request(method, target))
    said, body = answered(raw)
    assert said == status
    assert key in json.loads(body)


@pytest.mark.parametrize("key", ["", "pk_invalid", " ", "\t"])
def test_bad_tokens_are_a_401(raw: socket.socket, key: str) -> None:
    head = f"GET /backups HTTP/1.1\r\nhost: h\r\napi-key: {key}\r\n\r\n"
    raw.sendall(head.encode("latin-1"))
    assert answered(raw)[0] == 401


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50 + b"\r\n\r\n",
        b"GET /backups HTTP/1.1\r\nhost: h\r\ncontent-length: -1\r\n\r\n",
        b"GET /backups HTTP/1.1\r\nhost: h\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"GET /backups HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET /backups HTTP/1.1\r\nhost: h\r\nx: " + b"y" * 100_000,
        b"POST /embed HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_http_is_a_400_and_the_end_of_the_connection(
    server: Server, raw: socket.socket, sent: bytes
) -> None:
    raw.sendall(sent)
    assert answered(raw)[0] == 400
    assert raw.recv(1) == b""
    assert well(server)


@pytest.mark.parametrize(
    "sent",
    [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /backups HTTP/1.0\r\n\r\n",
    ],
)
def test_other_versions_of_http_get_an_answer(
    server: Server, raw: socket.socket, sent: bytes
) -> None:
    raw.sendall(sent)
    assert 400 <= answered(raw)[0] < 500
    assert well(server)


@pytest.mark.parametrize(
    "sent", [b"", b"GET /back", b"GET /backups HTTP/1.1\r\nhost: h\r\napi-key: k\r\n"]
)
def test_a_head_that_does_not_come_to_its_end_is_a_408(
    server: Server, raw: socket.socket, sent: bytes
) -> None:
    raw.sendall(sent)
    status, said = answered(raw)
    assert (status, json.loads(said)["error"]["code"]) == (408, "DEADLINE_EXCEEDED")
    assert raw.recv(1) == b""
    assert well(server)


def test_a_head_that_comes_drop_by_drop_is_a_408(raw: socket.socket) -> None:
    began = time.monotonic()
    for byte in b"GET /backups HTTP/1.1\r\n" + b"x: y\r\n" * 1000:
        raw.sendall(bytes([byte]))
        if select.select([raw], [], [], 0.05)[0]:
            break
    assert answered(raw)[0] == 408
    assert SHORT / 2 < time.monotonic() - began < PATIENCE_SECONDS


def test_a_second_head_that_does_not_come_to_its_end_is_a_408(raw: socket.socket) -> None:
    raw.sendall(request("GET", "/backups"))
    assert answered(raw)[0] == 200
    raw.sendall(b"GET /back")
    assert answered(raw)[0] == 408


def test_a_body_that_does_not_come_is_a_408_and_nothing_is_done(
    server: Server, raw: socket.socket, emulator: Emulator
) -> None:
    before = len(emulator.journal)
    raw.sendall(request("POST", "/indexes/docs/backups", b"{}", "content-length: 9"))
    status, said = answered(raw)
    assert (status, json.loads(said)["status"]) == (408, 408)
    assert raw.recv(1) == b""
    assert len(emulator.journal) == before
    assert well(server)


def test_a_client_that_hangs_up_in_its_body_has_asked_for_nothing(
    server: Server, emulator: Emulator
) -> None:
    before = len(emulator.journal)
    for _ in range(5):
        with connect(server) as opened:
            opened.sendall(request("POST", "/indexes/docs/backups", b"{}", "content-length: 3"))
            opened.shutdown(socket.SHUT_RDWR)
    assert well(server)
    assert [entry.operation for entry in emulator.journal[before:]] == ["list_project_backups"]


def test_a_hundred_silent_connections_keep_nobody_out(server: Server) -> None:
    opened = [connect(server) for _ in range(100)]
    try:
        assert well(server)
        assert [answered(each)[0] for each in opened] == [408] * 100
    finally:
        for each in opened:
            each.close()


def test_noise_is_never_a_server_error(server: Server) -> None:
    chance = random.Random(7)  # noqa: S311 - not for secrets
    good = request("POST", "/indexes/docs/backups", b'{"name": "n"}')
    for _ in range(60):
        noisy = bytearray(good)
        for _ in range(chance.randrange(1, 4)):
            noisy[chance.randrange(len(noisy))] = chance.randrange(256)
        with closing(connect(server)) as opened:
            opened.sendall(bytes(noisy))
            assert answered(opened)[0] < 500, bytes(noisy)
    assert well(server)

"""The emulator over real sockets: keep-alive, lost and spoiled answers, parallel clients."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from emulator import watched

from reconciler.emulator.samples import sample, seed
from reconciler.emulator.server import Server
from reconciler.emulator.service import Emulator

HEADERS = {"Api-Key": "k"}
PATIENCE_SECONDS = 10


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(Emulator()) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[http.client.HTTPConnection]:
    with closing(connect(server)) as connection:
        ask(connection, "POST", "/_emulator/reset")
        body = {"name": "docs", "dimension": 2, "spec": {"serverless": SPEC}}
        assert ask(connection, "POST", "/indexes", body)[0] == 201
        yield connection


SPEC = {"cloud": "aws", "region": "us-east-1"}


def connect(server: Server) -> http.client.HTTPConnection:
    port = int(server.url.rpartition(":")[2])
    return http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: object = None
) -> tuple[int, Any]:
    sent = None if body is None else json.dumps(body)
    connection.request(method, path, sent, HEADERS)
    response = connection.getresponse()
    read = response.read()
    return response.status, json.loads(read) if read else None


def fault(connection: http.client.HTTPConnection, **fields: object) -> None:
    assert ask(connection, "POST", "/_emulator/faults", [fields])[0] == 200


def test_one_connection_serves_many_requests(client: http.client.HTTPConnection) -> None:
    ask(client, "GET", "/backups")
    first = client.sock.getsockname()
    for _ in range(20):
        assert ask(client, "GET", "/backups") == (200, {"data": []})
        assert ask(client, "DELETE", "/backups/none")[0] == 404
    assert client.sock.getsockname() == first


def test_index_hosts_name_the_port_that_is_served(
    server: Server, client: http.client.HTTPConnection
) -> None:
    host = ask(client, "GET", "/indexes/docs")[1]["host"]
    assert host.startswith(server.url + "/ix/docs-")
    path = host.removeprefix(server.url) + "/describe_index_stats"
    assert ask(client, "POST", path, {})[1]["totalVectorCount"] == 0


def test_answers_have_one_date_and_a_content_length(client: http.client.HTTPConnection) -> None:
    ask(client, "POST", "/_emulator/clock", {"advance_seconds": 86_400 * 366})
    client.request("GET", "/backups", headers=HEADERS)
    response = client.getresponse()
    names = [name.lower() for name, _ in response.getheaders()]
    assert sorted(names) == ["content-length", "content-type", "date"]
    assert int(str(response.getheader("date")).split()[3]) > time.gmtime().tm_year
    response.read()


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_dropped_connection_gives_no_answer(
    client: http.client.HTTPConnection, when: str, made: int
) -> None:
    fault(client, operation="create_backup", kind="drop", when=when)
    with pytest.raises(http.client.RemoteDisconnected):
        ask(client, "POST", "/indexes/docs/backups", {})
    client.close()
    assert len(ask(client, "GET", "/backups")[1]["data"]) == made


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_truncated_answer_ends_in_the_middle_of_its_body(
    client: http.client.HTTPConnection, when: str, made: int
) -> None:
    fault(client, operation="create_backup", kind="truncate", when=when)
    client.request("POST", "/indexes/docs/backups", "{}", HEADERS)
    response = client.getresponse()
    promised = int(str(response.getheader("content-length")))
    with pytest.raises(http.client.IncompleteRead) as cut:
        response.read()
    assert len(cut.value.partial) == promised // 2
    client.close()
    assert len(ask(client, "GET", "/backups")[1]["data"]) == made


def test_html_and_garbage_leave_the_connection_usable(client: http.client.HTTPConnection) -> None:
    fault(client, operation="list_project_backups", kind="html", status=502)
    client.request("GET", "/backups", headers=HEADERS)
    response = client.getresponse()
    assert (response.status, response.getheader("content-type")) == (
        502,
        "text/html; charset=utf-8",
    )
    assert b"<html>" in response.read()
    fault(client, operation="list_project_backups", kind="garbage")
    with pytest.raises(ValueError, match=r"decode|Expecting"):
        ask(client, "GET", "/backups")
    assert ask(client, "GET", "/backups")[0] == 200


def test_request_delayed_before_its_commit_is_done_although_the_client_has_gone(
    server: Server, client: http.client.HTTPConnection
) -> None:
    fault(client, operation="create_backup", kind="delay", when="before", delay_seconds=0.6)
    with closing(connect(server)) as impatient:
        impatient.request("POST", "/indexes/docs/backups", "{}", HEADERS)
        time.sleep(0.1)
    assert ask(client, "GET", "/backups")[1]["data"] == []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (listed := ask(client, "GET", "/backups")[1]["data"]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert len(listed) == 1


def test_request_delayed_after_its_commit_is_seen_before_it_is_answered(
    server: Server, client: http.client.HTTPConnection
) -> None:
    fault(client, operation="create_backup", kind="delay", when="after", delay_seconds=0.3)
    with closing(connect(server)) as patient:
        began = time.monotonic()
        patient.request("POST", "/indexes/docs/backups", "{}", HEADERS)
        time.sleep(0.1)
        assert len(ask(client, "GET", "/backups")[1]["data"]) == 1
        response = patient.getresponse()
        assert response.status == 201
        assert time.monotonic() - began >= 0.3
        response.read()


def test_two_clients_are_served_side_by_side(
    server: Server, client: http.client.HTTPConnection
) -> None:
    fault(client, operation="list_indexes", kind="delay", delay_seconds=0.8)

    def take_backups() -> int:
        with closing(connect(server)) as connection:
            answers = [ask(connection, "POST", "/indexes/docs/backups", {}) for _ in range(20)]
        return sum(status == 201 for status, _ in answers)

    with ThreadPoolExecutor() as pool:
        held = pool.submit(lambda: ask(client, "GET", "/indexes")[0])
        counts = [pool.submit(take_backups) for _ in range(2)]
        assert [each.result(PATIENCE_SECONDS) for each in counts] == [20, 20]
        assert not held.done()
        assert held.result(PATIENCE_SECONDS) == 200
    log = ask(client, "GET", "/_emulator/log")[1]
    made = {each["object_id"] for each in log if each["operation"] == "create_backup"}
    assert len(made) == 40


def test_body_above_the_limit_is_answered(client: http.client.HTTPConnection) -> None:
    client.request("POST", "/indexes/docs/backups", b" " * 5_000_000, HEADERS)
    response = client.getresponse()
    assert response.status == 413
    response.read()


def test_what_is_no_http_is_answered_and_does_not_stop_the_server(
    server: Server, client: http.client.HTTPConnection
) -> None:
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as raw:
        raw.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 400 ")
    assert ask(client, "GET", "/backups")[0] == 200


def test_port_is_free_again_afterwards_and_taken_while_it_runs() -> None:
    emulator = Emulator()
    seed(emulator, sample(["docs"]))
    with Server(emulator) as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"), Server(Emulator(), port):
            pass
    with Server(emulator, port) as again, closing(connect(again)) as connection:
        assert len(ask(connection, "GET", "/indexes")[1]["indexes"]) == 1


SCRIPT = """
from reconciler.emulator.server import serve_forever
from reconciler.emulator.service import Emulator
serve_forever(Emulator(), 0, lambda url: print(url, flush=True))
"""


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_served_in_the_foreground_it_says_one_line_and_ends_cleanly_on_a_signal(
    end: signal.Signals,
) -> None:
    with subprocess.Popen(
        watched.command("-c", SCRIPT),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **watched.environment()},
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.send_signal(end)
        rest, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_a_snapshot_larger_than_a_body_of_the_api_is_read_back(
    client: http.client.HTTPConnection,
) -> None:
    path = ask(client, "GET", "/indexes/docs")[1]["host"].partition("/ix/")[2]
    text = "x" * 30_000
    for start in range(0, 150, 50):
        vectors = [
            {"id": f"v{start + n}", "values": [1, n + 1], "metadata": {"text": text}}
            for n in range(50)
        ]
        assert ask(client, "POST", f"/ix/{path}/vectors/upsert", {"vectors": vectors})[0] == 200
    document = ask(client, "GET", "/_emulator/snapshot")[1]
    assert len(json.dumps(document)) > 4_000_000
    assert ask(client, "POST", "/_emulator/reset")[0] == 200
    assert ask(client, "PUT", "/_emulator/snapshot", document)[0] == 200
    assert ask(client, "GET", "/_emulator/snapshot")[1]["tables"] == document["tables"]

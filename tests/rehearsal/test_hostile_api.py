"""An API, and people, that write whatever they like: nothing of it acts where it is shown."""

import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from rehearsal.stage import DOCS, Result, Stage

EVIL = "\x1b[2J\r\n::add-mask::delete\n##[group]x\n\u202e\u200b</details>![x](https://evil.example)"
ORDER = re.compile(r"^\s*::(?!error |warning )|##\w*\[|\x1b", re.MULTILINE)

ADOPTED = """
version: 1
backups:
  docs:
    index: docs-prod
    description: Before the re-embedding
    adopt: {id}
"""


class Evil(BaseHTTPRequestHandler):
    """Refuses everything, and says so in its own words."""

    def do_GET(self) -> None:
        body = json.dumps({"error": {"code": "INVALID_ARGUMENT", "message": EVIL}}).encode()
        self.send_response(400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing on the test's stderr."""


@pytest.fixture
def evil() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Evil)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def assert_inert(result: Result) -> None:
    for line in (result.out + result.err).removesuffix("\n").split("\n"):
        assert line.isprintable(), line
        assert not ORDER.search(line), line


@pytest.mark.parametrize("how", ["text", "json", "markdown", "github", "gitlab"])
def test_answers_of_the_api_do_nothing_in_a_plan(stage: Stage, evil: str, how: str) -> None:
    stage.write(DOCS)
    result = stage.plan("-o", how, "-v", "--api-url", evil)
    assert "add-mask" in result.out + result.err or how == "gitlab"
    assert_inert(result)


@pytest.mark.parametrize("how", ["text", "json"])
def test_answers_of_the_api_do_nothing_in_an_apply(stage: Stage, evil: str, how: str) -> None:
    stage.write(DOCS)
    result = stage.apply("-o", how, "--api-url", evil)
    assert result.code == 1
    assert "add-mask" in result.out + result.err
    assert_inert(result)


@pytest.mark.parametrize("how", ["text", "json", "markdown", "github"])
def test_descriptions_of_others_do_nothing_in_a_plan(stage: Stage, how: str) -> None:
    made = stage.call(
        "POST", "/indexes/docs-prod/backups", {"name": "x", "description": f"{EVIL} @everyone"}
    )
    stage.advance(60)
    stage.write(ADOPTED.format(id=made["backup_id"]))
    result = stage.plan("-o", how)
    assert "everyone" in result.out
    assert_inert(result)


def test_addresses_of_data_do_nothing_in_a_rehearsal(stage: Stage) -> None:
    stage.write(
        """
        version: 1
        imports:
          docs: {index: docs-prod, uri: "s3://bucket/##[add-mask]delete"}
        """
    )
    result = stage.rehearse()
    assert result.code == 0
    assert "add-mask" in result.err
    assert_inert(result)

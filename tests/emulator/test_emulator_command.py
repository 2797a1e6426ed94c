"""`reconciler emulate` as a process: what it keeps when it is killed, and who can reach it."""

import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from emulator import watched
from emulator.published import OUR_VERSION

PATIENCE_SECONDS = 20
INDEX = {
    "name": "docs",
    "dimension": 2,
    "spec": {"serverless": {"cloud": "aws", "region": "us-east-1"}},
}


@contextmanager
def emulate(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start the command on a free port, and give its URL when it is ready."""
    with subprocess.Popen(
        watched.command("emulate", "--port", "0", *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **watched.environment()},
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().rpartition(" ")[2].strip(), process
        finally:
            process.kill()


def ask(url: str, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401
    data = None if body is None else json.dumps(body).encode()
    headers = {"Api-Key": "any", "X-Pinecone-Api-Version": "2025-10"}
    request = urllib.request.Request(url + path, data, headers, method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as response:  # noqa: S310
        read = response.read()
    return json.loads(read) if read else None


def test_what_was_answered_is_there_after_a_kill(tmp_path: Path) -> None:
    folder = str(tmp_path / "kept")
    with emulate("--data", folder, "--job-seconds", "0") as (url, process):
        host = ask(url, "POST", "/indexes", INDEX)["host"]
        vectors = {"vectors": [{"id": "one", "values": [0.5, 1]}]}
        ask(host, "POST", "/vectors/upsert", vectors)
        made = [ask(url, "POST", "/indexes/docs/backups", {})["backup_id"] for _ in range(3)]
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_SECONDS)
    with emulate("--data", folder) as (url, _):
        listed = ask(url, "GET", "/backups?limit=100")["data"]
        assert sorted(each["backup_id"] for each in listed) == sorted(made)
        assert [each["record_count"] for each in listed] == [1, 1, 1]
        host = ask(url, "GET", "/indexes/docs")["host"]
        assert host.startswith(url)
        assert ask(host, "GET", "/vectors/fetch?ids=one")["vectors"]["one"]["values"] == [0.5, 1]


def test_a_folder_that_another_emulator_uses_is_refused(tmp_path: Path) -> None:
    with (
        emulate("--data", str(tmp_path)) as (url, _),
        emulate("--data", str(tmp_path)) as (nothing, second),
    ):
        assert url.startswith("http://127.0.0.1:")
        assert nothing == ""
        assert second.wait(PATIENCE_SECONDS) == 1
        assert second.stderr is not None
        said = second.stderr.read()
    assert "locked" in said
    assert "give --data another folder" in said


def test_a_host_that_others_can_reach_is_served_with_a_warning() -> None:
    with emulate("--host", "0.0.0.0", "--quirks") as (url, process):  # noqa: S104
        port = url.rpartition(":")[2]
        model = ask(f"http://127.0.0.1:{port}", "GET", "/models/llama-text-embed-v2")
        assert model["supported_metrics"] == ["Cosine", "DotProduct"]
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert said.startswith("Warning: 0.0.0.0 can be reached by others")


@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "10000001"])
@pytest.mark.parametrize("option", ["--list-lag", "--job-seconds"])
def test_seconds_that_no_clock_can_count_are_refused(option: str, seconds: str) -> None:
    with emulate(option, seconds) as (nothing, process):
        assert nothing == ""
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 64
    assert f"Invalid value for '{option}'" in said
    assert "must be from 0 to 10000000" in said


def test_what_a_process_answers_is_watched_too() -> None:
    with emulate() as (url, _):
        ask(url, "POST", "/indexes", INDEX)
        document = ask(url, "GET", "/_emulator/snapshot")
        document["objects"]["indexes"]["docs"]["spec"]["serverless"]["cloud"] = "-1"
        ask(url, "PUT", "/_emulator/snapshot", document)
        newest = {"Api-Key": "any", "X-Pinecone-Api-Version": OUR_VERSION}
        request = urllib.request.Request(f"{url}/indexes", headers=newest)  # noqa: S310
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as response:  # noqa: S310
            assert response.status == 200
        (wrong,) = watched.take_notes()
    assert f"list_indexes {OUR_VERSION} 200: " in wrong

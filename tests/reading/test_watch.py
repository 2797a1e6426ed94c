"""`get --watch` looks until nothing runs: lines in a pipe, a table in its place on a terminal."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from reading.conftest import Get
from reading.server import NOT_FOUND, Page, Stub, page

JOB = "06b08366-a0a9-404d-96c2-e791c71743e5"
OLD = "4902f735-b876-4e53-a05c-bc01d99251cb"
ONE, ALL = f"/restore-jobs/{JOB}", "/restore-jobs?limit=100"
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def job(status: str, percent: int | None = None, name: str = JOB) -> dict[str, Any]:
    found = {"restore_job_id": name, "target_index_name": "docs-recovered", "status": status}
    return found if percent is None else {**found, "percent_complete": percent}


def jobs(*found: dict[str, Any]) -> Page:
    return page({"data": list(found)})


def test_one_job_is_followed_to_its_end(get: Get, stub: Stub) -> None:
    stub.pages[ONE] = [page(job("Pending")), page(job("Pending", 50)), page(job("Completed", 100))]
    shown = get("restore-jobs", JOB, "--watch", "-o", "json")
    assert shown.code == 0
    assert json.loads(shown.out)["status"] == "Completed"
    assert shown.err.splitlines() == [
        f"restore job {JOB}: Pending",
        f"restore job {JOB}: Pending, 50 %",
        f"restore job {JOB}: Completed, 100 %",
    ]
    assert stub.asked == [ONE] * 3


def test_a_job_found_by_name_is_followed_by_its_id(get: Get, stub: Stub) -> None:
    stub.pages[ALL] = jobs(job("Pending"))
    stub.pages[ONE] = page(job("Completed"))
    assert get("restore-jobs", "docs-recovered", "--watch").code == 0
    assert stub.asked == [ALL, ONE]


def test_what_has_ended_is_shown_at_once(get: Get, stub: Stub) -> None:
    stub.pages[ALL] = jobs(job("Completed"), job("Failed", name=OLD))
    shown = get("restore-jobs", "--watch")
    assert (shown.code, shown.err, len(stub.asked)) == (0, "", 1)
    assert "Failed" in shown.out


def test_what_was_watched_and_failed_is_exit_1(get: Get, stub: Stub) -> None:
    stub.pages[ALL] = [
        jobs(job("Pending"), job("Failed", name=OLD)),
        jobs(job("Failed"), job("Failed", name=OLD)),
    ]
    shown = get("restore-jobs", "--watch")
    assert shown.code == 1
    assert f"watched-failed: restore job {JOB}: Failed" in shown.err
    assert f"restore job {OLD}" not in shown.err


def test_an_answer_that_fails_says_nothing_about_the_job(get: Get, stub: Stub) -> None:
    stub.pages[ONE] = [page(job("Pending")), NOT_FOUND, NOT_FOUND, page(job("Completed"))]
    shown = get("restore-jobs", JOB, "--watch")
    assert shown.code == 0
    assert shown.err.count("no news: describe_restore_job was refused with 404") == 2


def test_what_is_not_found_three_times_is_gone(get: Get, stub: Stub) -> None:
    stub.pages[ONE] = [page(job("Pending")), NOT_FOUND]
    shown = get("restore-jobs", JOB, "--watch")
    assert (shown.code, shown.out) == (1, "")
    assert "error: not-found" in shown.err


def test_a_key_that_is_refused_meanwhile_ends_it(get: Get, stub: Stub) -> None:
    stub.pages[ONE] = [page(job("Pending")), page(b"no", 401)]
    assert get("restore-jobs", JOB, "--watch").code == 9


def test_a_watch_that_takes_too_long_is_exit_8(get: Get, stub: Stub) -> None:
    stub.pages[ONE] = page(job("NobodyKnows"))
    shown = get("restore-jobs", JOB, "--watch", "--timeout", "0s")
    assert shown.code == 8
    assert f"watch-deadline: restore job {JOB} is still running" in shown.err


def start(stub: Stub, *arguments: str, **streams: Any) -> "subprocess.Popen[bytes]":  # noqa: ANN401
    environment = {**os.environ, "PINECONE_API_KEY": "k", "PINECONE_CONTROLLER_HOST": stub.url}
    environment.pop("NO_COLOR", None)
    return subprocess.Popen(
        [sys.executable, "-m", "reconciler", "get", *arguments],
        env={**environment, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"},
        **streams,
    )


@contextmanager
def asked(stub: Stub, times: int) -> Iterator[None]:
    """Go on as soon as so many requests have come."""
    until = time.monotonic() + 20
    while len(stub.asked) < times:
        assert time.monotonic() < until
        time.sleep(0.01)
    yield


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once_and_quietly(stub: Stub, number: signal.Signals) -> None:
    stub.pages[ONE] = page(job("Pending"))
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = start(stub, "restore-jobs", JOB, "--watch", **pipes)
    with asked(stub, 1):
        time.sleep(0.3)
        process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 128 + number
    assert out == b""
    assert b"Traceback" not in err


def on_terminal(stub: Stub, arguments: Sequence[str]) -> str:
    """Run on a terminal and give all that was written to it."""
    ours, theirs = pty.openpty()
    process = start(stub, *arguments, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    written = b""
    while True:
        try:
            piece = os.read(ours, 65_536)
        except OSError:  # the last one to hold the terminal has let go of it
            piece = b""
        if not piece:
            break
        written += piece
    os.close(ours)
    assert process.wait(timeout=10) == 0
    return written.decode()


def test_on_a_terminal_a_table_stays_in_its_place(stub: Stub) -> None:
    stub.pages[ALL] = [jobs(job("Pending")), jobs(job("Pending", 50)), jobs(job("Completed", 100))]
    written = on_terminal(stub, ["restore-jobs", "--watch"])
    assert "\x1b[1A" in written or "\x1b[2K" in written
    assert "\x1b[33m" in written
    last = ANSI.sub("", written).replace("\r", "").rstrip("\n").splitlines()[-2:]
    assert last[0].split() == ["INDEX", "STATUS", "DONE", "TOOK", "AGE", "BACKUP", "ID"]
    assert last[1].split()[:4] == ["docs-recovered", "Completed", "100", "%"]
    assert f"restore job {JOB}" not in written


def test_on_a_terminal_a_list_has_colour_and_fits(stub: Stub) -> None:
    stub.pages[ALL] = jobs(job("Pending"))
    written = on_terminal(stub, ["restore-jobs"])
    assert "\x1b[1m" in written
    assert all(len(ANSI.sub("", line)) <= 80 for line in written.splitlines())

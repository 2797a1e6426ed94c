"""Several runs on one state: one works, the others say who it is, and nothing is made twice."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rehearsal.stage import DOCS, Stage

SEVERAL = """
version: 1
backups:
  one: {index: docs-prod}
  two: {index: docs-prod}
restores:
  again: {from: {backup: one}}
"""
AGAIN = """restores:
  again: {from: {backup: docs}}
"""


def begun(stage: Stage, then: str = AGAIN) -> "subprocess.Popen[str]":
    """Start an apply, and wait until it has made its backup and waits for it.

    It holds the state while something is to be done after that.
    """
    stage.knobs(backup_seconds=600)
    stage.write(DOCS + then)
    process = stage.start("apply", "conf", "--auto-approve")
    while not stage.committed("create_backup"):
        time.sleep(0.02)
    return process


def check_one(stage: Stage) -> None:
    """What is declared is there, once, and another plan has nothing to do."""
    assert stage.committed("create_backup") == 1
    assert len(stage.backups()) == 1
    assert stage.plan().code == 0


@pytest.mark.parametrize("count", [2, 8])
def test_of_several_applies_at_once_one_works_and_the_others_name_it(
    stage: Stage, count: int
) -> None:
    stage.write(SEVERAL)
    processes = {}
    for _ in range(count):
        process = stage.start("apply", "conf", "--auto-approve")
        processes[process.pid] = process
    holders = set()
    codes = []
    for process in processes.values():
        _, err = process.communicate(timeout=60)
        codes.append(process.returncode)
        if process.returncode == 4:
            found = re.search(r"is locked by .* \(process (\d+)\) since .* for apply", err)
            # A note may not be written yet, or be emptied already, when it is read.
            assert found or "is locked by another run" in err
            holders |= {int(found[1])} if found else set()
    assert set(codes) <= {0, 4}
    assert codes.count(0) >= 1
    assert holders <= {pid for pid, one in processes.items() if one.returncode == 0}
    assert stage.apply().code == 0
    assert stage.committed("create_backup") == 2
    assert stage.committed("create_index_from_backup_operation") == 1
    assert stage.plan().code == 0


def test_a_second_apply_comes_in_while_the_first_only_waits(stage: Stage) -> None:
    first = begun(stage, then="")
    second = stage.start("apply", "conf", "--auto-approve", "--lock-timeout", "30s")
    try:
        plans = (stage.plan() for _ in range(50))
        planned = next(one for one in plans if "holds the state" not in one.err)
        assert "still running" in planned.out
        stage.write(DOCS + "imports:\n  november: {index: docs-prod, uri: s3://b/november}\n")
        third = stage.apply("--no-wait", "--lock-timeout", "30s")
        assert third.code == 0, third.err
    finally:
        stage.advance(3600)
        ends = [process.communicate(timeout=60) for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], ends
    assert "only waiting is left" in ends[0][1]
    assert stage.apply().code == 0
    assert len(stage.imports()) == 1
    check_one(stage)


def test_a_stopped_holder_keeps_the_lock_and_ends_cleanly_when_it_goes_on(stage: Stage) -> None:
    holder = begun(stage)
    try:
        os.kill(holder.pid, signal.SIGSTOP)
        stage.advance(3600)  # the longest lease there ever was would be over
        for _ in range(2):
            refused = stage.apply()
            assert refused.code == 4
            assert f"(process {holder.pid})" in refused.err
            assert "hint: wait for that run, as --lock-timeout 10m does" in refused.err
    finally:
        os.kill(holder.pid, signal.SIGCONT)
    _, err = holder.communicate(timeout=60)
    assert holder.returncode == 0, err
    check_one(stage)


def first_line(process: "subprocess.Popen[str]") -> str:
    """Wait for the first thing that a run says on stderr."""
    assert process.stderr is not None
    return process.stderr.readline().rstrip()


def test_a_run_that_waits_for_the_lock_goes_on_when_its_holder_is_killed(stage: Stage) -> None:
    holder = begun(stage)
    waiting = stage.start("apply", "conf", "--auto-approve", "--lock-timeout", "60s")
    told = first_line(waiting)
    holder.kill()
    holder.communicate()
    stage.advance(600)
    _, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 0, err
    named = rf"is locked by .* \(process {holder.pid}\) since .* for apply .*"
    assert re.search(rf"{named}; waiting up to 60 s for it$", told)
    assert "waiting up to" not in err
    check_one(stage)


def test_a_run_that_waits_for_the_lock_can_be_interrupted(stage: Stage) -> None:
    holder = begun(stage)
    waiting = stage.start("apply", "conf", "--auto-approve", "--lock-timeout", "10m")
    try:
        assert "waiting up to 600 s for it" in first_line(waiting)
        waiting.send_signal(signal.SIGINT)
        _, err = waiting.communicate(timeout=10)
        assert waiting.returncode == 130, err
    finally:
        waiting.kill()
        stage.advance(600)
        holder.communicate(timeout=60)
    check_one(stage)


def to_newer_checkpoint(state: Path) -> Path:
    path = state / "default.json"
    path.write_bytes(path.read_bytes().replace(b'"format": 2', b'"format": 3'))
    return path


def to_newer_journal(state: Path) -> Path:
    path = state / "default.json.journal"
    path.write_bytes(b"journal3 0000000017 a later one\n")
    return path


@pytest.mark.parametrize("change", [to_newer_checkpoint, to_newer_journal])
def test_a_state_of_a_newer_version_is_refused_untouched(
    stage: Stage, change: Callable[[Path], Path]
) -> None:
    stage.write(DOCS)
    assert stage.apply().code == 0
    path = change(stage.folder / "state")
    before = path.read_bytes()
    for result in (stage.plan(), stage.apply(), stage.run("state", "list")):
        assert result.code == 1
        assert f"state/{path.name} has format 3" in result.err
    assert path.read_bytes() == before
    assert stage.committed("create_backup") == 1

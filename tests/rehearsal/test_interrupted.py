"""Ctrl-C and SIGTERM: nothing new, state saved, and the next run goes on."""

import json
import signal
import time
from collections.abc import Callable

import pytest
from proofs.signals import AFTER, HELD, TWICE, Case, Request, Undisturbed, interrupt, undisturbed
from rehearsal.stage import Stage

CONFIGURATION = """
version: 1
backups:
  one: {index: docs-prod}
  two: {index: docs-prod}
restores:
  docs-recovered: {from: {backup: one}}
"""


LOADED = """
version: 1
imports:
  one: {index: docs-prod, uri: s3://acme-vectors/one}
  two: {index: docs-prod, uri: s3://acme-vectors/two}
  three: {index: docs-prod, uri: s3://acme-vectors/three}
"""


RESTORED = """
version: 1
backups: {docs: {index: docs-prod}}
restores: {again: {from: {backup: docs}}}
"""


def seconds_of(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_apply_ends_soon_and_goes_on_later(
    stage: Stage, number: signal.Signals, code: int
) -> None:
    stage.knobs(backup_seconds=600)
    stage.write(CONFIGURATION)
    process = stage.start("apply", "conf", "--auto-approve")
    while stage.committed("create_backup") < 2:
        time.sleep(0.02)
    own = seconds_of(lambda: stage.run("validate", "conf"))  # a process's own, on this machine
    process.send_signal(number)
    assert seconds_of(lambda: process.wait(timeout=60)) < 5 + max(own, 0.5)
    out, _ = process.communicate()
    assert process.returncode == code
    assert "Apply incomplete." in out
    said = " ".join(out.split())
    assert said.count("still being created when interrupted") == 2
    stage.advance(600)
    assert stage.apply().code == 0
    assert stage.committed("create_backup") == 2
    assert stage.committed("create_index_from_backup_operation") == 1
    assert stage.plan().code == 0


def test_three_imports_that_were_interrupted_are_taken_up_and_none_is_started_again(
    stage: Stage,
) -> None:
    stage.knobs(import_seconds=600)
    stage.write(LOADED)
    process = stage.start("apply", "conf", "--auto-approve")
    while stage.committed("startBulkImport") < 3:
        time.sleep(0.02)
    stage.advance(300)
    assert [one["status"] for one in stage.imports()] == ["InProgress"] * 3
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Apply incomplete." in out
    started = {one["id"] for one in stage.imports()}
    assert held(stage) == started
    steps = [step["operation"] for step in stage.plan_json()["steps"]]
    assert steps == ["wait", "wait", "wait"]

    stage.advance(300)
    assert "Apply complete!" in stage.apply().out
    assert [one["status"] for one in stage.imports()] == ["Completed"] * 3
    assert {one["id"] for one in stage.imports()} == started == held(stage)
    assert stage.committed("startBulkImport") == 3
    assert stage.plan().code == 0


def held(stage: Stage) -> set[str]:
    """Give the ids of all that state holds."""
    return {one["id"] for one in json.loads(stage.run("state", "list", "-o", "json").out)}


def test_a_deadline_leaves_the_job_to_the_next_run(stage: Stage) -> None:
    stage.knobs(backup_seconds=600)
    stage.write("version: 1\nbackups: {one: {index: docs-prod}}\n")
    result = stage.apply("--timeout", "1s")
    assert result.code == 8
    assert "the deadline passed" in result.out
    stage.advance(600)
    assert stage.apply().code == 0
    assert stage.committed("create_backup") == 1


def test_no_wait_starts_jobs_and_leaves_them(stage: Stage) -> None:
    stage.knobs(backup_seconds=600)
    stage.write("version: 1\nbackups: {one: {index: docs-prod}}\n")
    started = stage.apply("--no-wait")
    assert started.code == 0
    assert "Apply started; 1 job still running." in started.out
    plan = stage.plan()
    assert plan.code == 2
    assert "= backup.one" in plan.out
    stage.advance(600)
    assert stage.apply().code == 0
    assert stage.plan().code == 0


def test_no_wait_is_partly_applied_while_a_restore_waits_for_its_backup(stage: Stage) -> None:
    stage.knobs(backup_seconds=600, restore_seconds=600)
    stage.write(RESTORED)
    first = stage.apply("--no-wait")
    assert first.code == 3, "the restore has not begun, and needs another run"
    assert "skipped: create restore.again: create backup.docs is not done yet" in first.out
    stage.advance(600)
    assert stage.apply("--no-wait").code == 0, "all that is left is a job and its check"
    stage.advance(600)
    assert stage.apply().code == 0
    assert stage.plan().code == 0


def test_a_restore_that_is_not_whole_fails_verification_and_is_never_restored_again(
    stage: Stage,
) -> None:
    stage.knobs(stats_lag_seconds=3600)
    stage.write(RESTORED)
    result = stage.apply("--verify-timeout", "1s")
    assert result.code == 7
    assert "not whole" in result.out
    assert "the backup has 200" in result.out
    again = stage.apply("--verify-timeout", "1s")
    assert again.code == 7
    stage.advance(4000)
    assert stage.apply().code == 0
    assert stage.committed("create_index_from_backup_operation") == 1
    assert stage.plan().code == 0


def test_late_counts_are_waited_for(stage: Stage) -> None:
    stage.knobs(stats_lag_seconds=1.5)
    stage.write(RESTORED)
    result = stage.apply()
    assert result.code == 0
    assert len(stage.log("describeIndexStats")) >= 3  # once for the plan, then until they fit


@pytest.fixture(scope="module")
def run() -> Undisturbed:
    return undisturbed()


@pytest.mark.parametrize(
    ("operation", "when", "number"),
    [
        ("list_project_backups", HELD, signal.SIGTERM),
        ("create_backup", HELD, signal.SIGINT),
        ("create_backup", AFTER, signal.SIGTERM),
        ("create_backup", TWICE, signal.SIGINT),
    ],
)
def test_a_signal_at_a_request_ends_the_run_in_time_and_the_next_converges(
    operation: str, when: str, number: signal.Signals, run: Undisturbed
) -> None:
    """`prove.py signals` does this at every request."""
    case = Case(Request(operation, 1), number, when)
    assert interrupt(case, run).wrong == ()

"""Whatever happens to the answer of a create, there is exactly one object afterwards."""

import signal
import subprocess
import time

import pytest
from proofs.ambiguous_create import (
    CREATES,
    FAULTS,
    SPOILT,
    Create,
    Objects,
    converge,
    make_pod,
    objects,
)
from rehearsal.stage import Stage

from reconciler.emulator.samples import sample, seed
from reconciler.emulator.server import Server
from reconciler.emulator.service import Emulator, Knobs

CONFIGURATIONS = {create.operation: create.configuration for create in CREATES}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("create", CREATES, ids=str)
def test_one_object_after_a_lost_answer(stage: Stage, create: Create, fault: str) -> None:
    if create.of_pods:
        make_pod(stage)
    before = objects(stage, create)
    assert converge(stage, create, {**FAULTS[fault], **SPOILT["first"]}) is not None
    assert objects(stage, create) - before == Objects(1, 1)


@pytest.mark.parametrize("create", CREATES, ids=str)
def test_one_object_after_a_create_that_never_arrived(stage: Stage, create: Create) -> None:
    if create.of_pods:
        make_pod(stage)
    stage.write(create.configuration)
    stage.fault(create.operation, "status", when="before", status=503)
    assert stage.apply().code == 0
    assert stage.committed(create.operation) == 1
    assert stage.plan().code == 0


def test_one_object_even_when_lists_lag(stage: Stage) -> None:
    stage.advance(60)
    stage.knobs(list_lag_seconds=1.0)
    stage.variables["RECONCILER_SETTLE_WINDOW"] = "3s"
    stage.write(CONFIGURATIONS["create_backup"])
    stage.fault("create_backup", "drop")
    assert stage.apply().code == 0
    assert stage.committed("create_backup") == 1


def test_a_second_object_is_named_when_the_api_outlasts_the_window(stage: Stage) -> None:
    stage.advance(60)
    stage.knobs(list_lag_seconds=30.0)
    stage.write(CONFIGURATIONS["create_backup"])
    stage.fault("create_backup", "drop")
    assert stage.apply().code == 0
    assert stage.committed("create_backup") == 2
    stage.advance(60)
    planned = stage.plan()
    assert planned.code == 0
    assert "1 duplicate of ours" in planned.out
    assert all("[rcl:" in one["description"] for one in stage.backups())


EVERYTHING = """
version: 1
backups: {docs: {index: docs-prod}, more: {index: docs-prod}}
restores: {docs-recovered: {from: {backup: docs}}, more-recovered: {from: {backup: more}}}
imports: {november: {index: docs-prod, uri: s3://b/november}}
"""
DECLARED = {"create_backup": 2, "create_index_from_backup_operation": 2, "startBulkImport": 1}
POINTS = 20
AT_ONCE = {"backup_seconds": 0.0, "restore_seconds": 0.0, "import_seconds": 0.0}


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> int:
    """Count the requests of one whole run; jobs end at once, so that each run sends as many."""
    emulator = Emulator(knobs=Knobs(**AT_ONCE))
    seed(emulator, sample(["docs-prod"]))
    with Server(emulator) as server:
        stage = Stage(server.url, tmp_path_factory.mktemp("counted"))
        stage.write(EVERYTHING)
        before = len(stage.log())
        assert stage.apply().code == 0
        return len(stage.log()) - before


@pytest.mark.parametrize("point", range(POINTS))
def test_one_object_after_sigkill(stage: Stage, requests: int, point: int) -> None:
    """Kill at twenty requests, spread from the first to the last: done, and not yet answered."""
    assert requests >= POINTS
    stage.knobs(**AT_ONCE)
    stage.write(EVERYTHING)
    number = 1 + point * (requests - 1) // (POINTS - 1)
    stage.fault("any", "delay", "after", delay_seconds=25, every=number)
    before = len(stage.log())
    process = stage.start("apply", "conf", "--auto-approve")
    wait_for_requests(stage, process, before + number)
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
    stage.clear_faults()
    again = stage.apply()
    assert again.code == 0, again.err
    assert {one: stage.committed(one) for one in DECLARED} == DECLARED
    assert stage.plan().code == 0


def wait_for_requests(stage: Stage, process: "subprocess.Popen[str]", number: int) -> None:
    """Wait until the emulator has seen so many requests, or the process has ended."""
    until = time.monotonic() + 20
    while len(stage.log()) < number and process.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.01)

"""Whatever happens to the answer of a create, there is exactly one object afterwards."""

import signal
import time

import pytest
from proofs.ambiguous_create import CREATES, FAULTS, SPOILT, Create, Objects, converge, objects
from rehearsal.stage import Stage

CONFIGURATIONS = {create.operation: create.configuration for create in CREATES}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("create", CREATES, ids=str)
def test_one_object_after_a_lost_answer(stage: Stage, create: Create, fault: str) -> None:
    before = objects(stage, create)
    assert converge(stage, create, {**FAULTS[fault], **SPOILT["first"]}) is not None
    assert objects(stage, create) - before == Objects(1, 1)


@pytest.mark.parametrize("operation", CONFIGURATIONS)
def test_one_object_after_a_create_that_never_arrived(stage: Stage, operation: str) -> None:
    stage.write(CONFIGURATIONS[operation])
    stage.fault(operation, "status", when="before", status=503)
    assert stage.apply().code == 0
    assert stage.committed(operation) == 1
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


@pytest.mark.parametrize("point", range(20))
def test_one_object_after_sigkill(stage: Stage, point: int) -> None:
    """Kill at twenty points spread over the run, counted in requests and then in milliseconds."""
    stage.write(
        CONFIGURATIONS["create_index_from_backup_operation"]
        + CONFIGURATIONS["startBulkImport"].removeprefix("version: 1\n")
    )
    seeded = len(stage.log())
    process = stage.start("apply", "conf", "--auto-approve")
    wait_for_requests(stage, process, seeded + point * 2)
    time.sleep(point % 5 * 0.004)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
    again = stage.apply()
    assert again.code == 0, again.err
    for operation in ("create_backup", "create_index_from_backup_operation", "startBulkImport"):
        assert stage.committed(operation) == 1
    assert stage.plan().code == 0


def wait_for_requests(stage: Stage, process: object, number: int) -> None:
    """Wait until the emulator has seen so many requests, or the process has ended."""
    for _ in range(2000):
        if len(stage.log()) >= number or process.poll() is not None:  # type: ignore[attr-defined]
            return
        time.sleep(0.005)

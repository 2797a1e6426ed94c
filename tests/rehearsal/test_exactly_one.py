"""Whatever happens to the answer of a create, there is exactly one object afterwards."""

import signal
import time

import pytest
from rehearsal.stage import Stage

CONFIGURATIONS = {
    "create_backup": "version: 1\nbackups: {docs: {index: docs-prod}}\n",
    "create_index_from_backup_operation": (
        "version: 1\nbackups: {docs: {index: docs-prod}}\n"
        "restores: {docs-recovered: {from: {backup: docs}}}\n"
    ),
    "startBulkImport": "version: 1\nimports: {november: {index: docs-prod, uri: s3://b/november}}\n",
}
SPOILT: dict[str, dict[str, object]] = {
    "dropped": {"kind": "drop"},
    "500": {"kind": "status", "status": 500},
    "504": {"kind": "status", "status": 504},
    "HTML 200": {"kind": "html"},
    "truncated": {"kind": "truncate"},
}


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("operation", CONFIGURATIONS)
def test_one_object_after_a_lost_answer(stage: Stage, operation: str, spoilt: str) -> None:
    stage.write(CONFIGURATIONS[operation])
    stage.fault(operation, **SPOILT[spoilt])  # type: ignore[arg-type]
    if stage.apply().code != 0:
        assert stage.apply().code == 0
    assert stage.committed(operation) == 1
    assert stage.plan().code == 0


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
    for operation in CONFIGURATIONS:
        assert stage.committed(operation) == 1
    assert stage.plan().code == 0


def wait_for_requests(stage: Stage, process: object, number: int) -> None:
    """Wait until the emulator has seen so many requests, or the process has ended."""
    for _ in range(2000):
        if len(stage.log()) >= number or process.poll() is not None:  # type: ignore[attr-defined]
            return
        time.sleep(0.005)

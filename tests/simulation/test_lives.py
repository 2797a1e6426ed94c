"""Lives that chance finds too seldom for the suite, told rule by rule and judged as the rest."""

from simulation.machine import Machine

from reconciler.emulator.service import Knobs
from reconciler.model.address import Address
from reconciler.model.plan import Permissions


def _begun() -> Machine:
    life = Machine()
    life.begin(whole=True, applied=True)
    life.nothing_is_wrong()
    return life


def _ask_for_another(life: Machine, address: Address) -> None:
    life.allowed = Permissions(deletes=True, replace=frozenset({address}))


def test_what_the_quota_refuses_is_not_told_as_made() -> None:
    life = Machine()
    life.begin(whole=True, applied=False)
    life.turn_knobs(Knobs(backup_quota=1))
    life.apply()
    life.nothing_is_wrong()
    assert life.did["create failed"] == 1
    life.teardown()


def test_a_replacement_whose_delete_is_left_is_not_made_twice() -> None:
    life = _begun()
    life.world.fault("delete_backup", "status", when="before", status=500, times=99)
    _ask_for_another(life, Address("backup", "kept"))
    for _ in range(2):
        life.apply()
        life.nothing_is_wrong()
    assert life.world.committed("create_backup") == 3
    life.world.send("DELETE", "/_emulator/faults")
    life.teardown()


def test_an_import_that_is_asked_for_once_more_is_not_started_while_it_runs() -> None:
    life = _begun()
    life.turn_knobs(Knobs(import_seconds=90_000))
    life.declare_import("december", "", cancelled=False)
    life.apply()
    _ask_for_another(life, Address("import", "december"))
    life.apply()
    life.nothing_is_wrong()
    assert life.world.committed("startBulkImport") == 2
    life.teardown()


def test_a_backup_that_is_declared_otherwise_is_not_as_declared() -> None:
    life = _begun()
    life.declare_backup("kept", "two", ("replace", "delete", False))
    life.allowed = Permissions(deletes=True)
    judged = life.did["plan judged"]
    life.plan()
    life.nothing_is_wrong()
    assert life.did["plan judged"] == judged + 1
    life.teardown()


def test_an_import_with_another_trigger_has_not_run_yet() -> None:
    life = _begun()
    life.declare_import("november", "t1", cancelled=False)
    judged = life.did["plan judged"]
    life.plan()
    life.nothing_is_wrong()
    assert life.did["plan judged"] == judged + 1
    life.teardown()

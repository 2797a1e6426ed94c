"""examples/disaster-recovery: its page is carried out, command by command, on an emulator."""

import json
import re
import shutil
from pathlib import Path

import pytest
from rehearsal.kit import Machine
from rehearsal.stage import Stage

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "disaster-recovery"
PAGE = (EXAMPLE / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EMULATE, ACCIDENT, SEE, PLAN, RESTORE, HOST, HOSTS, AGAIN = BLOCKS
SERVERLESS = {"serverless": {"cloud": "aws", "region": "us-east-1"}}


@pytest.fixture
def machine(stage: Stage) -> Machine:
    """A machine with the example, and an emulator that holds nothing yet."""
    stage.call("DELETE", "/indexes/docs-prod")
    return Machine(stage, {"PINECONE_API_KEY": "any"}, EXAMPLE)


def carry_out(machine: Machine, block: str) -> str:
    """Run the commands of one block; they must all end well."""
    result = machine.bash(block, {}, ("-euo", "pipefail"))
    assert result.code == 0, result.err
    return result.out


def test_index_is_back_under_its_new_name_after_the_steps_of_the_page(
    stage: Stage, machine: Machine
) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed: the page makes and deletes its index with it")
    carry_out(machine, ACCIDENT)
    assert stage.call("GET", "/indexes")["indexes"] == []
    (left,) = stage.backups()
    assert left["record_count"]
    assert re.search(rf"docs-prod +Ready .*{left['backup_id']}", carry_out(machine, SEE))

    planned = carry_out(machine, PLAN)
    assert f"backup:               {left['backup_id']}   {left['record_count']:,} " in planned
    assert "Plan: 1 to add, 0 to change, 0 to destroy." in planned
    applied = carry_out(machine, RESTORE)
    host = stage.call("GET", "/indexes/docs-recovered")["host"]
    assert f"\n      host  {host}\n" in applied
    assert "done: verify restore.docs-recovered" in applied

    assert re.search(rf"^host: +{host}$", carry_out(machine, HOST), re.MULTILINE)
    (listed,) = json.loads(carry_out(machine, HOSTS))
    assert (listed["host"], listed["verification"]) == (host, "passed")
    assert "No changes." in carry_out(machine, AGAIN)
    recovered = stage.call("POST", f"{stage.host('docs-recovered')}/describe_index_stats", {})
    assert recovered["totalVectorCount"] == left["record_count"]


def test_every_step_can_be_given_again(stage: Stage, machine: Machine) -> None:
    stage.call("POST", "/indexes", {"name": "docs-prod", "dimension": 8, "spec": SERVERLESS})
    stage.call("POST", "/indexes/docs-prod/backups", {"name": "by-hand"})
    stage.advance(5)
    stage.call("DELETE", "/indexes/docs-prod")
    for block in (SEE, PLAN, RESTORE, RESTORE, HOST, HOSTS, AGAIN):
        carry_out(machine, block)
    assert stage.committed("create_index_from_backup_operation") == 1


def test_another_index_is_recovered_with_the_variable(stage: Stage, machine: Machine) -> None:
    assert "`--var lost=NAME`" in PAGE
    stage.call("POST", "/indexes", {"name": "faq-prod", "dimension": 8, "spec": SERVERLESS})
    stage.call("POST", "/indexes/faq-prod/backups", {"name": "by-hand"})
    stage.advance(5)
    (taken,) = stage.backups()
    named = PLAN.replace("recovery.yaml", "--var lost=faq-prod recovery.yaml")
    assert taken["backup_id"] in carry_out(machine, named)


def test_nothing_is_planned_where_no_backup_is_left(machine: Machine) -> None:
    result = machine.bash(PLAN, {})
    assert result.code == 6
    assert "docs-prod" in result.err


def test_practice_runs_where_the_page_says() -> None:
    assert "reconciler emulate --port 5080 &" in EMULATE
    assert "export PINECONE_CONTROLLER_HOST=http://127.0.0.1:5080" in EMULATE

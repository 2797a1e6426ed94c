"""The state file that the code writes is the one that the schema describes."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.config.schemas import load_schema
from reconciler.model.address import Address
from reconciler.model.desired import Lifecycle, OnRemove
from reconciler.model.observed import Marker, Phase
from reconciler.model.state import (
    Binding,
    Entry,
    Intent,
    LastPlan,
    LedgerItem,
    LedgerReason,
    PlanStep,
    State,
    Verification,
)
from reconciler.model.state_json import item_from, item_json, state_from_json, state_json
from reconciler.statefile.codec import Checkpoint, decode_checkpoint, encode_checkpoint
from reconciler.statefile.store import Position

VALIDATOR = Draft202012Validator(load_schema("state"))
PLAN_ID = "cd" * 32
NOW = 1_795_474_634_829_648
ULID = "01M85A1E28Q8DTGGY0V4VMP9GH"
BACKUP = Address("backup", "docs-before")
RESTORE = Address("restore", "docs-recovered")
IMPORT = Address("import", "docs-2026-11")

BINDING = Binding("fb391a62-7ebc-4272-b8a3-bb98bd2ef255", "https://api.pinecone.io", "docs")
ENTRY = Entry(
    address=RESTORE,
    remote_id="docs-recovered",
    fields={"index": "docs-recovered", "from": {"backup": "docs-before"}, "tags": {}},
    phase=Phase.RUNNING,
    recorded_at=NOW,
    facts={"host": None},
    pins={"backup_id": "b-1", "records": 200},
    handle={"stage": "job", "job": "j-1", "index": "docs-recovered"},
    marker=Marker("fb391a62", RESTORE, ULID).as_tag(),
    verification=Verification.PENDING,
    deposed=("old-1",),
    depends_on=(BACKUP,),
    lifecycle=Lifecycle(prevent_destroy=True, on_remove=OnRemove.DELETE),
)
INTENT = Intent(
    ulid=ULID,
    address=IMPORT,
    fields={"index": "docs-prod", "uri": "s3://acme/docs"},
    pins={},
    marker="",
    written_at=NOW,
    before=("1", "2"),
    step=PlanStep(PLAN_ID, "create import.docs-2026-11"),
)
ITEM = LedgerItem(
    address=IMPORT,
    remote_id="1",
    fields={"index": "docs-prod", "uri": "s3://acme/docs"},
    facts={"records": 1000},
    reason=LedgerReason.FINISHED,
    at=NOW,
)
STATE = State(
    binding=BINDING,
    entries={BACKUP: replace(ENTRY, address=BACKUP, handle=None, marker=None), RESTORE: ENTRY},
    intents={ULID: INTENT},
    ledger={ITEM.key: ITEM},
    last_plan=LastPlan(PLAN_ID, frozenset({"create backup.docs-before", "adopt restore.x"})),
)


def written(state: State) -> dict[str, Any]:
    checkpoint = Checkpoint(Position(12, "ab" * 32), state_json(state))
    data = encode_checkpoint(checkpoint, "reconciler 0.1.0")
    assert state_from_json(decode_checkpoint(data, "state.json").state) == state
    document: dict[str, Any] = json.loads(data)
    return document


@pytest.mark.parametrize(
    "state",
    [STATE, State(), replace(STATE, binding=replace(BINDING, project="1a2b3c4"))],
    ids=["full", "empty", "with project"],
)
def test_written_state_meets_the_schema(state: State) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(written(state))] == []


@pytest.mark.parametrize(
    "part", ["binding", "entry", "intent", "ledger_item", "last_plan", "plan_step"]
)
def test_schema_names_every_key_that_is_written(part: str) -> None:
    state = written(STATE)["state"]
    parts: Mapping[str, Mapping[str, Any]] = {
        "binding": state["binding"],
        "entry": state["entries"][0],
        "intent": state["intents"][0],
        "ledger_item": state["ledger"][0],
        "last_plan": state["last_plan"],
        "plan_step": state["intents"][0]["step"],
    }
    described = VALIDATOR.schema["$defs"][part]
    assert set(described["properties"]) == set(described["required"]) == set(parts[part])


def test_items_of_before_do_not_say_whether_they_were_nobodys_child() -> None:
    item = replace(ITEM, unowned=True)
    written_now = item_json(item)
    assert item_from(written_now) == item
    older = {key: value for key, value in written_now.items() if key != "unowned"}
    assert item_from(older) == replace(item, unowned=False)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), 1),
        (("format",), 3),
        (("sha256",), "short"),
        (("position", "sequence"), 0),
        (("state", "entries", 0, "phase"), "done"),
        (("state", "entries", 0, "address"), "no-address"),
        (("state", "entries", 0, "colour"), "blue"),
        (("state", "intents", 0, "attempt"), "1"),
        (("state", "ledger", 0, "reason"), "lost"),
    ],
)
def test_schema_refuses_what_no_run_writes(path: tuple[str | int, ...], value: object) -> None:
    document = written(STATE)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert not VALIDATOR.is_valid(document)


def test_words_of_the_schema_are_words_of_the_model() -> None:
    words = VALIDATOR.schema["$defs"]
    assert set(words["phase"]["enum"]) == {item.value for item in Phase}
    assert set(words["verification"]["enum"]) == {item.value for item in Verification}
    assert set(words["lifecycle"]["properties"]["on_remove"]["enum"]) == {
        item.value for item in OnRemove
    }
    assert set(words["ledger_item"]["properties"]["reason"]["enum"]) == {
        item.value for item in LedgerReason
    }

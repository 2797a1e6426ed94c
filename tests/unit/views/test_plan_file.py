"""A saved plan comes back as it was, and nothing else passes for one."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from golden.case import given_of, load_case
from golden.state import KINDS
from jsonschema import Draft202012Validator

from reconciler.config.schemas import load_schema
from reconciler.errors import PlanFileError
from reconciler.model.address import Address
from reconciler.model.plan import Permissions, Plan
from reconciler.planning.planner import make_plan
from reconciler.views.lines import paint
from reconciler.views.plan_file import decode, encode
from reconciler.views.plan_json import plan_json
from reconciler.views.plan_text import render

GOLDEN = Path(__file__).parents[2] / "golden"
NAMES = sorted(file.parent.name for file in GOLDEN.glob("*/config.yaml"))
SCHEMA = Draft202012Validator(load_schema("plan"))
ALLOWED = Permissions(
    deletes=True,
    max_removals=7,
    last_backups=frozenset({Address("backup", "a")}),
    replace=frozenset({Address("restore", "b")}),
    missing=3,
    take_over=True,
    empty=True,
    new_state=True,
    backup_quota=9,
    targets=frozenset({"backup.*"}),
    excludes=frozenset({"backup.b", "restore.*"}),
    destroy=True,
    expiry=True,
    max_expiries=2,
)


def planned(name: str) -> Plan:
    return make_plan(given_of(load_case(GOLDEN / name), KINDS))


def resealed(document: Mapping[str, Any]) -> bytes:
    """Give a document the checksum that fits it, as somebody would who knows how."""
    rest = {key: value for key, value in document.items() if key != "sha256"}
    text = json.dumps(rest, indent=2) + "\n"
    sealed = {**rest, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    return (json.dumps(sealed, indent=2) + "\n").encode()


@pytest.mark.parametrize("name", NAMES)
def test_plan_comes_back_as_it_was(name: str) -> None:
    plan = planned(name)
    data = encode(plan)
    found = decode(data, "plan.json")
    assert found == replace(plan, refreshes=())
    assert encode(found) == data
    assert paint(render(found, 80), color=True) == paint(render(plan, 80), color=True)
    assert json.dumps(plan_json(found)) == json.dumps(plan_json(plan))


@pytest.mark.parametrize("name", NAMES)
def test_saved_plan_meets_the_schema(name: str) -> None:
    document = json.loads(encode(planned(name)))
    assert [error.message for error in SCHEMA.iter_errors(document)] == []


def test_every_permission_comes_back() -> None:
    assert all(
        getattr(ALLOWED, name) != getattr(Permissions(), name)
        for name in Permissions.__dataclass_fields__
    )
    given = given_of(load_case(GOLDEN / "backup-create"), KINDS)
    plan = make_plan(replace(given, permissions=ALLOWED))
    assert decode(encode(plan), "plan.json").permissions == ALLOWED


def test_every_flipped_bit_is_an_error() -> None:
    data = encode(planned("backup-create"))
    for place in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            with pytest.raises(PlanFileError):
                decode(bytes(flipped), "plan.json")


@pytest.mark.parametrize("name", ["backup-create", "order-everything"])
def test_every_truncation_is_an_error(name: str) -> None:
    data = encode(planned(name))
    for length in range(len(data)):
        with pytest.raises(PlanFileError):
            decode(data[:length], "plan.json")


@pytest.mark.parametrize("version", ["1.1", "2.0", "0.9", "x"])
def test_other_formats_are_named(version: str) -> None:
    document = json.loads(encode(planned("backup-create")))
    with pytest.raises(PlanFileError, match="format") as caught:
        decode(resealed({**document, "format_version": version}), "plan.json")
    assert caught.value.diagnostics[0].reference == "plan-format"


def test_printed_plan_is_not_taken_for_a_saved_one() -> None:
    printed = json.dumps(plan_json(planned("backup-create")), indent=2).encode()
    with pytest.raises(PlanFileError, match="what `plan -o json` prints"):
        decode(printed, "plan.json")


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000, b"NaN"])
def test_what_is_no_plan_is_refused(data: bytes) -> None:
    with pytest.raises(PlanFileError):
        decode(data, "plan.json")


def test_resealed_file_must_still_say_what_its_plan_id_names() -> None:
    document = json.loads(encode(planned("backup-create")))
    assert decode(resealed(document), "plan.json") == planned("backup-create")
    document["saved"]["changes"][0]["wanted"]["index"] = "another"
    with pytest.raises(PlanFileError, match="its id names"):
        decode(resealed(document), "plan.json")
    document = json.loads(encode(planned("backup-create")))
    document["saved"]["permissions"]["deletes"] = True
    with pytest.raises(PlanFileError, match="its id names"):
        decode(resealed(document), "plan.json")


def test_shown_part_cannot_differ_from_the_part_that_is_applied() -> None:
    document = json.loads(encode(planned("backup-create")))
    document["resource_changes"][0]["change"]["after"]["index"] = "another"
    with pytest.raises(PlanFileError, match="its id names"):
        decode(resealed(document), "plan.json")


def test_document_holds_no_host() -> None:
    for name in NAMES:
        assert b"svc." not in encode(planned(name))

"""docs/emulator.md: its requests work, and its tables name what there is, with the defaults."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from reconciler.cli.emulate import command
from reconciler.emulator.connections import Connection
from reconciler.emulator.faults import Kind
from reconciler.emulator.samples import sample, seed
from reconciler.emulator.service import Call, Emulator, Knobs
from reconciler.emulator.wire import BODY_LIMIT_BYTES, Version

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "emulator.md").read_text(encoding="utf-8")
REQUESTS = re.findall(r"^```http\n([A-Z]+) (\S+)\n(.*?)```$", PAGE, re.MULTILINE | re.DOTALL)


def first_cells(head: str) -> list[tuple[str, ...]]:
    """Give the rows of the table with this head, cell by cell."""
    (table,) = re.findall(rf"^\| {head} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [tuple(cell.strip(" `") for cell in row.split("|")[1:-1]) for row in table.splitlines()]


def test_every_request_of_the_page_is_answered() -> None:
    assert len(REQUESTS) == 8
    emulator = Emulator()
    seed(emulator, sample(["docs"]))
    for method, path, body in REQUESTS:
        reply = emulator.handle(Call(method, path, body=body.encode()))
        assert reply.status == 200, (method, path, reply.body)
        assert json.loads(reply.body) is not None


def test_faults_of_the_page_do_what_it_says() -> None:
    emulator = Emulator()
    seed(emulator, sample(["docs"]))
    (script,) = [
        body for method, path, body in REQUESTS if (method, path[-6:]) == ("POST", "faults")
    ]
    emulator.handle(Call("POST", "/_emulator/faults", body=script.encode()))
    call = Call("POST", "/indexes/docs/backups", headers={"Api-Key": "k"}, body=b"{}")
    answered = [emulator.handle(call).status for _ in range(11)]
    assert answered == [0, *[201] * 8, 429, 201]
    assert len(emulator._store.backups) == 10


def test_every_steering_path_is_on_the_page() -> None:
    reply = Emulator().handle(Call("GET", "/_emulator/nothing"))
    known = re.findall(r"(GET|POST|PUT|DELETE) (\w+)", json.loads(reply.body)["error"]["message"])
    shown = {(method, path.removeprefix("/_emulator/")) for method, path, _ in REQUESTS}
    assert set(known) - shown == {("GET", "knobs")}
    assert "`GET` shows them all" in PAGE


def test_knobs_of_the_page_are_those_of_the_code_with_their_defaults() -> None:
    rows = {name: default for name, default, _ in first_cells("knob")}
    assert rows == {each.name: json.dumps(each.default) for each in fields(Knobs)}


def test_kinds_of_faults_of_the_page_are_those_of_the_code() -> None:
    assert [kind for kind, *_ in first_cells("kind")] == [each.value for each in Kind]


def test_options_of_the_page_are_those_of_the_command() -> None:
    options = {option for each in command.params for option in each.opts if option != "--help"}
    assert {option for option, _ in first_cells("option")} == options


@pytest.mark.parametrize("version", Version)
def test_versions_and_limits_of_the_page_are_those_of_the_code(version: Version) -> None:
    assert version.value in PAGE
    assert f"at most {BODY_LIMIT_BYTES // 1_000_000} MB" in PAGE
    assert f"within {Connection.patience_seconds:.0f} seconds" in PAGE

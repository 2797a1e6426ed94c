"""A terminal's lines end before its edge and go on further in; pipes and files get whole lines."""

import pytest
from golden.case import Case, given_of

from reconciler.model.diagnostic import Diagnostic
from reconciler.planning.planner import make_plan
from reconciler.views import diagnostics
from reconciler.views.lines import UNLIMITED
from reconciler.views.plan_text import render

INDEX = {
    "name": "docs-prod",
    "host": "docs-prod-abc1234.svc.pinecone.io",
    "status": {"ready": True},
}
LONG = "a-name-that-is-as-long-as-a-name-may-ever-be1"
URI = f"s3://acme-vectors/{'a-folder/' * 12}2026-11"
CONFIG = f"""
version: 1
backups:
  {LONG}: {{index: docs-prod}}
  docs: {{index: docs-prod}}
imports:
  november: {{index: docs-prod, uri: "{URI}"}}
"""


def planned(width: int) -> list[str]:
    case = Case(CONFIG.encode(), {"backups": [], "indexes": [INDEX]}, None, {})
    return [line.text for line in render(make_plan(given_of(case)), width)]


def told(width: int) -> list[str]:
    summary = "there is no state, but markers of declared addresses were found on 2 live objects"
    hint = "run `reconciler state rebuild` with this configuration to recover it, and look again"
    found = Diagnostic("state-missing", summary, hint)
    return [line.text for line in diagnostics.render([found], width)]


@pytest.mark.parametrize("width", [80, 100])
def test_a_long_value_is_broken_at_its_own_indent(width: int) -> None:
    lines = planned(width)
    first = next(place for place, line in enumerate(lines) if " uri: " in line)
    column = lines[first].index("s3://")
    pieces = [lines[first][column:]]
    for line in lines[first + 1 :]:
        if not line.startswith(" " * column):
            break
        pieces.append(line[column:])
    assert len(pieces) > 1
    assert "".join(pieces) == URI
    assert all(len(line) <= width for line in lines)


@pytest.mark.parametrize("width", [80, 120, UNLIMITED])
def test_actions_stand_in_one_column_beside_a_long_address(width: int) -> None:
    lines = planned(width)
    actions = [line for line in lines if "  create" in line]
    assert len(actions) == 3
    assert len({line.index("create") for line in actions}) == 1
    assert any(line.startswith(f"  + backup.{LONG}") for line in lines)


def test_off_a_terminal_nothing_is_broken() -> None:
    assert any(line.endswith(f"uri:       {URI}") for line in planned(UNLIMITED))
    assert any(f"backup.{LONG}  create     not in state" in line for line in planned(UNLIMITED))
    assert len(told(UNLIMITED)) == 2


def test_errors_go_on_further_in_where_they_are_broken() -> None:
    lines = told(80)
    assert all(len(line) <= 80 for line in lines)
    assert lines == [
        "error: state-missing: there is no state, but markers of declared addresses were",
        "  found on 2 live objects",
        "  hint: run `reconciler state rebuild` with this configuration to recover it,",
        "        and look again",
    ]

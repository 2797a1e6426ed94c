"""Every folder beside this file is a case: what was given, and the board in each of its forms.

`pytest tests/boards --update-golden` rewrites the boards; the diff is what a reviewer reads. The
files that are given are those of `tests/golden`, described there in `case.py`.
"""

import json
from pathlib import Path

import pytest
from golden.case import given_of, load_case
from jsonschema import Draft202012Validator

from reconciler.config.schemas import load_schema
from reconciler.model.board import Board, Freshness
from reconciler.model.values import SECOND
from reconciler.planning.board import make_board
from reconciler.views import prometheus, status_markdown, status_text
from reconciler.views.inert import document
from reconciler.views.lines import paint
from reconciler.views.status_json import status_json

HERE = Path(__file__).parent
CASES = sorted(file.parent for file in HERE.glob("*/config.yaml"))
HOUR = 3600 * SECOND
WIDTH = 80


def board_of(folder: Path) -> Board:
    return make_board(given_of(load_case(folder)), HOUR)


@pytest.mark.parametrize("folder", CASES, ids=[folder.name for folder in CASES])
def test_board_is_as_reviewed(folder: Path, pytestconfig: pytest.Config) -> None:
    board = board_of(folder)
    shown = {
        "status.txt": paint(status_text.render(board, WIDTH), color=False),
        "status.json": document(status_json(board), indent=2) + "\n",
        "status.md": status_markdown.render(board),
        "status.prom": prometheus.render(board),
    }
    for name, text in shown.items():
        if pytestconfig.getoption("--update-golden"):
            (folder / name).write_text(text)
        assert text == (folder / name).read_text()


@pytest.mark.parametrize("folder", CASES, ids=[folder.name for folder in CASES])
def test_board_meets_its_schema_and_the_terminal(folder: Path) -> None:
    Draft202012Validator(load_schema("status")).validate(
        json.loads((folder / "status.json").read_text())
    )
    assert max(map(len, (folder / "status.txt").read_text().splitlines())) <= WIDTH


def test_a_case_shows_every_way_to_stand() -> None:
    shown = {stream.standing for folder in CASES for stream in board_of(folder).streams}
    assert shown == set(Freshness)

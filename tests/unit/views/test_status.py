"""The board in its forms: metrics by the book, text that is inert, pages that are not too long."""

from dataclasses import replace
from pathlib import Path

import pytest
from golden.case import given_of, load_case
from hypothesis import given
from property import markdown
from property.hostile import HOSTILE
from property.test_inert import FEW, MARKDOWN_OF_OURS, WORDS_OF_OURS, is_inert
from unit.views.exposition import parse

from reconciler.model.address import Address
from reconciler.model.board import Board, Copy, Freshness, Held, IndexBoard, Job, Stream, Unread
from reconciler.model.observed import Phase
from reconciler.model.values import SECOND
from reconciler.planning.board import make_board
from reconciler.views import prometheus, status_markdown, status_text
from reconciler.views.inert import inert
from reconciler.views.lines import paint

BOARDS = Path(__file__).parents[2] / "boards"
POLICY = Address("policy", "nightly")


def platform() -> Board:
    return make_board(given_of(load_case(BOARDS / "platform")), 3600 * SECOND)


def board_of(text: str) -> Board:
    """Give a board on which every text of others is this one."""
    held = Held(Address("backup", "nightly--docs--20261123-0100"), text)
    stream = Stream(POLICY, text, Freshness.LATE, due=0, newest=Copy(text, 0), held=(held,))
    job = Job("backup", text, text, Phase.FAILED)
    index = IndexBoard(text, is_there=True, streams=(stream,), jobs=(job,))
    return Board(0, 0, "default", (index,), (Unread(text, text),))


def test_metrics_are_what_prometheus_reads() -> None:
    board = platform()
    found = parse(prometheus.render(board))
    assert {name.partition("_")[0] for name in found.names} == {"reconciler"}
    flags = found.labels("reconciler_backup_late")
    assert len(flags) == len(board.streams)
    for stream in board.streams:
        labels = {
            "configuration": "platform",
            "project": "abc1234",
            "policy": stream.policy.name,
            "index": stream.index,
        }
        for standing in (Freshness.LATE, Freshness.NEVER, Freshness.PAUSED):
            flag = found.value(f"reconciler_backup_{standing.value}", labels)
            assert flag == (stream.standing is standing)
        dated = labels in found.labels("reconciler_backup_newest_timestamp_seconds")
        assert dated == (stream.newest is not None)


def test_times_keep_their_microseconds_and_no_empty_digits() -> None:
    lines = prometheus.render(platform()).splitlines()
    ends = {line.rpartition(" ")[2] for line in lines if "newest_timestamp_seconds{" in line}
    assert {"1795420811.123456", "1795222820"} <= ends


@pytest.mark.parametrize("text", ['a"b', "a\\b", "a\\", 'a\\"b', "a,b}c", "a=b"])
def test_label_values_are_escaped_and_come_out_as_they_went_in(text: str) -> None:
    found = parse(prometheus.render(board_of(text)))
    (labels,) = found.labels("reconciler_backup_late")
    assert labels["index"] == text


@FEW
@given(HOSTILE)
def test_text_of_others_does_nothing_in_any_form(text: str) -> None:
    board = board_of(text)
    assert is_inert(paint(status_text.render(board, 80), color=False))
    metrics = prometheus.render(board)
    assert is_inert(metrics)
    (labels,) = parse(metrics).labels("reconciler_backup_late")
    assert labels["index"] == inert(text)
    page = status_markdown.render(board)
    assert is_inert(page)
    for kind, content in markdown.active(page):
        assert kind in MARKDOWN_OF_OURS
        assert WORDS_OF_OURS.fullmatch(content), (kind, content)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    lines = status_text.render(platform(), width)
    assert max(len(line.text) for line in lines) <= width


def test_page_that_is_too_long_loses_the_end_and_says_so() -> None:
    board = platform()
    fresh = board.indexes[-1]
    many = (*board.indexes, *(replace(fresh, name=f"index-{place}") for place in range(2000)))
    page = status_markdown.render(replace(board, indexes=many), 20_000)
    assert 15_000 < len(page.encode()) <= 20_000
    assert "indexes are left out below.**" in page
    assert "\n! billing: " in page
    assert "\n! search: " in page
    assert "index-1999" not in page


def test_board_without_policies_says_so() -> None:
    board = Board(0, 0, "default", (IndexBoard("docs", is_there=True),))
    assert status_text.summary(board) == "No policy is declared. 1 index without policy."
    assert not board.is_overdue
    assert "reconciler_status_policies{" in prometheus.render(board)


def test_policy_that_selects_nothing_is_overdue_in_every_form() -> None:
    board = Board(0, 0, "default", policies={POLICY: False})
    assert board.is_overdue
    assert status_text.summary(board) == "No policy has an index. 1 policy without index."
    page = status_markdown.render(board)
    for text in (paint(status_text.render(board, 80), color=False), page):
        assert "! policy.nightly: selects no index" in text
    labels = {"configuration": "default", "project": "", "policy": "nightly"}
    found = parse(prometheus.render(board))
    assert found.value("reconciler_policy_selects_nothing", labels) == 1

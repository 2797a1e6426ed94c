"""A policy is late by the times of its backups, and by nothing that a wrong clock could say."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from golden.case import Case, given_of, load_case

from reconciler.model.address import Address
from reconciler.model.board import Board, Freshness, Stream
from reconciler.model.values import SECOND
from reconciler.planning.board import make_board

BOARD = Path(__file__).parents[2] / "boards" / "platform"
HOUR = 3600 * SECOND
NEWEST = "nightly--docs-prod--20261123-0100"


def board_of(case: Case, grace: int = HOUR) -> Board:
    return make_board(given_of(case), grace)


def case_at(now: str) -> Case:
    case = load_case(BOARD)
    return replace(case, options={**case.options, "now": now})


def with_backups(case: Case, **changed: Mapping[str, Any] | None) -> Case:
    """Change live backups by their names, in which `_` stands for `-`; None takes one away."""
    named = {name.replace("_", "-"): fields for name, fields in changed.items()}
    backups = [
        {**one, **(named.get(one["name"]) or {})}
        for one in case.live["backups"]
        if named.get(one["name"], one) is not None
    ]
    return replace(case, live={**case.live, "backups": backups})


def stream(board: Board, index: str, policy: str = "nightly") -> Stream:
    (found,) = [one for one in board.streams if (one.index, one.policy.name) == (index, policy)]
    return found


@pytest.mark.parametrize(
    ("now", "standing"),
    [
        ("2026-11-24T00:59:59Z", Freshness.FRESH),
        ("2026-11-24T01:00:00Z", Freshness.FRESH),
        ("2026-11-24T02:00:00Z", Freshness.FRESH),
        ("2026-11-24T02:00:01Z", Freshness.LATE),
        ("2027-11-24T02:00:01Z", Freshness.LATE),
    ],
)
def test_policy_is_late_once_a_slot_and_its_grace_have_passed(
    now: str, standing: Freshness
) -> None:
    found = stream(board_of(case_at(now)), "docs-prod")
    assert found.standing is standing
    assert found.due == stream(board_of(case_at("2026-11-23T12:00:00Z")), "docs-prod").due


def test_grace_is_what_the_operator_says() -> None:
    case = case_at("2026-11-24T02:30:00Z")
    found = [stream(board_of(case, hours * HOUR), "docs-prod").standing for hours in (0, 1, 2)]
    assert found == [Freshness.LATE, Freshness.LATE, Freshness.FRESH]


def test_backup_covers_its_slot_although_the_clock_of_the_api_is_behind() -> None:
    case = case_at("2026-11-23T12:00:00Z")
    early = {"created_at": "2026-11-23T00:59:58Z"}
    board = board_of(with_backups(case, nightly__docs_prod__20261123_0100=early))
    assert stream(board, "docs-prod").standing is Freshness.FRESH


def test_backup_that_a_late_run_made_serves_until_the_slot_after_that_run() -> None:
    case = case_at("2026-11-24T12:00:00Z")
    late = {"created_at": "2026-11-24T11:00:00Z"}
    board = board_of(with_backups(case, nightly__docs_prod__20261123_0100=late))
    assert stream(board, "docs-prod").standing is Freshness.FRESH


def test_slot_of_a_clock_that_was_wrong_makes_nothing_look_fresh() -> None:
    case = case_at("2026-11-26T12:00:00Z")
    wrong = "nightly--docs-prod--20300101-0100"
    state: dict[str, Any] = dict(case.state or {})
    entry = {**state["entries"][f"backup.{NEWEST}"]}
    entry["fields"] = {"index": "docs-prod", "name": wrong}
    entries = {key: one for key, one in state["entries"].items() if key != f"backup.{NEWEST}"}
    state["entries"] = {**entries, f"backup.{wrong}": entry}
    board = board_of(replace(case, state=state))
    found = stream(board, "docs-prod")
    assert found.newest is not None
    assert (str(found.newest.address), found.standing) == (f"backup.{wrong}", Freshness.LATE)


def test_backup_that_is_dated_in_the_future_counts_by_its_slot_alone() -> None:
    case = case_at("2026-11-26T12:00:00Z")
    future = {"created_at": "2030-01-01T00:00:00Z"}
    board = board_of(with_backups(case, nightly__docs_prod__20261123_0100=future))
    assert stream(board, "docs-prod").standing is Freshness.LATE
    (index,) = [one for one in board.indexes if one.name == "docs-prod"]
    assert index.newest is not None
    assert index.newest.taken_at < board.now


@pytest.mark.parametrize(
    ("now", "heard", "standing", "told"),
    [
        ("2026-11-23T12:00:00Z", "2026-11-26T12:00:00Z", Freshness.LATE, ["the time"]),
        ("2026-11-26T12:00:00Z", "2026-11-23T12:00:00Z", Freshness.LATE, ["the time"]),
        ("2026-11-23T12:00:00Z", "2026-11-23T12:04:00Z", Freshness.FRESH, []),
        ("2026-11-26T12:00:00Z", "2026-11-26T12:00:00Z", Freshness.LATE, []),
    ],
)
def test_lateness_goes_by_the_later_clock_and_a_wrong_one_is_told(
    now: str, heard: str, standing: Freshness, told: list[str]
) -> None:
    case = case_at(now)
    board = board_of(replace(case, options={**case.options, "server_now": heard}))
    assert stream(board, "docs-prod").standing is standing
    assert [one.what for one in board.unread] == told


def declared(case: Case, indexes: str, more: str = "") -> Board:
    """Give the board where a second policy, `other`, has this selection."""
    rules = f"{{indexes: {indexes}, every: 24h, retention: {{keep_last: 2}}{more}}}"
    config = case.config.replace(
        b"backup_policies:\n", b"backup_policies:\n  other: " + rules.encode() + b"\n"
    )
    return board_of(replace(case, config=config))


def test_policy_that_selects_nothing_is_overdue_unless_it_may() -> None:
    case = case_at("2026-11-23T12:00:00Z")
    other = Address("policy", "other")
    for indexes in ("{glob: ['dosc-*']}", "{names: [biling]}", "{names: [pods]}"):
        assert other in declared(case, indexes).idle
        assert other not in declared(case, indexes, ", allow_empty: true").idle
        assert other not in declared(case, indexes, ", ensure: absent").policies
    assert other not in declared(case, "{glob: ['docs-*']}").idle


def test_index_that_is_named_and_was_never_there_was_never_backed_up() -> None:
    case = case_at("2026-11-23T12:00:00Z")
    board = declared(case, "{names: [docs-prod, biling]}")
    assert stream(board, "biling", "other").standing is Freshness.NEVER
    for more in (", allow_empty: true", ", paused: true"):
        board = declared(case, "{names: [docs-prod, biling]}", more)
        assert stream(board, "biling", "other").standing is Freshness.ABSENT
    assert stream(board, "old-docs").standing is Freshness.ABSENT  # it was there once


def test_first_backup_has_its_grace_and_no_more() -> None:
    running = stream(board_of(case_at("2026-11-23T12:39:59Z")), "young")
    stuck = stream(board_of(case_at("2026-11-23T12:40:00Z")), "young")
    assert (running.standing, stuck.standing) == (Freshness.BEGUN, Freshness.NEVER)


def test_failed_backup_is_no_copy() -> None:
    case = case_at("2026-11-24T12:00:00Z")
    failed = {"status": "Failed"}
    board = board_of(with_backups(case, nightly__docs_prod__20261123_0100=failed))
    assert stream(board, "docs-prod").stock.count == 3
    assert "backup." + NEWEST in {str(job.address) for index in board.indexes for job in index.jobs}


def test_what_is_gone_is_neither_on_the_board_nor_running() -> None:
    case = case_at("2026-11-23T12:00:00Z")
    gone = with_backups(case, nightly__docs_dev__20261110_0100=None)
    indexes = {one.name: one for one in board_of(gone).indexes}
    assert indexes["docs-dev"].streams == ()
    gone = with_backups(case, nightly__young__20261123_0100=None)
    indexes = {one.name: one for one in board_of(gone).indexes}
    assert indexes["young"].jobs == ()


def test_backup_of_a_script_makes_no_policy_look_fresh() -> None:
    case = case_at("2026-11-24T12:00:00Z")
    board = board_of(with_backups(case, by_hand={"created_at": "2026-11-24T11:59:00Z"}))
    assert stream(board, "docs-prod").standing is Freshness.LATE
    assert next(one.name for one in board.indexes) == "billing"
    (index,) = [one for one in board.indexes if one.name == "docs-prod"]
    assert index.newest is not None
    assert index.newest.address is None


def test_paused_policy_is_never_late() -> None:
    found = stream(board_of(case_at("2036-11-24T12:00:00Z")), "wiki", "stopped")
    assert (found.standing, found.due) == (Freshness.PAUSED, None)


def test_hold_is_shown_as_long_as_it_lasts() -> None:
    during = stream(board_of(case_at("2027-03-31T23:59:59Z")), "docs-prod").held
    after = stream(board_of(case_at("2027-04-01T00:00:00Z")), "docs-prod").held
    assert ([one.reason for one in during], after) == (["audit of 2026"], ())


def test_policy_that_is_to_end_stands_with_no_index() -> None:
    case = load_case(BOARD)
    gone = case.config.replace(b"    paused: true\n", b"    paused: true\n    ensure: absent\n")
    board = board_of(replace(case, config=gone))
    assert "stopped" not in {one.policy.name for one in board.streams}
    assert {one.name for one in board.indexes} >= {"wiki"}


def test_policy_keeps_its_backups_under_a_new_name() -> None:
    case = load_case(BOARD)
    moved = b"moved: [{from: policy.nightly, to: policy.nights}]\n"
    config = case.config.replace(b"  nightly:\n", b"  nights:\n") + moved
    given = given_of(replace(case, config=config))
    found = stream(make_board(given, HOUR), "docs-prod", "nights")
    assert (found.stock.count, found.standing) == (4, Freshness.FRESH)


def test_backup_that_a_block_declares_by_itself_makes_no_policy_look_fresh() -> None:
    case = case_at("2026-11-23T12:00:00Z")
    block = f"backups:\n  {NEWEST}: {{index: docs-prod, name: {NEWEST}}}\n"
    found = stream(board_of(replace(case, config=case.config + block.encode())), "docs-prod")
    assert found.standing is Freshness.LATE
    assert found.stock.count == stream(board_of(case), "docs-prod").stock.count - 1


def test_indexes_of_pods_are_on_no_board() -> None:
    case = load_case(BOARD)
    assert "pods" in {one["name"] for one in case.live["indexes"]}
    assert "pods" not in {one.name for one in board_of(case).indexes}


@pytest.mark.parametrize("listing", ["backups", "indexes"])
def test_nothing_is_said_where_backups_or_indexes_could_not_be_read(listing: str) -> None:
    case = load_case(BOARD)
    board = board_of(replace(case, options={"unreadable": {listing: "503"}}))
    assert (board.indexes, board.is_known, board.is_overdue) == ((), False, False)
    assert f"the list of {listing}" in {one.what for one in board.unread}


def test_what_freshness_does_not_hang_on_is_only_told() -> None:
    case = load_case(BOARD)
    board = board_of(replace(case, options={"unreadable": {"imports:docs-prod": "403"}}))
    assert (board.is_known, board.is_overdue) == (True, True)
    assert [one.what for one in board.unread] == ["the list of imports of docs-prod"]


def test_list_that_all_backups_have_vanished_from_is_not_believed() -> None:
    case = load_case(BOARD)
    board = board_of(replace(case, live={**case.live, "backups": []}))
    assert not board.is_known


def test_backup_that_nobody_could_ask_for_is_told() -> None:
    case = load_case(BOARD)
    doubtful = replace(case, options={"unconfirmed": {f"backup.{NEWEST}": "503"}})
    board = board_of(with_backups(doubtful, nightly__docs_prod__20261123_0100=None))
    assert (board.is_known, [one.what for one in board.unread]) == (True, [f"backup.{NEWEST}"])

"""Lists of many objects: what a page costs, and what it shows while objects come and go."""

import sys
from types import FrameType
from typing import Any

import pytest
from emulator.driver import BACKUPS, Driver
from proofs.many_pages import walk

from reconciler.emulator.service import Knobs

FEW, MANY = 150, 3_000


def project_with(backups: int) -> Driver:
    project = Driver(Knobs(backup_quota=MANY))
    project.seed("docs")
    for _ in range(backups):
        project.backup()
    return project


def steps(project: Driver, target: str) -> int:
    """Count the bytecode instructions of a request, which are the same on a busy machine."""
    counted = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:  # noqa: ANN401
        nonlocal counted
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        counted += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        reply = project.send("GET", target)
    finally:
        sys.settrace(before)
    assert reply.status == 200
    return counted


@pytest.mark.parametrize("path", ["/backups", BACKUPS])
def test_a_page_costs_the_same_however_many_backups_there_are(path: str) -> None:
    few, many = project_with(FEW), project_with(MANY)
    start = few.ask("GET", f"{path}?limit=50")["pagination"]["next"]
    pages = (f"{path}?limit=50", f"{path}?paginationToken={start}")
    costs = [[steps(project, page) for page in pages] for project in (few, many)]
    assert min(min(each) for each in costs) > 1_000
    for cost_of_few, cost_of_many in zip(*costs, strict=True):
        assert cost_of_many < cost_of_few * 1.02


def test_last_page_costs_no_more_than_the_first() -> None:
    project = project_with(MANY)
    token = project.ask("GET", "/backups?limit=100")["pagination"]["next"]
    while token:
        target = f"/backups?paginationToken={token}"
        token = project.ask("GET", target).get("pagination", {}).get("next")
    assert steps(project, target) < steps(project, "/backups?limit=100") * 1.02


def test_backup_that_is_taken_between_two_pages_shows_one_twice(project: Driver) -> None:
    made = [project.backup() for _ in range(4)]
    first = project.ask("GET", "/backups?limit=2")
    project.backup()
    second = project.ask("GET", f"/backups?paginationToken={first['pagination']['next']}")
    assert [each["backup_id"] for each in first["data"]] == [made[3], made[2]]
    assert [each["backup_id"] for each in second["data"]] == [made[2], made[1]]


def test_backup_that_is_deleted_between_two_pages_hides_one(project: Driver) -> None:
    made = [project.backup() for _ in range(4)]
    first = project.ask("GET", "/backups?limit=2")
    project.ask("DELETE", f"/backups/{made[3]}", expect=202)
    second = project.ask("GET", f"/backups?paginationToken={first['pagination']['next']}")
    assert [each["backup_id"] for each in second["data"]] == [made[0]]
    assert "pagination" not in second


def test_page_beyond_the_end_is_empty(project: Driver) -> None:
    made = [project.backup() for _ in range(3)]
    token = project.ask("GET", "/backups?limit=2")["pagination"]["next"]
    for each in made:
        project.ask("DELETE", f"/backups/{each}", expect=202)
    assert project.ask("GET", f"/backups?paginationToken={token}") == {"data": []}


def test_a_list_of_many_backups_is_complete_and_quick() -> None:
    listed = walk(MANY, limit=10)
    assert listed.complete
    assert listed.pages == MANY // 10
    # Fifty times as many are answered; this is for a machine that does much else.
    assert listed.pages_per_second >= 100

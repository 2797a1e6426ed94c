"""Which backup schedules there may be: one enabled, three in all, and possible ones."""

import pytest
from emulator.driver import BACKUPS, Driver
from emulator.schedules import NIGHTLY, SCHEDULES, ask, scheduled


def test_an_index_has_one_enabled_schedule_and_three_in_all(project: Driver) -> None:
    first = scheduled(project)
    conflict = ask(project, "POST", SCHEDULES, {**NIGHTLY, "name": "second"}, expect=409)
    assert conflict["error"]["code"] == "ALREADY_EXISTS"
    ask(project, "PATCH", first, {"enabled": False})
    second = scheduled(project, name="second")
    ask(project, "PATCH", first, {"enabled": True}, expect=409)
    assert ask(project, "GET", first)["enabled"] is False
    for schedule in (second, scheduled_after_disabling(project, second)):
        ask(project, "PATCH", schedule, {"enabled": False})
    ask(project, "POST", SCHEDULES, {**NIGHTLY, "name": "fourth"}, expect=409)
    assert [each["name"] for each in ask(project, "GET", SCHEDULES)["data"]] == [
        "nightly",
        "second",
        "third",
    ]


def scheduled_after_disabling(project: Driver, schedule: str) -> str:
    ask(project, "PATCH", schedule, {"enabled": False})
    return scheduled(project, name="third")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": None}, 422),
        ({"name": ""}, 400),
        ({"schedule": None}, 422),
        ({"schedule": {"type": "time-based"}}, 422),
        ({"schedule": {"type": "cron", "frequency": "daily"}}, 400),
        ({"schedule": {"type": "time-based", "frequency": "hourly"}}, 400),
        ({"retention": {}}, 422),
        ({"retention": {"expire_after_days": "7"}}, 422),
        ({"retention": {"expire_after_days": 0}}, 400),
        ({"retention": {"expire_after_days": 3_651}}, 400),
    ],
)
def test_impossible_schedule_is_refused_and_not_made(
    project: Driver, change: dict[str, object], status: int
) -> None:
    refused = ask(project, "POST", SCHEDULES, {**NIGHTLY, **change}, expect=status)
    assert refused["status"] == status
    assert ask(project, "GET", SCHEDULES) == {"data": []}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"frequency": "hourly"}, 400),
        ({"frequency": 1}, 422),
        ({"enabled": "no"}, 422),
        ({"retention": {"expire_after_days": 0}}, 400),
        ([], 422),
    ],
)
def test_impossible_change_is_refused_and_changes_nothing(
    project: Driver, change: object, status: int
) -> None:
    schedule = scheduled(project)
    before = ask(project, "GET", schedule)
    ask(project, "PATCH", schedule, change, expect=status)
    assert ask(project, "GET", schedule) == before


def test_pod_index_has_no_schedules(project: Driver) -> None:
    pod = {"environment": "us-east1-gcp", "pod_type": "p1.x1"}
    body = {"name": "pods", "dimension": 2, "spec": {"pod": pod}}
    project.ask("POST", "/indexes", body, expect=201)
    ask(project, "POST", "/indexes/pods/backup-schedules", NIGHTLY, expect=400)
    ask(project, "POST", "/indexes/none/backup-schedules", NIGHTLY, expect=404)


@pytest.mark.parametrize("version", ["2025-04", "2025-10", "2026-04"])
def test_earlier_versions_know_no_schedules(project: Driver, version: str) -> None:
    schedule = scheduled(project)
    for method, target in (("GET", SCHEDULES), ("POST", SCHEDULES), ("GET", schedule)):
        refused = project.ask(method, target, {}, expect=404, version=version)
        assert refused["error"]["code"] == "NOT_FOUND"
    assert project.ask("GET", BACKUPS, version=version)["data"] == []

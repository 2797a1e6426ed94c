"""Backup schedules: what they take and when, and what they keep."""

import pytest
from emulator.driver import Driver, headers_of
from emulator.schedules import DAY, NIGHTLY, SCHEDULES, SIX_HOURS, ask, history, scheduled, times

from reconciler.emulator.service import Knobs


def test_new_schedule_is_enabled_and_runs_at_the_next_six_o_clock(project: Driver) -> None:
    made = ask(project, "POST", SCHEDULES, NIGHTLY)
    schedule_id, index_id = made.pop("schedule_id"), made.pop("index_id")
    assert made == {
        "name": "nightly",
        "project_id": "1a2b3c4",
        "schedule_type": "time-based",
        "frequency": "daily",
        "retention_expire_after_days": 3,
        "enabled": True,
        "next_scheduled_run": "2026-12-01T06:00:00.000000Z",
        "created_at": "2026-12-01T00:00:00.000000Z",
    }
    whole = {**made, "schedule_id": schedule_id, "index_id": index_id}
    assert ask(project, "GET", f"/backup-schedules/{schedule_id}") == whole
    assert ask(project, "GET", SCHEDULES) == {"data": [whole]}
    project.backup()
    assert project.backups()[0]["source_index_id"] == index_id


def test_schedule_made_at_six_runs_a_day_later(project: Driver) -> None:
    project.sleep(SIX_HOURS)
    made = ask(project, "POST", SCHEDULES, NIGHTLY)
    assert made["next_scheduled_run"] == "2026-12-02T06:00:00.000000Z"


@pytest.mark.parametrize(
    ("frequency", "days", "taken"),
    [
        ("daily", 2, ["2026-12-03", "2026-12-02", "2026-12-01"]),
        ("weekly", 15, ["2026-12-15", "2026-12-08", "2026-12-01"]),
        ("monthly", 90, ["2027-03-01", "2027-02-01", "2027-01-01", "2026-12-01"]),
    ],
)
def test_schedule_takes_a_backup_each_time_its_time_comes(
    project: Driver, frequency: str, days: int, taken: list[str]
) -> None:
    scheduled(
        project,
        schedule={"type": "time-based", "frequency": frequency},
        retention={"expire_after_days": 365},
    )
    project.sleep(SIX_HOURS - 1)
    assert times(project) == []
    project.sleep(1 + days * DAY)
    assert times(project) == [f"{day}T06:00:00.000000Z" for day in taken]


def test_monthly_run_on_a_day_that_a_month_lacks_is_on_its_last(project: Driver) -> None:
    project.sleep(61 * DAY)
    scheduled(
        project,
        schedule={"type": "time-based", "frequency": "monthly"},
        retention={"expire_after_days": 365},
    )
    project.sleep(40 * DAY)
    assert [each[:10] for each in times(project)] == ["2027-02-28", "2027-01-31"]


def test_scheduled_backup_is_named_after_schedule_and_time_and_holds_the_data_of_then(
    project: Driver,
) -> None:
    scheduled(project)
    project.sleep(SIX_HOURS + 1)
    vectors = [{"id": "late", "values": [1.0] * 8}]
    project.ask("POST", project.host("docs") + "/vectors/upsert", {"vectors": vectors})
    project.sleep(DAY + 1)
    second, first = project.backups()
    assert first["name"] == "nightly-20261201T060000Z"
    assert second["name"] == "nightly-20261202T060000Z"
    assert (first["record_count"], second["record_count"]) == (200, 201)


def test_import_that_ends_before_a_run_is_in_its_backup_even_when_the_clock_jumps() -> None:
    project = Driver(Knobs(import_seconds=3_600))
    project.seed("docs")
    scheduled(project)
    project.ask("POST", project.host("docs") + "/bulk/imports", {"uri": "s3://bucket/new"})
    project.sleep(2 * DAY)
    assert {each["record_count"] for each in project.backups()} == {1_200}


def test_history_begins_with_the_run_that_is_planned_whose_backup_keeps_its_id(
    project: Driver,
) -> None:
    schedule = scheduled(project)
    (planned,) = history(project, schedule)
    assert planned["status"] == "Scheduled"
    assert planned["scheduled_execution_at"] == "2026-12-01T06:00:00.000000Z"
    assert planned["record_count"] is None
    project.ask("GET", f"/backups/{planned['backup_id']}", expect=404)
    project.sleep(SIX_HOURS)
    following, taken = history(project, schedule)
    assert following["scheduled_execution_at"] == "2026-12-02T06:00:00.000000Z"
    assert (taken["backup_id"], taken["status"]) == (planned["backup_id"], "Initializing")
    assert (taken["record_count"], taken["size_bytes"]) == (None, None)
    project.sleep(2)
    taken = history(project, schedule)[1]
    assert (taken["status"], taken["record_count"]) == ("Ready", 200)
    assert taken["schema"] == planned["schema"]


def test_history_is_paged(project: Driver) -> None:
    schedule = scheduled(project, retention={"expire_after_days": 30})
    project.sleep(5 * DAY)
    whole = [each["backup_id"] for each in history(project, schedule)]
    assert len(whole) == 6
    target, found = f"{schedule}/history?limit=4", []
    for size in (4, 2):
        listed = ask(project, "GET", target)
        assert len(listed["data"]) == size
        found += [each["backup_id"] for each in listed["data"]]
        token = listed.get("pagination", {}).get("next")
        target = f"{schedule}/history?paginationToken={token}"
    assert (found, token) == (whole, None)


def test_backups_expire_after_their_days_and_not_before(project: Driver) -> None:
    scheduled(project)
    by_hand = project.backup()
    project.sleep(SIX_HOURS + 3 * DAY - 1)
    assert [each[:10] for each in times(project)[:-1]] == ["2026-12-03", "2026-12-02", "2026-12-01"]
    project.sleep(1)
    assert [each[:10] for each in times(project)[:-1]] == ["2026-12-04", "2026-12-03", "2026-12-02"]
    assert project.backups()[-1]["backup_id"] == by_hand


def test_backup_that_is_being_restored_expires_when_that_is_done() -> None:
    project = Driver(Knobs(restore_seconds=2 * DAY))
    project.seed("docs")
    schedule = scheduled(project, retention={"expire_after_days": 1})
    project.sleep(SIX_HOURS + 60)
    backup = project.backups()[0]["backup_id"]
    ask(project, "DELETE", schedule, expect=204)
    project.restore(backup)
    project.sleep(DAY)
    project.ask("GET", f"/backups/{backup}")
    project.sleep(DAY)
    project.ask("GET", f"/backups/{backup}", expect=404)
    assert project.stats("restored")["totalVectorCount"] == 200


def test_disabled_schedule_plans_nothing_and_begins_anew_when_enabled(project: Driver) -> None:
    schedule = scheduled(project)
    paused = ask(project, "PATCH", schedule, {"enabled": False})
    assert (paused["enabled"], paused["next_scheduled_run"]) == (False, None)
    assert history(project, schedule) == []
    project.sleep(3 * DAY)
    assert times(project) == []
    again = ask(project, "PATCH", schedule, {"enabled": True})
    assert again["next_scheduled_run"] == "2026-12-04T06:00:00.000000Z"
    project.sleep(DAY)
    assert times(project) == ["2026-12-04T06:00:00.000000Z"]


def test_changed_frequency_and_retention_count_from_the_planned_run_on(project: Driver) -> None:
    schedule = scheduled(project)
    change = {"frequency": "weekly", "retention": {"expire_after_days": 30}}
    after = ask(project, "PATCH", schedule, change)
    assert after["next_scheduled_run"] == "2026-12-01T06:00:00.000000Z"
    assert after["retention_expire_after_days"] == 30
    project.sleep(8 * DAY)
    assert [each[:10] for each in times(project)] == ["2026-12-08", "2026-12-01"]


def test_deleted_schedule_keeps_its_backups_until_they_expire(project: Driver) -> None:
    schedule = scheduled(project)
    project.sleep(DAY)
    reply = project.send(
        "DELETE", schedule, headers={"Api-Key": "k", "X-Pinecone-Api-Version": "2026-07"}
    )
    assert (reply.status, reply.body) == (204, b"")
    assert not headers_of(reply).keys() & {"content-type", "content-length"}
    for method, target in (("GET", schedule), ("DELETE", schedule), ("GET", f"{schedule}/history")):
        refused = ask(project, method, target, expect=404)
        assert refused["error"] == {"code": "NOT_FOUND", "message": "Backup schedule not found."}
    project.sleep(2 * DAY)
    assert len(times(project)) == 1
    project.sleep(DAY)
    assert times(project) == []


def test_schedules_go_with_their_index_and_its_backups_stay(project: Driver) -> None:
    schedule = scheduled(project)
    project.sleep(DAY)
    project.ask("DELETE", "/indexes/docs", expect=202)
    ask(project, "GET", schedule, expect=404)
    ask(project, "GET", SCHEDULES, expect=404)
    project.seed("docs")
    assert ask(project, "GET", SCHEDULES) == {"data": []}
    project.sleep(DAY)
    assert len(times(project)) == 1


def test_new_schedule_and_its_backups_are_missing_from_lists_for_the_lag() -> None:
    project = Driver(Knobs(list_lag_seconds=60))
    project.seed("docs")
    schedule = scheduled(project)
    assert ask(project, "GET", SCHEDULES) == {"data": []}
    assert ask(project, "GET", schedule)["enabled"]
    project.sleep(SIX_HOURS)
    assert len(ask(project, "GET", SCHEDULES)["data"]) == 1
    assert [each["status"] for each in history(project, schedule)] == ["Scheduled"]
    project.sleep(60)
    assert [each["status"] for each in history(project, schedule)] == ["Scheduled", "Ready"]


def test_run_without_room_takes_nothing_and_the_next_one_tries_again(project: Driver) -> None:
    scheduled(project)
    project.ask("POST", "/_emulator/knobs", {"backup_quota": 0})
    project.sleep(DAY)
    assert times(project) == []
    project.ask("POST", "/_emulator/knobs", {"backup_quota": 5})
    project.sleep(DAY)
    assert times(project) == ["2026-12-02T06:00:00.000000Z"]

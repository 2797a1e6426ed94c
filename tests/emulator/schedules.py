"""Makes backup schedules in the emulator, and asks what became of them."""

from typing import Any

from emulator.driver import Driver

SCHEDULES = "/indexes/docs/backup-schedules"
DAY = 86_400
SIX_HOURS = DAY // 4
NIGHTLY = {
    "name": "nightly",
    "schedule": {"type": "time-based", "frequency": "daily"},
    "retention": {"expire_after_days": 3},
}


def ask(project: Driver, method: str, target: str, body: object = None, expect: int = 200) -> Any:  # noqa: ANN401
    return project.ask(method, target, body, expect, version="2026-07")


def scheduled(project: Driver, **changes: object) -> str:
    made = ask(project, "POST", SCHEDULES, {**NIGHTLY, **changes})
    return f"/backup-schedules/{made['schedule_id']}"


def history(project: Driver, schedule: str) -> list[Any]:
    listed: list[Any] = ask(project, "GET", f"{schedule}/history")["data"]
    return listed


def times(project: Driver) -> list[str]:
    return [each["created_at"] for each in project.backups()]

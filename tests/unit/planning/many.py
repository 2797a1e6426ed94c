"""A project with many indexes, each with backups of a policy, and an API that lists them."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from unit.api.fakes import BASE, answer, world

from reconciler.config.build import build
from reconciler.engine.observe import Observation, Subject, observe
from reconciler.kinds import load_kinds
from reconciler.model.address import Address
from reconciler.model.observed import Phase
from reconciler.model.plan import Permissions, Plan
from reconciler.model.ports import Answer, Call
from reconciler.model.state import Binding, Entry, State
from reconciler.model.values import SECOND
from reconciler.planning.given import Given
from reconciler.planning.planner import make_plan

KINDS = load_kinds()
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAGE = 100
NIGHTLY = """
version: 1
backup_policies:
  nightly:
    indexes: {glob: ["docs-*"]}
    every: 24h
    retention: {RULES}
"""


@dataclass
class Project:
    """Indexes with a backup for each of the last days but today, all of them in state."""

    indexes: int
    copies: int
    rules: str = "keep_daily: 7, keep_weekly: 4, keep_monthly: 12"
    new_indexes: int = 0  # of which nothing was made yet

    def __post_init__(self) -> None:
        self.asked: Counter[str] = Counter()
        yaml = NIGHTLY.replace("RULES", self.rules)
        self.configuration = build([("main.yaml", yaml.encode())], KINDS)
        names = [f"docs-{number:04}" for number in range(self.indexes)]
        new = [f"docs-new-{number}" for number in range(self.new_indexes)]
        ready = {"ready": True, "state": "Ready"}
        self.listed = [
            {"name": name, "host": f"{name}-abc1234.svc.pinecone.io", "status": ready}
            for name in (*names, *new)
        ]
        days = [NOON.replace(hour=0) - timedelta(days=day + 1) for day in range(self.copies)]
        self.backups = [_backup(name, day) for name in names for day in days]
        self.state = State(
            Binding("5eed0001-0000", BASE, "default"),
            {entry.address: entry for entry in map(_entry, self.backups)},
        )

    def play(self, call: Call) -> Answer:
        """Answer as the API would, a page at a time, and count what was asked for."""
        parts = urlsplit(call.url)
        self.asked[f"{call.method} {parts.path}"] += 1
        if parts.path == "/indexes":
            return answer(200, {"indexes": self.listed})
        if parts.path != "/backups":
            return answer(200, {"data": [], "collections": []})
        start = int(parse_qs(parts.query).get("paginationToken", ["0"])[0])
        more = {"next": str(start + PAGE)} if start + PAGE < len(self.backups) else None
        return answer(200, {"data": self.backups[start : start + PAGE], "pagination": more})

    def observe(self) -> Observation:
        """Look at the project as `plan` does."""
        stage = world(self.play)
        subject = Subject(KINDS, self.configuration, self.state)
        return stage.run(observe(stage.api, subject, int(NOON.timestamp()) * SECOND))

    def plan(self, seen: Observation, quota: int | None = None, most: int | None = None) -> Plan:
        """Plan with the permission to let go."""
        return make_plan(
            Given(
                configuration=self.configuration,
                state=self.state,
                world=seen.world,
                kinds=KINDS,
                permissions=Permissions(expiry=True, backup_quota=quota, max_expiries=most),
                api_base=BASE,
                tool="0.1.0",
                settle_window=120 * SECOND,
            )
        )


def _backup(index: str, day: datetime) -> dict[str, object]:
    name = f"nightly--{index}--{day:%Y%m%d-%H%M}"
    return {
        "backup_id": f"id-{name}",
        "source_index_name": index,
        "source_index_id": f"i-{index}",
        "name": name,
        "status": "Ready",
        "record_count": 98,
        "created_at": f"{day:%Y-%m-%dT%H:%M:%SZ}",
    }


def _entry(backup: dict[str, object]) -> Entry:
    index, name = str(backup["source_index_name"]), str(backup["name"])
    return Entry(
        address=Address("backup", name),
        remote_id=f"id-{name}",
        fields={"index": index, "name": name},
        phase=Phase.READY,
        recorded_at=0,
        facts={"source_index_id": f"i-{index}"},
        owner=Address("policy", "nightly"),
    )

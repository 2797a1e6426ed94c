"""A year of a pipeline that runs `apply --auto-approve --allow-expiry` every hour.

Three policies over up to twenty indexes, backups made by hand between them, holds that end, and the
changes of clocks in Berlin. With faults, requests fail and a process dies every week.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from simulation.boundaries import Boundaries, CrashError
from simulation.keeping_year import (
    BERLIN,
    MICROS,
    Hold,
    Keeping,
    Terms,
    copy,
    every,
    month,
    nightly,
    week,
)
from simulation.ports import SeededRandom
from simulation.story import choose
from simulation.weather import STRIKES, Weather
from simulation.world import PROCESS, Process, World

from reconciler.emulator.samples import seed
from reconciler.errors import ExitCode, ReconcilerError
from reconciler.model.plan import Permissions
from reconciler.workflow.apply import exit_code

HOUR: Final = 3600
SETTINGS: Final = {"settle_window": 20 * MICROS, "timeout_seconds": 120.0}
_WEEK_HOURS: Final = 7 * 24
_MONTH_HOURS: Final = 30 * 24
_LATEST_SECONDS: Final = 1200
"""A scheduler starts a run so late after the full hour, at most."""

_PEOPLE: Final = {"shifting-pages"}
"""Faults that make and delete backups by hand, of which the year keeps its own account."""

_DEEPEST: Final = 300
"""A death comes at one of so many boundaries; a run that makes nothing has no more than a few."""

HELD: Final = Hold("often--chat-1--20261119-0000", 1_803_859_200 * MICROS)
YAML: Final = f"""
backup_policies:
  nightly:
    indexes: {{names: [docs-prod], glob: ["docs-*"]}}
    schedule: "30 2 * * *"
    timezone: Europe/Berlin
    retention: {{keep_daily: 7, keep_weekly: 4, keep_monthly: 12}}
    min_ready: 2
  often:
    indexes: {{tags: {{tier: often}}, exclude: [docs-prod]}}
    every: 6h
    retention: {{keep_last: 4, keep_daily: 3}}
    hold: [{{backup: {HELD.name}, reason: audit, until: 2027-03-01T00:00:00Z}}]
  weekly:
    indexes: {{glob: ["files-*"]}}
    every: 7d
    retention: {{keep_last: 2}}
    min_ready: 2
"""
TERMS: Final = {
    "nightly": Terms(nightly, 2, {datetime.date: 7, week: 4, month: 12}, BERLIN),
    "often": Terms(every(6), 1, {copy: 4, datetime.date: 3}, holds=(HELD,)),
    "weekly": Terms(every(7 * 24), 2, {copy: 2}),
}


@dataclass
class Year:
    """What came of a year; `wrong` is empty where every promise was kept after every run."""

    runs: int = 0
    requests: int = 0
    crashes: int = 0
    unclean: int = 0  # runs that ended with another code than 0, or died
    row: int = 0  # the most of them in a row
    _row: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    made: int = 0
    expired: int = 0
    left: int = 0
    by_hand: int = 0
    oldest: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def count(self, *, clean: bool) -> None:
        """Count a run that ended."""
        self.runs += 1
        self.unclean += not clean
        self._row = 0 if clean else self._row + 1
        self.row = max(self.row, self._row)


class Pipeline:
    """The world of one year, and the hourly runs in it."""

    def __init__(self, indexes: int, faults: float, number: int) -> None:
        self.rng = random.Random(number)  # noqa: S311 - a simulation must repeat itself
        self.world = World(namespaces={"": 3}, random=SeededRandom(number))
        policy_of = _indexes(self.world, indexes)
        self.keeping = Keeping(self.world.emulator, TERMS, policy_of)
        self.faults = faults
        if faults:
            self.world.weather = Weather(self.rng, frozenset(STRIKES) - _PEOPLE, faults)
        self.year = Year()
        self._dies_from: int | None = None  # the hour of this week from which a process is to die

    def live(self, days: int) -> Year:
        """Run every hour for so many days, and judge each run."""
        for hour in range(days * 24):
            if hour % _MONTH_HOURS == 0:
                self._back_up_by_hand()
            if self.faults and hour % _WEEK_HOURS == 0:
                self._dies_from = hour + self.rng.randrange(_WEEK_HOURS // 2)
            self.world.time.seconds += HOUR - self.world.time.seconds % HOUR
            self.world.wait(self.rng.uniform(0, _LATEST_SECONDS))
            self._run(hour)
        keeping, year = self.keeping, self.year
        year.wrong = [*keeping.violations, *keeping.missed(), *self.world.oracle.violations]
        year.made, year.expired, year.oldest = keeping.made, keeping.expired, keeping.oldest
        year.left, year.by_hand = len(self.world.oracle.store.backups), len(keeping.foreign)
        if self.world.weather is not None:
            year.faults = self.world.weather.hits
        return year

    def _run(self, hour: int) -> None:
        world, began = self.world, self.world.now()
        self.keeping.begins(began)
        clean = self._apply(hour) is ExitCode.OK
        self.keeping.ended(began, world.now(), clean=clean)
        self.year.count(clean=clean)
        if not clean:
            world.oracle.account(PROCESS, world.state())
            if not self.faults:
                self.keeping.violations.append(f"a run ended badly at {world.now()}")
        self._forget()

    def _apply(self, hour: int) -> ExitCode | None:
        """Run once; gives the exit code, None where the process died."""
        mortal = self._dies_from is not None and hour >= self._dies_from
        process = Process(Boundaries(self.rng.randint(1, _DEEPEST) if mortal else -1))
        try:
            applied = self.world.apply(YAML, Permissions(expiry=True), process, **SETTINGS)
        except CrashError:
            self._dies_from = None
            self.year.crashes += 1
            if self.rng.random() < 0.5:
                self.world.disk = choose(self.world.disk, self.rng.randrange(1_000))
            return None
        except ReconcilerError as error:
            if error.exit_code is ExitCode.BUG:
                self.keeping.violations.append(f"a bug: {error}")
            return error.exit_code
        return exit_code(applied)

    def _back_up_by_hand(self) -> None:
        index = self.rng.choice(sorted(self.keeping.policy_of))
        made = self.world.send("POST", f"/indexes/{index}/backups", {"name": "by-hand"})
        self.keeping.foreign.add(made["backup_id"])

    def _forget(self) -> None:
        """Let go of what the world notes about requests and objects that are past."""
        world = self.world
        self.year.requests += len(world.sent)
        for notes in (world.sent, world.sent_at, world.events):
            notes.clear()
        there = world.oracle.store.backups
        world.oracle.made = {key: one for key, one in world.oracle.made.items() if key in there}


def _indexes(world: World, count: int) -> Mapping[str, str]:
    """Make so many indexes; gives the policy of each, half of them of the nightly one."""
    names = [f"chat-{number}" for number in range(1, count // 4 + 1)]
    names += [f"files-{number}" for number in range(1, count // 4 + 1)]
    names += [f"docs-{number}" for number in range(1, count - len(names))]
    policies = {"chat": "often", "files": "weekly", "docs": "nightly"}
    policy_of = {name: policies[name.partition("-")[0]] for name in names}
    tiers = {name: {"tier": policy} for name, policy in policy_of.items()}
    sample = {"dimension": 4, "namespaces": {"": 3}}
    seed(
        world.emulator,
        {"indexes": [{"name": name, "tags": tiers[name], **sample} for name in names]},
    )
    world.wait(60)
    return {"docs-prod": "nightly", **policy_of}

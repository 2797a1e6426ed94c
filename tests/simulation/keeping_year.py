"""What policies must have done after each of a year's runs, read from the emulator's own objects.

The terms say anew when each policy is due and what it keeps, in other words than our code does, so
that both would have to be wrong in the same way.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from reconciler.emulator.service import Emulator
from reconciler.emulator.store import Backup

MICROS: Final = 1_000_000
BERLIN: Final = ZoneInfo("Europe/Berlin")
Period = Callable[[datetime], object]
_NAME: Final = re.compile(r"(\w+)--([\w-]+?)--(\d{8}-\d{4})(?:-2)?")


@dataclass(frozen=True, slots=True)
class Hold:
    """One backup that must stay, until a moment."""

    name: str
    until: int


@dataclass(frozen=True, slots=True)
class Terms:
    """When a policy is due, and what it must keep of each index."""

    due: Callable[[int], int]
    least: int
    periods: Mapping[Period, int]
    zone: tzinfo = UTC
    holds: Sequence[Hold] = ()


def nightly(now: int) -> int:
    """Give the last 02:30 in Berlin; the zone says when that is on the days of other clocks."""
    today = datetime.fromtimestamp(now // MICROS, BERLIN).date()
    for day in (today, today - timedelta(days=1)):
        slot = int(datetime(day.year, day.month, day.day, 2, 30, tzinfo=BERLIN).timestamp())
        if slot * MICROS <= now:
            return slot * MICROS
    raise AssertionError(now)


def every(hours: int) -> Callable[[int], int]:
    return lambda now: now - now % (hours * 3600 * MICROS)


def week(wall: datetime) -> date:
    return wall.date() - timedelta(days=wall.weekday())


def month(wall: datetime) -> tuple[int, int]:
    return wall.year, wall.month


def copy(wall: datetime) -> datetime:
    return wall


@dataclass
class Keeping:
    """Reads the log on after each run, and keeps what must never happen in `violations`."""

    emulator: Emulator
    terms: Mapping[str, Terms]
    policy_of: Mapping[str, str]  # by index
    foreign: set[str] = field(default_factory=set)  # made by hand
    violations: list[str] = field(default_factory=list)
    made: int = 0
    expired: int = 0
    oldest: dict[str, int] = field(default_factory=dict)  # age of the newest copy, by policy
    _read: int = 0  # entries of the log
    _mine: dict[str, dict[str, Backup]] = field(default_factory=lambda: defaultdict(dict))
    _slots: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    _due: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _newest: dict[tuple[str, Period], dict[object, Backup]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def begins(self, now: int) -> None:
        """Note what is due in the run that begins, and how old the newest copies are by now."""
        for index, policy in self.policy_of.items():
            self._due[index].add(self.terms[policy].due(now))
            ready = self._ready(index, now)
            age = now - ready[-1].created_at if ready else 0
            self.oldest[policy] = max(self.oldest.get(policy, 0), age)

    def ended(self, began: int, now: int, *, clean: bool) -> None:
        """Judge what a run did, and after a clean one what is there."""
        for entry in self.emulator._entries[self._read :]:
            if entry.object_id is None:
                continue
            if entry.operation == "create_backup" and entry.object_id not in self.foreign:
                self._judge_create(entry.object_id, entry.at)
            if entry.operation == "delete_backup":
                self._judge_delete(entry.object_id, entry.at)
        self._read = len(self.emulator._entries)
        there = {*self.foreign, *(key for mine in self._mine.values() for key in mine)}
        if there != self.emulator._store.backups.keys():
            self.violations.append(f"backups are there, or gone, by no rule: {_shown(now)}")
        for index in self.policy_of:
            self.violations += self._lost(index)
            if clean:
                self.violations += self._late(index, began, now)

    def slots(self, index: str) -> Mapping[int, bool]:
        """Give each slot that was made, and whether its backup is still there."""
        return {slot: key in self._mine[index] for slot, key in self._slots[index].items()}

    def missed(self) -> list[str]:
        """Give the slots of the year that were never made."""
        return [
            f"{index} was not backed up for {_shown(slot)}"
            for index, due in self._due.items()
            for slot in sorted(due - self._slots[index].keys())
        ]

    def _judge_create(self, key: str, at: int) -> None:
        backup = self.emulator._store.backups.get(key)
        named = _NAME.fullmatch((backup and backup.name) or "")
        if backup is None or named is None:
            self.violations.append(f"{key} was made by no slot, or did not outlive its run")
            return
        index, policy = backup.source.name, named[1]
        slot = datetime.strptime(named[3], "%Y%m%d-%H%M").replace(tzinfo=UTC)
        due = int(slot.timestamp()) * MICROS
        if (policy, index) != (self.policy_of[index], named[2]):
            self.violations.append(f"{backup.name} is a backup of {index}")
        if due != self.terms[policy].due(at):
            self.violations.append(f"{backup.name} was not due at {_shown(at)}")
        if due in self._slots[index]:
            self.violations.append(f"{backup.name} was made twice")
        self._slots[index][due] = key
        self._mine[index][key] = backup
        wall = datetime.fromtimestamp(backup.created_at / MICROS, self.terms[policy].zone)
        for period in self.terms[policy].periods:
            self._newest[index, period][period(wall)] = backup
        self.made += 1

    def _judge_delete(self, key: str, at: int) -> None:
        index = next((name for name, mine in self._mine.items() if key in mine), None)
        if index is None:
            self.violations.append(f"{key} expired, and is of no policy")
            self.foreign.discard(key)
            return
        terms, backup = self.terms[self.policy_of[index]], self._mine[index].pop(key)
        if any(hold.name == backup.name and at < hold.until for hold in terms.holds):
            self.violations.append(f"{backup.name} expired, and is held")
        newer = [one for one in self._ready(index, at) if one.created_at > backup.created_at]
        if len(newer) < terms.least:
            self.violations.append(f"{backup.name} expired, with {len(newer)} newer ones Ready")
        self.expired += 1

    def _lost(self, index: str) -> Iterator[str]:
        """Name what had to stay: the newest copy of each of the newest periods there ever were."""
        for period, count in self.terms[self.policy_of[index]].periods.items():
            for copy in list(self._newest[index, period].values())[-count:]:
                if copy.id not in self._mine[index]:
                    yield f"{copy.name} is gone, and a rule of {count} keeps it"

    def _late(self, index: str, began: int, now: int) -> Iterator[str]:
        """Name an index whose newest slot has no Ready copy, or that has more than rules keep."""
        terms, ready = self.terms[self.policy_of[index]], self._ready(index, now)
        if not ready or ready[-1].id != self._slots[index].get(terms.due(began)):
            yield f"{index} has no Ready backup of its newest slot at {_shown(now)}"
        # Of those that min_ready keeps, a run that makes one still counts it out.
        most = max(sum(terms.periods.values()), terms.least + 1)
        most += sum(now < hold.until for hold in terms.holds)
        if len(ready) > most:
            yield f"{index} has {len(ready)} backups at {_shown(now)}, and rules for {most}"

    def _ready(self, index: str, at: int) -> list[Backup]:
        """Give the policy's Ready backups of an index, oldest first."""
        return [one for one in self._mine[index].values() if one.is_ready(at)]


def _shown(micros: int) -> str:
    return f"{datetime.fromtimestamp(micros / MICROS, UTC):%Y-%m-%d %H:%M}"

"""The store: every object of the emulated project, and the states that the clock gives them.

Nothing here runs. A job is a pair of times written down when it starts, and its state is worked
out from the clock whenever somebody looks; only what changes data at a moment of its own - an
import that begins or ends - waits in a queue and is settled, in order of time, before the next
request is served.
"""

import heapq
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.emulator.loads import Import, Staged
from reconciler.emulator.readers import Reader
from reconciler.emulator.rolls import Roll
from reconciler.emulator.schedules import Schedule
from reconciler.emulator.vectors import Snapshot, Vectors

BACKUPS: Final = "backups"
JOBS: Final = "restore jobs"


@dataclass(frozen=True, slots=True)
class Scaling:
    """A change of size under way, and the state that an index shows meanwhile."""

    state: str
    ends_at: int


@dataclass(frozen=True, slots=True)
class Index:
    """One incarnation of an index: the same name made again has another id and another host."""

    id: str
    name: str
    host_key: str
    spec: Mapping[str, Mapping[str, object]]
    dimension: int | None
    metric: str
    vector_type: str
    protected: bool
    tags: Mapping[str, str]
    created_at: int
    ready_at: int
    restored: bool
    fails: bool = False
    embed: Mapping[str, object] | None = None
    """The integrated embedding, as every version but 2026-07 shows it."""
    fields: Mapping[str, Mapping[str, object]] | None = None
    """The typed schema of an index that was created with one, by field name."""
    read_capacity: Mapping[str, object] | None = None
    """Dedicated read capacity as configured, or None on demand."""
    scaling: Scaling | None = None
    source_backup_id: str | None = None
    cmek_id: str | None = None

    @property
    def kind(self) -> str:
        """What it runs on: serverless, pod or byoc."""
        return next(iter(self.spec))

    @property
    def settings(self) -> Mapping[str, object]:
        """The settings of its kind: where it runs, and how many pods."""
        return self.spec[self.kind]

    def is_scaling(self, now: int) -> bool:
        """Whether a change of its size is under way."""
        return self.scaling is not None and now < self.scaling.ends_at

    def is_ready(self, now: int) -> bool:
        """Whether the index serves requests; one whose making fails never does."""
        return now >= self.ready_at and not self.fails

    def has_failed(self, now: int) -> bool:
        """Whether its making has ended without an index that serves requests."""
        return now >= self.ready_at and self.fails


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of an index at one moment; `source` is the index as it was then."""

    id: str
    source: Index
    name: str | None
    description: str | None
    created_at: int
    ready_at: int
    snapshot: Snapshot
    fails: bool = False
    schedule_id: str | None = None
    """The schedule that took it."""
    expires_at: int | None = None

    @property
    def rolls(self) -> tuple[str, ...]:
        """The lists that it is in: of the project, its index, its name's indexes, its schedule."""
        listed = (BACKUPS, f"{BACKUPS} of {self.source.id}", f"{BACKUPS} at {self.source.name}")
        return listed if self.schedule_id is None else (*listed, f"{BACKUPS} by {self.schedule_id}")

    def is_ready(self, now: int) -> bool:
        """Whether the backup can be restored; one that fails never can."""
        return now >= self.ready_at and not self.fails

    def has_failed(self, now: int) -> bool:
        """Whether it has ended without a copy."""
        return now >= self.ready_at and self.fails


@dataclass(frozen=True, slots=True)
class RestoreJob:
    """The making of an index from a backup; `failed_at` is set when it fails before its end."""

    id: str
    backup_id: str
    index_name: str
    index_id: str
    created_at: int
    ends_at: int
    failed_at: int | None = None
    cancelled: bool = False
    """Whether it failed because its index was deleted."""

    def is_pending(self, now: int) -> bool:
        """Whether the job is still at work."""
        return now < (self.ends_at if self.failed_at is None else self.failed_at)


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A moment at which an import has to be looked at."""

    at: int
    number: int
    index_id: str
    import_id: str


@dataclass(frozen=True, slots=True)
class Collection:
    """A copy of a pod index at one moment; `source` is the index as it was then."""

    name: str
    source: Index
    created_at: int
    ready_at: int
    snapshot: Snapshot
    fails: bool = False

    def is_ready(self, now: int) -> bool:
        """Whether an index can be made from it; one that fails is Initializing for ever."""
        return now >= self.ready_at and not self.fails


class Store:
    """The project's objects, in the order in which they were made."""

    __slots__ = (
        "_due",
        "_numbers",
        "_planned",
        "backups",
        "collections",
        "former",
        "hosts",
        "imports",
        "indexes",
        "jobs",
        "readers",
        "rolls",
        "schedules",
        "staged",
        "vectors",
    )

    def __init__(self) -> None:
        self.indexes: dict[str, Index] = {}
        self.hosts: dict[str, str] = {}
        """Host key to index name, for indexes that exist."""
        self.vectors: dict[str, Vectors] = {}
        self.imports: dict[str, dict[str, Import]] = {}
        self.staged: dict[tuple[str, str], Staged] = {}
        """What running imports have read, by index and import; it can be read once more."""
        self.readers: dict[tuple[str, str], Reader] = {}
        """The readers of imports that should have begun and are not read to their end yet."""
        self.backups: dict[str, Backup] = {}
        self.jobs: dict[str, RestoreJob] = {}
        self.collections: dict[str, Collection] = {}
        self.former: dict[str, dict[str, int]] = {}
        """By name, the ids of indexes that were deleted and when."""
        self.schedules: dict[str, Schedule] = {}
        self.rolls: defaultdict[str, Roll] = defaultdict(Roll)
        self._due: list[Due] = []
        self._numbers = 0
        self._planned: list[tuple[int, str]] = []

    def add_index(self, index: Index, vectors: Vectors) -> None:
        """Add an index with its records."""
        self.indexes[index.name] = index
        self.hosts[index.host_key] = index.name
        self.vectors[index.id] = vectors
        self.imports[index.id] = {}

    def remove_index(self, index: Index, now: int) -> None:
        """Remove an index with its records, imports and schedules; its backups stay."""
        of_index = [each for each in self.schedules.values() if each.index_id == index.id]
        for schedule in of_index:
            del self.schedules[schedule.id]
        self.former.setdefault(index.name, {})[index.id] = now
        del self.indexes[index.name]
        del self.hosts[index.host_key]
        del self.vectors[index.id]
        for import_id in self.imports.pop(index.id):
            self.unstage(index.id, import_id)

    def add_backup(self, backup: Backup) -> None:
        """Add a backup to the project and to the lists that it is in."""
        self.backups[backup.id] = backup
        for roll in backup.rolls:
            self.rolls[roll].add(backup.id, backup.created_at)
        if backup.expires_at is not None:
            self.plan(backup.expires_at, backup.id)

    def remove_backup(self, backup: Backup) -> None:
        """Remove a backup from everywhere."""
        del self.backups[backup.id]
        for roll in backup.rolls:
            self.rolls[roll].remove(backup.id)

    def add_job(self, job: RestoreJob) -> None:
        """Add a restore job, which nothing removes."""
        self.jobs[job.id] = job
        self.rolls[JOBS].add(job.id, job.created_at)

    def put_schedule(self, schedule: Schedule) -> None:
        """Add a schedule, or put it in the place of what it was."""
        self.schedules[schedule.id] = schedule
        if schedule.run is not None:
            self.plan(schedule.run.at, schedule.id)

    def plan(self, at: int, identifier: str) -> None:
        """Have a schedule or a backup looked at when the clock reaches a time."""
        heapq.heappush(self._planned, (at, identifier))

    def next_planned(self, now: int) -> tuple[int, str] | None:
        """Take the earliest of these moments that has come, or None when there is none."""
        if not self._planned or self._planned[0][0] > now:
            return None
        return heapq.heappop(self._planned)

    def deleted_at(self, index: Index) -> int | None:
        """Return when an index was deleted, or None while it is there."""
        return self.former.get(index.name, {}).get(index.id)

    def schedule(self, at: int, index_id: str, import_id: str) -> None:
        """Have an import looked at when the clock reaches a time."""
        self._numbers += 1
        heapq.heappush(self._due, Due(at, self._numbers, index_id, import_id))

    def unstage(self, index_id: str, import_id: str) -> Staged | None:
        """Take out what an import has read, or stop reading it."""
        self.readers.pop((index_id, import_id), None)
        return self.staged.pop((index_id, import_id), None)

    def next_due(self, now: int) -> Due | None:
        """Take the earliest moment that has come, or None when nothing is due."""
        if not self._due or self._due[0].at > now:
            return None
        return heapq.heappop(self._due)

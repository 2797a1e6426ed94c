"""What a policy keeps over time: each backup that it takes, and until when.

The schedule and the retention alone, with every slot taken when it is due. Guards, holds and
limits of expiries only make a backup stay longer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import accumulate

from reconciler.model.retention import Copy, Retention, covered_last, keep
from reconciler.model.schedule import Schedule, slots
from reconciler.model.values import Micros
from reconciler.model.zone import LATEST


@dataclass(frozen=True, slots=True)
class Stay:
    """One backup: when it was taken and when it expired, which is None while it is kept.

    `rules` are those that keep it, or kept it last.
    """

    copy: Copy
    expired_at: Micros | None
    rules: tuple[str, ...]

    def there(self, at: Micros) -> bool:
        """Whether the backup exists at a moment."""
        return self.copy.taken_at <= at < (LATEST if self.expired_at is None else self.expired_at)


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides about the backups of one index."""

    schedule: Schedule
    retention: Retention
    zone: tzinfo

    @property
    def rules(self) -> tuple[Retention, tzinfo]:
        """What judges copies."""
        return self.retention, self.zone


@dataclass(frozen=True, slots=True)
class Timeline:
    """All backups that were there between two moments, oldest first."""

    start: Micros
    end: Micros
    stays: tuple[Stay, ...]

    def at(self, moment: Micros) -> tuple[Stay, ...]:
        """Give the backups that exist at a moment, oldest first."""
        return tuple(stay for stay in self.stays if stay.there(moment))

    def most(self) -> int:
        """Give the most backups at one time, which is what the quota must hold.

        A new one is there before an old one goes.
        """
        changes = [(stay.copy.taken_at, 0, 1) for stay in self.stays]
        changes += [(stay.expired_at, 1, -1) for stay in self.stays if stay.expired_at is not None]
        return max(accumulate(change for _, _, change in sorted(changes)), default=0)


def simulate(policy: Policy, start: Micros, end: Micros, existing: Sequence[Copy] = ()) -> Timeline:
    """Live from start to end: at each slot a backup is taken, and what no rule keeps expires.

    `existing` are backups that are there at the start; they are judged at the first slot. A slot
    at the start itself has passed. A new backup has its slot's time, and that number as its id.
    """
    there = sorted(existing, key=lambda copy: (copy.taken_at, copy.id))
    rules = {**covered_last(there, *policy.rules, start), **keep(there, *policy.rules, start)}
    stays: list[Stay] = []
    for slot in slots(policy.schedule, start, end):
        there.append(Copy(str(slot), slot))
        kept = keep(there, *policy.rules, slot)
        stays += (Stay(copy, slot, rules[copy.id]) for copy in there if copy.id not in kept)
        there = [copy for copy in there if copy.id in kept]
        rules = {**kept}
    stays += (Stay(copy, None, rules[copy.id]) for copy in there)
    return Timeline(start, end, tuple(sorted(stays, key=lambda stay: stay.copy.taken_at)))

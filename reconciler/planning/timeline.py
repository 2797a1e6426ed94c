"""What a policy keeps over time: each backup that it takes, and until when.

Every slot is taken when it is due and succeeds, and what expires goes with that slot. Bounds of
expiries in one run, and runs that come late, only make a backup stay longer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from reconciler.model.retention import NO_RULE, Copy, Retention, covered_last, keep
from reconciler.model.schedule import Schedule, slots
from reconciler.model.track import Track
from reconciler.model.values import SECOND, Micros
from reconciler.model.zone import LATEST

MOST_SLOTS: Final = 100_000
"""A simulation with more is given up, since nobody could read what it shows."""

MOST_WORK: Final = 5_000_000
"""So many backups are judged, slot by slot, before a simulation is given up as too long."""

_HELD: Final = "held"
_PIECE: Final = 30 * 86_400 * SECOND

Rules = Mapping[str, tuple[str, ...]]
"""What keeps each backup, by its id."""


class TooLongError(Exception):
    """More backups and slots than can be judged in a time that people wait for."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One backup: when it was taken and when it expired, which is None while it is kept.

    `rules` are those that keep it, or kept it last; none where others were dated later all along.
    Real ones existed at the start, whatever time the API's clock gave them.
    """

    copy: Copy
    expired_at: Micros | None
    rules: tuple[str, ...]
    is_real: bool = False

    def there(self, at: Micros) -> bool:
        """Whether the backup exists at a moment."""
        return self.copy.taken_at <= at < (LATEST if self.expired_at is None else self.expired_at)


@dataclass(frozen=True, slots=True)
class Timeline:
    """All backups that were there between two moments, oldest first."""

    start: Micros
    end: Micros
    stays: tuple[Stay, ...]

    def at(self, moment: Micros) -> tuple[Stay, ...]:
        """Give the backups that exist at a moment, oldest first."""
        return tuple(stay for stay in self.stays if stay.there(moment))

    def counts(self) -> tuple[tuple[Micros, int], ...]:
        """Give how many backups there are from each moment on at which their number changes.

        A new one is there before an old one goes.
        """
        changes = [(stay.copy.taken_at, 0, 1) for stay in self.stays]
        changes += [(stay.expired_at, 1, -1) for stay in self.stays if stay.expired_at is not None]
        changes.sort()
        sums = accumulate(change for _, _, change in changes)
        return tuple(zip((at for at, _, _ in changes), sums, strict=True))

    def most(self) -> int:
        """Give the most backups at one time, which is what the quota must hold."""
        return max((count for _, count in self.counts()), default=0)


def simulate(track: Track, start: Micros, end: Micros, most_work: int = MOST_WORK) -> Timeline:
    """Live from start to end: at each slot a backup is taken, and what nothing keeps expires.

    Backups that exist at the start are judged at the first slot. A slot at the start itself has
    passed. A new backup has its slot's time, and that number as its id. Raises TooLongError.
    """
    there = sorted(track.existing, key=lambda copy: (copy.taken_at, copy.id))
    due = () if track.schedule is None else _due(track.schedule, start, end)
    real = frozenset(copy.id for copy in there)
    if track.retention == Retention():
        copies = (*there, *(Copy(str(slot), slot) for slot in due))
        return _timeline(
            start, end, [Stay(one, None, (NO_RULE,), one.id in real) for one in copies]
        )
    rules: Rules = {
        **covered_last(there, track.retention, track.zone, start),
        **_kept(track, there, start),
    }
    stays: list[Stay] = []
    for slot in due:
        there.append(Copy(str(slot), slot))
        most_work -= len(there)
        if most_work < 0:
            raise TooLongError
        kept = _kept(track, there, slot)
        gone = (one for one in there if one.id not in kept)
        stays += (Stay(one, slot, rules.get(one.id, ()), one.id in real) for one in gone)
        there = [one for one in there if one.id in kept]
        rules = kept
    stays += (Stay(one, None, rules[one.id], one.id in real) for one in there)
    return _timeline(start, end, stays)


def _due(schedule: Schedule, start: Micros, end: Micros) -> Sequence[Micros]:
    """Give all slots; asked for piece by piece, so that too many are noticed early."""
    due: list[Micros] = []
    for since in range(start, end, _PIECE):
        due += slots(schedule, since, min(since + _PIECE, end))
        if len(due) > MOST_SLOTS:
            raise TooLongError
    return due


def _timeline(start: Micros, end: Micros, stays: Sequence[Stay]) -> Timeline:
    return Timeline(start, end, tuple(sorted(stays, key=lambda stay: stay.copy.taken_at)))


def _kept(track: Track, there: Sequence[Copy], now: Micros) -> Rules:
    kept = dict(keep(there, track.retention, track.zone, now))
    for id_, why in _besides(track, there, now):
        kept.setdefault(id_, (why,))
    return kept


def _besides(track: Track, there: Sequence[Copy], now: Micros) -> Iterator[tuple[str, str]]:
    """Give what stays whatever the rules say: the newest, and what is held."""
    newest = sorted(there, key=lambda copy: (copy.taken_at, copy.id))[-track.least :]
    yield from ((copy.id, f"min_ready {track.least}") for copy in newest)
    yield from ((id_, _HELD) for id_, end in track.held.items() if end is None or end > now)

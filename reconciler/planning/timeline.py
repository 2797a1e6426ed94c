"""What a policy keeps over time: each backup that it takes, and until when.

A run at the start, one at each slot and one at the end of each hold do all that they may: a slot is
taken when it is due and succeeds, and what nothing keeps goes. Bounds of expiries in one run, and
slots that are missed, only make a backup stay longer.
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
    bound: int = 0  # the most at one time, if runs let go as late as they may

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
        return max((self.bound, *(count for _, count in self.counts())))


def simulate(track: Track, start: Micros, end: Micros, most_work: int = MOST_WORK) -> Timeline:
    """Live from start to end: at each slot a backup is taken, and what nothing keeps expires.

    A slot at the start itself has passed; where its backup is missing it is taken at the start. A
    new backup has its slot's time, and that number as its id. Raises TooLongError.
    """
    runs = _runs(track, start, end)
    real = frozenset(copy.id for copy in track.existing)
    if track.keeps_all or track.retention == Retention():
        why = track.keeps_all or NO_RULE
        new = (Copy(str(at), at) for at, makes in runs if makes)
        stays = [Stay(one, None, (why,), one.id in real) for one in (*track.existing, *new)]
        return _timeline(start, end, stays)
    stays, most = _lived(track, runs, most_work)
    return _timeline(start, end, stays, most)


def _runs(track: Track, start: Micros, end: Micros) -> Sequence[tuple[Micros, bool]]:
    """Give the moments at which something may come or go, and whether a backup is taken then."""
    ends = (held.until for held in track.held.values() if held.until is not None)
    runs = dict.fromkeys((until for until in ends if start < until <= end), False)
    if track.schedule is not None:
        runs |= dict.fromkeys(_due(track.schedule, start, end), True)
    return sorted({**runs, start: track.is_late}.items())


def _lived(
    track: Track, runs: Sequence[tuple[Micros, bool]], most_work: int
) -> tuple[list[Stay], int]:
    """Judge what is there at each run, and give the most there may be before one lets go.

    `min_ready` counts a backup from the run after the one that makes it. That may come at once, so
    what only this keeps is said to go; or no sooner than the next slot, so the quota must hold it.
    """
    there = sorted(track.existing, key=lambda copy: (copy.taken_at, copy.id))
    real = frozenset(copy.id for copy in there)
    start, more = runs[0][0], False
    most = len(there) + any(makes for _, makes in runs)  # if nothing goes before the first slot
    rules: Rules = {
        **covered_last(there, track.retention, track.zone, start),
        **_kept(track, there, start),
    }
    stays: list[Stay] = []
    for at, makes in runs:
        newest = there[-track.least :]
        if makes:
            there.append(Copy(str(at), at))
        most_work -= len(there)
        if most_work < 0:
            raise TooLongError
        most = max(most, len(there) + more)
        kept = _kept(track, there, at)
        gone = (one for one in there if one.id not in kept)
        stays += (Stay(one, at, rules.get(one.id, ()), one.id in real) for one in gone)
        more = any(one.id not in kept for one in newest)
        there = [one for one in there if one.id in kept]
        rules = kept
    stays += (Stay(one, None, rules[one.id], one.id in real) for one in there)
    return stays, most


def _due(schedule: Schedule, start: Micros, end: Micros) -> Sequence[Micros]:
    """Give all slots; asked for piece by piece, so that too many are noticed early."""
    due: list[Micros] = []
    for since in range(start, end, _PIECE):
        due += slots(schedule, since, min(since + _PIECE, end))
        if len(due) > MOST_SLOTS:
            raise TooLongError
    return due


def _timeline(start: Micros, end: Micros, stays: Sequence[Stay], bound: int = 0) -> Timeline:
    return Timeline(start, end, tuple(sorted(stays, key=lambda stay: stay.copy.taken_at)), bound)


def _kept(track: Track, there: Sequence[Copy], now: Micros) -> Rules:
    kept = dict(keep(there, track.retention, track.zone, now))
    for id_, why in _besides(track, there, now):
        kept.setdefault(id_, (why,))
    return kept


def _besides(track: Track, there: Sequence[Copy], now: Micros) -> Iterator[tuple[str, str]]:
    """Give what stays whatever the rules say: the newest, and what is held."""
    newest = sorted(there, key=lambda copy: (copy.taken_at, copy.id))[-track.least :]
    yield from ((copy.id, f"min_ready {track.least}") for copy in newest)
    for id_, held in track.held.items():
        if held.until is None or held.until > now:
            yield id_, f"held: {held.reason}"

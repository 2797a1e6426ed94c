"""Plays a model under every schedule: each question that it asks is answered in every way.

A schedule is the list of answers that one play was given. A question that a play never comes to
asks is not part of its schedule: no two differ only in what their play never got to see.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

_T = TypeVar("_T")


class Verdict(Enum):
    """What came of one wanted backup."""

    CLEAN = "clean"
    """One was made, and state holds it."""
    DUPLICATE = "duplicate"
    """Several were made, and at least one of them cannot be told from a stranger's."""
    MARKED = "marked"
    """Several were made, and all of them carry our marker, though not all the same one."""
    NAMED = "named"
    """Several were made for one intent, which state holds: every plan names the others."""
    ADOPTED = "adopted"
    """State holds an object that somebody else made."""
    LOST = "lost"
    """State holds none in the end, or not what was recorded in it."""


class Schedule:
    """Answers questions: as prescribed first, then each new one with its first option."""

    def __init__(self, prescribed: Sequence[int]) -> None:
        self._prescribed = prescribed
        self.taken: list[tuple[int, int]] = []  # which option of how many, in the order asked
        self.answers: dict[str, object] = {}

    def ask(self, question: str, options: Sequence[_T]) -> _T:
        """Choose an option; a question that is asked again has the same answer."""
        if question in self.answers:
            return self.answers[question]  # type: ignore[return-value]  # same question, same type
        asked = len(self.taken)
        choice = self._prescribed[asked] if asked < len(self._prescribed) else 0
        self.taken.append((choice, len(options)))
        self.answers[question] = options[choice]
        return options[choice]

    def untried(self) -> Iterator[tuple[int, ...]]:
        """Give the schedules that leave this one at a question which it was first to ask."""
        choices = tuple(choice for choice, _ in self.taken)
        for asked in range(len(self._prescribed), len(self.taken)):
            for other in range(1, self.taken[asked][1]):
                yield (*choices[:asked], other)


@dataclass(slots=True)
class Tally:
    """How many schedules came to which verdict, and the first that came to each."""

    counts: Counter[Verdict] = field(default_factory=Counter)
    first: dict[Verdict, str] = field(default_factory=dict)

    @property
    def schedules(self) -> int:
        return self.counts.total()

    @property
    def duplicates(self) -> int:
        return self.counts[Verdict.DUPLICATE] + self.marked

    @property
    def marked(self) -> int:
        return self.counts[Verdict.MARKED] + self.counts[Verdict.NAMED]

    @property
    def is_clean(self) -> bool:
        return self.schedules > 0 and self.counts[Verdict.CLEAN] == self.schedules

    def numbers(self) -> tuple[int, ...]:
        """Give schedules, clean, duplicates, those all marked, those named, adopted, lost."""
        counts = self.counts
        return (
            self.schedules,
            counts[Verdict.CLEAN],
            self.duplicates,
            self.marked,
            counts[Verdict.NAMED],
            counts[Verdict.ADOPTED],
            counts[Verdict.LOST],
        )


def several(recorded: object, markers: Collection[object]) -> Verdict:
    """Judge a duplicate by the markers of all copies and that of the recorded one; None is none."""
    if None in markers:
        return Verdict.DUPLICATE
    return Verdict.NAMED if set(markers) == {recorded} else Verdict.MARKED


def tally(play: Callable[[Schedule], Verdict]) -> Tally:
    """Play every schedule there is; the order, and so each count, is always the same."""
    found = Tally()
    waiting: list[tuple[int, ...]] = [()]
    while waiting:
        schedule = Schedule(waiting.pop())
        verdict = play(schedule)
        found.counts[verdict] += 1
        if verdict not in found.first:
            found.first[verdict] = _said(schedule)
        waiting.extend(schedule.untried())
    return found


def _said(schedule: Schedule) -> str:
    """Name what went otherwise than it should; the first option of a question is the usual one."""
    troubles = (
        f"{question}: {answer}"
        for (question, answer), (choice, _) in zip(
            schedule.answers.items(), schedule.taken, strict=True
        )
        if choice
    )
    return "; ".join(troubles) or "nothing went wrong"

"""A only waits for a job and has given the state back; B uses it before, or while, the job ends.

Each look takes one tick. B comes once, and writes at the end of what it does; A may be killed at
any point. In the end C runs, undisturbed: it records what has ended. Then the end must be in state,
and nothing that B did may be undone. A run that is killed frees its lock, as the kernel does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Final, NamedTuple

from models.schedules import Schedule, Tally, Verdict, tally

ENDS = range(1, 5)  # when the job ends that A waits for
B_STARTS = range(1, 7)
TICKS = (1, 2, 3)  # between reading the state and writing it


class Deed(Enum):
    """What B does with the state."""

    RECORDS = "records the end, if it sees it"
    CHANGES_CARE = "changes what is declared of the entry"
    LETS_GO = "takes the entry out"
    MAKES_ANOTHER = "makes another of its name, in its place"
    ADDS = "makes something else"


class Known(Enum):
    """What A takes for the state when it writes."""

    BEFORE = "what it was when A gave it back"
    NOW = "what it is once A has taken it again"


class Sought(Enum):
    """Which entry A puts the end into."""

    OWN = "the one that A knew, as A knew it"
    NAME = "the one that has its name, as it is"
    OBJECT = "the one that stands for the same object, as it is"


@dataclass(frozen=True, slots=True)
class Guards:
    """What a variant does against the other operator."""

    known: Known
    sought: Sought
    lock: bool = True


class Entry(NamedTuple):
    """An entry: whose job, whether it is recorded as ended, and who declared it last."""

    job: str
    ended: bool = False
    care: str = "A"


class State(NamedTuple):
    """All that is in state: the entry that A waits for, and what others add."""

    entry: Entry | None
    more: bool = False


@dataclass(slots=True)
class World:
    """Time, the state and its lock, and when jobs end."""

    ends: dict[str, int]
    state: State
    now: int = 0
    holder: str | None = None

    def acquire(self, who: str) -> bool:
        self.holder = self.holder or who
        return self.holder == who

    def has_ended(self, entry: Entry) -> bool:
        return self.now >= self.ends[entry.job]


def a(world: World, guards: Guards, schedule: Schedule) -> Iterator[int]:
    """Wait for the end and record it; gives the ticks until it goes on."""
    before = world.state
    waited_for = before.entry or Entry("A's")
    while not world.has_ended(waited_for):
        yield 1
    while guards.lock and not world.acquire("A"):
        yield 1
    known = before if guards.known is Known.BEFORE else world.state
    yield schedule.ask("ticks of A's record", TICKS)
    now = waited_for if guards.sought is Sought.OWN else known.entry
    same = now is not None and now.job == waited_for.job
    if now is not None and (same or guards.sought is Sought.NAME):
        world.state = known._replace(entry=now._replace(ended=True))
    if world.holder == "A":
        world.holder = None


def b(world: World, deed: Deed, schedule: Schedule) -> Iterator[int]:
    """Do one thing under the lock."""
    while not world.acquire("B"):
        yield 1
    known = world.state
    yield schedule.ask("ticks of B's deed", TICKS)
    world.state = _done(world, known, deed)
    world.holder = None


def _done(world: World, known: State, deed: Deed) -> State:
    entry = known.entry or Entry("A's")
    match deed:
        case Deed.RECORDS:
            return known._replace(entry=entry._replace(ended=world.has_ended(entry)))
        case Deed.CHANGES_CARE:
            return known._replace(entry=entry._replace(care="B"))
        case Deed.LETS_GO:
            return known._replace(entry=None)
        case Deed.MAKES_ANOTHER:
            world.ends["B's"] = 1_000
            return known._replace(entry=Entry("B's", care="B"))
        case Deed.ADDS:
            return known._replace(more=True)


def play(guards: Guards, schedule: Schedule) -> Verdict:
    """Let both work until they end, then C; A may be killed whenever it goes on."""
    world = World({"A's": schedule.ask("the job ends at tick", ENDS)}, State(Entry("A's")))
    deed = schedule.ask("B", tuple(Deed))
    crew = {"A": a(world, guards, schedule), "B": b(world, deed, schedule)}
    wakes = {"A": 0, "B": schedule.ask("B starts at tick", B_STARTS)}
    while crew:
        who = min(sorted(crew), key=lambda one: wakes[one])
        world.now = wakes[who]
        killed = who == "A" and schedule.ask(f"A is killed at tick {world.now}", (False, True))
        ticks = None if killed else next(crew[who], None)
        if killed and world.holder == "A":
            world.holder = None
        if ticks is None:
            del crew[who]
        else:
            wakes[who] = world.now + ticks
    world.now = 100
    entry = world.state.entry
    if entry is not None and world.has_ended(entry):
        world.state = world.state._replace(entry=entry._replace(ended=True))
    return Verdict.CLEAN if world.state == _expected(deed) else Verdict.LOST


def _expected(deed: Deed) -> State:
    """Give the state in which the end is recorded and what B did stands."""
    match deed:
        case Deed.LETS_GO:
            return State(None)
        case Deed.MAKES_ANOTHER:
            return State(Entry("B's", care="B"))
        case _:
            care = "B" if deed is Deed.CHANGES_CARE else "A"
            return State(Entry("A's", ended=True, care=care), more=deed is Deed.ADDS)


def check(guards: Guards) -> Tally:
    """Play a variant under every schedule."""
    return tally(partial(play, guards))


VARIANTS: Final[Mapping[str, Guards]] = {
    "lock, the state as it was": Guards(Known.BEFORE, Sought.OWN),
    "lock, the entry as it was": Guards(Known.NOW, Sought.OWN),
    "lock, the entry of that name": Guards(Known.NOW, Sought.NAME),
    "no lock, the entry of that object": Guards(Known.NOW, Sought.OBJECT, lock=False),
    "ours: lock, the entry of that object": Guards(Known.NOW, Sought.OBJECT),
}

CLEAN: Final = frozenset({"ours: lock, the entry of that object"})
"""What must be clean; all the others must fail, or the model is blind."""

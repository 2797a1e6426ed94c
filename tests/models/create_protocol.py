"""One backup is wanted; every way in which kills, pauses, lost answers, lag and people interfere.

The model keeps durable writes, requests, waits and looks, and leaves out everything else. A send
takes one tick. The server carries a request out within four ticks or never, and shows the object
in lists at most two ticks later, but for one list that moves between its pages and skips ours. A
process that is killed is started again at once.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from models.schedules import Schedule, Tally, Verdict, several, tally

CRASHING_RUNS = 2
WINDOW = 5  # four ticks of the server and two of its lists, less the one that a send takes
MOST_SENDS = 3  # of one run of ours
PASSES = 2  # in which nothing was found before it counts as absent
REQUEST = 1  # from an intent's date to the end of its send, where the process does not stand still
STANDING_STILL = 8  # longer than both
LONG_AGO = -20


class Fate(NamedTuple):
    """What becomes of a request: carried out after so many ticks or never, answered or not."""

    done_after: int | None
    answered: bool = False


ANSWERED = Fate(0, answered=True)
FATES = (ANSWERED, Fate(0), Fate(1), Fate(2), Fate(3), Fate(4), Fate(None))
FAULTY_SENDS = 3  # every later one is answered
RUNS = CRASHING_RUNS + FAULTY_SENDS + 1  # enough to end well with one send a run


class Item(NamedTuple):
    """A live object; all have the wanted name. `marker` numbers the intent that it was made for."""

    created_at: int
    marker: int | None
    made_by_us: bool = True


class Intent(NamedTuple):
    """A create, written down; only who goes by the date reads it."""

    marker: int
    dated: int


@dataclass(slots=True)
class Disk:
    """What outlives a crash."""

    entry: Item | None = None
    intent: Intent | None = None


class CrashError(Exception):
    """The process is gone."""


class World:
    """The server and the clock; whatever may go wrong is asked of the schedule."""

    def __init__(self, schedule: Schedule) -> None:
        self.now = 0
        self.items: list[Item] = []
        self._ask = schedule.ask
        self._intents = self._sends = self._lists = 0
        self._run = self._points = self._second_run_at = 0
        self._skipped = False

    def begin_run(self) -> None:
        self._run += 1
        self._points = 0
        if self._run == 2:
            self._second_run_at = self.now

    def point(self, name: str) -> None:
        """Stand at a point where the process may be killed."""
        self._points += 1
        if self._run > CRASHING_RUNS:
            return
        place = f"run {self._run} is killed at point {self._points}, {name}"
        if self._ask(place, (False, True)):
            raise CrashError

    def new_intent(self) -> Intent:
        self._intents += 1
        return Intent(self._intents, self.now)

    def skew(self) -> int:
        """Say how far the client's clock is ahead; only who goes by it ever asks."""
        return self._ask("client clock ahead by", (0, -2, 2))

    def stand_still(self) -> None:
        """Be suspended between the last write and a send, at most once in all."""
        sends = ("none", *range(1, FAULTY_SENDS + 1))
        if self._ask("process stands still before send", sends) == self._sends + 1:
            self.now += STANDING_STILL

    def send(self, marker: int | None) -> Item | None:
        """Send one create, once; None when no answer comes."""
        self.point("about to send")
        self._sends += 1
        faulty = self._sends <= FAULTY_SENDS
        fate = self._ask(f"send {self._sends}", FATES) if faulty else ANSWERED
        item = None if fate.done_after is None else Item(self.now + fate.done_after, marker)
        if item is not None:
            self.items.append(item)
        self.now += 1
        self.point("sent, nothing recorded")  # an answer that came dies with the process
        return item if fate.answered else None

    def listing(self) -> list[Item]:
        """List what can be seen by now, oldest first."""
        live = sorted((*self.items, *self._human()), key=lambda item: item.created_at)
        lag = self._ask("list lag", (0, 1, 2)) if live else 0
        return self._but_one([item for item in live if item.created_at + lag <= self.now])

    def _but_one(self, shown: list[Item]) -> list[Item]:
        """Skip what we made, once in all: somebody removed another object between two pages."""
        made = [item for item in shown if item.made_by_us]
        if not made or self._skipped:
            return shown
        self._lists += 1
        self._skipped = self._ask(f"list {self._lists} skips ours", (False, True))
        return [item for item in shown if item != made[0]] if self._skipped else shown

    def _human(self) -> tuple[Item, ...]:
        """Somebody may make an object of the same name: before all runs, or after the first."""
        when = self._ask("a human makes one", ("never", "before", "between"))
        if when == "before":
            return (Item(LONG_AGO, None, made_by_us=False),)
        if when == "between" and self._run > 1:
            return (Item(self._second_run_at, None, made_by_us=False),)
        return ()


Protocol = Callable[[World, Disk], None]
"""One run: what it does when nothing is recorded yet. It ends, or is killed at a point."""

Matches = Callable[[World, Item, Intent], bool]


def naive(world: World, disk: Disk) -> None:
    """Record the id once it is known, as Terraform does."""
    disk.entry = world.send(None)


def with_intent(matches: Matches, wait: int, world: World, disk: Disk, *, passes: int = 1) -> None:
    """Write the intent down first; a later run waits, looks for what matches, else resends."""
    if disk.intent is None:
        disk.intent = world.new_intent()
    else:
        world.now += wait
        found = _looked_for(matches, world, disk.intent, passes)
        if found:
            disk.entry = found[0]
            return
    disk.entry = world.send(disk.intent.marker if matches is by_marker else None)


def by_name(_world: World, _item: Item, _intent: Intent) -> bool:
    return True  # all objects have the wanted name


def by_name_and_time(world: World, item: Item, intent: Intent) -> bool:
    return item.created_at >= intent.dated + world.skew()


def by_marker(_world: World, item: Item, intent: Intent) -> bool:
    return item.marker == intent.marker


def ours(
    window: int, world: World, disk: Disk, *, by_date: bool = False, passes: int = PASSES
) -> None:
    """Do what `workflow.apply` and `engine.create` do: settle, plan, then send and settle.

    The window of an earlier run's intent counts from the start of this run; `by_date`, from when
    the intent was written last, which was before each send.
    """
    if disk.intent is not None:
        passed = max(0, world.now - disk.intent.dated - REQUEST) if by_date else 0
        world.now += max(0, window - passed)
        if _take_up(world, disk, disk.intent, passes):
            return
        disk.intent = None  # surely not there: dropped, and made only if a new plan says so
        world.point("dropped")
    marked = [item for item in world.listing() if item.marker is not None]
    if marked:  # the new plan finds our lineage and address on a live object
        disk.entry = marked[0]
        return
    intent = disk.intent = world.new_intent()
    for _ in range(MOST_SENDS):
        disk.intent = Intent(intent.marker, world.now)
        world.stand_still()
        made = world.send(intent.marker)
        if made is not None:
            disk.entry, disk.intent = made, None
            return
        world.now += window
        if _take_up(world, disk, intent, passes):
            return


def _looked_for(matches: Matches, world: World, intent: Intent, passes: int) -> list[Item]:
    """List until something matches, so many times at most."""
    found: list[Item] = []
    for _ in range(passes):
        found = found or [item for item in world.listing() if matches(world, item, intent)]
    world.point("looked")
    return found


def _take_up(world: World, disk: Disk, intent: Intent, passes: int) -> bool:
    """Look for what the intent made; record it, and end the intent, if it is there."""
    found = _looked_for(by_marker, world, intent, passes)
    if found:
        disk.entry, disk.intent = found[0], None
    return bool(found)


def play(protocol: Protocol, schedule: Schedule) -> Verdict:
    """Run until something is recorded; only the first two runs may be killed."""
    world, disk = World(schedule), Disk()
    for _ in range(RUNS):
        world.begin_run()
        with suppress(CrashError):
            protocol(world, disk)
        if disk.entry is not None:
            return _verdict(world, disk.entry)
    return Verdict.LOST


def _verdict(world: World, entry: Item) -> Verdict:
    if not entry.made_by_us:
        return Verdict.ADOPTED
    if len(world.items) == 1:
        return Verdict.CLEAN
    return several(entry.marker, [item.marker for item in world.items])


def check(protocol: Protocol) -> Tally:
    """Play a protocol under every schedule."""
    return tally(partial(play, protocol))


PROTOCOLS: Final[Mapping[str, Protocol]] = {
    "naive": naive,
    "intent + name, no wait": partial(with_intent, by_name, 0),
    "intent + name, wait 6": partial(with_intent, by_name, 6),
    "intent + name + created_at, wait 6": partial(with_intent, by_name_and_time, 6),
    "intent + marker, no wait": partial(with_intent, by_marker, 0),
    "intent + marker, wait 3": partial(with_intent, by_marker, 3),
    "intent + marker, wait 4": partial(with_intent, by_marker, 4),
    "intent + marker, wait 5": partial(with_intent, by_marker, 5),
    "intent + marker, wait 6": partial(with_intent, by_marker, 6),
    "intent + marker, wait 5, look twice": partial(with_intent, by_marker, 5, passes=2),
    "ours with a window too short": partial(ours, WINDOW - 1),
    "ours with one look": partial(ours, WINDOW, passes=1),
    "intent dated, window from the date": partial(ours, WINDOW, by_date=True),
    "ours": partial(ours, WINDOW),
}

CLEAN: Final = frozenset({"intent + marker, wait 5, look twice", "ours"})
"""What must be clean; all the others must fail, or the model is blind."""

"""Two operators apply the same configuration; one of them is paused, killed or both.

A starts first and B within the next twelve ticks; in the end C runs, undisturbed. A pause stops A
whole, its renewals and timeouts too, as a closed lid does. Each step takes one tick; the server
carries a request out within four and lists the object at once. The lock keeps others out while it
holds, the position keeps a stale writer off our file; only the intent protects their API.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from typing import Final, NamedTuple

from models.schedules import Schedule, Tally, Verdict, several, tally

TTL = 4
WINDOW = 5
REQUEST = 2  # the longest from an intent's date to the end of its send, where none is paused
B_STARTS = range(1, 13)
DELAYS = (0, 2, 4)


class Trouble(NamedTuple):
    """What happens to A at some point."""

    paused: int = 0
    killed: bool = False


NONE, KILLED = Trouble(), Trouble(killed=True)
ALL_TROUBLE = (NONE, *(Trouble(paused=ticks) for ticks in range(1, 13)), KILLED)


class Lock(Enum):
    """When somebody else's lock may be taken."""

    NONE = "always"
    EXPIRES = "when it was not renewed for the TTL"
    KERNEL = "when its holder is dead; a suspended one keeps it"


@dataclass(frozen=True, slots=True)
class Guards:
    """What a variant does against the other operator."""

    lock: Lock
    cas: bool = False  # a write names the position it stands on
    intent: bool = False  # the create is written down first, and settled by whoever finds it
    fence: bool = False  # taking the lock moves the position
    check: bool = False  # whether the lock is still held is asked right before the send
    by_date: bool = False  # the window counts from the last write of the intent, not from the lock


class StaleError(Exception):
    """Somebody else has written since."""


class Item(NamedTuple):
    """A live object, and the intent that it was made for."""

    listed_from: int
    marker: str | None


@dataclass(slots=True)
class World:
    """The server, the state and the lock, which the operators share."""

    guards: Guards
    now: int = 0
    items: list[Item] = field(default_factory=list)
    position: int = 0
    entry: Item | None = None
    intent: tuple[str, int] | None = None  # marker, dated
    holder: str | None = None
    expires: int = 0
    dead: set[str] = field(default_factory=set)

    def acquire(self, who: str) -> bool:
        free = {
            Lock.NONE: True,
            Lock.EXPIRES: self.now >= self.expires,
            Lock.KERNEL: self.holder in self.dead,
        }[self.guards.lock]
        if self.holder is None or free:
            self.holder = who
        return self.holder == who

    def save(
        self, at: int, *, entry: Item | None = None, intent: tuple[str, int] | None = None
    ) -> int:
        """Write state; StaleError where positions count and the log does not end at `at`."""
        if self.guards.cas and self.position != at:
            raise StaleError
        self.entry = self.entry or entry
        self.intent = intent
        self.position += 1
        return self.position

    def listing(self) -> list[Item]:
        return [item for item in self.items if item.listed_from <= self.now]


Step = tuple[str, int]
"""What an operator has just done, and after how many ticks it goes on."""

ENDED: Final[Step] = ("ended", 0)


def operator(world: World, me: str, ask: Callable[[str, Sequence[int]], int]) -> Iterator[Step]:
    """Apply once; a writer that was overtaken stops, and the lock is given back."""
    with suppress(StaleError):
        yield from _apply(world, me, ask)
    if world.holder == me:
        world.holder = None


def _apply(world: World, me: str, ask: Callable[[str, Sequence[int]], int]) -> Iterator[Step]:
    """Lock, load, settle, write down, send, record; guards say which of these count."""
    guards = world.guards
    while not world.acquire(me):
        yield "asked for the lock", 1
    at = world.save(world.position, intent=world.intent) if guards.fence else world.position
    made, open_intent = world.entry, world.intent
    yield "loaded", 1
    if made is not None:
        return
    marker = None
    if guards.intent:
        if open_intent is not None:
            passed = max(0, world.now - open_intent[1] - REQUEST) if guards.by_date else 0
            yield "found an intent", max(1, WINDOW - passed)
        ours = [item for item in world.listing() if item.marker is not None]
        if ours:
            world.save(at, entry=ours[0])
            return
        marker = me
        at = world.save(at, intent=(marker, world.now))
        yield "written the intent down", 1
    if guards.by_date:
        at = world.save(at, intent=(me, world.now))
    if guards.check and world.holder != me:
        return
    yield "checked all", 1
    delay = ask(f"ticks until {me}'s request is done", DELAYS)
    item = Item(world.now + delay, marker)
    world.items.append(item)
    yield "sent", delay + 1
    world.save(at, entry=item)


def play(guards: Guards, schedule: Schedule) -> Verdict:
    """Let A and B work until they end, then C; A may be paused once and killed, at any points."""
    world = World(guards)
    crew = {who: operator(world, who, schedule.ask) for who in "AB"}
    wakes = {"A": 0, "B": schedule.ask("B starts at tick", B_STARTS)}
    troubles: Sequence[Trouble] = ALL_TROUBLE
    while crew:
        who = _next(crew, wakes, schedule)
        world.now = wakes[who]
        point, ticks = next(crew[who], ENDED)
        if ticks == 0:
            del crew[who]
            continue
        trouble = schedule.ask(f"A, having {point}", troubles) if who == "A" else NONE
        if trouble.killed:
            world.dead.add(who)
            del crew[who]
            continue
        if world.holder == who:
            world.expires = world.now + ticks + TTL  # renewed while it runs, not while it is paused
        wakes[who] = world.now + ticks + trouble.paused
        if trouble.paused:
            troubles = (NONE, KILLED)
    for _, ticks in operator(world, "C", lambda _, options: options[0]):
        world.now += ticks
    return _verdict(world)


def _next(crew: Mapping[str, object], wakes: Mapping[str, int], schedule: Schedule) -> str:
    """Say whose turn it is; at the same tick either may come first."""
    if len(crew) > 1 and wakes["A"] == wakes["B"]:
        return schedule.ask("first of the same tick", "AB")
    return min(crew, key=lambda who: wakes[who])


def _verdict(world: World) -> Verdict:
    if world.entry is None:
        return Verdict.LOST
    if len(world.items) == 1:
        return Verdict.CLEAN
    return several(world.entry.marker, [item.marker for item in world.items])


def check(guards: Guards) -> Tally:
    """Play a variant under every schedule."""
    return tally(partial(play, guards))


_INTENT = Guards(Lock.EXPIRES, cas=True, intent=True)
_OURS = replace(_INTENT, lock=Lock.KERNEL)

VARIANTS: Final[Mapping[str, Guards]] = {
    "no lock": Guards(Lock.NONE),
    "lock with TTL": Guards(Lock.EXPIRES),
    "lock with TTL + CAS": Guards(Lock.EXPIRES, cas=True),
    "lock with TTL + CAS + intent": _INTENT,
    "lock with TTL + CAS + intent + check": replace(_INTENT, check=True),
    "lock with TTL + CAS + intent + check + fence": replace(_INTENT, check=True, fence=True),
    "kernel lock + CAS, no intent": replace(_OURS, intent=False),
    "intent dated, window from the date": replace(_OURS, by_date=True),
    "ours: kernel lock + CAS + intent": _OURS,
    "ours + fence": replace(_OURS, fence=True),
}

CLEAN: Final = frozenset({"ours: kernel lock + CAS + intent", "ours + fence"})
"""What must be clean; all the others must fail, or the model is blind."""

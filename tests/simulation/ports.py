"""The four ports of one simulated process; what lies behind them belongs to the world."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulation.boundaries import Boundaries
from unit.statefile.fakes import PowerDisk

from reconciler.emulator.routes.registry import find
from reconciler.emulator.service import Call as EmulatorCall
from reconciler.emulator.service import Ending
from reconciler.model.ports import AmbiguousError, Answer, Call, LockHandle

if TYPE_CHECKING:
    from simulation.world import Process, World

LATENCY_SECONDS = 0.01


class SeededRandom:
    """Bytes that a seed decides."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a simulation must repeat itself

    def take(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def copy(self) -> "SeededRandom":
        """Make another that gives the same bytes from here on."""
        other = SeededRandom(0)
        other._random.setstate(self._random.getstate())
        return other


class SimulatedClock:
    """The world's time; the wall clock of a process may be wrong, the steady one never jumps."""

    def __init__(self, now: Callable[[], int], skew: Callable[[], int] = lambda: 0) -> None:
        self._now = now
        self._skew = skew

    def now(self) -> int:
        return self._now() + self._skew()

    def steady(self) -> int:
        return self._now()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SimulatedDisk:
    """The world's disk, seen by a process that may die, or be failed, at every step."""

    def __init__(
        self,
        disk: PowerDisk,
        boundaries: Boundaries,
        fault: Callable[[str], Callable[[], None] | None],
    ) -> None:
        self._disk = disk
        self._boundaries = boundaries
        self._fault = fault
        self.writes = 0

    @contextmanager
    def _reads(self) -> Iterator[None]:
        with self._steps(self._fault("read")):
            yield

    @contextmanager
    def _changes(self, what: str, path: str) -> Iterator[None]:
        self.writes += 1
        fail = self._fault(what)
        name = f"{what} {path.rpartition('/')[2].partition('.tmp-')[0]}"

        def step() -> None:
            self._boundaries.hit(name)
            if fail is not None:
                fail()

        with self._steps(step):
            yield

    @contextmanager
    def _steps(self, step: Callable[[], None] | None) -> Iterator[None]:
        before, self._disk.on_step = self._disk.on_step, step
        try:
            yield
        finally:
            self._disk.on_step = before

    def read(self, path: str, limit: int) -> bytes | None:
        with self._reads():
            return self._disk.read(path, limit)

    def append(self, path: str, data: bytes, at: int) -> None:
        with self._changes("append", path):
            self._disk.append(path, data, at)

    def write_new(self, path: str, data: bytes) -> None:
        with self._changes("write", path):
            self._disk.write_new(path, data)

    def replace(self, source: str, target: str) -> None:
        with self._changes("rename", target):
            self._disk.replace(source, target)

    def remove(self, path: str) -> None:
        with self._changes("remove", path):
            self._disk.remove(path)

    def sync_folder(self, path: str) -> None:
        with self._changes("sync", path):
            self._disk.sync_folder(path)

    def make_folder(self, path: str) -> None:
        with self._changes("folder", path):
            self._disk.make_folder(path)

    def listing(self, path: str) -> tuple[str, ...]:
        with self._reads():
            return self._disk.listing(path)

    def lock(self, path: str, info: bytes) -> LockHandle | bytes:
        with self._changes("lock", path):
            return self._disk.lock(path, info)


@dataclass(frozen=True, slots=True)
class Request:
    """A call on its way, with the id of the operation that it asks for."""

    operation: str
    call: Call


Fault = Callable[["SimulatedTransport", Request], Awaitable[Answer]]


class SimulatedTransport:
    """Brings calls to the emulator, and its answers back as the real transport would."""

    def __init__(self, world: "World", process: "Process") -> None:
        self.world = world
        self.process = process
        self._boundaries = process.boundaries
        self._who = process.name

    async def exchange(self, call: Call) -> Answer:
        world = self.world
        asked = Request(operation_of(call), call)
        world.sent.append(call)
        world.sent_at.append(world.now())
        if world.on_call is not None:
            world.on_call(world, call)
        fault = None if world.weather is None else world.weather.over(asked, self.process.lacks)
        self._boundaries.hit(f"send {asked.operation}")
        answer = await (self.whole(asked) if fault is None else fault(self, asked))
        if fault is None and world.weather is not None:
            world.remember(call.url, answer)  # a replica that lags may give it once more
        self._boundaries.hit(f"answered {asked.operation}")
        return answer if world.on_answer is None else world.on_answer(call, answer)

    async def whole(self, asked: Request, query: str | None = None) -> Answer:
        """Have a request carried out and answered."""
        answer, seconds = self.carry_out(asked, query)
        if seconds >= asked.call.deadline_seconds:
            await asyncio.sleep(asked.call.deadline_seconds)
            raise AmbiguousError("no whole answer in time")
        await asyncio.sleep(LATENCY_SECONDS + seconds)
        if answer is None:
            raise AmbiguousError("the connection broke")
        return answer

    def carry_out(self, asked: Request, query: str | None = None) -> tuple[Answer | None, float]:
        """Have the server do it: the answer, None where it is not whole, and how long it takes."""
        reply = self.world.deliver(self._who, self._sent(asked, query))
        self._boundaries.hit(f"done {asked.operation}")
        answer = {name.lower(): value for name, value in reply.headers}
        whole = Answer(reply.status, answer, reply.body)
        return (whole if reply.ending is Ending.WHOLE else None), reply.delay_seconds

    def postpone(self, asked: Request, seconds: float) -> None:
        """Have the server do it later, though nobody will hear of it."""
        self.world.postpone(seconds, self._who, self._sent(asked, None))

    def _sent(self, asked: Request, query: str | None) -> EmulatorCall:
        path, rest = target_of(asked.call)
        headers = {**asked.call.headers, "Api-Key": "simulated"}
        whole = rest if query is None else query
        return EmulatorCall(asked.call.method, path, whole, headers, asked.call.body or b"")

    async def close(self) -> None:
        """Nothing to close."""


def target_of(call: Call) -> tuple[str, str]:
    """Give path and query of a call, wherever it goes."""
    rest, _, query = call.url.partition("://")[2].partition("?")
    return "/" + rest.partition("/")[2], query


def operation_of(call: Call) -> str:
    """Give the operation id that a call asks for."""
    return find(call.method, target_of(call)[0]).operation or "unknown"

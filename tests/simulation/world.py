"""A simulated world: virtual time, a disk in memory, counted randomness, the emulator in process.

The real workflows run in it unchanged, through the four ports; hours of waiting take no time.
"""

import asyncio
import json
import random
import selectors
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from unit.statefile.fakes import CountedRandom, PowerDisk

from reconciler.config.build import build
from reconciler.emulator.samples import sample, seed
from reconciler.emulator.service import Call as EmulatorCall
from reconciler.emulator.service import Emulator, Ending, Knobs
from reconciler.engine.run import Stop
from reconciler.kinds import load_kinds
from reconciler.model.event import Event
from reconciler.model.observed import Marker
from reconciler.model.plan import Permissions, Plan
from reconciler.model.ports import AmbiguousError, Answer, Call, Ports
from reconciler.model.state import State
from reconciler.model.values import SECOND
from reconciler.settings import Settings
from reconciler.workflow.apply import Applied, apply
from reconciler.workflow.plan import plan
from reconciler.workflow.session import Session, read_state

_T = TypeVar("_T")

START = 1_795_000_000 * SECOND
BASE = "http://127.0.0.1:5080"


class _Idle(selectors.DefaultSelector):
    """A selector that never waits: what it was to wait is what time moves on."""

    def __init__(self) -> None:
        super().__init__()
        self.waited = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing will ever happen again: a dead end")
        self.waited += timeout
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time moves only when everybody waits."""

    def __init__(self) -> None:
        self._idle = _Idle()
        super().__init__(self._idle)

    def time(self) -> float:
        return self._idle.waited


@dataclass
class World:
    """Everything outside the process: it survives a crash of the process."""

    seconds: float = 0.0
    knobs: Knobs = field(default_factory=Knobs)
    disk: PowerDisk = field(default_factory=PowerDisk)
    random: "SeededRandom" = field(default_factory=lambda: SeededRandom(1))
    events: list[Event] = field(default_factory=list)
    sent: list[Call] = field(default_factory=list)
    sent_at: list[int] = field(default_factory=list)
    on_call: Callable[["World", Call], None] | None = None
    on_event: Callable[["World", Event], None] | None = None
    on_answer: Callable[[Call, Answer], Answer] | None = None
    decline: bool = False

    def __post_init__(self) -> None:
        ids = CountedRandom(1000)
        self.stop = Stop()
        self.emulator = Emulator(
            now=self.now,
            new_id=lambda: f"{ids.take(4).hex()}-0000",
            knobs=self.knobs,
            base_url=BASE,
        )
        seed(self.emulator, sample(["docs-prod"]))
        self.wait(60)

    def now(self) -> int:
        """Give UTC microseconds; time goes on inside a run's loop and between runs."""
        return START + int(self.seconds * SECOND) + self._inside()

    def _inside(self) -> int:
        try:
            return int(asyncio.get_running_loop().time() * SECOND)
        except RuntimeError:
            return 0

    def wait(self, seconds: float) -> None:
        """Let time pass between runs."""
        self.seconds += seconds

    def ports(self) -> Ports:
        """Build the four ports of a process that starts now."""
        return Ports(_Clock(self), self.disk, self.random, _Transport(self))

    def session(self, yaml: str, permissions: Permissions, **settings: Any) -> Session:  # noqa: ANN401
        """Open a session as the command line would."""
        kinds = load_kinds()
        self.stop = Stop()
        return Session(
            settings=Settings(api_url=BASE, state_path="state/default.json", **settings),
            ports=self.ports(),
            kinds=kinds,
            configuration=build([("main.yaml", f"version: 1\n{yaml}".encode())], kinds),
            permissions=permissions,
            on_event=self._hear,
            stop=self.stop,
        )

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        if self.on_event is not None:
            self.on_event(self, event)

    def plan(self, yaml: str, permissions: Permissions | None = None, **settings: Any) -> Plan:  # noqa: ANN401
        """Plan in a process of its own."""
        return self.process(plan(self.session(yaml, permissions or Permissions(), **settings)))

    def apply(self, yaml: str, permissions: Permissions | None = None, **settings: Any) -> Applied:  # noqa: ANN401
        """Apply in a process of its own."""
        session = self.session(yaml, permissions or Permissions(), **settings)
        return self.process(apply(session, lambda _: not self.decline))

    def process(self, work: Coroutine[Any, Any, _T]) -> _T:
        loop = VirtualLoop()
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                return runner.run(work)
        finally:
            self.seconds += loop.time()
            self.disk.locks.clear()  # the kernel frees a dead process's locks

    def state(self) -> State:
        """Read the state as it is on disk."""
        session = self.session("", Permissions())
        return read_state(session.store().load())

    @property
    def lineage8(self) -> str | None:
        """Read the lineage from the newest marker, as an operator would."""
        for backup in self.send("GET", "/backups")["data"]:
            marker = Marker.split_description(backup.get("description") or "")[1]
            if marker is not None:
                return marker.lineage
        return None

    def send(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Do something by hand."""
        data = b"" if body is None else json.dumps(body).encode()
        headers = {"Api-Key": "by-hand", "Content-Type": "application/json"}
        reply = self.emulator.handle(EmulatorCall(method, path, "", headers, data))
        assert reply.status < 300, reply.body
        return json.loads(reply.body) if reply.body else None

    def fault(self, operation: str, kind: str, when: str = "after", **more: object) -> None:
        """Script a fault."""
        fault = {"operation": operation, "kind": kind, "when": when, **more}
        self.send("POST", "/_emulator/faults", [fault])

    def log(self, operation: str | None = None) -> Sequence[Mapping[str, Any]]:
        """Give the emulator's log."""
        entries: Sequence[Mapping[str, Any]] = self.send("GET", "/_emulator/log")
        return [one for one in entries if operation in {None, one["operation"]}]

    def committed(self, operation: str) -> int:
        """Count what was really done."""
        return sum(1 for one in self.log(operation) if one["committed"])


class SeededRandom:
    """Bytes that a seed decides."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a simulation must repeat itself

    def take(self, count: int) -> bytes:
        return self._random.randbytes(count)


class _Clock:
    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> int:
        return self._world.now()

    def steady(self) -> int:
        return self._world.now()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Transport:
    """Brings calls to the emulator, and its answers back as the real transport would."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def exchange(self, call: Call) -> Answer:
        self._world.sent.append(call)
        self._world.sent_at.append(self._world.now())
        if self._world.on_call is not None:
            self._world.on_call(self._world, call)
        path, _, query = call.url.removeprefix(BASE).partition("?")
        headers = {**call.headers, "Api-Key": "simulated"}
        admitted = EmulatorCall(call.method, path, query, headers, call.body or b"")
        reply = self._world.emulator.handle(admitted)
        await asyncio.sleep(0.01 + reply.delay_seconds)
        if reply.ending is not Ending.WHOLE:
            raise AmbiguousError("the connection broke")
        answer = {name.lower(): value for name, value in reply.headers}
        whole = Answer(reply.status, answer, reply.body)
        return whole if self._world.on_answer is None else self._world.on_answer(call, whole)

    async def close(self) -> None:
        """Nothing to close."""

"""A simulated world: virtual time, a disk in memory, counted randomness, the emulator in process.

The real workflows run in it unchanged, through the four ports; hours of waiting take no time.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeVar

from simulation.boundaries import Boundaries
from simulation.loop import VirtualLoop, VirtualTime
from simulation.oracle import Oracle
from simulation.ports import SeededRandom, SimulatedClock, SimulatedDisk, SimulatedTransport
from simulation.weather import Weather
from unit.statefile.fakes import CountedRandom, PowerDisk

from reconciler.config.build import build
from reconciler.emulator.samples import seed
from reconciler.emulator.service import Call as EmulatorCall
from reconciler.emulator.service import Emulator, Knobs, Reply
from reconciler.engine.run import Stop
from reconciler.kinds import load_kinds
from reconciler.model.desired import Configuration
from reconciler.model.event import Event
from reconciler.model.observed import Marker
from reconciler.model.plan import Permissions, Plan
from reconciler.model.ports import Answer, Call, Ports
from reconciler.model.state import State
from reconciler.model.values import SECOND
from reconciler.settings import Settings
from reconciler.statefile.local import LocalStore
from reconciler.workflow.apply import Applied, apply
from reconciler.workflow.hold import read_state
from reconciler.workflow.plan import plan
from reconciler.workflow.session import Session

_T = TypeVar("_T")

START = 1_795_000_000 * SECOND
BASE = "http://127.0.0.1:5080"
HUMAN = "by hand"
PROCESS = "reconciler"


@dataclass
class Process:
    """One run of the program: where it may die, what its wall clock shows, and which state is its.

    It shares nothing with other processes but the world. What its key may not do any more is in
    `lacks`; `denied` says which operations were refused for that, with which status.
    """

    boundaries: Boundaries = field(default_factory=Boundaries)
    skew: int = 0
    state_path: str = "state/default.json"
    name: str = PROCESS
    lacks: set[str] = field(default_factory=set)
    denied: dict[str, int] = field(default_factory=dict)


@cache
def configured(yaml: str) -> Configuration:
    """Read a configuration; the same text is read once, since it costs as much as a run."""
    return build([("main.yaml", f"version: 1\n{yaml}".encode())], load_kinds())


@dataclass
class World:
    """Everything outside the processes: it survives a crash of theirs."""

    knobs: Knobs = field(default_factory=Knobs)
    disk: PowerDisk = field(default_factory=PowerDisk)
    random: SeededRandom = field(default_factory=lambda: SeededRandom(1))
    events: list[Event] = field(default_factory=list)
    sent: list[Call] = field(default_factory=list)
    sent_at: list[int] = field(default_factory=list)
    on_call: Callable[["World", Call], None] | None = None
    on_event: Callable[["World", Event], None] | None = None
    on_answer: Callable[[Call, Answer], Answer] | None = None
    decline: bool = False
    weather: Weather | None = None
    namespaces: Mapping[str, int] = field(default_factory=lambda: {"": 120, "fr": 80})

    def __post_init__(self) -> None:
        self.ids = CountedRandom(1000)
        self.time = VirtualTime()
        self._moment: float | None = None  # when a request is carried out that was late
        self.stop = Stop()
        self.under_way: Process | None = None  # the one that runs, or stands still
        self._answers: dict[str, tuple[float, Answer]] = {}
        self.late: list[tuple[float, str, EmulatorCall]] = []
        self.emulator = Emulator(
            now=self.now,
            new_id=lambda: f"{self.ids.take(4).hex()}-0000",
            knobs=self.knobs,
        )
        self.emulator.serve_at(BASE)
        tags = {"team": "samples"}
        index = {"name": "docs-prod", "tags": tags, "namespaces": self.namespaces}
        seed(self.emulator, {"indexes": [index]})
        self.oracle = Oracle(self.emulator)
        self.wait(60)

    def copy(self) -> "World":
        """Make another world in the same state, to go on in another way."""
        other = World(knobs=self.knobs, disk=self.disk.after_kill(), namespaces={})
        other.random, other.ids.taken = self.random.copy(), self.ids.taken
        other.time.seconds, other.late = self.time.seconds, list(self.late)
        there, here = other.emulator, self.emulator
        there._store, there._entries = deepcopy(here._store), list(here._entries)
        there._site = replace(here._site, new_id=there._site.new_id)
        other.oracle = replace(
            self.oracle,
            emulator=there,
            made=dict(self.oracle.made),
            violations=list(self.oracle.violations),
            declared=self.oracle.declared.copy(),
            floor_lifted=set(self.oracle.floor_lifted),
            counted=dict(self.oracle.counted),
            began=dict(self.oracle.began),
            ended=dict(self.oracle.ended),
            deleted=set(self.oracle.deleted),
            looked=dict(self.oracle.looked),
            described=dict(self.oracle.described),
            mistakable=set(self.oracle.mistakable),
            removed=dict(self.oracle.removed),
            touched=set(self.oracle.touched),
            by_hand=set(self.oracle.by_hand),
        )
        return other

    def now(self) -> int:
        """Give UTC microseconds; time goes on inside a run's loop and between runs."""
        seconds = self.time.seconds if self._moment is None else self._moment
        return START + int(seconds * SECOND)

    def wait(self, seconds: float) -> None:
        """Let time pass between runs."""
        self.time.seconds += seconds

    def session(
        self,
        yaml: str,
        permissions: Permissions,
        process: Process | None = None,
        **settings: Any,  # noqa: ANN401 - whatever the settings take
    ) -> Session:
        """Open a session as the command line would."""
        it = process or Process()
        configuration = configured(yaml)
        if it.name == PROCESS:
            self.oracle.declared.read(configuration)
        self.stop, self.under_way = Stop(), it
        return Session(
            settings=Settings(api_url=BASE, state_path=it.state_path, **settings),
            ports=self.ports(it),
            kinds=load_kinds(),
            configuration=configuration,
            permissions=permissions,
            on_event=self._hear,
            stop=self.stop,
        )

    def ports(self, process: Process) -> Ports:
        """Build the four ports of a process that starts now."""
        weather = self.weather
        return Ports(
            SimulatedClock(self.now, lambda: process.skew),
            SimulatedDisk(
                self.disk,
                process.boundaries,
                lambda what: None if weather is None else weather.on_disk(what),
            ),
            self.random,
            SimulatedTransport(self, process),
        )

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        if self.on_event is not None:
            self.on_event(self, event)

    def plan(
        self,
        yaml: str,
        permissions: Permissions | None = None,
        process: Process | None = None,
        **settings: Any,  # noqa: ANN401 - whatever the settings take
    ) -> Plan:
        """Plan in a process of its own."""
        return self.process(
            plan(self.session(yaml, permissions or Permissions(), process, **settings))
        )

    def apply(
        self,
        yaml: str,
        permissions: Permissions | None = None,
        process: Process | None = None,
        **settings: Any,  # noqa: ANN401 - whatever the settings take
    ) -> Applied:
        """Apply in a process of its own."""
        session = self.session(yaml, permissions or Permissions(), process, **settings)
        return self.process(apply(session, lambda _: not self.decline))

    def process(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run a process to its end; the kernel frees its locks."""
        held = set(self.disk.locks)
        try:
            with asyncio.Runner(loop_factory=lambda: VirtualLoop(self.time)) as runner:
                runner.get_loop().set_exception_handler(lambda _loop, _context: None)
                return runner.run(work)
        finally:
            self.under_way = None
            for path in self.disk.locks.keys() - held:
                del self.disk.locks[path]

    def meanwhile(self, work: Callable[[], None]) -> None:
        """Do something while the process that is under way stands still, runs of others too."""
        stop, under_way = self.stop, self.under_way
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        self.stop, self.under_way = stop, under_way

    def state(self) -> State:
        """Read the state as it is on disk."""
        weather, self.weather = self.weather, None
        try:
            ports = self.ports(it := Process())
            store = LocalStore(it.state_path, ports.disk, ports.clock, ports.random)
            return read_state(store.load())
        finally:
            self.weather = weather

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
        path, _, query = path.partition("?")
        reply = self.deliver(HUMAN, EmulatorCall(method, path, query, headers, data))
        assert reply.status < 300, reply.body
        return json.loads(reply.body) if reply.body else None

    def deliver(self, who: str, call: EmulatorCall) -> Reply:
        """Have a request carried out now, after those that were under way and are due."""
        while self.late and self.late[0][0] <= self.time.seconds:
            self._moment, sender, due = self.late.pop(0)
            self.oracle.watch(sender, due, self.now())
            self._moment = None
        return self.oracle.watch(who, call, self.now())

    def postpone(self, seconds: float, who: str, call: EmulatorCall) -> None:
        """Have a request carried out later, though nobody waits for its answer any more."""
        self.late.append((self.time.seconds + seconds, who, call))
        self.late.sort(key=lambda one: one[0])

    def remember(self, url: str, answer: Answer) -> None:
        """Keep an answer that a lagging replica may give again."""
        self._answers[url] = (self.time.seconds, answer)

    def remembered(self, url: str, seconds: float) -> Answer | None:
        """Give an answer that is not older than so many seconds."""
        at, answer = self._answers.get(url, (-1e9, None))
        return answer if self.time.seconds - at < seconds else None

    def turn(self, knobs: Knobs) -> None:
        """Set the emulator's knobs for what starts from now on."""
        self.emulator._site = replace(self.emulator._site, knobs=knobs)

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

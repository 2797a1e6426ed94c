"""The emulator itself: one project behind one function from a call to a reply.

Nothing in here waits, listens or asks the machine for time or chance, so the same calls from the
same sources always give the same replies. A port (`http`) or a simulation drives it from outside.
"""

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace

from reconciler.emulator.bodies import number, read_json, read_object
from reconciler.emulator.buckets import Buckets
from reconciler.emulator.clock import Clock, timestamp
from reconciler.emulator.document import check, read, written
from reconciler.emulator.errors import Plane, Refusal, error_body, invalid, not_found
from reconciler.emulator.faults import Fault, FaultBook, Kind, When, read_faults
from reconciler.emulator.gate import let_in, route_of, turned_away
from reconciler.emulator.jobs import is_reading, read_on
from reconciler.emulator.journal import Entry
from reconciler.emulator.keeping import Keeper
from reconciler.emulator.knobs import Knobs, changed
from reconciler.emulator.quirks import with_quirks
from reconciler.emulator.routes.registry import Found, find, operations
from reconciler.emulator.sources import random_id, wall_clock
from reconciler.emulator.spoil import spoiled, unavailable
from reconciler.emulator.store import Store
from reconciler.emulator.stuck import release
from reconciler.emulator.timetable import catch_up
from reconciler.emulator.wire import CONTROL_PREFIX, Call, Ending, Reply, Site, json_reply

__all__ = ["Admitted", "Call", "Emulator", "Ending", "Knobs", "Reply"]

_BASE_URL = "http://127.0.0.1:5080"


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that has met its fault, if any, and is to be performed after `wait_seconds`."""

    call: Call
    found: Found
    fault: Fault | None
    wait_seconds: float


class Emulator:
    """A project of the emulated service, with its clock, faults and journal.

    Args:
        now: the time in UTC microseconds, to which advances of the clock are added.
        new_id: makes the id of a new object; never the same twice.
        knobs: how long jobs take and how much fits in.
        project: the seven characters that end every index host.
        invalid_keys: the API keys that are answered with 401.
        quirks: whether to answer with the oddities that were seen on the real service.
    """

    __slots__ = (
        "_book",
        "_clock",
        "_entries",
        "_invalid_keys",
        "_keeper",
        "_lock",
        "_site",
        "_store",
    )

    def __init__(
        self,
        *,
        now: Callable[[], int] = wall_clock,
        new_id: Callable[[], str] = random_id,
        knobs: Knobs | None = None,
        project: str = "1a2b3c4",
        invalid_keys: Collection[str] = frozenset({"pk_invalid"}),
        quirks: bool = False,
    ) -> None:
        self._clock = Clock(now)
        self._site = Site(_BASE_URL, project, knobs or Knobs(), new_id, quirks)
        self._invalid_keys = frozenset(invalid_keys)
        self._store = Store()
        self._book = FaultBook()
        self._entries: list[Entry] = []
        self._lock = threading.Lock()
        self._keeper: Keeper | None = None

    @property
    def knobs(self) -> Knobs:
        """The knobs as they stand."""
        return self._site.knobs

    @property
    def has_quirks(self) -> bool:
        """Whether answers show the oddities that were seen on the real service."""
        return self._site.quirks

    @property
    def journal(self) -> tuple[Entry, ...]:
        """Every API request so far, in the order in which they were performed."""
        return tuple(self._entries)

    def serve_at(self, base_url: str) -> None:
        """Say where index hosts seem to be, without a slash at the end; else on port 5080."""
        self._site = replace(self._site, base_url=base_url)

    def map_buckets(self, buckets: Buckets) -> None:
        """Say which folders the buckets of imports are; without it they bring made-up records."""
        self._site = replace(self._site, buckets=buckets)

    def read_in_slices(self) -> None:
        """Have imports wait for whoever calls `read_on`; else they are read when they begin."""
        self._site = replace(self._site, reads_in_slices=True)

    @property
    def is_reading(self) -> bool:
        """Whether an import waits for `read_on`."""
        return is_reading(self._store)

    def read_on(self) -> None:
        """Read a slice for the import that has waited longest, which takes milliseconds."""
        with self._lock:
            read_on(self._store)

    def keep_in(self, keeper: Keeper) -> None:
        """Go on with the project that is kept, and keep in it whatever changes; raises Refusal."""
        self._store, at = keeper.load()
        self._clock.reach(at)
        self._keeper = keeper

    def handle(self, call: Call) -> Reply:
        """Answer one call at once; `delay_seconds` tells how long the answer should have taken.

        A delay that is scripted before the commit is only told here. Whoever wants the commit to
        come late, after other requests, uses `admit` and, when the time has passed, `perform`.
        """
        admitted = self.admit(call)
        reply = self.perform(admitted)
        return replace(reply, delay_seconds=reply.delay_seconds + admitted.wait_seconds)

    def admit(self, call: Call) -> Admitted:
        """Take a call in, let it meet its fault, and say how long it must wait to be performed."""
        with self._lock:
            found = find(call.method, call.path)
            fault = self._book.draw(found.operation)
            late = fault and fault.kind is Kind.DELAY and fault.when is When.BEFORE
            return Admitted(call, found, fault, fault.delay_seconds if fault and late else 0.0)

    def perform(self, admitted: Admitted) -> Reply:
        """Carry out a call that was admitted, and answer it."""
        with self._lock:
            if admitted.call.path.startswith(CONTROL_PREFIX):
                return self._kept(self._control(admitted.call), admitted, with_time=True)
            return self._perform(admitted)

    def _perform(self, admitted: Admitted) -> Reply:
        now = self._clock.now()
        self._catch_up(now)
        fault, plane = admitted.fault, admitted.found.plane
        early = fault is not None and fault.when is When.BEFORE
        if fault is not None and early and fault.kind is not Kind.DELAY:
            reply, object_id = spoiled(fault, unavailable(plane, now), plane, now), None
        else:
            reply, object_id = self._operate(admitted, now)
            if fault is not None and not early:
                reply = spoiled(fault, reply, plane, now)
        reply = self._kept(reply, admitted)
        self._enter(admitted, reply, object_id, now)
        latency = self._site.knobs.latency_seconds
        return replace(reply, delay_seconds=reply.delay_seconds + latency) if latency else reply

    def _operate(self, admitted: Admitted, now: int) -> tuple[Reply, str | None]:
        found = admitted.found
        try:
            ask = let_in(admitted.call, found, now, self._site_in_force(), self._invalid_keys)
            answer = route_of(found).answer(self._store, ask)
        except Refusal as refusal:
            return turned_away(refusal, found, now), None
        payload = answer.payload
        if self.has_quirks and found.operation is not None and payload is not None:
            payload = with_quirks(found.operation, payload)
        reply = json_reply(answer.status, payload, now)
        return replace(reply, headers=reply.headers + answer.headers), answer.changed

    def _kept(self, reply: Reply, admitted: Admitted, *, with_time: bool = False) -> Reply:
        if self._keeper is None:
            return reply
        now = self._clock.now()
        try:
            self._keeper.save(self._store, now)
            if with_time:
                self._keeper.save_time(now)
        except Refusal as refusal:
            return turned_away(refusal, admitted.found, now)
        return reply

    def _catch_up(self, now: int) -> None:
        catch_up(self._store, self._site_in_force(), now)

    def _site_in_force(self) -> Site:
        knobs = self.knobs.in_force
        return self._site if knobs is self.knobs else replace(self._site, knobs=knobs)

    def _enter(self, admitted: Admitted, reply: Reply, object_id: str | None, now: int) -> None:
        call = admitted.call
        status = None if reply.ending is Ending.DROPPED else reply.status
        n = len(self._entries) + 1
        operation = admitted.found.operation
        self._entries.append(Entry(n, now, operation, call.method, call.path, status, object_id))

    def _control(self, call: Call) -> Reply:
        answers: Mapping[tuple[str, str], Callable[[bytes], object]] = {
            ("POST", "clock"): self._advance,
            ("GET", "knobs"): lambda _: asdict(self.knobs),
            ("POST", "knobs"): self._turn,
            ("POST", "faults"): self._script,
            ("DELETE", "faults"): lambda _: self._unscript(),
            ("GET", "log"): lambda _: [entry.payload() for entry in self._entries],
            ("GET", "snapshot"): lambda _: self._written(),
            ("PUT", "snapshot"): self._read,
            ("POST", "reset"): lambda _: self._reset(),
        }
        name = call.path.removeprefix(CONTROL_PREFIX)
        try:
            if (call.method, name) not in answers:
                raise not_found(f"there are {', '.join(' '.join(each) for each in answers)}")
            status, payload = 200, answers[call.method, name](call.body)
        except Refusal as refusal:
            status = refusal.status
            payload = error_body(Plane.CONTROL, status, refusal.code, refusal.message)
        return json_reply(status, payload, self._clock.now())

    def _advance(self, body: bytes) -> object:
        fields = read_object(body)
        if fields.keys() != {"advance_seconds"}:
            raise invalid("the body must hold advance_seconds and nothing else")
        self._clock.advance(number(fields["advance_seconds"], "advance_seconds"))
        self._catch_up(self._clock.now())
        return self._time()

    def _turn(self, body: bytes) -> object:
        knobs = changed(self.knobs, read_object(body))
        if self.knobs.jobs_stuck and not knobs.jobs_stuck:
            release(self._store, self._clock.now())
        self._site = replace(self._site, knobs=knobs)
        return asdict(knobs)

    def _script(self, body: bytes) -> object:
        return {"in_force": self._book.add(read_faults(read_json(body), operations()))}

    def _unscript(self) -> object:
        self._book.clear()
        return {"in_force": 0}

    def _written(self) -> object:
        now = self._clock.now()
        self._catch_up(now)
        return written(self._store, now)

    def _read(self, body: bytes) -> object:
        store, at = read(read_object(body))
        check(store, self._site, at)
        self._begin_with(store)
        self._clock.reach(at)
        return self._time()

    def _reset(self) -> object:
        self._begin_with(Store())
        self._clock.reset()
        return self._time()

    def _begin_with(self, store: Store) -> None:
        self._store = store
        self._book.clear()
        self._entries.clear()

    def _time(self) -> object:
        return {"now": timestamp(self._clock.now())}

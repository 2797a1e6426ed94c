"""The emulator itself: one project behind one function from a call to a reply.

Nothing in here waits, listens or asks the machine for time or chance, so the same calls from the
same sources always give the same replies. A port (`http`) or a simulation drives it from outside.
"""

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from reconciler.emulator.bodies import number, read_json, read_object
from reconciler.emulator.clock import Clock, timestamp
from reconciler.emulator.errors import (
    Code,
    Malformed,
    Plane,
    Refusal,
    error_body,
    invalid,
    not_found,
)
from reconciler.emulator.faults import Fault, FaultBook, Kind, When, read_faults
from reconciler.emulator.gate import let_in, route_of
from reconciler.emulator.jobs import settle
from reconciler.emulator.journal import Entry
from reconciler.emulator.knobs import Knobs, changed
from reconciler.emulator.routes.registry import Found, find, operations
from reconciler.emulator.sources import random_id, wall_clock
from reconciler.emulator.spoil import refusal_reply, spoiled, unavailable
from reconciler.emulator.store import Store
from reconciler.emulator.wire import Call, Ending, Reply, Site, json_reply

__all__ = ["Admitted", "Call", "Emulator", "Ending", "Knobs", "Reply"]

_CONTROL_PREFIX = "/_emulator/"
_UNAUTHENTICATED = 401
_UNPROCESSABLE = 422


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
        base_url: where index hosts seem to be, without a slash at the end.
        project: the seven characters that end every index host.
        invalid_keys: the API keys that are answered with 401.
    """

    __slots__ = ("_book", "_clock", "_entries", "_invalid_keys", "_lock", "_site", "_store")

    def __init__(
        self,
        *,
        now: Callable[[], int] = wall_clock,
        new_id: Callable[[], str] = random_id,
        knobs: Knobs | None = None,
        base_url: str = "http://127.0.0.1:5080",
        project: str = "1a2b3c4",
        invalid_keys: Collection[str] = frozenset({"pk_invalid"}),
    ) -> None:
        self._clock = Clock(now)
        self._site = Site(base_url, project, knobs or Knobs(), new_id)
        self._invalid_keys = frozenset(invalid_keys)
        self._store = Store()
        self._book = FaultBook()
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    @property
    def knobs(self) -> Knobs:
        """The knobs as they stand."""
        return self._site.knobs

    @property
    def journal(self) -> tuple[Entry, ...]:
        """Every API request so far, in the order in which they were performed."""
        return tuple(self._entries)

    def serve_at(self, base_url: str) -> None:
        """Say where the emulator can be reached, once the server knows its port."""
        self._site = replace(self._site, base_url=base_url)

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
            if admitted.call.path.startswith(_CONTROL_PREFIX):
                return self._control(admitted.call)
            return self._perform(admitted)

    def _perform(self, admitted: Admitted) -> Reply:
        now = self._clock.now()
        settle(self._store, now)
        fault, plane = admitted.fault, admitted.found.plane
        early = fault is not None and fault.when is When.BEFORE
        if fault is not None and early and fault.kind is not Kind.DELAY:
            reply, object_id = spoiled(fault, unavailable(plane, now), plane, now), None
        else:
            reply, object_id = self._operate(admitted, now)
            if fault is not None and not early:
                reply = spoiled(fault, reply, plane, now)
        self._enter(admitted, reply, object_id, now)
        return reply

    def _operate(self, admitted: Admitted, now: int) -> tuple[Reply, str | None]:
        found = admitted.found
        try:
            ask = let_in(admitted.call, found, now, self._site, self._invalid_keys)
            answer = route_of(found).answer(self._store, ask)
        except Malformed as refusal:
            return _refused(_with_its_status(refusal, found), found, now), None
        except Refusal as refusal:
            return _refused(refusal, found, now), None
        return json_reply(answer.status, answer.payload, now), answer.changed

    def _enter(self, admitted: Admitted, reply: Reply, object_id: str | None, now: int) -> None:
        call = admitted.call
        status = None if reply.ending is Ending.DROPPED else reply.status
        n = len(self._entries) + 1
        operation = admitted.found.operation
        self._entries.append(Entry(n, now, operation, call.method, call.path, status, object_id))

    def _control(self, call: Call) -> Reply:
        try:
            status, payload = 200, self._controlled(call)
        except Refusal as refusal:
            status = refusal.status
            payload = error_body(Plane.CONTROL, status, refusal.code, refusal.message)
        return json_reply(status, payload, self._clock.now())

    def _controlled(self, call: Call) -> object:
        match call.method, call.path.removeprefix(_CONTROL_PREFIX):
            case "POST", "clock":
                self._advance(call.body)
                return {"now": timestamp(self._clock.now())}
            case "POST", "knobs":
                knobs = changed(self._site.knobs, read_object(call.body))
                self._site = replace(self._site, knobs=knobs)
                return {name: getattr(knobs, name) for name in knobs.__slots__}
            case "POST" | "DELETE", "faults":
                return {"in_force": self._script(call)}
            case "GET", "log":
                return [entry.payload() for entry in self._entries]
            case "POST", "reset":
                self._reset()
                return {"now": timestamp(self._clock.now())}
            case _:
                raise not_found("POST clock, knobs, faults or reset, or GET log")

    def _advance(self, body: bytes) -> None:
        fields = read_object(body)
        if fields.keys() != {"advance_seconds"}:
            raise invalid("the body must hold advance_seconds and nothing else")
        self._clock.advance(number(fields["advance_seconds"], "advance_seconds"))

    def _script(self, call: Call) -> int:
        if call.method == "DELETE":
            self._book.clear()
            return 0
        return self._book.add(read_faults(read_json(call.body), operations()))

    def _reset(self) -> None:
        self._store = Store()
        self._book.clear()
        self._entries.clear()
        self._clock.reset()


def _with_its_status(refusal: Malformed, found: Found) -> Refusal:
    documented = found.route is not None and found.route.malformed == _UNPROCESSABLE
    return refusal.as_unprocessable() if documented else refusal


def _refused(refusal: Refusal, found: Found, now: int) -> Reply:
    if refusal.status == _UNAUTHENTICATED:
        return refusal_reply(found.plane, refusal.status, refusal.message, now)
    payload: Mapping[str, object] = error_body(
        found.plane, refusal.status, refusal.code, refusal.message
    )
    reply = json_reply(refusal.status, payload, now)
    if refusal.code is Code.UNIMPLEMENTED:
        return replace(reply, headers=(*reply.headers, ("allow", ", ".join(found.allowed))))
    return reply

"""What one run hands to all of its parts: client, ports, recorder, limits, and when to stop."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from reconciler.api.client import Api
from reconciler.engine.recorder import Recorder
from reconciler.model import records
from reconciler.model.address import Address
from reconciler.model.event import Event
from reconciler.model.kind import Kind, Remote
from reconciler.model.ports import Clock, Random
from reconciler.model.request import Request
from reconciler.model.state import PlanStep
from reconciler.model.values import SECOND, Fields, Micros

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SLICE_SECONDS = 0.5


class StoppedError(Exception):
    """Somebody asked the run to stop; what was going on stays pending."""


class TakenUpError(Exception):
    """Another run has let go of what this one only waited for, or made another in its place."""


class DeadlineError(Exception):
    """The deadline passed while a job was still running."""


def _nobody() -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Stop:
    """Whether to start nothing new; set from a signal handler, read everywhere.

    Once `acting`, what is in flight may have changed something and is given time to end; before,
    it can be given up at once.
    """

    requested: bool = False
    signal: int = 0
    acting: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How long things may take, and how many at a time."""

    settle_window: Micros
    timeout_seconds: float
    verify_seconds: float
    poll_seconds: float
    parallelism: int
    request_seconds: float
    wait: bool = True
    timeouts: Mapping[str, float] = field(default_factory=dict)

    def timeout(self, kind: str) -> float:
        """Give the longest wait, in seconds, for one job of a kind."""
        return self.timeouts.get(kind, self.timeout_seconds)


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that steps need; the recorder is the only writer of state."""

    api: Api
    clock: Clock
    random: Random
    recorder: Recorder
    kinds: Mapping[str, Kind]
    limits: Limits
    on_event: Callable[[Event], None]
    stop: Stop = field(default_factory=Stop)
    floor_lifted: frozenset[Address] = frozenset()  # whose last good copy may be deleted
    ending: frozenset[Address] = frozenset()  # which are deleted, with all that they left behind
    step: PlanStep | None = None  # of a saved plan, which the step at hand carries out
    on_waiting: Callable[[], None] = _nobody  # told once the step at hand sends nothing more

    @property
    def done(self) -> tuple[Fields, ...]:
        """What is to be recorded together with the effect of the step at hand."""
        return () if self.step is None else (records.done(self.step),)

    def dating(self) -> Micros:
        """Give the clock by which entries are dated: the API's as last heard, else our own.

        Another machine's run compares with it, and the clocks of two machines may differ.
        """
        heard = self.api.server_now()
        return self.clock.now() if heard is None else heard

    def remote(self, kind: str) -> Remote:
        """Give a kind's remote part; raises KeyError for kinds that have none."""
        found = self.kinds[kind].remote
        if found is None:
            raise KeyError(kind)
        return found

    async def send(
        self, request: Request, look_again: Callable[[], Awaitable[object]] | None = None
    ) -> Fields:
        """Send what changes something, as long as what comes of it can be recorded.

        `look_again` comes right before every repetition, as a look comes before the first attempt.
        Raises what it raises, ApiError, and StateError before an attempt that would go unrecorded.
        """

        async def prepare(attempt: int) -> None:
            self.recorder.check()
            if attempt > 1 and look_again is not None:
                await look_again()
                self.recorder.check()

        return await self.api.send(request, prepare)

    async def pause(self, seconds: float) -> None:
        """Sleep in slices, so that a request to stop is heard; raises StoppedError.

        Raises StateError when state cannot be saved: how the job ends would go unrecorded.
        """
        until = self.clock.steady() + int(seconds * SECOND)
        while True:
            if self.stop.requested:
                raise StoppedError
            self.recorder.check()
            left = (until - self.clock.steady()) / SECOND
            if left <= 0:
                return
            await self.clock.sleep(min(left, _SLICE_SECONDS))

    def check_deadline(self, started: Micros, seconds: float) -> None:
        """Raise DeadlineError once so much has passed; StoppedError if a stop was asked for."""
        if self.clock.steady() - started < seconds * SECOND:
            return
        if self.stop.requested:
            raise StoppedError
        raise DeadlineError

    def ulid(self) -> str:
        """Make a ULID: 48 bits of milliseconds, 80 of randomness, in Crockford's base 32."""
        number = (self.clock.now() // 1000) << 80 | int.from_bytes(self.random.take(10), "big")
        return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(26)))

"""Anything in any order: a state machine that hypothesis drives through a life with the program.

Rules edit the configuration, plan, apply, save plans for later, kill, interrupt, lock, and let
people and the service do what they like. After each of them nothing may be lost, doubled or touched
that is not ours; each decision must be so, and a run makes what is called for. In the end, in calm
weather, two runs must find nothing left to do, or the ways out that the plans name must lead there.
All chance comes from hypothesis, so it can shrink it.
"""

import random

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, rule
from simulation.boundaries import Boundaries
from simulation.deciding import Reckoning
from simulation.declaring import AGAIN
from simulation.people import DEEDS, touch_failed
from simulation.running import Running
from simulation.saving import apply_file, changes, saved
from simulation.story import SETTINGS
from simulation.weather import DISK_KINDS, STRIKES, Weather
from simulation.world import PROCESS, Process

from reconciler.emulator.service import Knobs
from reconciler.errors import LockedError
from reconciler.model.address import Address
from reconciler.model.event import Cause
from reconciler.model.plan import CHANGING, Permissions
from reconciler.model.values import SECOND
from reconciler.views.plan_file import decode
from reconciler.workflow.apply import Applied

MOST_STOPPING_SECONDS = 5
BOUNDARY = st.integers(1, 130)
KNOBS = st.builds(
    Knobs,
    backup_seconds=st.sampled_from((1.5, 1.5, 90_000.0)),
    restore_seconds=st.sampled_from((2.5, 2.5, 90_000.0)),
    import_seconds=st.sampled_from((3.0, 90_000.0)),
    list_lag_seconds=st.sampled_from((0.0, 8.0)),
    stats_lag_seconds=st.sampled_from((0.0, 8.0)),
    backup_quota=st.sampled_from((500, 500, 4, 1)),
    jobs_fail=st.sampled_from((False, False, True)),
)


class Machine(Running):
    """One life; `wrong` collects, in sentences, what must never be."""

    plans = Bundle("plans")

    @initialize(whole=st.booleans(), applied=st.booleans())
    def begin(self, *, whole: bool, applied: bool) -> None:
        """Begin with something of every kind, or with nothing."""
        if whole:
            self.declare_backup("docs", "", ("refuse", "keep", False))
            self.declare_backup("kept", "one", ("replace", "delete", False))
            self.blocks[AGAIN] = (
                "from: {backup: docs}, tags: {a: b}, lifecycle: {on_remove: delete}"
            )
            self.declare_import("november", "", cancelled=False)
        if whole and applied:
            self.apply()

    @rule(deletes=st.sampled_from((True, True, False)), replaced=st.booleans(), data=st.data())
    def permit(self, data: st.DataObject, *, deletes: bool, replaced: bool) -> None:
        known = sorted({*self.blocks, *self.world.state().entries})
        chosen: frozenset[Address] = frozenset()
        if known and replaced:
            chosen = frozenset({data.draw(st.sampled_from(known), label="replaced")})
        self.allowed = Permissions(deletes=deletes, replace=chosen)

    @rule()
    def plan(self) -> None:
        self._only_reads(lambda: self.world.plan(self.yaml, self.allowed, **SETTINGS))

    @rule()
    def apply(self) -> None:
        self._run(lambda: self._applied(Process()), alone=True)

    @rule(at=BOUNDARY, disk=st.none() | st.integers(0, 7))
    def apply_and_die(self, at: int, disk: int | None) -> None:
        """Kill it; the disk shows all that was written, or a version that power loss may leave."""
        self._run(lambda: self._applied(Process(Boundaries(die_at=at))), disk)

    @rule(at=BOUNDARY, data=st.data())
    def replace_twice(self, data: st.DataObject, at: int) -> None:
        """Ask for another, die on the way, and ask again: that is still the first asking."""
        if known := sorted(self.world.state().entries):
            again = data.draw(st.sampled_from(known), label="again")
            self.allowed = Permissions(deletes=True, replace=frozenset({again}))
            self._run(lambda: self._applied(Process(Boundaries(die_at=at))))
            self.apply()

    @rule(at=BOUNDARY)
    def apply_and_stop(self, at: int) -> None:
        asked: list[int] = []

        def ask(number: int, _: str) -> None:
            if number == at:
                self.world.stop.requested = True
                asked.append(self.world.now())

        applied = self._run(lambda: self._applied(Process(Boundaries(on_hit=ask))))
        late = asked and self.world.now() - asked[0] > MOST_STOPPING_SECONDS * SECOND
        if late and self.world.weather is None:
            self.wrong.append(f"it did not stop within {MOST_STOPPING_SECONDS} seconds")
        causes = {result.cause for result in applied.results} if applied else set()
        if Cause.INTERRUPTED in causes and not asked:
            self.wrong.append("interrupted, and nobody had asked for it")

    @rule(at=BOUNDARY, deed=st.sampled_from(sorted(DEEDS)), seed=st.integers(0, 9))
    def apply_while_something_happens(self, at: int, deed: str, seed: int) -> None:
        def happen(number: int, _: str) -> None:
            if number == at:
                self._disturbed = True
                self._do(deed, seed)

        self._run(lambda: self._applied(Process(Boundaries(on_hit=happen))))

    @rule(at=BOUNDARY, dies=st.booleans())
    def apply_beside_another(self, at: int, *, dies: bool) -> None:
        """Another apply stands still while ours comes; it goes on, or dies and leaves its place."""

        def intrude(number: int, _: str) -> None:
            if number == at:
                self._disturbed = True
                self.world.meanwhile(self._come_second)

        boundaries = Boundaries(die_at=at + 1 if dies else -1, on_hit=intrude)
        self._run(lambda: self._applied(Process(boundaries)), runs=2)
        if self.world.disk.locks:
            self.wrong.append("a lock outlived its process")

    def _come_second(self) -> None:
        locked, before = bool(self.world.disk.locks), changes(self.world)
        found = self._attempt(lambda: self._applied(Process()))
        if locked and not isinstance(found, LockedError):
            self.wrong.append(f"it came in while another held the lock: {found}")
        if locked and changes(self.world) != before:
            self.wrong.append("it sent something while another held the lock")

    @rule(target=plans)
    def save_plan(self) -> tuple[str, bytes]:
        found: list[bytes] = []
        self._only_reads(
            lambda: found.append(saved(self.world, self.yaml, self.allowed, **SETTINGS))
        )
        return self.yaml, found[0] if found else b""

    @rule(plan=plans, at=st.none() | BOUNDARY, disk=st.none() | st.integers(0, 7))
    def apply_saved_plan(self, plan: tuple[str, bytes], at: int | None, disk: int | None) -> None:
        yaml, data = plan
        if not data:
            return
        reviewed = decode(data, "plan.json")
        boundaries = Boundaries(die_at=at or -1)
        applied = self._run(
            lambda: apply_file(self.world, data, yaml, Process(boundaries), **SETTINGS),
            disk,
            alone=True,
            told=(yaml, reviewed.permissions),
        )
        steps = {(one.operation, one.address) for one in reviewed.steps}
        did = {(one.operation, one.address) for one in (applied.results if applied else ())}
        if any(one not in steps and one[0] in CHANGING for one in did):
            self.wrong.append("it did more than the saved plan says")

    @rule(deed=st.sampled_from(sorted(DEEDS)), seed=st.integers(0, 9))
    def something_happens(self, deed: str, seed: int) -> None:
        self._do(deed, seed)

    @rule(seconds=st.sampled_from((1.0, 40.0, 3_600.0, 100_000.0, 1_000_000.0)))
    def time_passes(self, seconds: float) -> None:
        self.world.wait(seconds)

    @rule(knobs=KNOBS)
    def turn_knobs(self, knobs: Knobs) -> None:
        self.world.turn(knobs)

    @rule(
        kinds=st.frozensets(st.sampled_from((*sorted(STRIKES), *DISK_KINDS)), max_size=4),
        rate=st.sampled_from((0.05, 0.2)),
        seed=st.integers(0, 99),
    )
    def weather_turns(self, kinds: frozenset[str], rate: float, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - a simulation must repeat itself
        self.world.weather = Weather(chance, kinds, rate) if kinds else None

    def _applied(self, process: Process) -> Applied:
        return self.world.apply(self.yaml, self.allowed, process, **SETTINGS)

    def _do(self, deed: str, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - a simulation must repeat itself
        if DEEDS[deed](self.world, chance, self.yaml):
            self.did[deed] += 1

    @invariant()
    def nothing_is_wrong(self) -> None:
        """The state is whole, knows all that is ours, and nobody else's was touched."""
        self.world.oracle.account(PROCESS, self.world.state())
        self.wrong += self.world.oracle.violations
        self.world.oracle.violations.clear()
        assert not self.wrong, "\n".join(self.wrong)

    def teardown(self) -> None:
        if self.wrong:
            return
        chance = random.Random(0)  # noqa: S311 - a simulation must repeat itself
        reckoning = Reckoning(self.world, chance, wrong=self.wrong)
        reckoning.calm_down()
        self._disturbed = False
        touch_failed(self.world, PROCESS)
        reckoning.reckon(self.yaml, decides=False)
        self.nothing_is_wrong()

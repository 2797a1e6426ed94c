"""A seed's life of a configuration: edits and runs in bad weather, then peace, then the reckoning.

While the weather is bad anything may fail, and must fail in a documented way. Once it is calm, two
runs must be enough; where people or failed jobs left something to decide, the way out that the plan
names must lead there. The same seed gives the same life, to the last byte: `digest` proves it.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from simulation.boundaries import Boundaries, CrashError
from simulation.deciding import Reckoning
from simulation.denials import untold
from simulation.people import DEEDS, touch, touch_failed
from simulation.ports import SeededRandom
from simulation.stories import STORIES, Act
from simulation.story import SETTINGS, choose, shown, unaccounted
from simulation.weather import DISK_KINDS, STRIKES, Weather
from simulation.world import PROCESS, Process

from reconciler.emulator.service import Knobs
from reconciler.emulator.store import Store
from reconciler.engine.run import StoppedError
from reconciler.errors import ExitCode, ReconcilerError
from reconciler.model.values import SECOND
from reconciler.workflow.apply import exit_code

MACHINE = ("crash-kill", "crash-power-loss", "clock-skew", "list-lag", "late-counts")
JOBS = ("job-stuck", "job-failed")
KINDS: Sequence[str] = (*STRIKES, *DISK_KINDS, *DEEDS, *MACHINE, *JOBS)
_LAG_SECONDS = 8.0
_TOLD = ("making", "making", "making", "keeping", "lasting")
"""The stories, as often as they are told; most faults have more to strike in the first."""
_LOOKS = {"send describe_backup", "send describe_index", "answered list_project_backups"}
_OFTENER = 4
"""So much oftener does something happen between a plan and a last look at what it is about."""
_DAY = 86_400_000_000
_LISTED: Mapping[str, Callable[[Store], Iterable[int]]] = {
    "done list_indexes": lambda store: [one.created_at for one in store.indexes.values()],
    "done list_project_backups": lambda store: [one.created_at for one in store.backups.values()],
    "done list_collections": lambda store: [one.created_at for one in store.collections.values()],
    "done list_restore_jobs": lambda store: [one.created_at for one in store.jobs.values()],
}
"""When what a list should show was made."""


@dataclass
class Lived:
    """What a seed came to."""

    seed: int
    wrong: list[str] = field(default_factory=list)
    hits: Counter[str] = field(default_factory=Counter)
    digest: str = ""
    touched: bool = False  # whether something happened that only people can decide about
    rounds: int = 0  # of decisions that they took
    lines: list[str] = field(default_factory=list)
    kinds: tuple[str, ...] = ()  # what the weather held ready
    boundary: str = ""  # the last one that a run crossed while it was bad

    def told(self) -> str:
        """Tell how to replay it, what there was around it, and what was wrong."""
        replay = f"python tests/prove.py seeds --seed {self.seed}"
        met = ", ".join(kind for kind in self.kinds if self.hits[kind])
        said = (replay, f"last boundary: {self.boundary}", f"met: {met}", *self.wrong)
        return "\n  ".join(said)


class Scenario:
    """The life of one seed; `live` lives it."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - a simulation must repeat itself
        share = self.rng.choice((0.1, 0.3, 0.6))
        kinds = frozenset(kind for kind in KINDS if self.rng.random() < share)
        rate = self.rng.choice((0.02, 0.06, 0.15, 0.3))
        self.weather = Weather(self.rng, kinds, rate)
        self.lived = Lived(seed, hits=self.weather.hits, kinds=tuple(sorted(kinds)))
        self.story = STORIES[self.rng.choice(_TOLD)]
        self.world = self.story.begin(SeededRandom(seed))
        self.world.weather = self.weather
        self.world.oracle.trace = self._say
        self.acts = self.story.acts[: self.rng.randint(1, len(self.story.acts))]
        self._hash = hashlib.blake2b(digest_size=16)
        self._yaml = ""
        self._jobs: set[str] = set()

    def _say(self, line: str) -> None:
        self._hash.update(line.encode() + b"\n")
        self.lived.lines.append(line)

    def live(self) -> Lived:
        """Live through it and give what was wrong."""
        for act in self.acts:
            self.world.wait(act.after_seconds)
            self.world.turn(self._knobs(act.knobs))
            for _ in range(self.rng.randint(1, 2)):
                self._run_in_the_weather(act)
                self.world.wait(self.rng.choice((0.0, 5.0, 60.0, 90_000.0)))
        allowed = self.story.permissions
        reckoning = Reckoning(self.world, self.rng, self._say, self.lived.wrong, allowed)
        reckoning.calm_down()
        self._touch_failed()
        reckoning.reckon(self.acts[-1].yaml, decides=False)
        self.lived.touched = bool(self.world.oracle.touched)
        self.lived.rounds = reckoning.rounds
        self.lived.wrong += self.world.oracle.violations
        self.lived.digest = self._hash.hexdigest()
        return self.lived

    def _happens(self, kind: str, chance: float) -> bool:
        """Tell whether a kind of fault that is not of one request may happen now."""
        return kind in self.weather.kinds and self.rng.random() < chance

    def _knobs(self, knobs: Knobs) -> Knobs:
        """Turn knobs; what they do is counted where it shows."""
        if self._happens("list-lag", 0.5):
            knobs = replace(knobs, list_lag_seconds=_LAG_SECONDS)
        if self._happens("late-counts", 0.5):
            knobs = replace(knobs, stats_lag_seconds=_LAG_SECONDS)
        self._jobs = {kind for kind in JOBS if self._happens(kind, 0.3)}
        if "job-stuck" in self._jobs:
            slow = {f"{job}_seconds": 2_000_000 for job in ("backup", "restore", "import")}
            knobs = replace(knobs, **slow)
        if "job-failed" in self._jobs:
            knobs = replace(knobs, jobs_fail=True)
        return knobs

    def _run_in_the_weather(self, act: Act) -> None:
        self._yaml = act.yaml
        mortal = {"crash-kill", "crash-power-loss"} & self.weather.kinds
        die_at = self.rng.randint(1, 150) if mortal and self.rng.random() < 0.6 else -1
        boundaries = Boundaries(die_at=die_at, on_hit=self._at_boundary)
        skew = self.rng.randint(-_DAY, _DAY) if self._happens("clock-skew", 0.5) else 0
        self.weather.hits["clock-skew"] += bool(skew)
        before = set(self.world.oracle.made)
        process = Process(boundaries, skew)
        try:
            applied = self.world.apply(act.yaml, act.permissions, process, **SETTINGS)
        except CrashError:
            how = self.rng.choice(sorted(mortal))
            if how == "crash-kill" or self._lose_power():
                self.weather.hit(how)
            self._say(f"died: {how}")
        except StoppedError:
            self._say("stopped")
        except ReconcilerError as error:
            self._say(f"failed: {error.diagnostics[0].summary}")
            if error.exit_code is ExitCode.BUG:
                self.lived.wrong.append(f"a bug: {error}")
            self.lived.wrong.extend(untold(process.denied, error))
        else:
            self._say(f"exit {exit_code(applied).value}")
            self.lived.wrong.extend(unaccounted(applied))
            self.lived.wrong.extend(untold(process.denied, applied))
        self._notice_jobs(self.world.oracle.made.keys() - before)
        self.world.oracle.account(PROCESS, self.world.state())

    def _lose_power(self) -> bool:
        """Take what was not synced from the disk; whether that shows."""
        before = self.world.disk
        self.world.disk = choose(before, self.rng.randrange(1_000))
        return shown(self.world.disk) != shown(before)

    def _notice_jobs(self, made: Collection[str]) -> None:
        """Count the jobs of ours that began while jobs get stuck, or fail."""
        for key in sorted(made):
            if self.world.oracle.made[key].who == PROCESS:
                self.weather.hits.update(self._jobs)
                if "job-failed" in self._jobs:
                    touch(self.world, key)

    def _touch_failed(self) -> None:
        """A job may also fail of a create that was carried out after its run."""
        touch_failed(self.world, PROCESS)
        self._remove_stuck()

    def _remove_stuck(self) -> None:
        """A collection that fails never says so: somebody loses patience and deletes it."""
        store = self.world.oracle.store
        for name in [one.name for one in store.collections.values() if one.fails]:
            touch(self.world, f"collection {name}")
            self.world.send("DELETE", f"/collections/{name}")

    def _notice_lag(self, name: str) -> None:
        """Count what comes late where somebody looks for it."""
        store, knobs = self.world.oracle.store, self.world.emulator.knobs
        since = self.world.now() - int(_LAG_SECONDS * SECOND)
        if knobs.list_lag_seconds and name in _LISTED:
            listed = _LISTED[name](store)
            self.weather.hits["list-lag"] += any(one > since for one in listed)
        if knobs.stats_lag_seconds and name == "done describeIndexStats":
            ready = (one.ready_at for one in store.indexes.values() if one.restored)
            self.weather.hits["late-counts"] += any(one > since for one in ready)

    def _at_boundary(self, number: int, name: str) -> None:
        """Let people and the machine do something at some boundaries."""
        self.lived.boundary = f"{number} {name}"
        self._say(self.lived.boundary)
        self._notice_lag(name)
        often = _OFTENER if name in _LOOKS else 1
        if self.rng.random() >= self.weather.rate / 8 * often:
            return
        fitting = sorted(kind for kind in DEEDS if kind in self.weather.kinds)
        if fitting:
            kind = self.rng.choice(fitting)
            if DEEDS[kind](self.world, self.rng, self._yaml):
                self.weather.hit(kind)
                self._say(f"  {kind}")

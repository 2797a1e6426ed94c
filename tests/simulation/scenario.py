"""A seed's life of a configuration: edits and runs in bad weather, then peace, then the reckoning.

While the weather is bad anything may fail, and must fail in a documented way. Once it is calm, two
runs must be enough; where people or failed jobs left something to decide, the way out that the plan
names must lead there. The same seed gives the same life, to the last byte: `digest` proves it.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from simulation.boundaries import Boundaries, CrashError
from simulation.deciding import Reckoning
from simulation.people import DECISIONS, DEEDS
from simulation.ports import SeededRandom
from simulation.story import SETTINGS, WHOLE, Act, begun, choose, unaccounted
from simulation.weather import DISK_KINDS, STRIKES, Weather
from simulation.world import PROCESS, Process

from reconciler.emulator.service import Knobs
from reconciler.engine.run import StoppedError
from reconciler.errors import ExitCode, ReconcilerError
from reconciler.workflow.apply import exit_code

MACHINE = ("crash-kill", "crash-power-loss", "clock-skew", "list-lag", "late-counts")
JOBS = ("job-stuck", "job-failed")
KINDS: Sequence[str] = (*STRIKES, *DISK_KINDS, *DEEDS, *MACHINE, *JOBS)
_LAG_SECONDS = 8.0
_DAY = 86_400_000_000


@dataclass
class Lived:
    """What a seed came to."""

    seed: int
    wrong: list[str] = field(default_factory=list)
    hits: Counter[str] = field(default_factory=Counter)
    digest: str = ""
    lines: list[str] = field(default_factory=list)


class Scenario:
    """The life of one seed; `live` lives it."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - a simulation must repeat itself
        share = self.rng.choice((0.1, 0.3, 0.6))
        kinds = frozenset(kind for kind in KINDS if self.rng.random() < share)
        rate = self.rng.choice((0.02, 0.06, 0.15, 0.3))
        self.weather = Weather(self.rng, kinds, rate)
        self.lived = Lived(seed, hits=self.weather.hits)
        self.world = begun(SeededRandom(seed))
        self.world.weather = self.weather
        self.world.oracle.trace = self._say
        self.acts = WHOLE[: self.rng.randint(1, len(WHOLE))]
        self._hash = hashlib.blake2b(digest_size=16)
        self._yaml = ""

    def _say(self, line: str) -> None:
        self._hash.update(line.encode() + b"\n")
        self.lived.lines.append(line)

    def live(self) -> Lived:
        """Live through it and give what was wrong."""
        for act in self.acts:
            self.world.turn(self._knobs(act.knobs))
            for _ in range(self.rng.randint(1, 2)):
                self._run_in_the_weather(act)
                self.world.wait(self.rng.choice((0.0, 5.0, 60.0, 90_000.0)))
        reckoning = Reckoning(self.world, self.rng, self._say, self.lived.wrong)
        reckoning.calm_down()
        reckoning.reckon(self.acts[-1].yaml, decides=bool(DECISIONS & self.weather.hits.keys()))
        self.lived.wrong += self.world.oracle.violations
        self.lived.digest = self._hash.hexdigest()
        return self.lived

    def _happens(self, kind: str, chance: float) -> bool:
        """Tell whether a kind of fault that is not of one request happens now; counts it."""
        if kind not in self.weather.kinds or self.rng.random() >= chance:
            return False
        self.weather.hit(kind)
        return True

    def _knobs(self, knobs: Knobs) -> Knobs:
        if self._happens("list-lag", 0.5):
            knobs = replace(knobs, list_lag_seconds=_LAG_SECONDS)
        if self._happens("late-counts", 0.5):
            knobs = replace(knobs, stats_lag_seconds=_LAG_SECONDS)
        if self._happens("job-stuck", 0.3):
            slow = {f"{job}_seconds": 2_000_000 for job in ("backup", "restore", "import")}
            knobs = replace(knobs, **slow)
        if self._happens("job-failed", 0.3):
            knobs = replace(knobs, jobs_fail=True)
        return knobs

    def _run_in_the_weather(self, act: Act) -> None:
        self._yaml = act.yaml
        mortal = {"crash-kill", "crash-power-loss"} & self.weather.kinds
        die_at = self.rng.randint(1, 150) if mortal and self.rng.random() < 0.6 else -1
        boundaries = Boundaries(die_at=die_at, on_hit=self._at_boundary)
        skew = self.rng.randint(-_DAY, _DAY) if self._happens("clock-skew", 0.5) else 0
        process = Process(boundaries, skew)
        try:
            applied = self.world.apply(act.yaml, act.permissions, process, **SETTINGS)
        except CrashError:
            how = self.rng.choice(sorted(mortal))
            self.weather.hit(how)
            if how == "crash-power-loss":
                self.world.disk = choose(self.world.disk, self.rng.randrange(1_000))
            self._say(f"died: {how}")
        except StoppedError:
            self._say("stopped")
        except ReconcilerError as error:
            self._say(f"failed: {error.diagnostics[0].summary}")
            if error.exit_code is ExitCode.BUG:
                self.lived.wrong.append(f"a bug: {error}")
        else:
            self._say(f"exit {exit_code(applied).value}")
            self.lived.wrong.extend(unaccounted(applied))
        self.world.oracle.account(PROCESS, self.world.state())

    def _at_boundary(self, number: int, name: str) -> None:
        """Let people and the machine do something at some boundaries."""
        self._say(f"{number} {name}")
        if self.rng.random() >= self.weather.rate / 8:
            return
        fitting = sorted(kind for kind in DEEDS if kind in self.weather.kinds)
        if fitting:
            kind = self.rng.choice(fitting)
            if DEEDS[kind](self.world, self.rng, self._yaml):
                self.weather.hit(kind)
                self._say(f"  {kind}")

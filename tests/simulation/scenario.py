"""A seed's life of a configuration: edits and runs in bad weather, then peace, then the reckoning.

While the weather is bad anything may fail, and must fail in a documented way. Once it is calm, two
runs must be enough; where people or failed jobs left something to decide, the way out that the plan
names must lead there. The same seed gives the same life, to the last byte: `digest` proves it.
"""

import hashlib
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat

from simulation.boundaries import Boundaries, CrashError
from simulation.people import DECISIONS, DEEDS, clear_namespace
from simulation.ports import SeededRandom
from simulation.story import (
    FEW,
    MOST_RUNS,
    SETTINGS,
    WHOLE,
    WINDOW_SECONDS,
    Act,
    choose,
    nothing_to_do,
    unaccounted,
)
from simulation.weather import DISK_KINDS, STRIKES, Weather
from simulation.world import PROCESS, Process, World

from reconciler.emulator.service import Knobs
from reconciler.engine.run import StoppedError
from reconciler.errors import ExitCode, ReconcilerError
from reconciler.model.address import Address
from reconciler.model.change import Change, Standing
from reconciler.model.plan import Permissions, Plan
from reconciler.workflow.apply import Applied, exit_code

MACHINE = ("crash-kill", "crash-power-loss", "clock-skew", "list-lag", "late-counts")
JOBS = ("job-stuck", "job-failed")
KINDS: Sequence[str] = (*STRIKES, *DISK_KINDS, *DEEDS, *MACHINE, *JOBS)
_LAG_SECONDS = 8.0
_FOREVER_SECONDS = 3_000_000.0
_MOST_ROUNDS = 4
_DELETES = Permissions(deletes=True)
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
        self.world = World(namespaces=FEW, random=SeededRandom(seed), weather=self.weather)
        self.world.oracle.trace = self._say
        self.acts = WHOLE[: self.rng.randint(1, len(WHOLE))]
        self._hash = hashlib.blake2b(digest_size=16)
        self._yaml = ""
        self._edits = 0
        self._answers: list[Applied] = []

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
        self._calm_down()
        self._reckon(self.acts[-1])
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

    def _calm_down(self) -> None:
        """End all faults, let what is late arrive, and every job end."""
        self.weather.calm = True
        self.world.weather = None
        self.world.wait(_FOREVER_SECONDS)
        self.world.send("GET", "/indexes")
        self.world.turn(Knobs())

    def _reckon(self, act: Act) -> None:
        """Two runs must be enough, or as many as there are decisions to take."""
        act = replace(act, permissions=_DELETES)
        if self._is_done_after_runs(act):
            return
        if not DECISIONS & self.weather.hits.keys():
            self._complain(act)
            return
        for _ in range(_MOST_ROUNDS):
            kept = replace(act.permissions, replace=frozenset(), last_backups=frozenset())
            act = self._decide(replace(act, permissions=kept))
            if self._is_done_after_runs(act):
                return
        self._complain(act)

    def _is_done_after_runs(self, act: Act) -> bool:
        self._answers.clear()
        for allowed in (act.permissions, *repeat(_DELETES, MOST_RUNS - 1)):
            try:
                applied = self.world.apply(act.yaml, allowed, **SETTINGS)
            except ReconcilerError as error:
                self._say(f"failed in calm weather: {error.diagnostics[0].summary}")
            else:
                self._say(f"exit {exit_code(applied).value} in calm weather")
                self.lived.wrong.extend(unaccounted(applied))
                self._answers.append(applied)
            if nothing_to_do(self._plan(replace(act, permissions=_DELETES))):
                self.world.oracle.settled(PROCESS, self.world.state())
                return True
            self.world.wait(WINDOW_SECONDS)
        return False

    def _plan(self, act: Act) -> Plan:
        process = Process()
        before = sum(1 for one in self.world.oracle.made)
        plan = self.world.plan(act.yaml, act.permissions, process, **SETTINGS)
        if sum(1 for one in self.world.oracle.made) != before:
            self.lived.wrong.append("a plan made something")
        return plan

    def _decide(self, act: Act) -> Act:
        """Do what the plan says must be decided."""
        plan = self._plan(act)
        hints = [told.hint for told in (*plan.refusals, *plan.warnings)]
        refused = [one.plan for one in self._answers if one.plan.is_refused]
        for change in (change for one in (*refused, plan) for change in one.changes):
            if change.standing in {Standing.ATTENTION, Standing.REFUSED, Standing.WITHHELD}:
                act = self._take(act, change)
                hints.append(change.way_out)
        for problem in (problem for one in self._answers for problem in one.problems):
            act = self._answer(act, problem)
        for hint in hints:
            act = replace(act, permissions=self._permit(act.permissions, hint))
        return act

    def _answer(self, act: Act, problem: ReconcilerError) -> Act:
        """Say which of several imports is ours: any will do, since nobody can tell them apart."""
        said = problem.diagnostics[0]
        found = re.match(r"import\.(\w+): \d+ objects could be .*: (\S+), ", said.summary)
        if said.reference != "create-ambiguous" or found is None:
            return act
        if f"{found[1]}: {{" not in act.yaml:
            act = replace(
                act, yaml=f"{act.yaml}  {found[1]}: {{index: docs-prod, uri: s3://b/{found[1]}}}\n"
            )
        return replace(act, yaml=_edited(act.yaml, found[1], "adopt", f"'{found[2]}'"))

    def _permit(self, allowed: Permissions, hint: str) -> Permissions:
        if found := re.search(r"--replace ((?:backup|restore)\S+)", hint):
            allowed = replace(allowed, replace=allowed.replace | {Address.parse(found[1])})
        if found := re.search(r"--allow-last-backup (\S+)", hint):
            self.world.oracle.floor_lifted = True
            last = allowed.last_backups | {Address.parse(found[1])}
            allowed = replace(allowed, last_backups=last)
        if found := re.search(r"--allow-missing (\d+)", hint):
            allowed = replace(allowed, missing=int(found[1]))
        if "--new-state" in hint:
            allowed = replace(allowed, new_state=True)
        if found := re.search(r"--max-removals (\d+)", hint):
            allowed = replace(allowed, max_removals=int(found[1]))
        return allowed

    def _take(self, act: Act, change: Change) -> Act:
        """Take one decision outside of the flags: edit the YAML, or clear the way by hand."""
        name = change.address.name
        if "under a new key" in change.way_out:
            self._edits += 1
            act = replace(act, yaml=act.yaml.replace(f"{name}: {{", f"{name}-{self._edits}: {{"))
        elif change.address.kind == "restore":
            DEEDS["person-deletes-index"](self.world, self.rng, act.yaml)
        elif "remove `adopt`" in change.way_out:
            act = replace(act, yaml=re.sub(rf"({name}: {{.*?)adopt: [^,]+, ", r"\1", act.yaml))
        elif found := re.search(r"`adopt: (\S+)`", change.way_out):
            act = replace(act, yaml=_edited(act.yaml, name, "adopt", f"'{found[1]}'"))
        elif "trigger" in change.way_out:
            uri = str((change.before or change.wanted).get("uri"))
            clear_namespace(self.world, uri)
            self.world.oracle.imports_allowed[uri] += 1
            self._edits += 1
            act = replace(act, yaml=_edited(act.yaml, name, "trigger", f"t{self._edits}"))
        return act

    def _complain(self, act: Act) -> None:
        plan = self._plan(act)
        self.lived.wrong.append("not done in calm weather")
        self.lived.wrong += [f"  {refusal.summary} ({refusal.hint})" for refusal in plan.refusals]
        self.lived.wrong += [
            f"  {change.address}: {change.action.value}, {change.standing.value}: {change.because}"
            f" ({change.way_out})"
            for change in plan.changes
            if change.standing is not Standing.UNCHANGED
        ]


def _edited(yaml: str, name: str, key: str, value: str) -> str:
    """Set one key of an object that is written on one line."""
    bare = re.sub(rf"({name}: {{.*?){key}: [^,]+, ", r"\1", yaml)
    return bare.replace(f"{name}: {{", f"{name}: {{{key}: {value}, ")

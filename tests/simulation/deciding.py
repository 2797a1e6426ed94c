"""Decisions: in calm weather two runs are enough, and the ways out that plans name lead there.

Whoever follows them here is a person in a hurry: they do what the plan, or the refusal, tells them,
and think no further.
"""

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import repeat

from simulation.editing import declared, edited, is_declared, made_from, removed, renamed
from simulation.expecting import unmet
from simulation.people import DEEDS, clear_namespace
from simulation.stories import HOUR_SECONDS, Act
from simulation.story import (
    MOST_RUNS,
    SETTINGS,
    WINDOW_SECONDS,
    nothing_to_do,
    unaccounted,
)
from simulation.world import PROCESS, Process, World

from reconciler.emulator.service import Knobs
from reconciler.errors import ReconcilerError
from reconciler.model.address import Address
from reconciler.model.change import Change, Reason, Standing
from reconciler.model.plan import Permissions, Plan
from reconciler.model.values import SECOND
from reconciler.workflow.apply import Applied, exit_code
from reconciler.workflow.state import forget

_FOREVER_SECONDS = 3_000_000.0
_MOST_ROUNDS = 6
_DELETES = Permissions(deletes=True)
_OPEN = {Standing.ATTENTION, Standing.REFUSED, Standing.WITHHELD}


@dataclass
class Reckoning:
    """What comes after a life in bad weather; `wrong` says what did not come to rest."""

    world: World
    rng: random.Random
    say: Callable[[str], None] = lambda _: None
    wrong: list[str] = field(default_factory=list)
    allowed: Permissions = _DELETES
    rounds: int = 0  # of decisions
    _excused: set[Address] | None = None
    _edits: int = 0
    _answers: list[Applied] = field(default_factory=list)

    def calm_down(self) -> None:
        """End all faults, let what is late arrive, and every job end."""
        if self.world.weather is not None:
            self.world.weather.calm = True
        self.world.weather = None
        self.world.wait(_FOREVER_SECONDS)
        self.world.wait(HOUR_SECONDS - self.world.now() // SECOND % HOUR_SECONDS)  # due just now
        self.world.send("GET", "/indexes")
        self.world.turn(Knobs())

    def reckon(self, yaml: str, *, decides: bool) -> None:
        """Two runs must be enough, or as many as there are decisions to take.

        `decides` allows any decision; else only what people or failed jobs have touched may ask
        for one.
        """
        act = Act(yaml, self.allowed)
        if self._is_done_after_runs(act):
            return
        excused = self.world.oracle.touched
        self._excused = None if decides else excused
        decides = decides or bool(excused) or self._guards_the_last_copy(act)
        for _ in range(_MOST_ROUNDS if decides else 0):
            self.rounds += 1
            last = act.permissions.last_backups & self.world.state().entries.keys()
            self.world.oracle.floor_lifted = set(last)
            kept = replace(act.permissions, replace=frozenset(), last_backups=last)
            act = self._decide(replace(act, permissions=kept))
            if self._is_done_after_runs(act):
                return
        self._complain(act)

    def _guards_the_last_copy(self, act: Act) -> bool:
        """Which of two backups is the newest depends on the weather, and so what may be deleted."""
        plan = self._plan(act)
        hints = [one.hint for one in plan.refusals] + [one.way_out for one in plan.changes]
        return any("--allow-last-backup" in hint for hint in hints)

    def _is_done_after_runs(self, act: Act) -> bool:
        self._answers.clear()
        for allowed in (act.permissions, *repeat(self.allowed, MOST_RUNS - 1)):
            try:
                applied = self.world.apply(act.yaml, allowed, **SETTINGS)
            except ReconcilerError as error:
                self.say(f"failed in calm weather: {error.diagnostics[0].summary}")
            else:
                self.say(f"exit {exit_code(applied).value} in calm weather")
                self.wrong.extend(unaccounted(applied))
                self._answers.append(applied)
            self.world.oracle.account(PROCESS, self.world.state())
            if nothing_to_do(self._plan(replace(act, permissions=self.allowed))):
                oracle, state = self.world.oracle, self.world.state()
                self.wrong.extend(unmet(oracle, PROCESS, state, act.yaml, self.world.now()))
                return True
            self.world.wait(WINDOW_SECONDS)
        return False

    def _plan(self, act: Act) -> Plan:
        before = len(self.world.oracle.made)
        plan = self.world.plan(act.yaml, act.permissions, Process(), **SETTINGS)
        if len(self.world.oracle.made) != before:
            self.wrong.append("a plan made something")
        return plan

    def _decide(self, act: Act) -> Act:
        """Do what the plan says must be decided."""
        plan = self._plan(act)
        hints = [told.hint for told in (*plan.refusals, *plan.warnings)]
        refused = [one.plan for one in self._answers if one.plan.is_refused]
        for change in (change for one in (*refused, plan) for change in one.changes):
            if change.standing in _OPEN:
                self._excuse(change)
                if self._lets_go(change):
                    continue
                act = self._take(act, change)
                hints.append(change.way_out)
        for problem in (problem for one in self._answers for problem in one.problems):
            act = self._answer(act, problem)
        for hint in hints:
            act = replace(act, permissions=self._permit(act.permissions, hint))
        return _not_yet(act, (change for one in (*refused, plan) for change in one.changes))

    def _lets_go(self, change: Change) -> bool:
        """Take what is gone out of state, where that is the way out."""
        if f"`reconciler state rm {change.address}`" not in change.way_out:
            return False
        if change.address in self.world.state().entries:
            session = self.world.session("", Permissions(), **SETTINGS)
            self.world.process(forget(session, [change.address]))
        return True

    def _excuse(self, change: Change) -> None:
        """Nobody should have to decide about what nobody has touched."""
        floor = "--allow-last-backup" in change.way_out
        if self._excused is None or floor or change.reason is Reason.DEPENDENCY:
            return
        if change.address not in self._excused:
            why = f"{change.because} ({change.way_out})"
            self.wrong.append(
                f"{change.address}: nobody touched it, and somebody must decide: {why}"
            )

    def _answer(self, act: Act, problem: ReconcilerError) -> Act:
        """Say which of several imports is ours: any will do, since nobody can tell them apart."""
        said = problem.diagnostics[0]
        found = re.match(r"import\.(\w+): \d+ objects could be .*: (\S+), ", said.summary)
        if said.reference != "create-ambiguous" or found is None:
            return act
        yaml = act.yaml
        if not is_declared(yaml, found[1]):
            fields = {"index": "docs-prod", "uri": f"s3://b/{found[1]}"}
            yaml = declared(yaml, Address("import", found[1]), fields)
        return replace(act, yaml=edited(yaml, found[1], "adopt", f"'{found[2]}'"))

    def _permit(self, allowed: Permissions, hint: str) -> Permissions:
        if found := re.search(r"--replace ((?:backup|restore|collection)\S+)", hint):
            allowed = replace(allowed, replace=allowed.replace | {Address.parse(found[1])})
        if found := re.search(r"--allow-last-backup (\S+)", hint):
            last = Address.parse(found[1])
            self.world.oracle.floor_lifted.add(last)
            allowed = replace(allowed, last_backups=allowed.last_backups | {last})
        if found := re.search(r"--allow-missing (\d+)", hint):
            allowed = replace(allowed, missing=int(found[1]))
        if "--new-state" in hint:
            allowed = replace(allowed, new_state=True)
        if "--allow-empty" in hint:
            allowed = replace(allowed, empty=True)
        if found := re.search(r"--max-removals (\d+)", hint):
            allowed = replace(allowed, max_removals=int(found[1]))
        return allowed

    def _take(self, act: Act, change: Change) -> Act:
        """Take one decision outside of the flags: edit the YAML, or clear the way by hand."""
        if change.reason is Reason.DEPENDENCY:
            return act  # what it hangs on says the same
        way_out = change.way_out
        if "under a new key" in way_out or "under another index name" in way_out:
            self._edits += 1
            name = change.address.name
            new = f"{name}-{self._edits}"
            self.world.oracle.touched.add(replace(change.address, name=new))
            self.world.oracle.touched |= made_from(act.yaml, name)
            return replace(act, yaml=renamed(act.yaml, name, new))
        rewritten = _rewritten(act.yaml, change)
        if rewritten == act.yaml and change.address.kind == "restore":
            DEEDS["person-deletes-index"](self.world, self.rng, act.yaml)
        gone = change.address.kind == "import" and "--replace" in way_out
        if rewritten == act.yaml and (gone or "trigger" in way_out):
            return self._run_again(act, change)
        return replace(act, yaml=rewritten)

    def _run_again(self, act: Act, change: Change) -> Act:
        """Let an import run once more, into an empty namespace, which it needs."""
        uri = str((change.before or change.wanted).get("uri"))
        clear_namespace(self.world, uri)
        self.world.oracle.imports_allowed[uri] += 1
        self._edits += 1
        return replace(
            act, yaml=edited(act.yaml, change.address.name, "trigger", f"decided-{self._edits}")
        )

    def _complain(self, act: Act) -> None:
        plan = self._plan(act)
        self.wrong.append("not done in calm weather")
        self.wrong += [f"  {refusal.summary} ({refusal.hint})" for refusal in plan.refusals]
        self.wrong += [
            f"  {change.address}: {change.action.value}, {change.standing.value}: {change.because}"
            f" ({change.way_out})"
            for change in plan.changes
            if change.standing is not Standing.UNCHANGED
        ]


def _not_yet(act: Act, changes: Iterable[Change]) -> Act:
    """Ask for no replacement of what is to be applied without it first."""
    first = [one for one in changes if "apply without --replace" in one.way_out]
    later = {one.address for one in first if one.reason is not Reason.DEPENDENCY}
    allowed = replace(act.permissions, replace=act.permissions.replace - later)
    return replace(act, permissions=allowed)


def _rewritten(yaml: str, change: Change) -> str:
    """Write what a way out asks for, where it can be written as it stands."""
    name, way_out = change.address.name, change.way_out
    if "prevent_destroy: false" in way_out:
        return _unprotected(_reverted(yaml, change) if "revert" in way_out else yaml, change)
    if found := re.search(r"remove (\S+) from the configuration first", way_out):
        return removed(yaml, Address.parse(found[1]))
    if "declare what it has" in way_out:
        return _reverted(yaml, change)
    found = re.search(r"`adopt: (\S+)`|remove `adopt`", way_out)
    if found is None or change.address.kind == "restore":
        return yaml
    return edited(yaml, name, "adopt", found[1] and f"'{found[1]}'")


def _reverted(yaml: str, change: Change) -> str:
    """Declare what a backup has: of its fields, these lives change the description only."""
    has = (change.before or {}).get("description")
    return edited(yaml, change.address.name, "description", None if has is None else str(has))


def _unprotected(yaml: str, change: Change) -> str:
    """Allow an object to be ended, in its block or in a new one."""
    name = change.address.name
    if not is_declared(yaml, name):
        free = {"prevent_destroy": False, "on_remove": change.lifecycle.on_remove.value}
        yaml = declared(yaml, change.address, {**(change.before or {}), "lifecycle": free})
    return re.sub(rf"({name}: {{.*prevent_destroy: )true", r"\1false", yaml)

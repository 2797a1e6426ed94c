"""Runs the steps of a plan: independent ones side by side, dependants after, clean-up always.

The plan carries the graph; nothing about order is decided here. A step that fails takes its
dependants with it and nobody else. Once no step is left that may still send something, the state is
given back: the others only look, and record what they saw.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from graphlib import TopologicalSorter

from reconciler.engine.run import Run
from reconciler.engine.step import AGAIN, perform
from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, planned
from reconciler.model.event import Cause, Event, Outcome, StepResult
from reconciler.model.event import Phase as EventPhase
from reconciler.model.plan import CHANGING, Plan, Step, When, change_of
from reconciler.model.state import PlanStep
from reconciler.model.values import SECOND

_GRACE_SECONDS = 3.0  # of the five in which a stopped run has ended
_TICK_SECONDS = 0.5


async def execute(
    run: Run, plan: Plan, passed_over: Mapping[str, str] | None = None
) -> tuple[StepResult, ...]:
    """Run every step to a result; their number is the number of the plan's steps.

    With `passed_over` it is a saved plan, whose steps are recorded as done: these, by id, are not
    begun, for the reason given.
    """
    return await _Execution(run, plan, passed_over).finish()


class _Execution:
    """One walk over a plan's steps."""

    def __init__(self, run: Run, plan: Plan, passed_over: Mapping[str, str] | None) -> None:
        self._run = replace(run, floor_lifted=plan.permissions.last_backups, ending=_ending(plan))
        self._plan = plan
        self._is_saved = passed_over is not None
        self._passed_over = passed_over or {}
        self._steps: Mapping[str, Step] = {step.id: step for step in plan.steps}
        self._sending = {step.id for step in plan.steps if step.operation in CHANGING}
        self._sorter = TopologicalSorter({step.id: step.after for step in plan.steps})
        self._changes = _changes_by_address(plan)
        self._ready: deque[str] = deque()
        self._results: dict[str, StepResult] = {}
        self._tasks: dict[asyncio.Task[StepResult], str] = {}
        self._told = False  # that others may use the state

    async def finish(self) -> tuple[StepResult, ...]:
        """Start what is ready, wait for what runs, until every step has its result."""
        self._run.stop.acting = True
        watcher = asyncio.create_task(self._cut_short())
        self._sorter.prepare()
        try:
            while self._sorter.is_active():
                self._start_ready()
                if not self._tasks:
                    continue
                self._give_back()
                done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in sorted(done, key=lambda one: self._tasks[one]):
                    self._end(self._tasks.pop(task), task.result())
        finally:
            watcher.cancel()
        return tuple(self._results[step.id] for step in self._plan.steps)

    def _start_ready(self) -> None:
        self._ready.extend(sorted(self._sorter.get_ready()))
        while self._ready and len(self._tasks) < self._run.limits.parallelism:
            step = self._steps[self._ready.popleft()]
            skipped = self._skipped(step)
            if skipped is not None:
                self._end(step.id, skipped)
            else:
                self._start(step)

    def _start(self, step: Step) -> None:
        self._run.on_event(Event(EventPhase.STARTED, "", step.address, step.operation))
        self._tasks[asyncio.create_task(self._perform(step))] = step.id

    async def _perform(self, step: Step) -> StepResult:
        run = replace(self._run, on_waiting=partial(self._sends_no_more, step.id))
        if self._is_saved and step.operation in CHANGING:
            run = replace(run, step=PlanStep(self._plan.header.id, step.id))
        return await perform(run, step, change_of(self._changes[step.address], step))

    def _skipped(self, step: Step) -> StepResult | None:
        if self._run.stop.requested:
            return _skip(step, "interrupted before it began", Cause.INTERRUPTED)
        if self._run.recorder.is_broken:
            return _skip(step, "state cannot be saved", Cause.DEPENDENCY)
        if step.id in self._passed_over:
            return _skip(step, self._passed_over[step.id], Cause.DEPENDENCY)
        ends = [self._results[before] for before in step.after]
        failed = [result for result in ends if result.outcome is not Outcome.DONE]
        if step.when is When.ALWAYS:
            made = step.address in self._run.recorder.state.entries
            return None if made else _skip(step, "nothing was made", Cause.DEPENDENCY)
        if not failed:
            return None
        first = failed[0]
        return _skip(step, f"{first.step_id} {_ended(first)}", Cause.DEPENDENCY)

    def _sends_no_more(self, step_id: str) -> None:
        self._sending.discard(step_id)
        self._give_back()

    def _give_back(self) -> None:
        """Let others have the state while only waiting is left, and tell that once."""
        if self._sending or self._run.stop.requested:
            return
        if self._run.recorder.give_back() and not self._told:
            self._told = True
            said = "only waiting is left: until a job ends, other runs may use the state"
            self._run.on_event(Event(EventPhase.NOTE, said))

    def _end(self, step_id: str, result: StepResult) -> None:
        self._results[step_id] = result
        self._sending.discard(step_id)
        self._sorter.done(step_id)
        self._run.on_event(
            Event(
                EventPhase.ENDED,
                result.message,
                result.address,
                result.operation,
                result.outcome,
                remote_id=result.remote_id,
            )
        )

    async def _cut_short(self) -> None:
        """After a request to stop, give what is in flight a few seconds, then leave it pending."""
        while not self._run.stop.requested:
            await self._run.clock.sleep(_TICK_SECONDS)
        until = self._run.clock.steady() + int(_GRACE_SECONDS * SECOND)
        while self._run.clock.steady() < until:
            await self._run.clock.sleep(_TICK_SECONDS)
        for task in self._tasks:
            task.cancel()


def _ending(plan: Plan) -> frozenset[Address]:
    """Name what goes, or has gone, itself: nothing takes the place of what it left behind."""
    return frozenset(
        change.address
        for change in planned(plan.changes)
        if change.action in {Action.DELETE, Action.FORGET} and change.reason is not Reason.DEPOSED
    )


def _changes_by_address(plan: Plan) -> Mapping[Address, Sequence[Change]]:
    found: dict[Address, list[Change]] = {}
    for change in plan.changes:
        found.setdefault(change.address, []).append(change)
    return found


def _skip(step: Step, why: str, cause: Cause) -> StepResult:
    return StepResult(
        step.id,
        step.address,
        step.operation,
        Outcome.SKIPPED,
        why,
        AGAIN if cause is Cause.INTERRUPTED else "",
        cause,
    )


def _ended(result: StepResult) -> str:
    words: Mapping[Outcome, str] = {
        Outcome.DONE: "was done",
        Outcome.FAILED: "failed",
        Outcome.PENDING: "is not done yet",
        Outcome.SKIPPED: "was skipped",
    }
    return words[result.outcome]

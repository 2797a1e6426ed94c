"""Applies: lock, settle what earlier runs left open, observe, plan, ask, run, record."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from reconciler.engine.create import settle_earlier
from reconciler.engine.executor import execute
from reconciler.engine.observe import Observation, observe
from reconciler.engine.recorder import Recorder
from reconciler.engine.run import Run
from reconciler.errors import ExitCode, GuardError, ReconcilerError, StateError, first_true
from reconciler.model import records
from reconciler.model.change import Standing
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.event import Cause, Outcome, StepResult
from reconciler.model.plan import CHANGING, Plan
from reconciler.model.state import State
from reconciler.planning.guards import binding_refusals
from reconciler.planning.moving import move_records
from reconciler.planning.planner import make_plan
from reconciler.workflow.plan import plan
from reconciler.workflow.session import Session


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of an apply; no results where it was not approved or had nothing to do."""

    plan: Plan
    results: tuple[StepResult, ...]
    state: State
    approved: bool = True
    problems: tuple[ReconcilerError, ...] = ()  # creates left unsettled, state not saved
    stale: tuple[Diagnostic, ...] = ()  # what of a saved plan was passed over


async def apply(session: Session, approve: Callable[[Plan], bool]) -> Applied:
    """Make the project match; raises ReconcilerError when that cannot even begin."""
    first = await first_look(session)
    # A state by now is another run's, whose objects were no refusal's business: ask under its lock.
    if first is not None and first.is_refused and session.store().is_untouched():
        approve(first)
        return Applied(first, (), State(), approved=False)
    operation = "destroy" if session.permissions.destroy else "apply"
    return await holding_state(
        session, lambda recorder: _apply(session, recorder, approve), operation
    )


async def first_look(session: Session) -> Plan | None:
    """Plan once without the lock where there is no state: what ends here leaves no file behind."""
    return await plan(session) if session.store().is_untouched() else None


async def holding_state(
    session: Session, work: Callable[[Recorder], Awaitable[Applied]], operation: str = "apply"
) -> Applied:
    """Work under the state's lock; what was done is told even where state could not be saved."""
    applied: Applied | None = None
    try:
        async with session.locked(operation) as recorder:
            applied = await work(recorder)
    except StateError as error:
        if applied is None:
            raise
        return replace(applied, problems=(*applied.problems, error))
    return applied


async def _apply(session: Session, recorder: Recorder, approve: Callable[[Plan], bool]) -> Applied:
    run = session.run(session.api(), recorder)
    problems = await settle(session, run)
    observation = await look(session, run)
    made = make_plan(session.given(recorder.state, observation.world, observation.project))
    if not approve(made) or made.is_refused:
        return Applied(made, (), recorder.state, approved=False, problems=problems)
    if made.steps or made.moves or made.refreshes:
        await session.bind(recorder, observation.project)
        await record_care(run, made)
        await supersede(recorder)
    results = await execute(run, made)
    return Applied(made, results, recorder.state, problems=problems)


async def settle(session: Session, run: Run) -> tuple[ReconcilerError, ...]:
    """Settle the creates that earlier runs left open; gives what could not be settled."""
    if not run.recorder.state.intents:
        return ()
    _refuse_elsewhere(session, run.recorder, await look(session, run))
    return await settle_earlier(run, session.configuration.desired)


async def look(session: Session, run: Run) -> Observation:
    """Observe the project, for the state as it is by now."""
    subject = session.subject(run.recorder.state)
    return await observe(run.api, subject, session.ports.clock.now())


def _refuse_elsewhere(session: Session, recorder: Recorder, seen: Observation) -> None:
    """Nothing is settled, so nothing is sent, on behalf of a state that belongs elsewhere."""
    refusals = binding_refusals(session.given(recorder.state, seen.world, seen.project))
    if refusals:
        raise GuardError(*refusals)


async def record_care(run: Run, made: Plan) -> None:
    """Record declared renames and care; both change state only."""
    moved = move_records(run.kinds, run.recorder.state, made.moves)
    found = [*moved, *(records.put(entry) for entry in made.refreshes)]
    if found:
        await run.recorder.save(*found)


async def supersede(recorder: Recorder) -> None:
    """Once something else was begun, nothing is known any more of a saved plan that was not."""
    if recorder.state.last_plan is not None:
        await recorder.save(records.supersede())


def exit_code(applied: Applied, *, detailed: bool = False) -> ExitCode:
    """Give the exit code of an apply, by the first true of the table.

    With `detailed` what still waits for somebody, and nothing was done about, counts as changes.
    """
    if applied.plan.is_refused:
        return ExitCode.REFUSED
    causes = {result.cause for result in applied.results if result.cause is not None}
    codes = [_CODES[cause] for cause in causes if cause in _CODES]
    unfinished = [result for result in applied.results if result.outcome is not Outcome.DONE]
    failed = any(result.outcome is Outcome.FAILED for result in unfinished)
    done = len(applied.results) > len(unfinished)
    blind = not applied.plan.all_seen or bool(applied.problems)
    if failed or blind:
        codes.append(ExitCode.PARTIAL if done else ExitCode.ERROR)
    denied = any(one.exit_code is ExitCode.PERMISSION for one in applied.problems)
    codes += [ExitCode.PERMISSION] if denied else []
    if applied.stale:
        codes.append(ExitCode.PARTIAL)
    if not codes and any(_is_unbegun(result) for result in unfinished):
        codes.append(ExitCode.PARTIAL)  # --no-wait left what it hangs on to the next run
    if detailed and any(change.standing in _OPEN for change in applied.plan.changes):
        codes.append(ExitCode.CHANGES)
    return first_true(codes)


def _is_unbegun(result: StepResult) -> bool:
    """Whether nothing of a change was sent; a check that is left goes with its job."""
    return result.outcome is Outcome.SKIPPED and result.operation in CHANGING


_OPEN = {Standing.ATTENTION, Standing.WITHHELD}
_CODES = {
    Cause.PERMISSION: ExitCode.PERMISSION,
    Cause.REFUSED: ExitCode.REFUSED,
    Cause.STALE: ExitCode.STALE,
    Cause.LOCKED: ExitCode.LOCKED,
    Cause.VERIFICATION: ExitCode.VERIFICATION,
    Cause.DEADLINE: ExitCode.DEADLINE,
    Cause.INTERRUPTED: ExitCode.INTERRUPTED,
}

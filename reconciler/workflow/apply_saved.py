"""Applies a saved plan: exactly the steps that were reviewed, as far as they still hold."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from reconciler import __version__
from reconciler.engine.executor import execute
from reconciler.engine.recorder import Recorder
from reconciler.errors import GuardError, LockedError, StalePlanError
from reconciler.model import records
from reconciler.model.event import Outcome
from reconciler.model.plan import Header, Plan
from reconciler.model.state import State
from reconciler.model.values import Fields, Micros
from reconciler.planning.given import Review
from reconciler.planning.planner import make_plan
from reconciler.planning.review import unspent
from reconciler.planning.since import declared_apart, misfits, too_old
from reconciler.planning.staleness import compare
from reconciler.workflow.apply import Applied, first_look, holding_state, look, record_care, settle
from reconciler.workflow.session import Session


async def apply_saved(
    session: Session, plan: Plan, max_age: Micros, show: Callable[[Plan], None]
) -> Applied:
    """Do what a saved plan says; raises StalePlanError, before anything ran, when it is stale.

    What was refused when it was planned stays refused: GuardError. `show` is given what is left of
    the plan, with what was found beside it and is not done.
    """
    if plan.is_refused:
        raise GuardError(*plan.refusals)
    if session.store().is_untouched():
        _insist_on_header(session, State(), plan, max_age)
    await first_look(session)
    return await holding_state(session, lambda held: _apply(session, held, plan, max_age, show))


async def _apply(
    session: Session, recorder: Recorder, plan: Plan, max_age: Micros, show: Callable[[Plan], None]
) -> Applied:
    _insist_on_header(session, recorder.state, plan, max_age)
    problems = await settle(session, session.run(session.api(), recorder))
    review = _review(plan, recorder.state)
    session = replace(session, permissions=unspent(review))
    run = session.run(session.api(), recorder)
    observation = await look(session, run)
    given = session.given(recorder.state, observation.world, observation.project)
    given = replace(given, review=review)
    compared = compare(given, make_plan(given))
    left = compared.plan
    if left.is_refused:
        show(left)
        return Applied(left, (), recorder.state, approved=False, problems=problems)
    if compared.stale and not review.resumed:  # nothing of it has run yet
        unsettled = [one for problem in problems for one in problem.diagnostics]
        raise StalePlanError(*compared.stale, *unsettled)
    show(left)
    if left.steps or left.moves or left.refreshes:
        await _begin(recorder, review)
        await session.bind(recorder, observation.project)
        await record_care(run, left)
    results = await execute(run, left, compared.passed_over)
    if all(result.outcome is Outcome.DONE for result in results):
        await _complete(recorder, plan)
    return Applied(left, results, recorder.state, problems=problems, stale=compared.stale)


def _review(plan: Plan, state: State) -> Review:
    """Say how far earlier runs of this plan came."""
    last = state.last_plan
    if last is None or last.plan_id != plan.header.id:
        return Review(plan)
    done = frozenset(step.id for step in plan.steps) if last.complete else last.done
    return Review(plan, done, resumed=True)


def _insist_on_header(session: Session, state: State, plan: Plan, max_age: Micros) -> None:
    now = session.ports.clock.now()
    header = Header(
        id="",
        tool=__version__,
        api_base=session.base,
        lineage=None if state.binding is None else state.binding.lineage,
        configuration=session.configuration.name,
        configuration_digest=session.configuration.digest,
        now=now,
        state_file=session.state_file,
    )
    apart = declared_apart(plan, session.configuration.desired, session.kinds)
    resumed = _review(plan, state).resumed
    found = (
        *misfits(plan.header, header, resumed=resumed, apart=apart),
        *too_old(plan.header, now, max_age),
    )
    if found:
        raise StalePlanError(*found)


async def _begin(recorder: Recorder, review: Review) -> None:
    """Write the plan down before its first step, so that a run that is cut off can go on."""
    if not review.resumed:
        await recorder.save(records.begin(review.plan.header.id))


async def _complete(recorder: Recorder, plan: Plan) -> None:
    """Say that all is done, unless something else was begun while this run only waited.

    Each step is recorded by itself: where another run keeps the state for long, nothing is lost.
    """

    def find(state: State) -> tuple[Fields, ...]:
        last = state.last_plan
        mine = last is not None and last.plan_id == plan.header.id and not last.complete
        return (records.complete(plan.header.id),) if mine else ()

    with suppress(LockedError):
        await recorder.save_found(find)

"""Adopts one live object at once: under the lock, by the decision that a plan would make."""

from dataclasses import replace

from reconciler.engine.executor import execute
from reconciler.engine.recorder import Recorder
from reconciler.errors import GuardError, ReconcilerError
from reconciler.model.address import Address
from reconciler.model.change import Action, Standing
from reconciler.model.plan import Operation, Plan, Step
from reconciler.model.state import Entry
from reconciler.planning.guards import change_refusals
from reconciler.planning.planner import make_plan
from reconciler.workflow.apply import Applied, holding_state, look, settle, supersede
from reconciler.workflow.plan import plan
from reconciler.workflow.session import Session


async def adopt(session: Session, address: Address, remote_id: str) -> Applied:
    """Take a live object into state, and do nothing else; raises ReconcilerError.

    The declaration must be there, and fit: GuardError says in what it does not, as the plan does.
    What can be changed in place is left to the next apply, and so is waiting for a running job.
    """
    session = _asking(session, address, remote_id)
    if session.store().is_untouched():  # what is refused here leaves no file behind
        _adoption(await plan(session), None, address)

    async def work(recorder: Recorder) -> Applied:
        run = session.run(session.api(), recorder)
        problems = await settle(session, run)
        observation = await look(session, run)
        made = make_plan(session.given(recorder.state, observation.world, observation.project))
        only = _adoption(made, recorder.state.entries.get(address), address)
        if only.steps:
            await session.bind(recorder, observation.project)
            await supersede(recorder)
        results = await execute(run, only)
        return Applied(only, results, recorder.state, problems=problems)

    return await holding_state(session, work, "adopt")


def _asking(session: Session, address: Address, remote_id: str) -> Session:
    """Declare the adoption, as `adopt: ID` in the block would."""
    desired = session.configuration.desired.get(address)
    if desired is None:
        raise ReconcilerError.of(
            "unknown-address",
            f"{address} is not declared, and only what is declared can be adopted",
            "write its block first, as it should be",
        )
    if session.kinds[address.kind].remote is None:
        said = f"{address} stands for others, which are adopted one by one"
        raise ReconcilerError.of("not-adopted", said, "name one of them")
    asked = replace(desired, adopt=remote_id)
    configuration = replace(
        session.configuration, desired={**session.configuration.desired, address: asked}
    )
    permissions = replace(session.permissions, targets=frozenset({str(address)}))
    return replace(session, configuration=configuration, permissions=permissions)


def _adoption(made: Plan, entry: Entry | None, address: Address) -> Plan:
    """Keep the one step that takes it into state; none where it is there already.

    What else the plan would do, or be refused for, is none of this run's business.
    """
    if not made.changes:  # the state belongs elsewhere, or was lost
        raise GuardError(*made.refusals)
    change = made.change(address)
    steps: tuple[Step, ...] = ()
    if change.action is Action.ADOPT and change.standing is Standing.PLANNED:
        name = f"{Operation.ADOPT.value} {address}"
        steps = (Step(name, address, Operation.ADOPT, remote_id=change.remote_id),)
    elif change.standing is Standing.REFUSED:
        raise GuardError(*change_refusals([change]))
    elif entry is None or change.standing is Standing.UNREADABLE:
        said = f"{address}: {change.because}"
        raise ReconcilerError.of("not-adopted", said, change.way_out, change.source)
    return replace(
        made, changes=(change,), steps=steps, moves={}, refreshes=(), refusals=(), all_seen=True
    )

"""Plans: reads configuration, state and the project, and changes nothing, not even a lock."""

from dataclasses import replace

from reconciler.engine.observe import observe
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.plan import Plan
from reconciler.planning.planner import make_plan
from reconciler.workflow.hold import read_state
from reconciler.workflow.meanwhile import other_run
from reconciler.workflow.session import Session


async def plan(session: Session) -> Plan:
    """Say what apply would do; raises ReconcilerError when that cannot be known.

    That another run is under way is told with the plan, since a reviewer sees nothing else.
    """
    running = other_run(session)
    state = read_state(session.store().load())
    api = session.api()
    subject = session.subject(state)
    observation = await observe(api, subject, session.ports.clock.now())
    made = make_plan(session.given(state, observation.world, observation.project))
    if not running:
        return made
    said = f"{running}: what it does from now on is not in this plan"
    hint = "plan again when it is done, if what it does matters here"
    warning = Diagnostic("state-held", said, hint, severity=Severity.WARNING)
    return replace(made, warnings=(*made.warnings, warning))

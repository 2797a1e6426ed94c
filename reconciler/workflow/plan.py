"""Plans: reads configuration, state and the project, and changes nothing, not even a lock."""

from reconciler.engine.observe import observe
from reconciler.model.plan import Plan
from reconciler.planning.planner import make_plan
from reconciler.workflow.session import Session, read_state


async def plan(session: Session) -> Plan:
    """Say what apply would do; raises ReconcilerError when that cannot be known."""
    state = read_state(session.store().load())
    api = session.api()
    subject = session.subject(state)
    observation = await observe(api, subject, session.ports.clock.now())
    return make_plan(session.given(state, observation.world, observation.project))

"""Plans: reads configuration, state and the project, and changes nothing, not even a lock."""

from contextlib import suppress

from reconciler.engine.observe import observe
from reconciler.errors import StateError
from reconciler.model.event import Event, Phase
from reconciler.model.plan import Plan
from reconciler.planning.planner import make_plan
from reconciler.statefile.local import LocalStore
from reconciler.statefile.store import Holder
from reconciler.workflow.hold import read_state
from reconciler.workflow.session import Session


async def plan(session: Session) -> Plan:
    """Say what apply would do; raises ReconcilerError when that cannot be known."""
    store = session.store()
    holder = _holder(store)
    if holder is not None:
        session.on_event(Event(Phase.NOTE, _meanwhile(holder)))
    state = read_state(store.load())
    api = session.api()
    subject = session.subject(state)
    observation = await observe(api, subject, session.ports.clock.now())
    return make_plan(session.given(state, observation.world, observation.project))


def _holder(store: LocalStore) -> Holder | None:
    """Read who holds the state; a note that cannot be read is no reason not to plan."""
    with suppress(StateError):
        return None if store.is_untouched() else store.holder()
    return None


def _meanwhile(holder: Holder) -> str:
    """Say what it means for a plan; only who asks for the lock learns whether a run still lives."""
    job = f", {holder.job}" if holder.job else ""
    who = f"{holder.who} on {holder.host} (process {holder.pid}{job})"
    return (
        f"{who} holds the state since {holder.since} for {holder.operation}, unless it was killed:"
        " what it does from now on is not in this plan"
    )

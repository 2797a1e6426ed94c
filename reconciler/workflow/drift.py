"""Looks for drift: reads state and the project like a plan, and can never change anything."""

from collections.abc import Sequence
from dataclasses import replace

from reconciler.engine.observe import observe
from reconciler.errors import GuardError
from reconciler.model.drift import Drift
from reconciler.planning.drifting import find_drift
from reconciler.planning.guards import binding_refusals
from reconciler.planning.ignoring import unknown_patterns
from reconciler.workflow.meanwhile import note
from reconciler.workflow.session import Session, existing_state


async def drift(session: Session, ignore: Sequence[str] = ()) -> Drift:
    """Say what was changed in the project since it was recorded; raises ReconcilerError.

    Without a state there is nothing to compare with, and a wrong path must not look like calm.
    """
    note(session)
    state = existing_state(session)
    managed = replace(session.configuration, desired={})  # what is not in state cannot have drifted
    subject = replace(session.subject(state), configuration=managed)
    observation = await observe(session.api(), subject, session.ports.clock.now())
    given = session.given(state, observation.world, observation.project)
    refusals = (*binding_refusals(given), *unknown_patterns(given, ignore))
    if refusals:
        raise GuardError(*refusals)
    return find_drift(given, ignore)

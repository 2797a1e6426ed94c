"""Looks how fresh backups are: reads state and the project like a plan, and changes nothing."""

from dataclasses import replace

from reconciler.engine.observe import observe
from reconciler.errors import GuardError
from reconciler.model.board import Board
from reconciler.model.values import Micros
from reconciler.planning.board import make_board
from reconciler.planning.given import Given
from reconciler.planning.guards import binding_refusals
from reconciler.workflow.meanwhile import note
from reconciler.workflow.session import Session, existing_state


async def status(session: Session, grace: Micros) -> Board:
    """Give the board; raises ReconcilerError."""
    return make_board(await look(session), grace)


async def look(session: Session) -> Given:
    """Look at what is managed; raises ReconcilerError.

    A policy has the backups that state says it has, so a wrong path must not look like none.
    """
    note(session)
    state = existing_state(session)
    managed = replace(session.configuration, desired={})  # what is still to be made runs nowhere
    subject = replace(session.subject(state), configuration=managed)
    observation = await observe(session.api(), subject, session.ports.clock.now())
    given = session.given(state, observation.world, observation.project)
    refusals = binding_refusals(given)
    if refusals:
        raise GuardError(*refusals)
    return given

"""What another run means for those that take no lock: it is named, and they go on all the same."""

from contextlib import suppress

from reconciler.errors import StateError
from reconciler.model.event import Event, Phase
from reconciler.statefile.store import Holder
from reconciler.workflow.session import Session


def other_run(session: Session) -> str:
    """Say who holds the state, empty where nobody does; the start of a sentence.

    Only who asks for the lock learns whether a run still lives. A note that cannot be read is no
    reason not to look.
    """
    holder = _holder(session)
    if holder is None:
        return ""
    job = f", {holder.job}" if holder.job else ""
    who = f"{holder.who} on {holder.host} (process {holder.pid}{job})"
    return (
        f"{who} holds the state since {holder.since} for {holder.operation}, unless it was killed"
    )


def note(session: Session) -> None:
    """Tell of another run beside a result that has no place for it."""
    running = other_run(session)
    if running:
        said = f"{running}: what it does from now on is not seen here"
        session.on_event(Event(Phase.NOTE, said))


def _holder(session: Session) -> Holder | None:
    store = session.store()
    with suppress(StateError):
        return None if store.is_untouched() else store.holder()
    return None

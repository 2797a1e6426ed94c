"""Builds a session from flags and environment, and runs a workflow inside an event loop."""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from reconciler import __version__
from reconciler.cli import output
from reconciler.cli.chosen import Common
from reconciler.config.build import load
from reconciler.engine.run import Stop, StoppedError
from reconciler.errors import InterruptedRunError, ReconcilerError, TerminatedRunError
from reconciler.kinds import load_kinds
from reconciler.model.desired import Configuration
from reconciler.model.event import Event, Phase
from reconciler.model.secret import Secret
from reconciler.settings import Environment, Settings
from reconciler.views.inert import inert
from reconciler.workflow.ports import real_ports
from reconciler.workflow.session import Operator, Session

_T = TypeVar("_T")


class _ToStderr(logging.Handler):
    """Writes to whatever stderr is at the moment: a live table puts itself in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(f"{inert(self.format(record))}\n")


def open_session(
    paths: Sequence[str] | None,
    values: dict[str, Any],
    on_event: Callable[[Event], None] = output.note,
    settings: Settings | None = None,
    key: Secret | None = None,
) -> Session:
    """Read flags, environment and configuration; raises ReconcilerError. Nothing is sent.

    Without `paths`, which is another thing than with none of them, no configuration is read.
    """
    environment, common = Environment.here(), Common(values)
    kinds = load_kinds()
    if paths is None:
        configuration = Configuration()
    else:
        configuration = load(list(paths) or ["."], kinds, assigned=common.assigned())
    chosen = common.settings(environment) if settings is None else settings
    ports = real_ports(chosen, key or environment.api_key(), f"reconciler/{__version__}")
    if values.get("verbose"):
        logging.basicConfig(handlers=[_ToStderr()], format="%(asctime)s %(message)s")
        logging.getLogger("reconciler").setLevel(logging.DEBUG)
    return Session(
        settings=chosen,
        ports=ports,
        kinds=kinds,
        configuration=configuration,
        permissions=common.permissions(),
        on_event=on_event,
        stop=Stop(),
        operator=Operator(environment.user(), socket.gethostname(), os.getpid()),
    )


def run(session: Session, work: Callable[[Session], Awaitable[_T]]) -> _T:
    """Run a workflow; the first Ctrl-C or SIGTERM asks it to stop, the second ends at once.

    A workflow that has changed nothing yet is cancelled by the first one: it may be waiting for
    the lock, for an answer or for the settle window, and nothing is lost by giving that up.
    """
    return asyncio.run(_supervised(session, work))


async def _supervised(session: Session, work: Callable[[Session], Awaitable[_T]]) -> _T:
    task = asyncio.ensure_future(work(session))
    before = _heed(session, asyncio.get_running_loop(), task)
    try:
        return await task
    except (StoppedError, asyncio.CancelledError) as error:
        raise stopped(session.stop) from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        await session.ports.transport.close()


def _heed(
    session: Session, loop: asyncio.AbstractEventLoop, task: "asyncio.Future[_T]"
) -> dict[int, Any]:
    """Heed both signals, and give what did before.

    A signal is noted as it comes, not when the loop next turns, since a plan may be in the making
    then: the first step looks at the note.
    """

    def heed(number: int, _: object) -> None:
        if session.stop.requested:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        session.stop.requested, session.stop.signal = True, number
        loop.call_soon_threadsafe(_stop, session, task)

    return {number: signal.signal(number, heed) for number in (signal.SIGINT, signal.SIGTERM)}


def stopped(stop: Stop) -> ReconcilerError:
    """Give the error that a stopped run ends with."""
    said = ("interrupted", "stopped before it was done", "run it again, it goes on from here")
    if stop.signal == signal.SIGTERM:
        return TerminatedRunError.of(*said)
    return InterruptedRunError.of(*said)


def _stop(session: Session, task: "asyncio.Future[_T]") -> None:
    said = "stopping: nothing new is started; the same signal again leaves at once"
    session.on_event(Event(Phase.NOTE, said))
    if not session.stop.acting:
        task.cancel()

"""Opens what commands about state alone need: no key, no configuration, nothing is sent."""

import os
import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.workflow.session import Session


def open_local(values: dict[str, Any]) -> "Session":
    """Open the state that flags and environment name; raises ReconcilerError."""
    from reconciler.cli.chosen import Common
    from reconciler.cli.output import note
    from reconciler.engine.run import Stop
    from reconciler.kinds import load_kinds
    from reconciler.model.desired import Configuration
    from reconciler.model.plan import Permissions
    from reconciler.settings import Environment
    from reconciler.workflow.ports import local_ports
    from reconciler.workflow.session import Operator, Session

    environment = Environment.here()
    return Session(
        settings=Common(values).settings(environment),
        ports=local_ports(),
        kinds=load_kinds(),
        configuration=Configuration(),
        permissions=Permissions(),
        on_event=note,
        stop=Stop(),
        operator=Operator(environment.user(), socket.gethostname(), os.getpid()),
    )

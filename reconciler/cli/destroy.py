"""`reconciler destroy`."""

from typing import Any

import click

from reconciler.cli.options import configuration, connection, destroying, running
from reconciler.cli.telling import can_ask, teller, telling


@click.command("destroy")
@configuration
@click.option("--auto-approve", is_flag=True, help="Perform the plan without asking.")
@telling
@destroying
@running
@connection
def command(paths: tuple[str, ...], *, auto_approve: bool, **values: Any) -> int:  # noqa: ANN401 - click's
    """Remove everything that is managed: delete objects, cancel running imports, forget the rest.

    Shows the plan and asks; with --auto-approve it does not ask. What is not in state stays. The
    guards hold: prevent_destroy, the last good backup of an index, more than five removals. With
    --target what hangs on the target goes too; with --exclude what the excluded hangs on stays.
    `plan --destroy` shows the same, and saves it for `apply --plan`.

    \b
    Example:
      reconciler destroy --target restore.docs-drill
    Exit codes: 0 done, 1 error, 3 partly done: run again, 4 locked, 6 refused by
    a guard, 9 not authenticated, 64 cannot ask, 130 interrupted, 143 terminated.
    """
    from reconciler.cli.apply import apply_session
    from reconciler.cli.session import open_session

    if not auto_approve and not can_ask(values):
        raise click.UsageError("where it cannot ask, destroy needs --auto-approve")
    with teller(values) as told:
        session = open_session(paths, {**values, "destroy": True}, told.on_event)
        return apply_session(session, told, auto_approve=auto_approve)

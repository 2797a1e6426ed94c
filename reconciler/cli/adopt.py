"""`reconciler adopt`."""

import sys
from typing import Any

import click

from reconciler.cli.complete import addresses
from reconciler.cli.options import adopting, configuration, connection
from reconciler.errors import ExitCode


@click.command("adopt")
@click.argument("address", shell_complete=addresses)
@click.argument("remote_id", metavar="ID")
@configuration
@adopting
@connection
def command(address: str, remote_id: str, paths: tuple[str, ...], **values: Any) -> int:  # noqa: ANN401 - click's
    """Take a live object into state, at once and without touching it.

    ADDRESS must be declared, and ID must be what is declared: otherwise it is refused, as `plan`
    would with `adopt: ID` in the block. ID is what `reconciler get` shows: of a backup its id, of a
    restored index or a collection its name, of an import its number. What can be changed in place
    waits for the next apply.

    \b
    Example:
      reconciler adopt restore.docs-recovered docs-recovered examples/quickstart
    Exit codes: 0 adopted, or managed already, 1 error, 4 locked,
    6 it does not fit, or is somebody else's, 9 not authenticated.
    """
    from reconciler.cli import output
    from reconciler.cli.chosen import to_address
    from reconciler.cli.session import open_session, run
    from reconciler.views.apply_text import summary
    from reconciler.workflow.adopt import adopt
    from reconciler.workflow.apply import exit_code

    wanted = to_address(address)
    applied = run(open_session(paths, values), lambda session: adopt(session, wanted, remote_id))
    for problem in applied.problems:
        output.problem(problem)
    if applied.results:
        output.out(summary(applied.results, applied.state, output.width(sys.stdout)))
        return exit_code(applied)
    click.echo(f"{wanted} is managed already, and nothing was changed.")
    return ExitCode.OK

"""`reconciler plan`."""

from typing import Any

import click

from reconciler.cli.options import PATHS, connection, permissions
from reconciler.errors import ExitCode
from reconciler.model.plan import Plan


@click.command("plan")
@PATHS
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when anything is to be done.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Print the plan for people, or as one JSON document for programs.",
)
@permissions
@connection
def command(
    paths: tuple[str, ...],
    *,
    detailed_exitcode: bool,
    output: str,
    **values: Any,  # noqa: ANN401 - what click hands over
) -> int:
    """Show what apply would do; reads only, takes no lock.

    PATHS are files or folders of YAML, the current folder if none is given.

    \b
    Example:
      reconciler plan examples/quickstart
    Exit codes: 0 fine, 1 error, 2 changes or attention (with --detailed-exitcode),
    6 refused by a guard, 9 not authenticated.
    """
    from reconciler.cli import output as show
    from reconciler.cli.session import open_session, run
    from reconciler.workflow.plan import plan

    made = run(open_session(paths, values), plan)
    show.show_plan(made, output)
    return _exit_code(made, detailed=detailed_exitcode)


def _exit_code(made: Plan, *, detailed: bool) -> ExitCode:
    if made.is_refused:
        return ExitCode.REFUSED
    pending = not made.is_empty or bool(made.moves)
    return ExitCode.CHANGES if detailed and pending else ExitCode.OK

"""`reconciler apply`."""

import signal
import sys
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import PATHS, connection, permissions, running
from reconciler.errors import ExitCode
from reconciler.model.plan import Plan

if TYPE_CHECKING:
    from reconciler.cli.progress import Progress
    from reconciler.workflow.session import Session


@click.command("apply")
@PATHS
@click.option("--auto-approve", is_flag=True, help="Perform the plan without asking.")
@permissions
@running
@connection
def command(paths: tuple[str, ...], *, auto_approve: bool, **values: Any) -> int:  # noqa: ANN401 - click's
    """Make the project match the configuration.

    Shows the plan and asks; with --auto-approve it does not ask. Jobs are waited for. Interrupted
    or killed, it is safe to run again: it goes on where it was.

    \b
    Example:
      reconciler apply --auto-approve examples/quickstart
    Exit codes: 0 done, 1 error, 3 partly applied, 4 locked, 5 plan is stale,
    6 refused by a guard, 7 verification failed, 8 deadline passed,
    9 not authenticated, 64 cannot ask, 130 interrupted, 143 terminated.
    """
    from reconciler.cli.session import open_session

    if not auto_approve and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("off a terminal, apply needs --auto-approve")
    from reconciler.cli.progress import Progress

    with Progress() as progress:
        session = open_session(paths, values, progress.on_event)
        return apply_session(session, progress, auto_approve=auto_approve)


def apply_session(session: "Session", progress: "Progress", *, auto_approve: bool) -> ExitCode:
    """Apply in an open session, show what came of it, and give the exit code."""
    from reconciler.cli import output
    from reconciler.cli.session import run, stopped
    from reconciler.views.apply_text import summary
    from reconciler.views.lines import Line
    from reconciler.workflow.apply import apply, exit_code

    def approve(plan: Plan) -> bool:
        output.show_plan(plan)
        if plan.is_refused or not plan.steps:
            return not plan.is_refused
        return auto_approve or _asked()

    applied = run(session, lambda opened: apply(opened, approve))
    progress.stop()
    for problem in applied.problems:
        output.problem(problem)
    if not applied.approved and not applied.plan.is_refused:
        click.echo("Nothing was changed.", err=True)
        return ExitCode.ERROR
    if applied.results:
        output.out([Line(), *summary(applied.results, applied.state, output.width())])
    code = exit_code(applied)
    return stopped(session.stop).exit_code if code is ExitCode.INTERRUPTED else code


def _asked() -> bool:
    """Ask; while it waits, Ctrl-C ends the run at once, since nothing has begun."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        click.echo("\nDo you want to perform these changes? Only 'yes' is accepted.")
        return bool(click.prompt("Enter a value", default="", show_default=False) == "yes")
    finally:
        signal.signal(signal.SIGINT, before)

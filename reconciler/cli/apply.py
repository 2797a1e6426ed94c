"""`reconciler apply`."""

import os
import re
import select
import signal
import sys
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.chosen import Common
from reconciler.cli.options import configuration, connection, permissions, running
from reconciler.cli.telling import Teller, can_ask, teller, telling
from reconciler.errors import ExitCode
from reconciler.model.plan import Permissions, Plan

if TYPE_CHECKING:
    from reconciler.engine.run import Stop
    from reconciler.workflow.apply import Applied
    from reconciler.workflow.session import Session

_SHA256 = re.compile("[0-9a-fA-F]{64}")


@click.command("apply")
@configuration
@click.option("--auto-approve", is_flag=True, help="Perform the plan without asking.")
@click.option(
    "--plan",
    type=click.Path(),
    metavar="FILE",
    help="Do what this plan of `plan --out` says, as far as it still holds, without asking.",
)
@click.option(
    "--plan-sha256",
    metavar="HEX",
    help="Refuse a plan file whose SHA-256 is another; `plan --out` and `show` print it.",
)
@click.option(
    "--max-age",
    metavar="DURATION",
    help="Refuse a plan file whose plan is older [default: 24h].",
)
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    help="Exit 2 when all is done that could be, and something still waits for somebody.",
)
@telling
@permissions
@running
@connection
def command(
    paths: tuple[str, ...],
    *,
    auto_approve: bool,
    detailed_exitcode: bool,
    **values: Any,  # noqa: ANN401 - what click hands over
) -> int:
    """Make the project match the configuration.

    Shows the plan and asks; with --auto-approve it does not ask. With --plan it does exactly what
    was reviewed, or refuses and says what has moved. Jobs are waited for. Interrupted or killed,
    it is safe to run again: it goes on where it was.

    \b
    Examples:
      reconciler apply --auto-approve examples/quickstart
      reconciler apply --plan plan.json -o json
    Exit codes: 0 done, 1 error, 2 something waits for somebody (with
    --detailed-exitcode), 3 partly applied, 4 locked, 5 plan is stale,
    6 refused by a guard, 7 verification failed, 8 deadline passed,
    9 not authenticated, 64 cannot ask, 130 interrupted, 143 terminated.
    """
    from reconciler.cli.session import open_session
    from reconciler.settings import parse_duration

    with teller(values) as told:
        reviewed = _reviewed(values)
        if not reviewed and not auto_approve and not can_ask(values):
            raise click.UsageError("where it cannot ask, apply needs --plan or --auto-approve")
        max_age = parse_duration(values["max_age"] or "24h")
        session = open_session(paths, values, told.on_event)
        if reviewed is not None:
            applied = _apply_reviewed(session, told, reviewed, max_age)
        else:
            applied = _apply_found(session, told, auto_approve=auto_approve)
        return _concluded(session, told, applied, detailed=detailed_exitcode)


def _reviewed(values: dict[str, Any]) -> Plan | None:
    """Read the saved plan, if one is named; raises ReconcilerError unless it is the one meant."""
    from reconciler.statefile.disk import LocalDisk
    from reconciler.views.plan_file import decode
    from reconciler.workflow.saved import insist_on, read_plan

    path, wanted = values["plan"], values["plan_sha256"]
    if path is None:
        if wanted is not None or values["max_age"] is not None:
            raise click.UsageError("--plan-sha256 and --max-age are about the file of --plan")
        return None
    if Common(values).permissions() != Permissions():
        raise click.UsageError("a plan brings its scope and permissions: give none")
    if wanted is not None and _SHA256.fullmatch(wanted) is None:
        raise click.UsageError("--plan-sha256 takes the 64 hex digits that `plan --out` prints")
    data = read_plan(LocalDisk(), path)
    if wanted is not None:
        insist_on(data, path, wanted)
    return decode(data, path)


def _apply_reviewed(session: "Session", told: Teller, reviewed: Plan, max_age: int) -> "Applied":
    """Apply a saved plan in an open session."""
    from reconciler.cli.session import run
    from reconciler.workflow.apply_saved import apply_saved

    return run(session, lambda opened: apply_saved(opened, reviewed, max_age, told.show_plan))


def apply_session(session: "Session", told: Teller, *, auto_approve: bool) -> ExitCode:
    """Apply in an open session, show what came of it, and give the exit code."""
    return _concluded(session, told, _apply_found(session, told, auto_approve=auto_approve))


def _apply_found(session: "Session", told: Teller, *, auto_approve: bool) -> "Applied":
    """Plan, ask and apply in an open session."""
    from reconciler.cli.session import run
    from reconciler.workflow.apply import apply

    def approve(plan: Plan) -> bool:
        told.show_plan(plan)
        if plan.is_refused or not plan.steps:
            return not plan.is_refused
        return auto_approve or _asked(session.stop)

    return run(session, lambda opened: apply(opened, approve))


def _concluded(
    session: "Session", told: Teller, applied: "Applied", *, detailed: bool = False
) -> ExitCode:
    """Show what came of an apply, and give its exit code."""
    from reconciler.cli import output
    from reconciler.cli.session import stopped
    from reconciler.workflow.apply import exit_code

    code = exit_code(applied, detailed=detailed)
    if code is ExitCode.INTERRUPTED:
        code = stopped(session.stop).exit_code
    unapproved = not applied.approved and not applied.plan.is_refused
    told.stop()
    output.told(applied.stale)
    for problem in applied.problems:
        output.problem(problem)
    if unapproved:
        click.echo("Nothing was changed.", err=True)
    told.conclude(applied, ExitCode.ERROR if unapproved else code)
    return ExitCode.ERROR if unapproved else code


def _await_a_line_or_signal() -> None:
    """Wait in a way that every signal ends: one that comes right before a read would not end that.

    The signal itself makes the pipe readable, and its handler runs before anything is read.
    """
    heard, rings = os.pipe()
    os.set_blocking(rings, False)
    before = signal.set_wakeup_fd(rings)
    try:
        select.select([sys.stdin, heard], [], [])
    finally:
        signal.set_wakeup_fd(before)
        os.close(heard)
        os.close(rings)


def _asked(stop: "Stop") -> bool:
    """Ask; while it waits, the first signal ends the run at once, since nothing has begun.

    Ctrl-D is a no. click's prompt would end the run as interrupted, as it does for Ctrl-C.
    """
    from reconciler.engine.run import StoppedError

    def leave(number: int, _: object) -> None:
        stop.requested, stop.signal = True, number
        raise StoppedError

    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        click.echo("\nDo you want to perform these changes? Only 'yes' is accepted.")
        click.echo("Enter a value: ", nl=False)
        _await_a_line_or_signal()
        answer = sys.stdin.readline()
        if not answer.endswith("\n"):
            click.echo()
        return answer.rstrip("\n") == "yes"
    except StoppedError:
        click.echo()
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

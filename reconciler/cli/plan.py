"""`reconciler plan`."""

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import configuration, connection, permissions
from reconciler.cli.shown import errors_shown, show, showing
from reconciler.errors import ExitCode
from reconciler.model.plan import Plan

if TYPE_CHECKING:
    from reconciler.workflow.session import Session


@click.command("plan")
@configuration
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when anything is to be done.")
@showing
@click.option(
    "--out",
    "out",
    type=click.Path(),
    metavar="FILE",
    help="Save the plan too, for `show` and `apply --plan`.",
)
@click.option(
    "--destroy",
    is_flag=True,
    help="Plan the removal of everything that is managed, as `destroy` would do it.",
)
@permissions
@connection
def command(
    paths: tuple[str, ...],
    *,
    detailed_exitcode: bool,
    out: str | None,
    **values: Any,  # noqa: ANN401 - what click hands over
) -> int:
    """Show what apply would do; reads only, takes no lock.

    PATHS are files or folders of YAML, the current folder if none is given. With --target or
    --exclude only a part is looked at, and nothing is said of the rest.

    \b
    Examples:
      reconciler plan examples/quickstart --out plan.json
      reconciler plan --target 'backup.*'
      reconciler plan -o markdown > comment.md
    Exit codes: 0 fine, 1 error, 2 changes or attention (with
    --detailed-exitcode), 6 refused by a guard, 9 not authenticated.
    """
    from reconciler.cli.session import open_session, run
    from reconciler.workflow.plan import plan

    with errors_shown(values):
        session = open_session(paths, values)
        made = run(session, plan)
        code = _exit_code(made, detailed=detailed_exitcode)
        show(made, values, code)
        if out is not None:
            _save(session, made, out, paths)
    return code


def _save(session: "Session", made: Plan, path: str, paths: tuple[str, ...]) -> None:
    """Save the plan, and say how it is named and applied; on stderr, beside no result."""
    from reconciler.cli import output
    from reconciler.cli.again import again, arguments
    from reconciler.views.plan_file import encode
    from reconciler.views.plan_text import saved
    from reconciler.workflow.saved import sha256, write_plan

    data = encode(made)
    write_plan(session.ports, path, data, session.settings.state_path)
    same = again(click.get_current_context())
    words = (*same.words, *arguments(paths))
    output.err(saved(made, path, sha256(data), words, same.withheld))


def _exit_code(made: Plan, *, detailed: bool) -> ExitCode:
    if made.is_refused:
        return ExitCode.REFUSED
    pending = not made.is_empty or bool(made.moves)
    return ExitCode.CHANGES if detailed and pending else ExitCode.OK

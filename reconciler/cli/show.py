"""`reconciler show`."""

from typing import Any

import click

from reconciler.cli.shown import errors_shown, show, showing


@click.command("show")
@click.argument("plan", type=click.Path())
@showing
def command(plan: str, **values: Any) -> int:  # noqa: ANN401 - what click hands over
    """Show a saved plan once more, exactly as `plan` printed it, or in another form.

    PLAN is a file that `plan --out` saved. Neither network nor key is used, and nothing is
    compared: ages are those of the moment at which the plan was made.

    \b
    Example:
      reconciler show plan.json -o markdown
    Exit codes: 0 shown, 1 the file cannot be read or was changed.
    """
    from reconciler.cli import output
    from reconciler.statefile.disk import LocalDisk
    from reconciler.views.plan_file import decode
    from reconciler.views.plan_text import made
    from reconciler.workflow.saved import read_plan, sha256

    with errors_shown(values):
        data = read_plan(LocalDisk(), plan)
        found = decode(data, plan)
        show(found, values)
    output.err(made(found, sha256(data)))
    return 0

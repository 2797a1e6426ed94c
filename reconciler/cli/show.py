"""`reconciler show`."""

import click


@click.command("show")
@click.argument("plan", type=click.Path())
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Print the plan for people, or as one JSON document for programs.",
)
def command(plan: str, output: str) -> int:
    """Show a saved plan once more, exactly as `plan` printed it.

    PLAN is a file that `plan --out` saved. Neither network nor key is used, and nothing is
    compared: ages are those of the moment at which the plan was made.

    \b
    Example:
      reconciler show plan.json
    Exit codes: 0 shown, 1 the file cannot be read or was changed.
    """
    from reconciler.cli import output as show
    from reconciler.statefile.disk import LocalDisk
    from reconciler.views.plan_file import decode
    from reconciler.views.plan_text import made
    from reconciler.workflow.saved import read_plan, sha256

    data = read_plan(LocalDisk(), plan)
    found = decode(data, plan)
    show.show_plan(found, output)
    show.err(made(found, sha256(data)))
    return 0

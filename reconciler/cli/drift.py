"""`reconciler drift`."""

from typing import Any

import click

from reconciler.cli.options import configuration, connection
from reconciler.errors import ExitCode


@click.command("drift")
@configuration
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Print it for people, or as one JSON document for programs.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="ADDRESS.FIELD",
    help="Do not count differences of this field and its parts, or of those that fit, such as"
    " 'restore.*.tags.team' or 'restore.*.tags'; repeatable. One that fits nothing is refused.",
)
@connection
def command(
    paths: tuple[str, ...],
    output: str,
    ignore: tuple[str, ...],
    **values: Any,  # noqa: ANN401 - what click hands over
) -> int:
    """Say what was changed in the project since it was recorded.

    Compares the managed objects with what the last apply recorded of them. What the configuration
    wants and nobody applied yet is no drift, and only counted. It reads only, takes no lock, and
    cannot change anything: a viewer's key will do.

    \b
    Example:
      reconciler drift --ignore 'restore.*.tags.team' examples/quickstart
    Exit codes: 0 no drift, 1 error, or something could not be read, 2 drift, 6
    the state belongs to another project, or --ignore fits nothing, 9 not
    authenticated, 64 --ignore without a dot.
    """
    import sys

    from reconciler.cli import output as show
    from reconciler.cli.session import open_session, run
    from reconciler.views.drift import drift_json, render
    from reconciler.workflow.drift import drift

    for pattern in ignore:
        if "." not in pattern:
            raise click.UsageError(f"--ignore takes ADDRESS.FIELD, which {pattern!r} is not")
    found = run(open_session(paths, values), lambda session: drift(session, ignore))
    if output == "json":
        show.out_json(drift_json(found))
    else:
        show.out(render(found, show.width(sys.stdout)))
    if found.unseen:
        return ExitCode.ERROR
    return ExitCode.CHANGES if found.found else ExitCode.OK

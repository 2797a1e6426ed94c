"""`reconciler status`."""

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import configuration, connection
from reconciler.errors import ExitCode, ReconcilerError, first_true

if TYPE_CHECKING:
    from reconciler.model.board import Board


@click.command("status")
@configuration
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "markdown", "prometheus"]),
    default="text",
    show_default=True,
    help="Print it for people, as one JSON document, for a page or a comment, or as metrics.",
)
@click.option(
    "--check",
    is_flag=True,
    help="Exit 2 when a backup is late or was never taken, or a policy selects no index.",
)
@click.option(
    "--grace",
    default="1h",
    show_default=True,
    metavar="DURATION",
    help="How long after a slot its backup may take to be Ready, before it is late.",
)
@click.option(
    "--out",
    "out",
    type=click.Path(),
    metavar="FILE",
    help="Write it to this file instead, whole or not at all; left as it is while the backups"
    " cannot be read.",
)
@connection
def command(
    paths: tuple[str, ...],
    output: str,
    grace: str,
    out: str | None,
    *,
    check: bool,
    **values: Any,  # noqa: ANN401 - what click hands over
) -> int:
    """Show how fresh the backups of each index are.

    For each index: its newest backup, when the next is due by each policy, what is kept and held,
    what runs or has failed, what nobody manages. It reads only and takes no lock: a viewer's key
    will do.

    \b
    Examples:
      reconciler status --check examples/policies
      reconciler status -o prometheus --out backups.prom examples/policies
    Exit codes: 0 shown, 1 error, or something could not be read,
    2 something is overdue (with --check), 6 the state belongs to another project,
    9 not authenticated.
    """
    from reconciler.cli.session import open_session, run
    from reconciler.settings import parse_duration
    from reconciler.workflow.status import status

    allowed = parse_duration(grace)
    found = run(open_session(paths, values), lambda session: status(session, allowed))
    _show(found, output, out)
    late = check and found.is_overdue
    unread = ExitCode.ERROR if found.unread else ExitCode.OK
    return first_true([unread, ExitCode.CHANGES if late else ExitCode.OK])


def _show(found: "Board", output: str, path: str | None) -> None:
    """Write the board where it is to go; metrics and files say nothing rather than too little."""
    import sys

    from reconciler.cli import output as show
    from reconciler.views import status_text

    if not found.is_known and (path is not None or output == "prometheus"):
        show.err(status_text.render(found, show.width(sys.stderr)))
    elif path is not None:
        _write(path, _text(found, output))
    elif output == "text":
        show.out(status_text.render(found, show.width(sys.stdout)))
    else:
        click.echo(_text(found, output), nl=False)
    if found.is_known and found.unread and (path is not None or output == "prometheus"):
        show.err(status_text.unread(found, show.width(sys.stderr)))


def _text(found: "Board", output: str) -> str:
    from reconciler.views import prometheus, status_markdown, status_text
    from reconciler.views.inert import document
    from reconciler.views.lines import paint
    from reconciler.views.status_json import status_json

    if output == "json":
        return f"{document(status_json(found), indent=2)}\n"
    if output == "markdown":
        return status_markdown.render(found)
    if output == "prometheus":
        return prometheus.render(found)
    return paint(status_text.render(found), color=False)


def _write(path: str, text: str) -> None:
    """Put a whole file in place, with the rights that others there have: a collector reads it."""
    from reconciler.cli.whole import write_whole

    try:
        write_whole(path, text)
    except OSError as error:
        raise ReconcilerError.of(
            "status-file",
            f"cannot write to {path}: {error.strerror or type(error).__name__}",
            "check the path and its rights",
        ) from error

"""`reconciler export`."""

import sys
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import connection
from reconciler.errors import ExitCode

if TYPE_CHECKING:
    from reconciler.model.export import Export


@click.command("export")
@click.option(
    "--kind",
    "chosen",
    multiple=True,
    metavar="KIND",
    help="Only objects of this kind, such as backup; repeatable.",
)
@click.option(
    "--index",
    "indexes",
    multiple=True,
    metavar="NAME",
    help="Only what is about this index: backups of it, imports into it, or itself where it was"
    " restored; repeatable.",
)
@click.option(
    "--adopt",
    is_flag=True,
    help="Write `adopt: ID` into each block, so that apply takes up what is there.",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["yaml", "json"]),
    default="yaml",
    show_default=True,
    help="A file to review, or the same as one JSON document without comments.",
)
@connection
def command(
    chosen: tuple[str, ...],
    indexes: tuple[str, ...],
    output: str,
    *,
    adopt: bool,
    **values: Any,  # noqa: ANN401 - what click hands over
) -> int:
    """Write what is live and not managed as YAML, ready for review.

    It reads the whole project and the state, takes no lock and changes nothing: a viewer's key
    will do. What is managed, here or elsewhere, is left out, and so is what could not be adopted;
    stderr says what and why. Nothing of it is managed before it is declared and applied.

    \b
    Examples:
      reconciler export --adopt > adopted.yaml
      reconciler export --kind backup --index docs-prod --adopt
    Exit codes: 0 exported, or there was nothing to, 1 error, or something could
    not be read, 6 the state belongs to another project, 9 not authenticated.
    """
    from reconciler.cli.session import open_session, run
    from reconciler.model.export import Selection
    from reconciler.views.export_yaml import document, render
    from reconciler.workflow.export import export

    session = open_session(None, values)
    known = [name for name, kind in session.kinds.items() if kind.remote is not None]
    if set(chosen) - set(known):
        raise click.UsageError(f"--kind takes one of {', '.join(known)}")
    selection = Selection(frozenset(chosen), frozenset(indexes))
    found = run(session, lambda session: export(session, selection))
    if output == "json":
        from reconciler.cli.output import out_json

        out_json(document(found, session.kinds, adopt=adopt))
    else:
        ascii_only = "utf" not in (sys.stdout.encoding or "").lower()
        written = render(found, session.kinds, adopt=adopt, ascii_only=ascii_only)
        click.echo(written, nl=False)
    return _told(found)


def _told(found: "Export") -> ExitCode:
    """Write to stderr what was left out; what could not be read is an error."""
    from reconciler.cli import output
    from reconciler.views.export_yaml import report, unread

    output.err(report(found, output.width(sys.stderr)))
    output.told(unread(found))
    return ExitCode.ERROR if found.unreadable else ExitCode.OK

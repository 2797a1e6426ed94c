"""`reconciler state`: look at state, mend it by hand, or recover it."""

import sys
from typing import Any

import click

from reconciler.cli import state_hands
from reconciler.cli.complete import addresses
from reconciler.cli.options import configuration, connection, state_place

_OUTPUT = click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Print it for people, or as JSON for programs.",
)


@click.group("state")
def command() -> None:
    """Look at state, mend it by hand, or recover it.

    None of these but `rebuild` needs a key or sends anything.

    \b
    Examples:
      reconciler state list
      reconciler state show restore.docs-recovered
    Exit codes: 0 done, 1 error, 4 locked, 6 a guard refused.
    """


for each in (state_hands.move, state_hands.remove, state_hands.unlock):
    command.add_command(each)


@command.command("list")
@_OUTPUT
@state_place
def list_entries(output: str, **values: Any) -> int:  # noqa: ANN401 - what click hands over
    """List what is in state: address, phase, id, and host.

    \b
    Example:
      reconciler state list -w production
    Exit codes: 0 listed, 1 the state cannot be read.
    """
    from reconciler.cli import output as show
    from reconciler.cli.local import open_local
    from reconciler.views.state import entries_json, entry_lines
    from reconciler.workflow.session import existing_state

    state = existing_state(open_local(values))
    if output == "json":
        show.out_json(entries_json(state))
        return 0
    for line in entry_lines(state, show.paper()):
        click.echo(line)
    return 0


@command.command("show")
@click.argument("address", shell_complete=addresses)
@_OUTPUT
@state_place
def show_entry(address: str, output: str, **values: Any) -> int:  # noqa: ANN401 - click's
    """Show all that state knows of one address.

    Its id and host, what was declared, and facts. What was forgotten, and creates that are not
    settled yet, are shown too.

    \b
    Examples:
      reconciler state show restore.docs-recovered
      reconciler state show restore.docs-recovered -o json
    Exit codes: 0 shown, 1 state knows nothing of it, or cannot be read.
    """
    from reconciler.cli import output as show
    from reconciler.cli.chosen import to_address
    from reconciler.cli.local import open_local
    from reconciler.views.state import known_json, known_lines
    from reconciler.workflow.state import known

    found = known(open_local(values), to_address(address))
    if output == "json":
        show.out_json(known_json(found))
    else:
        show.out(known_lines(found, show.paper(sys.stdout)))
    return 0


@command.command("workspaces")
@_OUTPUT
@state_place
def list_workspaces(output: str, **values: Any) -> int:  # noqa: ANN401 - what click hands over
    """List the states in the folder: each is what -w NAME would use.

    \b
    Example:
      reconciler state workspaces
    Exit codes: 0 listed, 1 the folder cannot be read.
    """
    from reconciler.cli import output as show
    from reconciler.cli.local import open_local
    from reconciler.views.state import workspace_line, workspaces_json
    from reconciler.workflow.state import workspaces

    found = workspaces(open_local(values))
    if output == "json":
        show.out_json(workspaces_json(found))
        return 0
    for one in found:
        click.echo(workspace_line(one))
    return 0


@command.command("rebuild")
@configuration
@click.option("--lineage", help="Take what carries this lineage's markers; without it, show them.")
@connection
def rebuild_state(
    paths: tuple[str, ...],
    lineage: str | None,
    **values: Any,  # noqa: ANN401 - what click hands over
) -> int:
    """Recover a lost state from the markers on live objects.

    Without --lineage it shows whose markers there are, and writes nothing. What the markers of
    that lineage prove is taken in. For the rest, lines to write into the YAML are printed.

    \b
    Example:
      reconciler state rebuild --lineage 1a2b3c4d examples/quickstart
    Exit codes: 0 done, 1 error, 6 a state exists already, or no lineage was
    named.
    """
    from reconciler.cli.session import open_session, run
    from reconciler.views.state import rebuilt_lines
    from reconciler.workflow.rebuild import rebuild

    found = run(open_session(paths, values), lambda session: rebuild(session, lineage))
    for line in rebuilt_lines(found.recovered, found.candidates):
        click.echo(line)
    return 0

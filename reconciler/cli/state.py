"""`reconciler state`: look at state, or recover it."""

from typing import Any

import click

from reconciler.cli.options import configuration, connection, state_place
from reconciler.errors import StateError


@click.group("state")
def command() -> None:
    """Look at state, or recover it.

    \b
    Example:
      reconciler state list
    """


@command.command("list")
@state_place
def list_entries(**values: Any) -> int:  # noqa: ANN401 - what click hands over
    """List what state holds: address, phase, id.

    \b
    Example:
      reconciler state list -w production
    Exit codes: 0 listed, 1 the state cannot be read.
    """
    from reconciler.cli.chosen import Common
    from reconciler.settings import Environment
    from reconciler.statefile.disk import LocalDisk
    from reconciler.statefile.local import LocalStore
    from reconciler.views.inert import inert
    from reconciler.workflow.ports import SystemClock, SystemRandom
    from reconciler.workflow.session import read_state

    path = Common(values).settings(Environment.here()).state_path
    loaded = LocalStore(path, LocalDisk(), SystemClock(), SystemRandom()).load()
    if not loaded.position.sequence:
        hint = "--state FILE or -w NAME names another one; the first apply makes it"
        raise StateError.of("state-missing", f"there is no state at {path}", hint)
    state = read_state(loaded)
    width = max((len(str(address)) for address in state.entries), default=0)
    for address, entry in sorted(state.entries.items()):
        click.echo(f"{address!s:<{width}}  {entry.phase.value:<7}  {inert(entry.remote_id)}")
    for intent in sorted(state.intents.values(), key=lambda item: item.ulid):
        click.echo(f"{intent.address!s:<{width}}  unsettled create, apply settles it")
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
    Exit codes: 0 done, 1 error, 6 a state exists already, or no lineage was named.
    """
    from reconciler.cli.session import open_session, run
    from reconciler.views.inert import inert
    from reconciler.workflow.rebuild import rebuild

    found = run(open_session(paths, values), lambda session: rebuild(session, lineage))
    for entry in found.recovered:
        click.echo(f"recovered {entry.address}: {inert(entry.remote_id)}")
    for address, remote_id in found.candidates:
        line = f"adopt: {inert(remote_id)}"
        click.echo(f"no proof  {address}: write `{line}` into it if that is it")
    click.echo(f"{len(found.recovered)} recovered, {len(found.candidates)} to decide about.")
    return 0

"""The commands that change state by hand, under its lock; none of them sends anything."""

import asyncio
from typing import Any

import click

from reconciler.cli.complete import addresses
from reconciler.cli.options import state_place, writing


@click.command("mv")
@click.argument("before", metavar="FROM", shell_complete=addresses)
@click.argument("after", metavar="TO")
@writing
def move(before: str, after: str, **values: Any) -> int:  # noqa: ANN401 - what click hands over
    """Let a managed object go by another address, as it is.

    `moved: [{from: ..., to: ...}]` in the YAML does the same, and is reviewed: use this where no
    apply can run.

    \b
    Example:
      reconciler state mv backup.nightly backup.docs-nightly
    Exit codes: 0 renamed, 1 error, 4 locked, 6 another object has that address,
    or is being made.
    """
    from reconciler.cli.chosen import to_address
    from reconciler.cli.local import open_local
    from reconciler.views.inert import inert
    from reconciler.workflow import state

    old, new = to_address(before), to_address(after)
    entry = asyncio.run(state.move(open_local(values), old, new))
    click.echo(f"{old} is {new} from now on: {inert(entry.remote_id)}")
    hint = f"Rename its block too: else the next plan lets go of {new}, and makes another {old}."
    click.echo(hint, err=True)
    return 0


@click.command("rm")
@click.argument(
    "addresses", metavar="ADDRESS...", nargs=-1, required=True, shell_complete=addresses
)
@writing
def remove(addresses: tuple[str, ...], **values: Any) -> int:  # noqa: ANN401 - click's
    """Forget managed objects, and leave them where they are.

    They stay in the ledger: where their block is still declared, the next plan takes the same
    object up again instead of making another.

    \b
    Example:
      reconciler state rm backup.docs-june
    Exit codes: 0 forgotten, 1 error, 4 locked, 6 its create is not settled.
    """
    from reconciler.cli.chosen import to_address
    from reconciler.cli.local import open_local
    from reconciler.views.state import forgotten_lines
    from reconciler.workflow import state

    wanted = [to_address(one) for one in addresses]
    for entry in asyncio.run(state.forget(open_local(values), wanted)):
        for line in forgotten_lines(entry):
            click.echo(line)
    hint = "What is still declared, the next plan takes up again; the rest is left alone."
    click.echo(hint, err=True)
    return 0


@click.command("unlock")
@click.argument("lock_id", metavar="[ID]", required=False)
@state_place
def unlock(lock_id: str | None, **values: Any) -> int:  # noqa: ANN401 - what click hands over
    """Say who holds the lock, and why there is nothing to break.

    The kernel holds the lock for a process, and frees it when the process is gone, however it
    ended. So a lock that is held has a live holder: it is shown, and kept. End that process, or
    wait for it with --lock-timeout of other commands. ID is that of one lock, as the error about
    it shows: if the last lock was another, that is an error.

    \b
    Example:
      reconciler state unlock
    Exit codes: 0 nothing is locked, 1 it is another lock, or error, 4 a live run
    holds it.
    """
    from reconciler.cli.local import open_local
    from reconciler.views.inert import inert
    from reconciler.workflow import state

    session = open_local(values)
    note = asyncio.run(state.unlock(session, lock_id))
    click.echo(f"{session.settings.state_path} is not locked.")
    if note is not None:
        said = f"{note.who} on {note.host} (process {note.pid}) held it since {note.since}"
        click.echo(inert(f"{said} for {note.operation}, and is gone."))
    return 0

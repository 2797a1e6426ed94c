"""What the tab key offers: addresses from state and configuration, and names of workspaces.

A completion is silent: whatever is wrong with files, the command itself will say it.
"""

from contextlib import suppress
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

    from reconciler.model.address import Address


def addresses(
    context: "click.Context", parameter: "click.Parameter", incomplete: str
) -> list[CompletionItem]:
    """Offer what is in state, and what the paths given so far declare."""
    del parameter
    found = {str(one) for one in (*_held(context), *_declared(context))}
    return [CompletionItem(one) for one in sorted(found) if one.startswith(incomplete)]


def workspaces(
    context: "click.Context", parameter: "click.Parameter", incomplete: str
) -> list[CompletionItem]:
    """Offer the states of the folder that -w chooses from."""
    del context, parameter
    from pathlib import Path

    with suppress(OSError):
        names = {file.stem for file in Path("state").glob("*.json")}
        return [CompletionItem(one) for one in sorted(names) if one.startswith(incomplete)]
    return []


def _held(context: "click.Context") -> "Iterator[Address]":
    from click import UsageError

    from reconciler.cli.local import open_local
    from reconciler.errors import ReconcilerError
    from reconciler.workflow.hold import read_state

    with suppress(ReconcilerError, UsageError, OSError):
        state = read_state(open_local(context.params).store().load())
        yield from state.entries


def _declared(context: "click.Context") -> "Iterator[Address]":
    """Read the files of the command line; commands without paths are about state alone."""
    from reconciler.config.names import declared_names
    from reconciler.errors import ReconcilerError
    from reconciler.kinds import load_kinds

    if any(parameter.name == "paths" for parameter in context.command.params):
        # where an option still waits for its value, click has not given out the paths yet
        paths = [*(context.params.get("paths") or ()), *context.args]
        with suppress(ReconcilerError, OSError, ValueError):
            yield from declared_names(paths or ["."], load_kinds())

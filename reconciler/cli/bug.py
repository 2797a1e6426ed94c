"""What is said when reconciler itself fails: enough to report it, and nothing that is secret."""

import traceback
from collections.abc import Sequence

import click

from reconciler import __version__
from reconciler.errors import ExitCode
from reconciler.settings import Environment
from reconciler.views.inert import inert

_LONGEST = 200
_SHORTEST_KEY = 8


def tell(error: Exception, arguments: Sequence[str]) -> ExitCode:
    """Name the bug and its place on stderr; with -v among the arguments, the traceback too."""
    found = traceback.extract_tb(error.__traceback__)
    place = f" ({_module(found[-1].filename)}:{found[-1].lineno})" if found else ""
    message = inert(_without_key(str(error)))
    short = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}..."
    said = f"{type(error).__name__}: {short}" if short else type(error).__name__
    click.echo(f"error: bug: {said}{place}, reconciler {__version__}", err=True)
    verbose = _is_verbose(arguments)
    if verbose:
        for line in _without_key("".join(traceback.format_exception(error))).splitlines():
            click.echo(f"  {inert(line)}", err=True)
    more = "" if verbose else "; -v shows where it came from"
    hint = f"this is a bug in reconciler; please report it with these lines{more}"
    click.echo(f"  hint: {hint}", err=True)
    return ExitCode.BUG


def _is_verbose(arguments: Sequence[str]) -> bool:
    return any(one in {"-v", "--verbose"} for one in arguments)


def _module(file: str) -> str:
    """Shorten a file's path to its place in the package, or to its name."""
    before, found, after = file.rpartition("/reconciler/")
    del before
    return f"reconciler/{after}" if found else file.rpartition("/")[2]


def _without_key(said: str) -> str:
    key = Environment.here().variables.get("PINECONE_API_KEY", "")
    return said.replace(key, "-") if len(key) >= _SHORTEST_KEY else said

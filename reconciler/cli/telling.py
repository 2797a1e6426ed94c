"""How an apply tells what it does: people as it goes, or programs, a JSON document a line."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, Union

import click

if TYPE_CHECKING:
    from reconciler.cli.progress import Progress
    from reconciler.cli.stream import Stream

Teller = Union["Progress", "Stream"]

_F = TypeVar("_F", bound=Callable[..., Any])

_OUTPUT = click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Tell people what is done, or programs: JSON documents, one a line, as it happens.",
)


def telling(function: _F) -> _F:
    """Add the option that says who is told."""
    return _OUTPUT(function)


def teller(values: dict[str, Any]) -> Teller:
    """Build what tells."""
    if values["output"] == "json":
        from reconciler.cli.stream import Stream

        return Stream()
    from reconciler.cli.progress import Progress

    return Progress()


def can_ask(values: dict[str, Any]) -> bool:
    """Whether there is somebody to ask: a terminal at both ends, and no program that reads."""
    return values["output"] == "text" and sys.stdin.isatty() and sys.stdout.isatty()

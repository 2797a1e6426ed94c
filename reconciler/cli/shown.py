"""How a plan is shown: for people, programs or a pull request; the same for `plan` and `show`."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from reconciler.model.plan import Plan

_F = TypeVar("_F", bound=Callable[..., Any])

_OUTPUT = click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="Print the plan for people, as one JSON document for programs, or as Markdown for a pull"
    " request.",
)
_MOST = click.option(
    "--max-bytes",
    type=click.IntRange(min=2_000),
    metavar="N",
    help="Cut Markdown that is longer than this, removals last [default: 60000].",
)


def showing(function: _F) -> _F:
    """Add the options that say how a plan is shown."""
    return _OUTPUT(_MOST(function))


def show(plan: Plan, values: dict[str, Any]) -> None:
    """Write a plan as the options say; raises UsageError for those that do not go together."""
    from reconciler.cli import output

    how, most = values["output"], values["max_bytes"]
    if most is not None and how != "markdown":
        raise click.UsageError("--max-bytes is about -o markdown")
    if how == "markdown":
        from reconciler.views.plan_markdown import MOST_BYTES, render

        click.echo(render(plan, most or MOST_BYTES), nl=False)
    else:
        output.show_plan(plan, how)

"""How a plan is shown: for people, programs or a pull request; the same for `plan` and `show`."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import click

from reconciler.errors import ExitCode
from reconciler.model.plan import Plan

_F = TypeVar("_F", bound=Callable[..., Any])

_OUTPUT = click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "markdown", "github", "gitlab"]),
    default="text",
    show_default=True,
    help="Print the plan for people, as one JSON document for programs, or as Markdown for a pull"
    " request; github: text, annotations, and what GITHUB_STEP_SUMMARY and GITHUB_OUTPUT take;"
    " gitlab: the file of its reports:terraform.",
)
_MOST = click.option(
    "--max-bytes",
    type=click.IntRange(min=2_000),
    metavar="N",
    help="Cut Markdown that is longer than this, removals last [default: 60000].",
)
_EXPLAIN = click.option(
    "--explain",
    is_flag=True,
    help="Show the steps too, in the order in which apply takes them, what each waits for, and why"
    " policies keep what they keep.",
)


def showing(function: _F) -> _F:
    """Add the options that say how a plan is shown."""
    return _OUTPUT(_EXPLAIN(_MOST(function)))


def errors_shown(values: dict[str, Any]) -> AbstractContextManager[None]:
    """Show the errors inside as the options say, beside what the error boundary prints."""
    if values["max_bytes"] is not None and values["output"] not in {"markdown", "github"}:
        raise click.UsageError("--max-bytes is about -o markdown and -o github")
    if values["explain"] and values["output"] not in {"text", "github"}:
        raise click.UsageError("--explain is about text; -o json holds the steps anyway")
    if values["output"] != "github":
        return nullcontext()
    from reconciler.cli.github import annotated

    return annotated()


def show(plan: Plan, values: dict[str, Any], code: ExitCode = ExitCode.OK) -> None:
    """Write a plan as the options say; `code` is what the run is going to exit with."""
    from reconciler.cli import github, output
    from reconciler.views import gitlab, keeping, plan_markdown, steps
    from reconciler.views.lines import Line

    how, most = values["output"], values["max_bytes"] or plan_markdown.MOST_BYTES
    if how == "markdown":
        click.echo(plan_markdown.render(plan, most), nl=False)
    elif how == "gitlab":
        output.out_json(gitlab.report(plan))
    else:
        output.show_plan(plan, how)
    if values["explain"]:
        width = output.width(sys.stdout)
        output.out([Line(), *steps.explain(plan, width)])
        why = keeping.explain(plan, width)
        output.out([Line(), *why] if why else [])
    if how == "github":
        github.tell(plan, code, most)

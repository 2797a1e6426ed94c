"""Tells a GitHub workflow: orders in the log, and the two files that the runner names."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from reconciler.errors import ExitCode, ReconcilerError
from reconciler.model.plan import Plan
from reconciler.settings import Environment


@contextmanager
def annotated() -> Iterator[None]:
    """Annotate the errors that end a run, each at its line of the YAML; they go on as they are."""
    try:
        yield
    except ReconcilerError as error:
        from reconciler.views.github import problems

        _order(problems(error.diagnostics))
        raise


def tell(plan: Plan, code: ExitCode, most_bytes: int) -> None:
    """Annotate the plan, and write the step's summary and outputs; raises ReconcilerError."""
    from reconciler.views.github import annotations, outputs
    from reconciler.views.plan_markdown import render

    here = Environment.here()
    _order(annotations(plan))
    _add(here.github_summary(), f"{render(plan, most_bytes)}\n")
    _add(here.github_output(), outputs(plan, code))


def _order(lines: list[str]) -> None:
    for line in lines:
        click.echo(line)


def _add(path: str | None, text: str) -> None:
    """Add to a file of the runner; outside of a workflow there is none."""
    if path is None:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ReconcilerError.of(
            "github-file",
            f"cannot write to {path}: {error.strerror or type(error).__name__}",
            "GITHUB_OUTPUT and GITHUB_STEP_SUMMARY name files of the runner; elsewhere unset them",
        ) from error

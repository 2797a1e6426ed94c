"""`reconciler policy`: what policies do over time."""

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import configuration, connection

if TYPE_CHECKING:
    from reconciler.model.track import Track
    from reconciler.model.values import Micros
    from reconciler.workflow.simulate import Choice, Simulated

_DAY = 86_400_000_000
_MOST_DAYS = 3_660


@click.group("policy")
def command() -> None:
    """Look at what backup policies do over time.

    \b
    Example:
      reconciler policy simulate examples/policies
    Exit codes: 0 shown, 1 error, 6 the state belongs to another project, 9 not
    authenticated.
    """


@command.command("simulate")
@configuration
@click.option(
    "--policy", "policies", multiple=True, metavar="NAME", help="Only this policy; repeatable."
)
@click.option(
    "--days",
    type=click.IntRange(1, _MOST_DAYS),
    default=365,
    show_default=True,
    help="How long to go on.",
)
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The day to start at, in UTC, so that the same configuration gives the same picture"
    " [default: now].",
)
@click.option(
    "--from-live",
    is_flag=True,
    help="Start now, with the backups that the policies have in the project.",
)
@click.option(
    "--index",
    "indexes",
    multiple=True,
    metavar="NAME",
    help="With --from-live: only this index; repeatable.",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "svg"]),
    default="text",
    show_default=True,
    help="Draw it on the terminal, or as a picture, or print it for programs.",
)
@connection
def simulate(
    paths: tuple[str, ...],
    policies: tuple[str, ...],
    indexes: tuple[str, ...],
    output: str,
    *,
    from_live: bool,
    **values: Any,  # noqa: ANN401 - what click hands over
) -> int:
    """Show what policies keep over a year, and by which rule.

    It lives through the days on paper: every slot is taken when it is due, and what no rule keeps
    goes. Without --from-live it needs neither network nor key; with it, a viewer's key and the
    state. It changes nothing.

    \b
    Examples:
      reconciler policy simulate examples/policies
      reconciler policy simulate -o svg examples/policies > year.svg
      reconciler policy simulate --from-live --days 30 examples/policies
    Exit codes: 0 shown, 1 error, or something could not be read, 6 the state
    belongs to another project, 9 not authenticated.
    """
    from reconciler.workflow.simulate import Choice, timelines

    if indexes and not from_live:
        raise click.UsageError("--index belongs to --from-live")
    if values["start"] and from_live:
        raise click.UsageError("--from-live starts now: give no --start")
    choice = Choice(frozenset(policies), frozenset(indexes))
    tracks = _live(paths, values, choice) if from_live else _declared(paths, values, choice)
    _show(timelines(tracks, *_span(values)), output)
    return 0


def _declared(
    paths: tuple[str, ...], values: dict[str, Any], choice: "Choice"
) -> "Sequence[Track]":
    from reconciler.cli.chosen import Common
    from reconciler.config.build import load
    from reconciler.kinds import load_kinds
    from reconciler.workflow.simulate import of_declared

    kinds = load_kinds()
    found = load(list(paths) or ["."], kinds, assigned=Common(values).assigned())
    return of_declared(found, kinds, choice)


def _live(paths: tuple[str, ...], values: dict[str, Any], choice: "Choice") -> "Sequence[Track]":
    from reconciler.cli.session import open_session, run
    from reconciler.workflow.simulate import of_live

    return run(open_session(paths, values), lambda session: of_live(session, choice))


def _span(values: dict[str, Any]) -> "tuple[Micros, Micros]":
    from datetime import UTC

    from reconciler.model.zone import LATEST

    given, days = values["start"], values["days"]
    now = time.time_ns() // 1000
    start = now if given is None else int(given.replace(tzinfo=UTC).timestamp()) * 1_000_000
    if start + days * _DAY > LATEST:
        raise click.UsageError("--start is so late that it would end after the year 9999")
    return start, start + days * _DAY


def _show(simulated: "Simulated", output: str) -> None:
    from reconciler.cli import output as show
    from reconciler.views import timeline_json, timeline_svg, timeline_text

    if output == "json":
        show.out_json(timeline_json.simulation_json(simulated))
    elif output == "svg":
        click.echo(timeline_svg.render(simulated), nl=False)
    else:
        show.out(timeline_text.render(simulated, show.width(sys.stdout)))

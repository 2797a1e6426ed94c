"""Plan policies over a thousand indexes of sixty backups each: only lists are asked for.

What is counted are requests, against a project that is described and not served: how long a plan
of sixty thousand backups takes is printed, and judged by nobody.
"""

import sys
from time import process_time

import click
from unit.planning.many import PAGE, Project

from reconciler.model.change import Action


@click.command()
@click.option("--indexes", type=click.IntRange(1), default=1_000, show_default=True)
@click.option("--copies", type=click.IntRange(1), default=60, show_default=True, help="Of each.")
def command(*, indexes: int, copies: int) -> None:
    """Count what one plan asks for."""
    project = Project(indexes, copies)
    started = process_time()
    plan = project.plan(project.observe())
    seconds = process_time() - started
    made = sum(1 for one in plan.changes if one.action is Action.CREATE)
    for request, count in sorted(project.asked.items()):
        click.echo(f"  {count:6} {request}")
    click.echo(f"{indexes:,} indexes x {copies} backups: {made:,} to make, {seconds:.1f} s of CPU")
    pages = -(-indexes * copies // PAGE)
    wanted = {"GET /backups": pages, "GET /indexes": 1, "GET /restore-jobs": 1}
    sys.exit(0 if project.asked == wanted and made == indexes and plan.complete else 1)

"""List ten thousand backups page by page: each is there once, and no page takes long.

The emulator answers in process, so that what is measured is the list and not the port. The pages
are of the least size that a client is likely to ask for; a list that looked at all backups for
each page would be far too slow.
"""

import sys
from dataclasses import dataclass
from time import perf_counter

import click
from emulator.driver import Driver

from reconciler.emulator.service import Knobs


@dataclass(frozen=True)
class Listed:
    """What one walk through the list found, and how long it took."""

    made: int
    ids: tuple[str, ...]
    pages: int
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether the list names as many backups as there are, and none of them twice."""
        return len(self.ids) == len(set(self.ids)) == self.made

    @property
    def pages_per_second(self) -> float:
        """How many pages were answered in a second."""
        return self.pages / self.seconds


def walk(backups: int, limit: int) -> Listed:
    """Take the backups, a second apart, and read the list from its first page to its last."""
    project = Driver(Knobs(backup_quota=backups))
    project.seed("docs")
    before = len(project.ask("GET", "/backups")["data"])
    for _ in range(backups - before):
        project.backup()
        project.sleep(1)
    ids: list[str] = []
    pages, target = 0, f"/backups?limit={limit}"
    started = perf_counter()
    while target:
        page = project.ask("GET", target)
        ids += (each["backup_id"] for each in page["data"])
        pages += 1
        following = (page.get("pagination") or {}).get("next")
        target = f"/backups?limit={limit}&paginationToken={following}" if following else ""
    return Listed(backups, tuple(ids), pages, perf_counter() - started)


@click.command("many-pages")
@click.option("--backups", type=click.IntRange(1, 100_000), default=10_000, show_default=True)
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True)
@click.option("--least", type=float, default=100.0, show_default=True, help="Pages per second.")
def command(backups: int, limit: int, least: float) -> None:
    """List many backups over the emulator in process, and measure pages per second."""
    listed = walk(backups, limit)
    click.echo(f"{'backups':<12}{listed.made:>8,}")
    click.echo(f"{'listed':<12}{len(set(listed.ids)):>8,}")
    click.echo(f"{'pages':<12}{listed.pages:>8,}")
    said = "complete" if listed.complete else "NOT complete"
    click.echo(
        f"the list is {said}, {listed.pages_per_second:,.0f} pages/s, {least:,.0f} are asked for"
    )
    sys.exit(0 if listed.complete and listed.pages_per_second >= least else 1)

"""Play each way to create one backup, to share one state, and to wait, under every schedule.

A schedule says when runs are killed or paused, what becomes of each request, how far lists and
clocks are off, and what people do meanwhile. The models stand in `models`; nothing is random, so
the same command shows the same failure again. Marked are duplicates that all carry our marker;
named those among them that every plan calls duplicates of ours.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import click
from models import create_protocol, lease_protocol, waiting_protocol
from models.schedules import Tally, Verdict

_COLUMNS = ("schedules", "clean", "duplicates", "marked", "named", "adopted", "lost")
_WIDTH = 46

Table = tuple[str, Mapping[str, Any], Callable[[Any], Tally], Collection[str]]
"""A title, variants by name, what plays one, and the names of those that must be clean."""

TABLES: tuple[Table, ...] = (
    (
        "One create, two runs that may be killed",
        create_protocol.PROTOCOLS,
        create_protocol.check,
        create_protocol.CLEAN,
    ),
    (
        "Two operators, one of them paused, killed or both",
        lease_protocol.VARIANTS,
        lease_protocol.check,
        lease_protocol.CLEAN,
    ),
    (
        "One operator only waits, another uses the state",
        waiting_protocol.VARIANTS,
        waiting_protocol.check,
        waiting_protocol.CLEAN,
    ),
)


@click.command()
def command() -> None:
    """Exit 0: what must be clean is, and what is known to fail does."""
    wrong: list[str] = []
    played = 0
    for title, variants, check, clean in TABLES:
        click.echo(f"{title}\n{'':{_WIDTH}}{''.join(f'{name:>12}' for name in _COLUMNS)}  verdict")
        for name, variant in variants.items():
            found = check(variant)
            played += found.schedules
            numbers = "".join(f"{number:>12,}" for number in found.numbers())
            click.echo(f"{name:{_WIDTH}}{numbers}  {_verdict(found)}")
            if found.is_clean is not (name in clean):
                wrong.append(f"{title}: {name}: {_example(found)}")
        click.echo()
    for line in wrong:
        click.echo(f"not as it must be: {line}")
    click.echo(f"{played:,} schedules played, {len(wrong)} variants not as they must be.")
    if wrong:
        raise SystemExit(1)


def _verdict(found: Tally) -> str:
    if found.is_clean:
        return "clean"
    harmed = found.schedules - found.counts[Verdict.CLEAN]
    return "all marked" if harmed == found.marked else "fails"


def _example(found: Tally) -> str:
    """Name the first schedule of each way to fail."""
    said = [f"{one.value}: {how}" for one, how in found.first.items() if one is not Verdict.CLEAN]
    return " | ".join(said) or "clean, so the model is blind"

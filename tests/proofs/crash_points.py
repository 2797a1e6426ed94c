"""Kill reconciler at every boundary of each story, and again at every boundary of the recovery.

A boundary lies before and after each request, after each answer, and at each step of each write,
sync and rename (tests/simulation/boundaries.py). After every death the memory is gone; the disk
shows all that was written, or any version that a power loss may leave. The second death falls into
the same act as the first, and the telling of a pair ends with that act: what comes after an act is
told by single deaths only.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from typing import NoReturn

import click
from simulation.stories import STORIES
from simulation.story import Fate, Telling

_DISKS = (None, 0, 1, 2, 3)  # as written; then versions after a power loss, older ones first
_TOLD = 50  # after so many first deaths it is said how far it is


def undisturbed(story: str) -> tuple[list[str], list[str]]:
    """Name the boundaries of a story in which nobody dies, in order, and what was wrong with it."""
    fate = Fate()
    wrong = Telling.of(STORIES[story], fate).to_the_end()
    return fate.names, wrong


def single(story: str, point: int) -> list[str]:
    """Die once, with every version of the disk; gives what was wrong, with how to replay it."""
    found: list[str] = []
    for disk in _DISKS:
        fate = Fate(point)
        wrong = Telling.of(STORIES[story], fate, disk).to_the_end()
        if not fate.is_over:
            wrong.append("nobody died: boundaries are not the same in every run")
        name = fate.names[point - 1]
        found += [f"{_replay(story, point, disk=disk)}: at {name}: {line}" for line in wrong]
    return found


def pairs(story: str, point: int, step: int = 1) -> tuple[int, list[str]]:
    """Die at a point, and at each `step`-th boundary after it: how often, and what was wrong."""
    disk = _DISKS[point % len(_DISKS)]  # what a power loss leaves, at both deaths
    died = Telling.of(STORIES[story], Fate(point), disk)
    died.to_the_next_death()
    whole = died.branch(Fate())
    whole.to_the_end_of_the_act()
    found: list[str] = []
    seconds = range(1, len(whole.fate.names) + 1, step)
    for second in seconds:
        again = died.branch(Fate(second), disk)
        again.to_the_end_of_the_act()
        wrong = again.verdict()
        if not again.fate.is_over:
            wrong.append("nobody died: boundaries are not the same in every run")
        if wrong:
            at = f"at {died.fate.names[-1]}, then at {whole.fate.names[second - 1]}"
            found.append(f"{_replay(story, point, second, disk)}: {at}: {'; '.join(wrong)}")
    return len(seconds), found


def _replay(story: str, point: int, second: int | None = None, disk: int | None = None) -> str:
    more = "" if second is None else f" --second {second}"
    more += "" if disk is None else f" --disk {disk}"
    return f"python tests/prove.py crash-points --story {story} --point {point}{more}"


@click.command()
@click.option("--story", type=click.Choice(list(STORIES)), help="Tell this story only.")
@click.option("--pairs/--no-pairs", "with_pairs", default=True, help="Kill the recoveries too.")
@click.option("--jobs", default=2, show_default=True, help="Processes to use.")
@click.option("--point", type=int, help="With --story: replay this death only.")
@click.option("--second", type=int, help="With --point: the death in the recovery.")
@click.option("--disk", type=int, help="With --point: what a power loss left on the disk.")
def command(
    *,
    story: str | None,
    with_pairs: bool,
    jobs: int,
    point: int | None,
    second: int | None,
    disk: int | None,
) -> None:
    """Kill at every boundary, and at every pair of boundaries."""
    if point is not None:
        if story is None:
            raise click.UsageError("--point needs --story")
        _show(story, point, second, disk)
    with ProcessPoolExecutor(jobs) as pool:
        told = [
            _tell(name, pool, with_pairs=with_pairs) for name in ([story] if story else STORIES)
        ]
    raise SystemExit(0 if all(told) else 1)


def _tell(story: str, pool: ProcessPoolExecutor, *, with_pairs: bool) -> bool:
    """Kill at every boundary of one story; whether that cost nothing."""
    started = time.monotonic()
    names, undone = undisturbed(story)
    if undone:
        raise click.ClickException(f"the undisturbed story {story} is wrong: {undone}")
    points = range(1, len(names) + 1)
    click.echo(f"{story}: {len(names)} boundaries")
    for name, count in sorted(Counter(name.split()[0] for name in names).items()):
        click.echo(f"  {count:4} {name}")
    failed = [lines for lines in pool.map(partial(single, story), points, chunksize=4) if lines]
    _report(failed)
    clean = len(points) - len(failed)
    click.echo(f"  crash points {clean}/{len(points)} clean, each with {len(_DISKS)} disks")
    total = wrong = 0
    found = pool.map(partial(pairs, story), points) if with_pairs else ()
    for done, (count, lines) in enumerate(found, 1):
        total, wrong = total + count, wrong + len(lines)
        _report([lines])
        if done % _TOLD == 0:
            seconds = time.monotonic() - started
            click.echo(f"    pairs {total - wrong}/{total}, to point {done}, {seconds:.0f} s")
    if with_pairs:
        click.echo(f"  pairs {total - wrong}/{total} clean")
    click.echo(f"  in {time.monotonic() - started:.0f} s")
    return not failed and not wrong


def _report(failed: Sequence[Sequence[str]]) -> None:
    for line in islice(_flat(failed), 20):
        click.echo(line, err=True)


def _flat(failed: Sequence[Sequence[str]]) -> Iterator[str]:
    for lines in failed:
        yield from lines


def _show(story: str, point: int, second: int | None, disk: int | None) -> NoReturn:
    deaths = (point,) if second is None else (point, second)
    telling = Telling.of(STORIES[story], Fate(*deaths), disk)
    wrong = telling.to_the_end()
    for number, name in enumerate(telling.fate.names, start=1):
        click.echo(f"{number:4} {name}")
    for line in wrong:
        click.echo(line, err=True)
    raise SystemExit(1 if wrong else 0)

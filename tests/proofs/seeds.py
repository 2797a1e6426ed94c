"""Live through thousands of seeds of bad weather: faults, crashes, people; then two runs in peace.

Each seed applies a configuration and its edits while requests, lists, jobs, the disk, the clock,
people and other operators go wrong (tests/simulation/scenario.py). Afterwards nothing may be lost,
doubled or touched that is not ours, and two runs must find nothing left to do.
"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

import click
from simulation.faults import AMBIGUOUS
from simulation.scenario import KINDS, Lived, Scenario
from simulation.weather import ON_CREATE

FEWEST_HITS = 100
_CHUNK = 50


def lived(seed: int) -> Lived:
    """Live one seed; whatever it raises is wrong too."""
    try:
        return Scenario(seed).live()
    except Exception as error:  # noqa: BLE001 - a bug in a run must not end the others
        return Lived(seed, wrong=[f"raised {error!r}"])


def digests(seeds: Iterable[int]) -> dict[int, str]:
    """Live seeds in another process, with another order of sets; gives their digests."""
    words = [sys.executable, __file__.replace("proofs/seeds.py", "prove.py"), "seeds"]
    words += [word for seed in seeds for word in ("--digest", str(seed))]
    run = subprocess.run(words, check=True, capture_output=True, text=True)
    return {int(seed): digest for seed, digest in map(str.split, run.stdout.splitlines())}


@click.command()
@click.option("--count", default=10_000, show_default=True, help="How many seeds to live.")
@click.option("--first", default=0, show_default=True, help="The first of them.")
@click.option("--jobs", default=2, show_default=True, help="Processes to use.")
@click.option("--repeats", default=100, show_default=True, help="Seeds to live a second time.")
@click.option("--seed", type=int, help="Replay one seed and show what happened.")
@click.option("--digest", multiple=True, type=int, hidden=True)
def command(
    *, count: int, first: int, jobs: int, repeats: int, seed: int | None, digest: tuple[int, ...]
) -> None:
    """Live through seeds, count what went wrong around them, and what went wrong because of it."""
    if seed is not None:
        _show(lived(seed))
    for one in digest:
        click.echo(f"{one} {lived(one).digest}")
    if digest:
        return
    started, hits, first_digests, failed = time.monotonic(), Counter[str](), {}, 0
    touched = decided = 0
    with ProcessPoolExecutor(jobs) as pool:
        for one in pool.map(lived, range(first, first + count), chunksize=_CHUNK):
            hits += one.hits
            touched, decided = touched + one.touched, decided + bool(one.rounds)
            if len(first_digests) < repeats:
                first_digests[one.seed] = one.digest
            failed += bool(one.wrong)
            if one.wrong and failed <= 20:
                click.echo("\n".join(one.told().splitlines()[:9]), err=True)
    seconds = time.monotonic() - started
    rare = _table(hits, count)
    same = sum(digest == first_digests[one] for one, digest in digests(first_digests).items())
    click.echo(f"seeds {count - failed}/{count} clean in {seconds:.0f} s")
    click.echo(f"decisions taken in {decided} of them; people or failed jobs in {touched}")
    asked = len(KINDS) + len(AMBIGUOUS)
    click.echo(f"fault kinds {asked - len(rare)}/{asked} met often enough {rare or ''}")
    click.echo(f"the same seed twice, the same digest: {same}/{len(first_digests)}")
    raise SystemExit(1 if failed or rare or same < len(first_digests) else 0)


def _table(hits: Counter[str], count: int) -> list[str]:
    """Print how often each kind was met; gives those that were met too rarely to prove anything."""
    least = FEWEST_HITS * count // 10_000
    kinds = (*KINDS, *(kind + ON_CREATE for kind in AMBIGUOUS))
    for kind in kinds:
        click.echo(f"  {hits[kind]:7} {kind}")
    return [kind for kind in kinds if hits[kind] <= least]


def _show(one: Lived) -> None:
    for line in one.lines:
        click.echo(line)
    for line in one.wrong:
        click.echo(f"wrong: {line}", err=True)
    click.echo(f"met: {dict(one.hits)}", err=True)
    raise SystemExit(1 if one.wrong else 0)

"""Live through a year of hourly applies under backup policies, once in peace and once with faults.

Twenty indexes under three policies, on a virtual clock (tests/simulation/policy_year.py). After
every run the emulator's own objects are held against what the policies say: no slot twice or left
out, nothing held, foreign or still needed expired, and a Ready copy of every newest slot.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import click
from simulation.policy_year import Pipeline, Year

_MICROS_PER_HOUR = 3_600_000_000


def lived(faults: float, *, days: int, indexes: int, seed: int) -> tuple[Year, float]:
    """Live one year; gives it with the processor's seconds that it took."""
    started = time.process_time()
    year = Pipeline(indexes, faults, seed).live(days)
    return year, time.process_time() - started


@click.command()
@click.option("--days", default=365, show_default=True, help="Days to live through.")
@click.option("--indexes", default=20, show_default=True, help="Indexes, of 4 to 20.")
@click.option("--faults", default=0.01, show_default=True, help="Share of requests that fail.")
@click.option("--seed", default=1, show_default=True, help="What goes wrong, and when.")
@click.option("--jobs", default=2, show_default=True, help="Processes to use, of 1 or 2.")
def command(*, days: int, indexes: int, faults: float, seed: int, jobs: int) -> None:
    """Live the year in peace, and again with faults and a crash a week; count what went wrong."""
    live = partial(lived, days=days, indexes=indexes, seed=seed)
    with ProcessPoolExecutor(jobs) as pool:
        peace, weather = pool.map(live, (0.0, faults))
    wrong = _report("in peace", *peace) + _report("with faults", *weather)
    raise SystemExit(1 if wrong or not _is_shown(peace[0], weather[0], days) else 0)


def _report(called: str, year: Year, seconds: float) -> int:
    met = sum(count for name, count in year.faults.items() if " on a create" not in name)
    click.echo(f"{called}: {year.runs} runs, {year.requests} requests, {seconds:.0f} s of one core")
    click.echo(f"  {year.made} backups made, {year.expired} expired, {year.by_hand} made by hand")
    click.echo(f"  {met} faults met, of {len(year.faults)} sorts; {year.crashes} crashes")
    click.echo(f"  {year.unclean} runs not whole, {year.row} in a row at the most")
    ages = (f"{name} {age / _MICROS_PER_HOUR:.1f} h" for name, age in year.oldest.items())
    click.echo(f"  oldest that a newest copy became: {', '.join(ages)}")
    click.echo(f"  {len(year.wrong)} violations")
    _complain(year.wrong)
    return len(year.wrong)


def _complain(wrong: Sequence[str]) -> None:
    for line in wrong[:20]:
        click.echo(f"    {line}", err=True)


def _is_shown(peace: Year, weather: Year, days: int) -> bool:
    """Whether enough happened to prove anything."""
    died = weather.crashes >= days // 7
    return peace.expired > 0 and weather.expired > 0 and weather.faults.total() > 0 and died

"""Let hypothesis drive whole lives: edits, applies, crashes, people, time; each must come to rest.

The state machine (tests/simulation/machine.py) is given many starting points; each tries lives of
so many rules, and shrinks the first that goes wrong to the shortest that still does.
"""

import io
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import partial

import click
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from simulation.machine import Machine

EXAMPLES = 300
STEPS = 80
_CHUNK = 25


@dataclass
class Lives:
    """What became of the lives of one seed."""

    seed: int
    count: int = 0
    did: Counter[str] = field(default_factory=Counter)
    wrong: str = ""


def lives(number: int, examples: int = _CHUNK, steps: int = STEPS) -> Lives:
    """Live through the examples that a seed gives; a failure is told as the shortest life."""
    found = Lives(number)

    @seed(number)
    class Counted(Machine):
        def teardown(self) -> None:
            found.count += 1
            found.did.update(self.did)
            super().teardown()

    chosen = settings(
        deadline=None,
        max_examples=examples,
        stateful_step_count=steps,
        database=None,  # the seed alone decides
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    said = io.StringIO()
    try:
        with redirect_stdout(said):
            run_state_machine_as_test(Counted, settings=chosen)
    except Exception as error:  # noqa: BLE001 - the other seeds go on
        notes = "\n".join(getattr(error, "__notes__", ()))
        found.wrong = f"{notes}\n{said.getvalue()}{type(error).__name__}: {error}"
    return found


@click.command()
@click.option(
    "--examples", default=EXAMPLES, show_default=True, help="Lives to live, 25 with each seed."
)
@click.option("--steps", default=STEPS, show_default=True, help="Rules in a life, at the most.")
@click.option("--first", default=0, show_default=True, help="The first seed.")
@click.option("--jobs", default=2, show_default=True, help="Processes to use.")
@click.option("--seed", "only", type=int, help="Replay this seed only.")
def command(*, examples: int, steps: int, first: int, jobs: int, only: int | None) -> None:
    """Live through many lives, and print the shortest of those that go wrong."""
    started = time.monotonic()
    seeds = range(first, first + -(-examples // _CHUNK)) if only is None else (only,)
    with ProcessPoolExecutor(jobs) as pool:
        found = list(pool.map(partial(lives, steps=steps), seeds))
    failed = [one for one in found if one.wrong]
    for one in failed:
        click.echo(f"python tests/prove.py machine --seed {one.seed} --steps {steps}", err=True)
        click.echo(one.wrong, err=True)
    _table(found)
    count = sum(one.count for one in found)
    seconds = time.monotonic() - started
    click.echo(f"seeds {len(found) - len(failed)}/{len(found)} clean")
    click.echo(f"{count} lives of up to {steps} rules in {seconds:.0f} s")
    raise SystemExit(1 if failed else 0)


def _table(found: Sequence[Lives]) -> None:
    did = sum((one.did for one in found), Counter[str]())
    for name, count in sorted(did.items()):
        click.echo(f"  {count:6} {name}")

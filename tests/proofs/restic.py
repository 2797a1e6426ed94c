"""Keep what restic keeps, for the same reasons: made-up rules on made-up histories.

Each history becomes a repository of tiny snapshots with its times, taken in its time zone. `restic
forget --dry-run --json` then says what it would keep and why, and must agree with ours to the word.
`--record` writes the answers down for the test suite (tests/retention).
"""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from proofs._progress import Progress
from proofs._skipped import SkippedError
from retention.compare import Reasons, Taken, flags, ours, packed
from retention.histories import History, histories, policies

from reconciler.model.values import JSON, Micros

ANSWERS = Path(__file__).parents[1] / "retention" / "answers.jsonl"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Repository:
    """A repository of restic, and the time zone of the host that it is of."""

    path: Path
    zone: str

    def run(self, *words: str, zone: str = "", given: bytes = b"") -> str:
        """Run restic on it, without its cache; what it fails with ends the proof."""
        environment = {**os.environ, "TZ": zone or self.zone, "RESTIC_PASSWORD": "none"}
        command = ("restic", "--no-cache", "--repo", str(self.path), *words)
        done = subprocess.run(
            command, env=environment, input=given, capture_output=True, check=False
        )
        if done.returncode != 0:
            raise click.ClickException(f"restic {words[0]}: {done.stderr.decode()}")
        return done.stdout.decode()

    def fill(self, history: History, progress: Progress) -> None:
        """Take the snapshots of a history that are not there yet."""
        if not self.path.exists():
            self.run("init", "--quiet")
        words = ("backup", "--quiet", "--force", "--stdin")
        there = len(self.snapshots())
        progress.add(there)
        for local in history.times[there:]:
            zone = _fixed(local[-6:])
            self.run(*words, f"--time={local[:-6]}", zone=zone, given=b"x")
            progress.add()

    def snapshots(self) -> list[dict[str, str]]:
        """Give all snapshots, oldest first, as restic sorts them."""
        found: list[dict[str, str]] = json.loads(self.run("snapshots", "--json"))
        return found

    def forget(self, rules: Mapping[str, JSON], places: Mapping[str, int]) -> Reasons:
        """Ask what would be kept, and why."""
        (group,) = json.loads(
            self.run("forget", "--dry-run", "--json", "--group-by=", *flags(rules))
        )
        return {
            places[kept["id"]]: tuple(why["matches"])
            for kept, why in zip(group["keep"], group["reasons"], strict=True)
        }


@dataclass(frozen=True)
class Verdict:
    """What restic said to some rules for a history, and what we say."""

    rules: Mapping[str, JSON]
    theirs: Reasons
    ours: Reasons

    def differences(self) -> Iterator[str]:
        """Name every copy on which the two differ."""
        for place in sorted({*self.theirs, *self.ours}):
            theirs, ours = self.theirs.get(place), self.ours.get(place)
            if theirs != ours:
                yield f"copy {place}: restic {theirs or 'removes'}, ours {ours or 'expires'}"


def judge(
    history: History, folder: Path, seed: int, count: int, progress: Progress
) -> tuple[Taken, list[Verdict]]:
    """Make the repository of a history, and ask restic about every policy."""
    repository = Repository(folder / history.name, history.zone)
    repository.fill(history, progress)
    found = repository.snapshots()
    places = {one["id"]: place for place, one in enumerate(found)}
    moments = tuple(_moment(one["time"]) for one in found)
    version = repository.run("version").split()[1]
    taken = Taken(history.name, history.zone, moments, _micros(datetime.now(UTC)), version)
    verdicts = []
    for rules in policies(history, seed, count):
        verdicts.append(Verdict(rules, repository.forget(rules, places), ours(taken, rules)))
        progress.add(wrong=verdicts[-1].theirs != verdicts[-1].ours)
    return taken, verdicts


@click.command()
@click.option("--policies", "count", default=45, show_default=True, help="Policies a history.")
@click.option("--seed", default=0, show_default=True, help="Makes other histories and policies.")
@click.option("--jobs", default=2, show_default=True, help="Histories at a time.")
@click.option("--keep", type=click.Path(path_type=Path), help="Leave the repositories in a folder.")
@click.option("--record", is_flag=True, help="Write the answers down for the test suite.")
def command(*, count: int, seed: int, jobs: int, keep: Path | None, record: bool) -> None:
    """Ask restic what it would keep, and compare every copy and every reason."""
    if not shutil.which("restic"):
        raise SkippedError("restic is not installed (on Debian: apt-get install restic)")
    started = time.monotonic()
    with TemporaryDirectory() as scratch, ThreadPoolExecutor(jobs) as pool:
        folder = keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        made = list(histories(seed))
        total = sum(len(history.times) + count for history in made)
        progress = Progress("snapshots and policies", total)
        judged = list(pool.map(lambda one: judge(one, folder, seed, count, progress), made))
    differing = sum(_show(taken, verdicts) for taken, verdicts in judged)
    asked = sum(len(verdicts) for _, verdicts in judged)
    if record:
        ANSWERS.write_text("".join(f"{json.dumps(line)}\n" for line in _lines(judged)))
    seconds, version = time.monotonic() - started, judged[0][0].version
    click.echo(f"restic {version}: {asked - differing}/{asked} policies agree in {seconds:.0f} s")
    raise SystemExit(1 if differing else 0)


def _show(taken: Taken, verdicts: list[Verdict]) -> int:
    """Print a line for a history and for each difference; gives how many policies differ."""
    differing = [verdict for verdict in verdicts if verdict.theirs != verdict.ours]
    kept = sum(len(verdict.theirs) for verdict in verdicts)
    click.echo(
        f"{taken.name:<8} {taken.zone:<20} {len(taken.moments):>4} snapshots {len(verdicts):>4} "
        f"policies, {kept:>6} kept, {len(differing)} differ"
    )
    for verdict in differing[:20]:
        click.echo(f"  {json.dumps(verdict.rules)}", err=True)
        click.echo("".join(f"    {line}\n" for line in verdict.differences()), err=True, nl=False)
    return len(differing)


def _lines(judged: list[tuple[Taken, list[Verdict]]]) -> Iterator[Mapping[str, object]]:
    for taken, verdicts in judged:
        yield asdict(taken)
        for one in verdicts:
            yield {"history": taken.name, "rules": one.rules, "kept": packed(one.theirs)}


def _fixed(offset: str) -> str:
    """Give a zone of that offset, since `--time` takes none and some times are shown twice.

    restic takes it for the time of its own zone, as that has the offset at that moment too. There
    are zones for whole hours; a time of another offset is left to the zone of the history.
    """
    hours, _, minutes = offset.partition(":")
    return f"Etc/GMT{-int(hours):+d}" if minutes == "00" else ""


def _moment(text: str) -> Micros:
    """Read restic's time, which has up to nine digits of a second; ours is cut to six."""
    return _micros(datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text)))


def _micros(moment: datetime) -> Micros:
    return (moment - _EPOCH) // timedelta(microseconds=1)

"""The same sweep on `terraform apply`: killed at every system call on its own state file."""

import json
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

_MAIN = """
resource "terraform_data" "made" {
  count = 3
  input = count.index
}
"""
_FILES = ("terraform.tfstate", ".terraform.tfstate.lock.info")
_CALLS = (
    "newfstatat",
    "openat",
    "fcntl",
    "read",
    "lseek",
    "write",
    "ftruncate",
    "fsync",
    "unlinkat",
    "close",
)
_SECONDS = 60


@dataclass(frozen=True)
class Killed:
    """What a killed run left: a state that cannot be read, and objects that a plan makes again."""

    call: str
    corrupt: bool
    made: int
    forgotten: int


def compare(points: int, corrupt: int, forgotten: int) -> None:
    """Print both sweeps side by side, ours as counted; says so where there is no terraform."""
    if shutil.which("terraform") is None:
        click.echo("terraform is not here: nothing to compare with")
        return
    theirs = list(sweep())
    version = _terraform(Path.cwd(), "version").stdout.splitlines()[0]
    click.echo(
        f"{'killed at every call on state':<34}{'points':>10}{'corrupt':>10}{'forgotten':>11}"
    )
    click.echo(f"  {'reconciler apply':<32}{points:>10}{corrupt:>10}{forgotten:>11}")
    click.echo(
        f"  {f'terraform apply ({version})':<32}{len(theirs):>10}"
        f"{sum(one.corrupt for one in theirs):>10}{sum(one.forgotten > 0 for one in theirs):>11}"
    )
    click.echo("  forgotten: the next plan makes anew, without a word, what was made")


def sweep() -> Iterator[Killed]:
    """Kill at the first, second, ... call of each name, until a run ends by itself."""
    with tempfile.TemporaryDirectory(prefix="terraform-") as name:
        folder = Path(name).resolve()
        (folder / "main.tf").write_text(_MAIN)
        for call in _CALLS:
            nth = 1
            while (killed := _kill(folder, call, nth)) is not None:
                yield killed
                nth += 1


def _kill(folder: Path, call: str, nth: int) -> Killed | None:
    """Kill at one call; None when the run did not come to it."""
    for file in (*_FILES, "terraform.tfstate.backup"):
        (folder / file).unlink(missing_ok=True)
    paths = [option for file in _FILES for path in (file, folder / file) for option in ("-P", path)]
    command = ["strace", "-f", "-qq", "-o", "/dev/null", *paths]
    command += ["-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={nth}", "--"]
    ran = _terraform(folder, "apply", "-auto-approve", "-no-color", before=command)
    if ran.returncode == 0:
        return None
    if ran.returncode != -signal.SIGKILL:  # else it would go on for ever
        said = ran.stderr.strip()[-300:]
        raise click.ClickException(f"terraform ended with {ran.returncode}: {said}")
    made = len(set(re.findall(r"made\[(\d)\]: Creation complete", ran.stdout)))
    state = folder / "terraform.tfstate"
    corrupt = state.exists() and not _is_json(state.read_bytes())
    plan = _terraform(folder, "plan", "-no-color", "-lock=false")
    adds = re.search(r"Plan: (\d+) to add", plan.stdout)
    again = int(adds[1]) if adds else 0
    return Killed(f"{call}#{nth}", corrupt, made, max(0, again - (3 - made)))


def _is_json(data: bytes) -> bool:
    try:
        return isinstance(json.loads(data), dict)
    except ValueError:
        return False


def _terraform(
    folder: Path, *arguments: str, before: "list[str | Path] | None" = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*(before or []), shutil.which("terraform") or "terraform", *arguments],
        check=False,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "CHECKPOINT_DISABLE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )

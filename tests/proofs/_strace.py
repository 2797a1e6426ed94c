"""Which system calls a command makes on its files, and how to spoil exactly one of them.

One run under strace numbers the calls: of each name its first, second, third in the main thread.
A later run has one of them spoilt, and strace's log of that run says whether it was the same call
on the same file. Calls are told apart by name and number alone, since temporary files have random
names that no filter can be given beforehand.
"""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ERRORS = ("ENOSPC", "EIO", "EROFS", "EINTR")
KILL = "KILL"
FAULTS = (KILL, *ERRORS)
_LINE = re.compile(r"(\d+) +(\w+)\((.*)")
_RANDOM = re.compile(r"(tmp|unsaved)-[0-9a-f]{16}")
_SECONDS = 60


@dataclass(frozen=True)
class Call:
    """One system call of a run: the nth of its name, and the file that it is about."""

    name: str
    nth: int
    file: str

    def __str__(self) -> str:
        return f"{self.name}#{self.nth} {self.file}"


@dataclass(frozen=True)
class Ran:
    """How a run ended, and whether the call that was to be spoilt was met."""

    code: int
    out: str
    err: str
    met: bool


def missing() -> str | None:
    """Say why nothing can be traced here; None where it can."""
    if shutil.which("strace") is None:
        return "strace is not installed (apt-get install strace)"
    found = subprocess.run(
        ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=none", "true"],
        check=False,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    return f"strace cannot trace here: {found.stderr.strip()}" if found.returncode else None


def numbered(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], under: str
) -> tuple[Call, ...]:
    """Run a command whole, and give its calls on the folder `under` and the files in it."""
    log = folder / "strace.log"
    options = ["--seccomp-bpf", "-e", "trace=file,desc", "-o", str(log)]
    ran = _run(options, command, folder, environment)
    if ran.returncode:
        raise AssertionError(f"a run without faults ended with {ran.returncode}: {ran.stderr}")
    counts: Counter[str] = Counter()
    calls: list[Call] = []
    for name, said in _main_calls(log):
        counts[name] += 1
        file = _file(said, folder, under)
        if file is not None:
            calls.append(Call(name, counts[name], file))
    log.unlink()
    return tuple(calls)


def spoilt(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], call: Call, fault: str
) -> Ran:
    """Run a command with one of its calls killed or failing."""
    how = "signal=KILL" if fault == KILL else f"error={fault}"
    log = folder / "strace.log"
    options = ["-e", f"trace={call.name}", "-e", f"inject={call.name}:{how}:when={call.nth}"]
    if fault != KILL:  # it is much faster, but injects no signals
        options.append("--seccomp-bpf")
    ran = _run([*options, "-o", str(log)], command, folder, environment)
    said = [said for _, said in _main_calls(log)][call.nth - 1 : call.nth]
    under = call.file.partition("/")[0]
    met = [_file(one, folder, under) for one in said] == [call.file]
    log.unlink()
    return Ran(ran.returncode, ran.stdout, ran.stderr, met)


def _run(
    options: Sequence[str], command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["strace", "-f", "-qq", "-y", "-s", "0", *options, "--", *command],
        check=False,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )


def _main_calls(log: Path) -> list[tuple[str, str]]:
    """Give name and arguments of the calls of the process's first thread, in their order."""
    lines = [_LINE.match(line) for line in log.read_text(errors="replace").splitlines()]
    found = [line for line in lines if line is not None]
    return [(line[2], line[3]) for line in found if line[1] == found[0][1]]


def _file(said: str, folder: Path, under: str) -> str | None:
    """Name the file of ours that a call is about: the last one, where it is about two."""
    name = re.escape(under)
    paths = rf'"({name}(?:/[^"]*)?)"|<{re.escape(str(folder))}/({name}(?:/[^>]*)?)>'
    found = [one or other for one, other in re.findall(paths, said)]
    return _RANDOM.sub(r"\1-*", found[-1]) if found else None

"""A stage for the real command line: an emulator, a folder, an environment."""

import json
import os
import subprocess
import sys
import textwrap
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator import watched

import reconciler

KEY = "pcsk_CANARY_4f1c"

DOCS = """
version: 1
backups:
  docs:
    index: docs-prod
    description: Before the re-embedding
"""


_ROOT = Path(__file__).resolve().parents[2]
_LATER = Path(__file__).with_name("later.py")


def from_this_tree() -> dict[str, str]:
    """Give the variable by which a process imports the tree that these tests stand in.

    Without it, and in a folder of its own, it would take whichever reconciler is installed.
    """
    found = Path(reconciler.__file__).resolve().parents[1]
    assert found == _ROOT, f"{found} is imported, not the tree of the tests: PYTHONPATH={_ROOT}"
    return {"PYTHONPATH": str(_ROOT)}


@dataclass(frozen=True)
class Result:
    """How one command ended."""

    code: int
    out: str
    err: str


@dataclass
class Stage:
    """Runs commands in a folder of their own against one emulator."""

    url: str
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def write(self, text: str, name: str = "main.yaml") -> None:
        """Write a configuration file."""
        path = self.folder / "conf" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))

    def environment(self) -> dict[str, str]:
        """Give the environment of a command; nothing of ours leaks in."""
        kept = {
            name: os.environ[name]
            for name in ("PATH", "HOME", "COVERAGE_PROCESS_START")
            if name in os.environ
        }
        return {
            **kept,
            **from_this_tree(),
            "PINECONE_CONTROLLER_HOST": self.url,
            "PINECONE_API_KEY": KEY,
            "RECONCILER_SETTLE_WINDOW": "0.3s",
            "PYTHONWARNINGS": "error",
            **self.variables,
        }

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command in a process of its own."""
        return self._started([sys.executable, "-m", "reconciler", *arguments], self.environment())

    def run(self, *arguments: str, seconds: float = 60.0) -> Result:
        """Run a command to its end; its output must not hold the key, nor a traceback."""
        return self._ended(self.start(*arguments), seconds)

    def run_later(self, seconds: float, *arguments: str) -> Result:
        """Run a command on a machine whose clock is ahead; the emulator's has to be moved too."""
        words = [sys.executable, "-P", str(_LATER), f"{seconds}", *arguments]
        return self._ended(self._started(words, self.environment()), 60.0)

    def rehearse(self, *arguments: str) -> Result:
        """Rehearse the folder's configuration; what the emulator answers is watched."""
        environment = {**self.environment(), **watched.environment()}
        process = self._started(watched.command("rehearse", "conf", *arguments), environment)
        return self._ended(process, 60.0)

    def plan(self, *arguments: str) -> Result:
        """Plan the folder's configuration with the detailed exit code."""
        return self.run("plan", "conf", "--detailed-exitcode", *arguments)

    def apply(self, *arguments: str) -> Result:
        """Apply the folder's configuration without asking."""
        return self.run("apply", "conf", "--auto-approve", *arguments)

    def plan_json(self, *arguments: str) -> Any:  # noqa: ANN401 - JSON
        """Give the plan document."""
        return json.loads(self.run("plan", "conf", "-o", "json", *arguments).out)

    def call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Send a request by hand, as a person with another client would."""
        request = urllib.request.Request(  # noqa: S310 - our own emulator
            self.url + path,
            None if body is None else json.dumps(body).encode(),
            {"Api-Key": "by-hand", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            text = answer.read()
        return json.loads(text) if text else None

    def log(self, operation: str | None = None) -> Sequence[Mapping[str, Any]]:
        """Give the emulator's log: the oracle for what really happened."""
        entries = self.call("GET", "/_emulator/log")
        return [one for one in entries if operation in {None, one["operation"]}]

    def committed(self, operation: str) -> int:
        """Count what was really done."""
        return sum(1 for one in self.log(operation) if one["committed"])

    def fault(self, operation: str, kind: str, when: str = "after", **more: object) -> None:
        """Script one fault."""
        fault = {"operation": operation, "kind": kind, "when": when, **more}
        self.call("POST", "/_emulator/faults", [fault])

    def clear_faults(self) -> None:
        """Drop the faults that are still in force."""
        self.call("DELETE", "/_emulator/faults")

    def advance(self, seconds: float) -> None:
        """Move the emulator's clock."""
        self.call("POST", "/_emulator/clock", {"advance_seconds": seconds})

    def knobs(self, **knobs: float) -> None:
        """Change how long jobs take."""
        self.call("POST", "/_emulator/knobs", knobs)

    def backups(self) -> Sequence[Mapping[str, Any]]:
        """List the project's backups by hand."""
        data: Sequence[Mapping[str, Any]] = self.call("GET", "/backups?limit=100")["data"]
        return data

    def imports(self, index: str = "docs-prod") -> Sequence[Mapping[str, Any]]:
        """List an index's imports by hand."""
        return self.call("GET", f"{self.host(index)}/bulk/imports")["data"]

    def host(self, index: str) -> str:
        """Give the path of an index's host."""
        host: str = self.call("GET", f"/indexes/{index}")["host"]
        return host.removeprefix(self.url)

    def _started(
        self, words: Sequence[str], environment: Mapping[str, str]
    ) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            words,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _ended(self, process: "subprocess.Popen[str]", seconds: float) -> Result:
        out, err = process.communicate(timeout=seconds)
        assert KEY not in out + err
        assert "Traceback" not in err
        return Result(process.returncode, out, err)

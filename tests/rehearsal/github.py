"""Runs jobs of a GitHub workflow as the runner does: steps, outputs, composite actions, artifacts.

Expressions are looked up word for word, so one that a test has not thought of fails it.
"""

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.kit import Machine, read
from rehearsal.stage import Result

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_SET = re.compile(r"(steps\.[\w.-]+) != ''")
_FILES = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")

Known = dict[str, str]


class StepFailedError(Exception):
    """A step has failed, and so its job has."""

    def __init__(self, result: Result, outputs: Known) -> None:
        super().__init__(f"exit {result.code}\n{result.out}\n{result.err}")
        self.result = result
        self.outputs = outputs


@dataclass
class GitHub:
    """Runs jobs; `known` says what the expressions of the YAML mean."""

    machine: Machine
    known: Known
    summary: str = ""
    log: str = ""
    workflow: Mapping[str, Any] = field(
        default_factory=lambda: read(".github/workflows/reconciler.yml")
    )

    @property
    def artifacts(self) -> Path:
        """Where artifacts are kept, a folder each."""
        return self.machine.stage.folder / "artifacts"

    def job(self, name: str) -> None:
        """Run a job with an empty temporary folder; raises StepFailedError."""
        job = self.workflow["jobs"][name]
        shutil.rmtree(self.machine.temp)
        self.machine.temp.mkdir()
        known = dict(self.known)
        variables = {key: _filled(one, known) for key, one in self.workflow["env"].items()}
        self._steps(job["steps"], variables, known)
        for key, value in job.get("outputs", {}).items():
            self.known[f"needs.{name}.outputs.{key}"] = _filled(value, known)

    def _steps(
        self, steps: Sequence[Mapping[str, Any]], variables: Mapping[str, str], known: Known
    ) -> None:
        """Run steps; after one that failed only those that say so, with its outputs."""
        failed: StepFailedError | None = None
        for step in steps:
            if not _is_due(step.get("if", ""), known, failed=failed is not None):
                continue
            try:
                outputs = self._step(step, variables, known)
            except StepFailedError as error:
                failed, outputs = failed or error, error.outputs
            known |= {f"steps.{step.get('id')}.outputs.{key}": one for key, one in outputs.items()}
        if failed is not None:
            raise failed

    def _step(self, step: Mapping[str, Any], variables: Mapping[str, str], known: Known) -> Known:
        uses: str = step.get("uses", "")
        given = {key: _filled(value, known) for key, value in step.get("with", {}).items()}
        if not uses:
            return self._run(step, variables, known)
        if uses.startswith("actions/checkout@"):
            return {}
        if uses.startswith("actions/upload-artifact@"):
            (self.artifacts / given["name"]).mkdir(parents=True)
            shutil.copy(given["path"], self.artifacts / given["name"])
            return {}
        return self._action(read(f"{uses.removeprefix('./')}/action.yml"), given, variables, known)

    def _action(
        self, action: Mapping[str, Any], given: Known, variables: Mapping[str, str], known: Known
    ) -> Known:
        """Run a composite action; it sees its inputs and what is known of the event."""
        defaults = {
            key: one["default"] for key, one in action["inputs"].items() if "default" in one
        }
        assert (defaults | given).keys() == action["inputs"].keys()
        inside = {key: value for key, value in known.items() if key.startswith("github.")}
        inside |= {f"inputs.{key}": value for key, value in (defaults | given).items()}
        self._steps(action["runs"]["steps"], variables, inside)
        return {key: _filled(one["value"], inside) for key, one in action["outputs"].items()}

    def _run(self, step: Mapping[str, Any], variables: Mapping[str, str], known: Known) -> Known:
        files = {name: self.machine.temp / name for name in _FILES}
        for path in files.values():
            path.write_text("")
        given = {**variables, **step.get("env", {})}
        result = self.machine.bash(
            step["run"],
            {key: _filled(value, known) for key, value in given.items()}
            | {name: str(path) for name, path in files.items()}
            | {"RUNNER_TEMP": str(self.machine.temp)},
            ("-eo", "pipefail") if step.get("shell") == "bash" else ("-e",),
        )
        written, said = (files[name].read_text() for name in _FILES)
        for path in files.values():
            path.unlink()
        self.log, self.summary = self.log + result.out + result.err, self.summary + said
        outputs = dict(line.split("=", 1) for line in written.splitlines())
        if result.code:
            raise StepFailedError(result, outputs)
        return outputs


def _filled(value: object, known: Mapping[str, str]) -> str:
    """Put what is known in the place of expressions; an output that was never set is empty."""

    def meaning(found: re.Match[str]) -> str:
        said = found[1]
        return known.get(said, "") if said.startswith("steps.") else known[said]

    return _EXPRESSION.sub(meaning, value if isinstance(value, str) else str(value).lower())


def _is_due(condition: str, known: Mapping[str, str], *, failed: bool) -> bool:
    """Tell whether a step runs: after a failure only if it says so, with the outputs it wants."""
    wanted = _SET.findall(condition)
    return (not failed or "!cancelled()" in condition) and all(known.get(one) for one in wanted)

"""A machine that has an example checked out, and runs scripts there as people and pipelines do."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from rehearsal.stage import KEY, Result, Stage

ROOT = Path(__file__).resolve().parents[2]
KIT = ROOT / "examples" / "gitops"
TOOLS = Path(__file__).parent / "tools"


def read(file: str) -> Any:  # noqa: ANN401 - YAML
    """Read a file of the kit."""
    return yaml.safe_load((KIT / file).read_text(encoding="utf-8"))


@dataclass
class Machine:
    """A checkout, a temporary folder, tools on the path, and bash."""

    stage: Stage
    variables: dict[str, str] = field(default_factory=dict)
    example: Path = KIT

    def __post_init__(self) -> None:
        """Check the example out, and put `reconciler` and the stand-ins on the path."""
        folder = self.stage.folder
        self.checkout, self.temp, self.tools = folder / "here", folder / "temp", folder / "tools"
        shutil.copytree(self.example, self.checkout)
        shutil.copytree(TOOLS, self.tools)
        self.temp.mkdir()

    def bash(
        self, script: str, variables: Mapping[str, str], options: tuple[str, ...] = ("-e",)
    ) -> Result:
        """Run a script; it has the key that it is given, or none."""
        given = self.stage.environment()
        del given["PINECONE_API_KEY"]
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", *options, "-c", script],
            cwd=self.checkout,
            env={
                **given,
                "PATH": f"{self.tools}:{given['PATH']}",
                "PYTHON": sys.executable,
                "NOTES": str(self.stage.folder),
                **self.variables,
                **variables,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert KEY not in done.stdout + done.stderr
        return Result(done.returncode, done.stdout, done.stderr)

    def notes(self, name: str) -> list[str]:
        """Give the lines that a tool has noted."""
        path = self.stage.folder / name
        return path.read_text().splitlines() if path.exists() else []

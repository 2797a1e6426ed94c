"""The official SDK, installed apart, and one call of it against a stage."""

import subprocess
import sys
from pathlib import Path

import click
from proofs._skipped import SkippedError
from rehearsal.stage import Stage

SDK = "pinecone==10.2.0"
_SECONDS = 120
_SCRIPT = """
import sys
from pinecone import Pinecone

url, host, backup = sys.argv[1:]
client = Pinecone(api_key="sdk", host=url)
try:
    {call}
except Exception as error:
    print("raised", type(error).__name__)
else:
    print("returned")
"""


def sdk_interpreter(folder: Path) -> Path:
    """Give an interpreter that has the SDK, installed if need be; raises SkippedError."""
    python = folder / "bin" / "python"
    make = [sys.executable, "-m", "venv", str(folder)]
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", SDK]
    for arguments in (install,) if python.exists() else (make, install):
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()[-200:]
            raise SkippedError(f"{SDK} cannot be installed; --without-sdk needs none: {said}")
    return python


def call_sdk(stage: Stage, host: str, call: str, python: Path, backup: str) -> str:
    """Let the SDK make an object in one call, in a process of its own; say how that ended."""
    script = _SCRIPT.format(call=call)
    environment = {**stage.environment(), "PYTHONWARNINGS": "default"}
    del environment["PYTHONPATH"]  # it is for our own command
    done = subprocess.run(
        [str(python), "-c", script, stage.url, stage.url + host, backup],
        env=environment,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise click.ClickException(f"the SDK's script failed: {done.stderr.strip()[-500:]}")
    return done.stdout.strip()

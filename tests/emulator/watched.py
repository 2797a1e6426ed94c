"""A process whose emulator is watched: `python -m emulator.watched emulate --port 0`.

It is our command line, or a script with `-c`. Whatever its emulator answers that is not as
described is at once in the file that EMULATOR_WATCH names, however the process ends.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from emulator.watch import watching

from reconciler.cli import run

NOTES = "EMULATOR_WATCH"


def command(*arguments: str) -> list[str]:
    """Return the command line of a watched process."""
    return [sys.executable, "-m", "emulator.watched", *arguments]


def environment() -> Mapping[str, str]:
    """Return the variables by which a process finds this module, our tree and its notes."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), NOTES: os.environ[NOTES]}


def take_notes() -> list[str]:
    """Return what watched processes have noted since somebody looked."""
    notes = Path(os.environ[NOTES])
    if not notes.exists():
        return []
    noted = notes.read_text(encoding="utf-8").splitlines()
    notes.unlink()
    return noted


def _note(wrong: str) -> None:
    with Path(os.environ[NOTES]).open("a", encoding="utf-8") as notes:
        notes.write(repr(wrong) + "\n")


def _main(arguments: list[str]) -> int:
    with watching(_note):
        if arguments[0] == "-c":
            exec(arguments[1], {"__name__": "__main__"})  # noqa: S102 - a script of a test
            return 0
        return run(arguments)


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))

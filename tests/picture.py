"""Draws docs/plan.svg, the README's picture, from a real run: `python tests/picture.py`.

A project of the emulator lives through eighteen months, then `plan` is run on a terminal.
"""

import os
import pty
import re
import subprocess
import sys
import tempfile
import time
from io import StringIO
from pathlib import Path

from rehearsal.stage import Stage
from rich.console import CONSOLE_SVG_FORMAT, Console
from rich.text import Text

from reconciler.emulator.samples import seed
from reconciler.emulator.server import Server
from reconciler.emulator.service import Emulator, Knobs

PICTURE = Path(__file__).parents[1] / "docs" / "plan.svg"

_COLUMNS = 96
_DAY = 86_400.0
_FONTS = re.compile(r"@font-face \{\{.*?\}\}\s*", re.DOTALL)  # they would be loaded from elsewhere

_FIRST = """
version: 1
name: docs-platform
backups:
  docs-old: {index: docs-prod, lifecycle: {on_remove: delete}}
"""
_JUNE = """
  docs-june: {index: docs-prod}
  docs-audit: {index: docs-prod}
restores:
  docs-recovered: {from: {backup: docs-june}, tags: {purpose: recovery}}
"""
_TODAY = """
imports:
  docs-2026-11: {index: docs-prod, uri: s3://acme-vectors/docs/2026-11}
"""
_AFTER = """
version: 1
name: docs-platform
backups:
  docs-june: {index: docs-prod}
  docs-before-reembedding:
    index: docs-prod
    description: Before the November re-embedding
restores:
  docs-recovered: {from: {backup: docs-june}, tags: {purpose: drill}}
"""


class _Calendar:
    """The emulator's source of time: now, less so many seconds."""

    ago = 0.0

    def now(self) -> int:
        return time.time_ns() // 1000 - round(self.ago * 1_000_000)


def capture() -> str:
    """Give what `plan` writes on a terminal, colours and all."""
    calendar = _Calendar()
    quick = Knobs(backup_seconds=0.1, restore_seconds=0.1, import_seconds=7 * 3600)
    emulator = Emulator(now=calendar.now, knobs=quick)
    calendar.ago = 557 * _DAY
    seed(emulator, {"indexes": [{"name": "docs-prod", "dimension": 2, "namespaces": {"": 2000}}]})
    with Server(emulator) as server, tempfile.TemporaryDirectory() as folder:
        stage = Stage(server.url, Path(folder))
        _bring_up(stage, _FIRST)
        calendar.ago = 160 * _DAY
        _bring_up(stage, _FIRST + _JUNE)
        calendar.ago = 3 * 3600
        _bring_up(stage, _FIRST + _JUNE + _TODAY, "--no-wait")
        calendar.ago = 0
        (june,) = [one for one in stage.backups() if one["name"] == "docs-june"]
        stage.call("DELETE", f"/backups/{june['backup_id']}")
        stage.write(_AFTER)
        return _on_a_terminal(stage, "plan", "conf", "--allow-deletes")


def drawn(shown: str) -> str:
    """Draw what a terminal shows as an SVG that loads nothing from anywhere."""
    console = Console(record=True, width=_COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi(shown.replace("\r\n", "\n").rstrip("\n")))
    return console.export_svg(
        title="reconciler plan --allow-deletes",
        code_format=_FONTS.sub("", CONSOLE_SVG_FORMAT),
        unique_id="plan",
    )


def words(svg: str) -> str:
    """Give the words of a picture, with one in the place of ids, days and how far a job is."""
    text = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg)).replace("&#160;", " ")
    without_ids = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    without_days = re.sub(r"\d{4}-\d\d-\d\d,", "DAY,", without_ids)
    return re.sub(r"\d+ %, \d+ records", "SOME", without_days)


def _bring_up(stage: Stage, configuration: str, *arguments: str) -> None:
    stage.write(configuration)
    result = stage.apply(*arguments)
    if result.code != 0:
        raise SystemExit(f"the project could not be brought up:\n{result.out}{result.err}")


def _on_a_terminal(stage: Stage, *arguments: str) -> str:
    leader, follower = pty.openpty()
    try:
        subprocess.run(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=stage.folder,
            env={**stage.environment(), "TERM": "xterm", "COLUMNS": str(_COLUMNS)},
            stdin=subprocess.DEVNULL,
            stdout=follower,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=True,
        )
        return os.read(leader, 65_536).decode()
    finally:
        os.close(leader)
        os.close(follower)


if __name__ == "__main__":
    PICTURE.write_text(drawn(capture()), encoding="utf-8")

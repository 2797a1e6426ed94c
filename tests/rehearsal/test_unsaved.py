"""A state that cannot be written any more: the command says so, and the next one goes on."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from rehearsal.stage import DOCS, Result, Stage


def interfere(stage: Stage, work: Callable[[Path], object]) -> Result:
    """Apply, and do something to the state folder while the create's answer is on its way."""
    stage.write(DOCS)
    stage.fault("create_backup", "delay", delay_seconds=1.0)
    process = stage.start("apply", "conf", "--auto-approve")
    while stage.committed("create_backup") < 1:
        time.sleep(0.02)
    work(stage.folder / "state")
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    return Result(process.returncode, out, err)


def check_way_back(stage: Stage) -> None:
    assert stage.apply().code == 0
    assert stage.committed("create_backup") == 1
    assert stage.plan().code == 0


def test_the_copy_of_what_could_not_be_saved_is_named_and_the_next_apply_needs_it_not(
    stage: Stage,
) -> None:
    def break_journal(state: Path) -> None:
        (state / "default.json.journal").rename(state / "moved")
        (state / "default.json.journal").mkdir()

    result = interfere(stage, break_journal)
    assert result.code == 1
    assert "error: state-not-saved: cannot save state/default.json.journal" in result.err
    assert "Apply incomplete." in result.out
    (kept,) = (stage.folder / "state").glob("default.json.unsaved-*.json")
    assert f"a copy is in state/{kept.name}" in result.err
    assert kept.stat().st_mode & 0o777 == 0o600
    records = json.loads(kept.read_text())["records"]
    assert records[0]["entry"]["remote_id"] == stage.backups()[0]["backup_id"]
    (stage.folder / "state" / "default.json.journal").rmdir()
    (stage.folder / "state" / "moved").rename(stage.folder / "state" / "default.json.journal")
    check_way_back(stage)
    assert kept.exists()


def test_where_no_file_can_be_written_the_records_are_printed(stage: Stage) -> None:
    def break_folder(state: Path) -> None:
        state.rename(stage.folder / "moved")
        state.write_text("")

    stage.variables["TMPDIR"] = str(stage.folder / "none")
    result = interfere(stage, break_folder)
    assert result.code == 1
    printed = json.loads(result.err[result.err.index("\n{") :].partition("\n}\n")[0] + "}")
    assert printed["records"][0]["entry"]["remote_id"] == stage.backups()[0]["backup_id"]
    (stage.folder / "state").unlink()
    (stage.folder / "moved").rename(stage.folder / "state")
    check_way_back(stage)

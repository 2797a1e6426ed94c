"""`status` with the real command line: fresh, late once nothing was applied, fresh again."""

import json
import stat
from pathlib import Path

import pytest
from rehearsal.stage import Stage
from unit.views.exposition import Exposition, parse

POLICY = """
version: 1
backup_policies:
  nightly:
    indexes: {names: [docs-prod]}
    every: 24h
    retention: {keep_daily: 7}
"""
TWO_DAYS = 2 * 86400.0
WHOSE = {"configuration": "default", "project": "1a2b3c4"}
NAMES = ("nightly", "typo")
NEWEST = "reconciler_backup_newest_timestamp_seconds"


def status(stage: Stage, *arguments: str, later: float = 0.0) -> tuple[int, str, str]:
    result = stage.run_later(later, "status", "conf", *arguments)
    return result.code, result.out, result.err


def metrics(stage: Stage) -> Exposition:
    return parse((stage.folder / "backups.prom").read_text())


@pytest.fixture
def applied(stage: Stage) -> Stage:
    stage.write(POLICY)
    assert stage.apply().code == 0
    return stage


def test_policy_is_fresh_then_late_then_fresh_again(applied: Stage) -> None:
    code, out, _ = status(applied, "--check")
    assert code == 0
    assert "policy.nightly: fresh, newest just now, next due " in out
    applied.advance(TWO_DAYS)
    code, out, _ = status(applied, "--check", later=TWO_DAYS)
    assert code == 2
    assert "! docs-prod: newest backup 2 days ago" in out
    assert "policy.nightly: late, newest 2 days ago, due since " in out
    assert status(applied, later=TWO_DAYS)[0] == 0  # only --check has an opinion
    assert applied.run_later(TWO_DAYS, "apply", "conf", "--auto-approve").code == 0
    code, out, _ = status(applied, "--check", later=TWO_DAYS)
    assert code == 0
    assert "2 backups, 400 records" in out


def test_status_changes_nothing_and_takes_no_lock(applied: Stage) -> None:
    before = {path: path.read_bytes() for path in (applied.folder / "state").iterdir()}
    seen = len(applied.log())
    assert status(applied)[0] == 0
    assert {path: path.read_bytes() for path in (applied.folder / "state").iterdir()} == before
    asked = [one["operation"] for one in applied.log()[seen:]]
    assert sorted(asked) == ["list_indexes", "list_project_backups", "list_restore_jobs"]


def test_without_a_state_there_is_no_calm(stage: Stage) -> None:
    stage.write(POLICY)
    code, out, err = status(stage, "--check")
    assert (code, out) == (1, "")
    assert "error: state-missing:" in err


def test_policy_that_was_never_applied_is_overdue(applied: Stage) -> None:
    applied.write(POLICY.replace("nightly", "hourly"), "more.yaml")
    code, out, _ = status(applied, "--check", "-o", "json")
    assert code == 2
    (index,) = json.loads(out)["indexes"]
    assert [(one["policy"], one["standing"]) for one in index["policies"]] == [
        ("policy.hourly", "never"),
        ("policy.nightly", "fresh"),
    ]


def test_metrics_tell_the_age_of_the_backup_and_not_of_the_run(applied: Stage) -> None:
    labels = {**WHOSE, "policy": "nightly", "index": "docs-prod"}
    run = ("-o", "prometheus", "--out", "backups.prom")
    assert status(applied, *run) == (0, "", "")
    first = metrics(applied)
    applied.advance(TWO_DAYS)
    assert status(applied, *run, later=TWO_DAYS) == (0, "", "")
    second = metrics(applied)
    assert first.value(NEWEST, labels) == second.value(NEWEST, labels)
    late = "reconciler_backup_late"
    assert (first.value(late, labels), second.value(late, labels)) == (0, 1)
    assert second.value("reconciler_status_timestamp_seconds", WHOSE) > (
        second.value(NEWEST, labels) + TWO_DAYS - 60
    )


def test_policy_that_selects_nothing_fails_the_check_and_has_its_metric(applied: Stage) -> None:
    applied.write(POLICY.replace("nightly", "typo").replace("docs-prod", "dosc-prod"), "more.yaml")
    code, out, _ = status(applied, "--check")
    assert code == 2
    assert "! policy.typo: selects no index" in out
    assert status(applied, "-o", "prometheus", "--out", "backups.prom")[0] == 0
    lost = "reconciler_policy_selects_nothing"
    found = {name: metrics(applied).value(lost, {**WHOSE, "policy": name}) for name in NAMES}
    assert found == {"nightly": 0, "typo": 1}


def test_clock_that_stands_still_does_not_look_like_calm(applied: Stage) -> None:
    applied.advance(TWO_DAYS)
    code, out, _ = status(applied, "--check")
    assert code == 1  # as where something cannot be read: the clock has to be looked at
    assert "policy.nightly: late, newest 2 days ago" in out
    assert "minutes behind the API's; lateness goes by the later" in " ".join(out.split())


def test_metrics_stay_as_they_are_while_backups_cannot_be_read(applied: Stage) -> None:
    run = ("-o", "prometheus", "--out", "backups.prom")
    assert status(applied, *run)[0] == 0
    before = (applied.folder / "backups.prom").read_bytes()
    applied.fault("list_project_backups", "status", "before", status=403, times=50)
    code, out, err = status(applied, *run)
    assert (code, out) == (1, "")
    assert "? the list of backups: not readable: " in err
    assert (applied.folder / "backups.prom").read_bytes() == before
    code, out, _ = status(applied, "--check", "-o", "prometheus")
    assert (code, out) == (1, "")


def test_metrics_can_be_read_by_the_collector_and_leave_nothing_beside_them(
    applied: Stage,
) -> None:
    folder = applied.folder / "metrics"
    folder.mkdir()
    target = folder / "backups.prom"
    target.write_text("old\n")
    target.chmod(0o644)
    assert status(applied, "-o", "prometheus", "--out", "metrics/backups.prom")[0] == 0
    assert [path.name for path in folder.iterdir()] == ["backups.prom"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert parse(target.read_text()).names


def test_file_that_cannot_be_written_is_an_error_in_a_sentence(applied: Stage) -> None:
    code, _, err = status(applied, "-o", "markdown", "--out", "not/there.md")
    assert code == 1
    assert "error: status-file: cannot write to not/there.md: No such file or directory" in err
    assert not Path(applied.folder / "not").exists()


def test_page_for_people_says_when_it_was_made(applied: Stage) -> None:
    code, out, _ = status(applied, "-o", "markdown")
    assert code == 0
    assert out.startswith("## Backups of `default`\n\n**Backups by policy: 1 fresh.**\n")
    assert "Looked at 20" in out

"""`policy simulate` with the real command line, by the configuration and from what is there."""

import json
from typing import Any

import pytest
from rehearsal.stage import Result, Stage

POLICY = """
version: 1
backup_policies:
  nightly:
    indexes: {glob: ["docs-*"]}
    schedule: "0 2 * * *"
    retention: {keep_last: 2}
    claim: {names: "by-hand-*"}
  often: {indexes: {names: [docs-prod]}, every: 6h, retention: {keep_last: 4}}
"""


def simulate(stage: Stage, *arguments: str) -> Result:
    return stage.run("policy", "simulate", "conf", *arguments)


def simulated(stage: Stage, *arguments: str) -> list[dict[str, Any]]:
    result = simulate(stage, "-o", "json", *arguments)
    assert result.code == 0, result.err
    found: list[dict[str, Any]] = json.loads(result.out)["simulations"]
    return found


@pytest.fixture
def applied(stage: Stage) -> Stage:
    """Three backups that a script took, and one of its own for each policy."""
    for number in range(3):
        stage.call("POST", "/indexes/docs-prod/backups", {"name": f"by-hand-{number}"})
        stage.advance(60)
    stage.write(POLICY)
    assert stage.apply().code == 0
    return stage


def test_a_declared_policy_needs_neither_network_nor_state(stage: Stage) -> None:
    stage.write(POLICY)
    before = len(stage.log())
    first = simulate(stage, "--policy", "nightly", "--start", "2026-01-01", "--days", "30")
    assert (first.code, len(stage.log())) == (0, before)
    assert first.out.startswith("policy.nightly\n  0 2 * * *; keep_last: 2\n")
    assert first.out.endswith(
        "  30 backups taken, 28 expired, 2 left, the oldest of 2026-01-29; at most 3 at a time\n"
    )
    again = simulate(stage, "--policy", "nightly", "--start", "2026-01-01", "--days", "30")
    assert again.out == first.out


def test_both_policies_are_drawn_in_one_picture(stage: Stage) -> None:
    stage.write(POLICY)
    drawn = simulate(stage, "-o", "svg", "--days", "10")
    assert drawn.code == 0
    assert drawn.out.startswith("<svg ")
    assert ">policy.nightly<" in drawn.out
    assert ">policy.often<" in drawn.out


def test_from_live_says_when_each_real_backup_goes(applied: Stage) -> None:
    before = len(applied.log())
    nightly, often = simulated(applied, "--from-live", "--days", "9")
    asked = sorted(one["operation"] for one in applied.log()[before:])
    assert asked == ["list_indexes", "list_project_backups", "list_restore_jobs"]
    assert (nightly["index"], often["index"]) == ("docs-prod", "docs-prod")
    real = [one for one in nightly["backups"] if one["existing"]]
    assert len(real) == 3
    assert all(one["expired_at"] for one in real)
    assert [one["kept_as"] for one in real] == [["last backup"]] * 3
    assert [one["existing"] is None for one in often["backups"][:2]] == [False, True]
    shown = simulate(applied, "--from-live", "--policy", "often", "--index", "docs-prod")
    assert "goes on" in shown.out


def test_from_live_follows_an_edit_that_nobody_applied(applied: Stage) -> None:
    applied.write(POLICY.replace("keep_last: 2", "keep_last: 30"))
    nightly, _ = simulated(applied, "--from-live", "--days", "9")
    assert not any(one["expired_at"] for one in nightly["backups"])


def test_what_cannot_be_read_is_an_error_and_not_an_empty_picture(applied: Stage) -> None:
    applied.fault("list_project_backups", "status", "before", status=403, times=100)
    result = simulate(applied, "--from-live")
    assert (result.code, result.out) == (1, "")
    assert "error: unreadable: what the policies have could not be read" in result.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            ["--policy", "nighty"],
            1,
            "there is no policy 'nighty'\n  hint: Did you mean \"nightly\"?",
        ),
        (["--days", "3660", "--policy", "minutely"], 1, "error: simulation-too-long: "),
        (["--index", "docs-prod"], 64, "--index belongs to --from-live"),
        (["--from-live", "--start", "2026-01-01"], 64, "--from-live starts now"),
        (["--start", "9999-12-01", "--policy", "often"], 64, "after the year 9999"),
        (["--days", "0"], 64, "0 is not in the range"),
    ],
)
def test_a_mistake_is_named(stage: Stage, words: list[str], code: int, said: str) -> None:
    minutely = 'indexes: {names: [docs-prod]}, schedule: "* * * * *", retention: {keep_last: 1}'
    stage.write(f"{POLICY}  minutely: {{{minutely}}}\n")
    result = simulate(stage, *words)
    assert (result.code, result.out) == (code, "")
    assert said in result.err


def test_an_index_that_no_policy_is_about_is_named(applied: Stage) -> None:
    result = simulate(applied, "--from-live", "--index", "docs-prd")
    assert result.code == 1
    assert "no policy is about an index 'docs-prd'" in result.err


def test_a_configuration_without_a_policy_is_no_empty_picture(stage: Stage) -> None:
    stage.write("version: 1\nbackups: {docs: {index: docs-prod}}\n")
    result = simulate(stage)
    assert (result.code, result.out) == (1, "")
    assert "error: no-such-object: the configuration declares no policy" in result.err

"""Every folder beside this file is a case: what was given, and the plan that must come of it.

`pytest tests/golden --update-golden` rewrites the plans; the diff is what a reviewer reads.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from golden.case import given_of, load_case, rendered
from golden.later import applied
from jsonschema import Draft202012Validator

HERE = Path(__file__).parent
CASES = sorted(file.parent for file in HERE.glob("*/config.yaml"))
OTHER_VERSIONS = sorted(HERE.glob("*/live-20*.json"))
STALE = [folder for folder in CASES if folder.name.startswith("stale-")]
SCHEMA = Draft202012Validator(
    json.loads((HERE.parents[1] / "schemas" / "plan.schema.json").read_text())
)


@pytest.mark.parametrize("folder", CASES, ids=[folder.name for folder in CASES])
def test_plan_is_as_reviewed(folder: Path, pytestconfig: pytest.Config) -> None:
    plans = rendered(given_of(load_case(folder)))
    if pytestconfig.getoption("--update-golden"):
        for name, shown in plans.items():
            (folder / name).write_text(shown)
    for name, shown in plans.items():
        assert shown == (folder / name).read_text()


@pytest.mark.parametrize("folder", CASES, ids=[folder.name for folder in CASES])
def test_plan_meets_its_schema(folder: Path) -> None:
    SCHEMA.validate(json.loads((folder / "plan.json").read_text()))


@pytest.mark.parametrize("folder", STALE, ids=[folder.name for folder in STALE])
def test_saved_plan_is_applied_or_refused_as_reviewed(
    folder: Path, pytestconfig: pytest.Config
) -> None:
    told = applied(folder)
    if pytestconfig.getoption("--update-golden"):
        (folder / "apply.txt").write_text(told)
    assert told == (folder / "apply.txt").read_text()
    refused = told.startswith("error: ")
    assert refused != folder.name.startswith("stale-not-")


@pytest.mark.parametrize("live", OTHER_VERSIONS, ids=lambda live: live.stem)
def test_another_api_version_gives_the_same_bytes(live: Path) -> None:
    folder = live.parent
    case = replace(load_case(folder), live=json.loads(live.read_text()))
    assert case.live != load_case(folder).live
    for name, shown in rendered(given_of(case)).items():
        assert shown == (folder / name).read_text()


def test_there_are_cases() -> None:
    assert len(CASES) >= 60
    assert len(STALE) >= 20
    assert all(list(folder.glob("*-now.*")) for folder in STALE)
    assert {live.stem for live in OTHER_VERSIONS} == {
        "live-2025-10",
        "live-2026-04",
        "live-2026-07",
    }

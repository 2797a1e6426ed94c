"""Why policies keep what they keep, in the width that there is."""

from pathlib import Path

from golden.case import given_of, load_case

from reconciler.planning.planner import make_plan
from reconciler.views.keeping import explain

GOLDEN = Path(__file__).parents[2] / "golden"


def explained(name: str, width: int) -> list[str]:
    return [line.text for line in explain(make_plan(given_of(load_case(GOLDEN / name))), width)]


def test_every_reason_stands_beside_its_backup_where_there_is_room() -> None:
    title, first, *others = explained("policy-holds", 100)
    assert title == "Kept by policies, and why:"
    assert first.endswith("20261119-0200  held: audit of 2026, until 2027-01-01T00:00:00Z")
    assert others == [
        "  backup.nightly--docs-prod--20261122-0200  min_ready 2",
        "  backup.nightly--docs-prod--20261123-0200  last backup, min_ready 2",
    ]


def test_reasons_that_do_not_fit_stand_below() -> None:
    assert explained("policy-holds", 60)[1:3] == [
        "  backup.nightly--docs-prod--20261119-0200",
        "      held: audit of 2026, until 2027-01-01T00:00:00Z",
    ]


def test_nothing_is_said_where_no_policy_keeps_anything() -> None:
    assert explained("backup-unchanged", 80) == []

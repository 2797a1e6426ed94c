"""Drift is what somebody changed in the project; what was never applied is something else."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from golden.case import given_of, load_case
from jsonschema import Draft202012Validator

from reconciler.config.schemas import load_schema
from reconciler.model.drift import Drift, How, Unapplied
from reconciler.planning.drifting import find_drift
from reconciler.planning.ignoring import unknown_patterns
from reconciler.views.drift import drift_json, render, summary

GOLDEN = Path(__file__).parents[2] / "golden"
NAMES = sorted(file.parent.name for file in GOLDEN.glob("*/config.yaml"))
SCHEMA = Draft202012Validator(load_schema("drift"))


def drift_of(name: str, ignore: Sequence[str] = ()) -> Drift:
    return find_drift(given_of(load_case(GOLDEN / name)), ignore)


def told(name: str, ignore: Sequence[str] = ()) -> dict[str, str]:
    return {str(one.address): one.because for one in drift_of(name, ignore).found}


def test_what_is_as_recorded_has_no_drift() -> None:
    drift = drift_of("backup-unchanged")
    assert (drift.found, drift.pending, drift.unseen) == ((), (), ())
    assert summary(drift) == "No drift. 1 object as recorded."


def test_a_declaration_that_was_not_applied_is_no_drift() -> None:
    drift = drift_of("backup-immutable")
    assert drift.found == ()
    (pending,) = drift.pending
    assert (pending.what, pending.paths) == (Unapplied.CHANGE, ("description",))


@pytest.mark.parametrize(
    ("name", "what"),
    [("backup-create", Unapplied.MAKE), ("backup-removed-delete", Unapplied.END)],
)
def test_what_is_to_be_made_or_ended_is_no_drift(name: str, what: Unapplied) -> None:
    drift = drift_of(name)
    assert drift.found == ()
    assert what in {one.what for one in drift.pending}


def test_a_tag_that_somebody_changed_is_drift_in_the_direction_of_time() -> None:
    (one,) = drift_of("restore-protection-differs").found
    assert one.how is How.CHANGED
    (field,) = one.fields
    assert (field.path, field.before, field.after) == ("deletion_protection", "enabled", "disabled")


def test_ignored_fields_are_counted_and_nothing_more() -> None:
    name, address = "restore-protection-differs", "restore.docs-recovered"
    assert told(name)
    for pattern in (
        f"{address}.deletion_protection",
        address,
        "restore.*",
        "*.deletion_protection",
    ):
        drift = drift_of(name, [pattern])
        assert (drift.found, drift.ignored) == ((), 1)
    assert told(name, [f"{address}.tags.*", "backup.*"]) == told(name)


def test_a_field_is_ignored_with_all_its_parts_and_not_with_what_begins_like_it() -> None:
    case = load_case(GOLDEN / "restore-tags-differ")
    indexes = [
        {**one, "tags": one["tags"] and {**one["tags"], "purpose": "ads"}}
        for one in case.live["indexes"]
    ]
    given = given_of(replace(case, live={**case.live, "indexes": indexes}))
    (field,) = find_drift(given).found[0].fields
    assert field.path == "tags.purpose"
    address = "restore.docs-recovered"
    for pattern in (f"{address}.tags", "restore.*.tags", f"{address}.tags.purpose", address):
        assert find_drift(given, [pattern]).ignored == 1
    for pattern in (f"{address}.tag", f"{address}.tags.purpos", "restore.docs"):
        assert find_drift(given, [pattern]).ignored == 0


def test_patterns_that_fit_nothing_are_named_with_the_nearest_that_would() -> None:
    given = given_of(load_case(GOLDEN / "restore-protection-differs"))
    slips = ["restore.docs-recoverd.tags", "backup.*", "*.verify"]
    first, second, third = unknown_patterns(given, [*slips, "restore.*.tags", slips[0]])
    assert first.summary.startswith("--ignore restore.docs-recoverd.tags: no address or field")
    assert first.hint == "did you mean restore.docs-recovered.tags?"
    assert second.summary.startswith("--ignore backup.*: ")
    assert third.summary.startswith("--ignore *.verify: ")  # nothing of it is in the project
    assert second.hint == third.hint == "write ADDRESS.field, as `drift` shows them"


def test_a_key_of_a_map_is_known_whether_or_not_it_is_declared() -> None:
    given = given_of(load_case(GOLDEN / "restore-tags-differ"))
    known = ["restore.*.tags.team", "*.tags.cost.centre", "restore.docs-recovered.tags.t*"]
    assert unknown_patterns(given, known) == ()
    slips = ["restore.*.tgas", "restore.*.tgas.team", "backup.*.tags.team", "restore.*.from.team"]
    assert len(unknown_patterns(given, slips)) == len(slips)


def test_a_renamed_object_is_ignored_by_its_new_name() -> None:
    given = given_of(load_case(GOLDEN / "backup-moved"))
    (move,) = given.configuration.moved
    assert unknown_patterns(given, [f"{move.after}.description"]) == ()
    assert unknown_patterns(given, [f"{move.before}.description"]) != ()


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("backup-gone", How.GONE),
        ("restore-gone", How.GONE),
        ("restore-marker-lost", How.ANOTHER),
        ("collection-another", How.ANOTHER),
    ],
)
def test_objects_that_are_not_there_any_more_are_drift(name: str, how: How) -> None:
    assert {one.how for one in drift_of(name).found} == {how}


def test_a_backup_that_was_ready_and_has_failed_is_drift() -> None:
    case = load_case(GOLDEN / "backup-unchanged")
    backups = [{**one, "status": "Failed"} for one in case.live["backups"]]
    drift = find_drift(given_of(replace(case, live={**case.live, "backups": backups})))
    assert [one.how for one in drift.found] == [How.FAILED]


def test_a_backup_that_was_recorded_as_failed_has_not_drifted() -> None:
    assert drift_of("backup-failed").found == ()


@pytest.mark.parametrize("name", ["guard-unreadable-list", "guard-three-missing"])
def test_what_cannot_be_read_is_neither_drift_nor_as_recorded(name: str) -> None:
    drift = drift_of(name)
    assert drift.found == ()
    assert drift.unseen
    assert drift.as_recorded + len(drift.unseen) == len(
        given_of(load_case(GOLDEN / name)).state.entries
    )


@pytest.mark.parametrize("name", ["import-finished", "import-running", "restore-running"])
def test_jobs_that_run_or_have_ended_do_not_drift(name: str) -> None:
    assert drift_of(name).found == ()


@pytest.mark.parametrize("name", NAMES)
def test_every_case_can_be_told(name: str) -> None:
    drift = drift_of(name)
    entries = given_of(load_case(GOLDEN / name)).state.entries
    assert len(drift.found) + len(drift.unseen) + drift.as_recorded == len(entries)
    SCHEMA.validate(drift_json(drift))
    text = [line.text for line in render(drift, 80)]
    assert all(len(line) <= 80 for line in text)
    for one in drift.found:
        assert any(str(one.address) in line for line in text)
    told = [f"{one.address}.{field.path}" for one in drift.found for field in one.fields]
    assert unknown_patterns(given_of(load_case(GOLDEN / name)), told) == ()

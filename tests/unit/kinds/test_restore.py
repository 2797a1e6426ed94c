"""What a restore asks of the API, and what it makes of the answers."""

from dataclasses import replace

import pytest

from reconciler.kinds.restore import KIND
from reconciler.model.address import Address
from reconciler.model.change import FieldChange
from reconciler.model.desired import Desired
from reconciler.model.job import Failed, Ready, Running, Wanted
from reconciler.model.kind import Remote, World
from reconciler.model.observed import Marker, Observed, Phase, Seen
from reconciler.model.state import Entry
from reconciler.model.values import Fields
from reconciler.wire.read import read

ADDRESS = Address("restore", "docs")
MARKER = Marker("5eed0001", ADDRESS, "01JD0000000000000000000000")
FIELDS = KIND.complete("docs", {"from": {"backup": "june"}, "tags": {"purpose": "drill"}})
PINS: Fields = {"backup_id": "b-1", "records": 98, "namespaces": 2, "tags": {"team": "search"}}
WANTED = Wanted(ADDRESS, FIELDS, PINS)
HANDLE = {"stage": "job", "job": "j-1", "index": "docs"}
ENTRY = Entry(ADDRESS, "docs", FIELDS, Phase.READY, 0, pins=PINS, marker=MARKER.as_tag())


def remote() -> Remote:
    assert KIND.remote is not None
    return KIND.remote


def index(name: str = "docs", *, ready: bool = True, **tags: str) -> Fields:
    return {
        "name": name,
        "host": f"{name}-abc1234.svc.pinecone.io",
        "status": {"ready": ready, "state": "Ready" if ready else "Initializing"},
        "tags": tags,
    }


def seen(name: str = "docs", **tags: str) -> Observed:
    return remote().decode_one(read("describe_index", index(name, **tags)), FIELDS)


def test_create_sends_the_backups_own_tags_too() -> None:
    request = remote().create(WANTED, MARKER)
    assert request.path == "/backups/b-1/create-index"
    assert request.body == {
        "name": "docs",
        "tags": {"team": "search", "purpose": "drill", "reconciler": MARKER.as_tag()},
        "deletion_protection": "enabled",
    }


def test_marker_that_came_with_the_backup_is_overwritten() -> None:
    pins: Fields = {**PINS, "tags": {"reconciler": "theirs"}}
    body = remote().create(replace(WANTED, pins=pins), MARKER).body
    assert isinstance(body, dict)
    assert body["tags"]["reconciler"] == MARKER.as_tag()


def test_change_unsets_a_tag_with_the_empty_string() -> None:
    changes = (
        FieldChange("tags.a", "1", None),
        FieldChange("tags.b", "1", "2"),
        FieldChange("deletion_protection", "disabled", "enabled"),
    )
    request = remote().change("docs", changes)
    assert (request.method, request.path) == ("PATCH", "/indexes/docs")
    assert request.body == {"deletion_protection": "enabled", "tags": {"a": "", "b": "2"}}


def test_only_protected_indexes_are_unprotected() -> None:
    assert remote().unprotect(seen()) is None
    guarded = {**index(), "deletion_protection": "enabled"}
    observed = remote().decode_one(read("describe_index", guarded), FIELDS)
    request = remote().unprotect(observed)
    assert request is not None
    assert request.body == {"deletion_protection": "disabled"}


def test_awaited_backup_is_taken_from_the_entry_that_was_made() -> None:
    facts: Fields = {"record_count": 5, "namespace_count": 1, "tags": {"a": "b", "reconciler": "x"}}
    june = Address("backup", "june")
    made = Entry(june, "b-9", {}, Phase.READY, 0, facts=facts)
    wanted = replace(WANTED, pins={})
    expected = {"backup_id": "b-9", "records": 5, "namespaces": 1, "tags": {"a": "b"}}
    assert remote().bind(wanted, {june: made}) == expected
    assert remote().bind(WANTED, {}) == PINS
    for entries in ({}, {june: replace(made, phase=Phase.RUNNING)}):
        with pytest.raises(ValueError, match=r"backup\.june is not Ready"):
            remote().bind(wanted, entries)


def test_job_is_followed_first_and_then_the_index() -> None:
    job = {"restore_job_id": "j-1", "status": "InProgress", "percent_complete": 42.0}
    assert remote().watch(HANDLE, FIELDS).path == "/restore-jobs/j-1"
    running = remote().judge(HANDLE, read("describe_restore_job", job))
    assert running == Running(HANDLE, 42.0)
    done = remote().judge(HANDLE, read("describe_restore_job", {**job, "status": "Completed"}))
    assert isinstance(done, Running)
    assert done.handle["stage"] == "index"
    assert remote().watch(done.handle, FIELDS).path == "/indexes/docs"
    waiting = remote().judge(done.handle, read("describe_index", index(ready=False)))
    assert isinstance(waiting, Running)
    assert isinstance(remote().judge(done.handle, read("describe_index", index())), Ready)


def test_failed_job_and_failed_index_are_told() -> None:
    job = {"restore_job_id": "j-1", "status": "Failed"}
    assert remote().judge(HANDLE, read("describe_restore_job", job)) == Failed(
        "restore job j-1 ended as Failed"
    )
    broken = {**index(ready=False), "status": {"state": "InitializationFailed"}}
    found = remote().judge({**HANDLE, "stage": "index"}, read("describe_index", broken))
    assert found == Failed("the restored index is in state InitializationFailed")


def test_answer_to_a_create_must_name_job_and_index() -> None:
    reply = read("create_index_from_backup_operation", {"restore_job_id": "j", "index_id": "i"})
    made = remote().created(reply, WANTED)
    assert (made.remote_id, made.handle["job"]) == ("docs", "j")
    with pytest.raises(ValueError, match="no restore job"):
        remote().created({}, WANTED)


def test_only_the_signed_index_of_the_wanted_name_is_recognised() -> None:
    found = [
        seen(reconciler=MARKER.as_tag()),
        seen("other", reconciler=MARKER.as_tag()),
        seen(reconciler="not a marker"),
        seen(),
    ]
    assert remote().recognise(WANTED, MARKER, (), found) == (found[0],)
    assert remote().resume(found[0], WANTED).handle["stage"] == "index"


def test_index_is_the_same_by_name_and_marker() -> None:
    assert remote().same(ENTRY, seen(reconciler=MARKER.as_tag()))
    assert not remote().same(ENTRY, seen())
    assert not remote().same(ENTRY, seen("other", reconciler=MARKER.as_tag()))
    assert remote().same(replace(ENTRY, marker=None), seen())


def test_checks_compare_the_pinned_counts_that_are_asked_for() -> None:
    assert [(one.name, one.expect) for one in remote().checks(ENTRY)] == [
        ("records", 98),
        ("namespaces", 2),
    ]
    fields = KIND.complete("docs", {"from": {}, "verify": {"records": "skip"}})
    assert [one.name for one in remote().checks(replace(ENTRY, fields=fields))] == ["namespaces"]
    unknown = replace(ENTRY, pins={**PINS, "records": None})
    assert [one.name for one in remote().checks(unknown)] == ["namespaces"]
    skipped: Fields = {"verify": {"records": "skip", "namespaces": "skip"}}
    assert not remote().verifies(skipped)


def test_restore_that_names_a_backup_needs_it() -> None:
    assert KIND.needs(FIELDS).addresses == (Address("backup", "june"),)
    assert KIND.needs({"from": {"backup_id": "b"}}).addresses == ()


def backup(remote_id: str, index: str, created_at: int, phase: Phase = Phase.READY) -> Observed:
    return Observed(
        remote_id,
        {"index": index},
        {"status": phase.value},
        phase,
        "backups",
        created_at=created_at,
    )


BACKUPS = Seen((backup("b-1", "docs-prod", 1), backup("b-2", "docs-prod", 2)))
WORLD = World(now=3, seen={"backup": BACKUPS}, indexes={})


def desired(**source: str) -> Desired:
    return Desired(ADDRESS, KIND.complete("docs", {"from": source}))


def test_newest_backup_of_the_same_time_is_chosen_by_its_id() -> None:
    twins = Seen((backup("b", "docs-prod", 1), backup("a", "docs-prod", 1)))
    found = KIND.resolve(desired(index="docs-prod"), None, replace(WORLD, seen={"backup": twins}))
    assert found.pins["backup_id"] == "b"


@pytest.mark.parametrize("source", [{"index": "docs-prod"}, {"backup_id": "b-1"}])
def test_unreadable_backups_leave_a_restore_undecided(source: dict[str, str]) -> None:
    for seen_backups in ({}, {"backup": Seen(unreadable={"backups": "502"})}):
        found = KIND.resolve(desired(**source), None, replace(WORLD, seen=seen_backups))
        assert found.problem == "the list of backups could not be read"
        assert not found.way_out


def test_backup_that_is_not_ready_cannot_be_restored() -> None:
    running = {"backup": Seen((backup("b-1", "docs-prod", 1, Phase.RUNNING),))}
    found = KIND.resolve(desired(backup_id="b-1"), None, replace(WORLD, seen=running))
    assert found.problem == "backup b-1 is running, not Ready"


def from_backup(backup_id: str | None) -> Observed:
    return replace(seen(), facts={"backup_id": backup_id})


@pytest.mark.parametrize(
    ("source", "made", "proved"),
    [
        ({"backup_id": "b-1"}, "b-1", True),
        ({"backup_id": "b-1"}, "b-2", False),
        ({"backup_id": "b-1"}, None, None),
        ({"index": "docs-prod"}, "b-2", True),
        ({"index": "other"}, "b-2", False),
        ({"index": "docs-prod"}, "b-9", None),
        ({"index": "docs-prod", "before": "1970-01-01T00:00:00.000001Z"}, "b-2", False),
        ({"backup": "june"}, "b-1", True),
        ({"backup": "june"}, "b-2", False),
        ({"backup": "july"}, "b-1", None),
    ],
)
def test_origin_is_proved_disproved_or_unknown(
    source: dict[str, str], made: str | None, *, proved: bool | None
) -> None:
    june = Address("backup", "june")
    world = replace(WORLD, entries={june: Entry(june, "b-1", {}, Phase.READY, 0)})
    origin = KIND.origin(desired(**source), from_backup(made), world)
    assert bool(origin.problem) == (proved is False)
    assert bool(origin.note) == (proved is None)


def test_only_indexes_that_have_to_do_with_restoring_are_claimed() -> None:
    assert not remote().claims(seen())
    assert remote().claims(seen(reconciler=MARKER.as_tag()))
    assert remote().claims(from_backup("b-1"))

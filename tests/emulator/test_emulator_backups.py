"""Backups and restores: what is copied, when it is ready, and what a restore carries over."""

import base64
import json
from typing import Any

import pytest
from emulator.driver import BACKUPS, Driver, headers_of

from reconciler.emulator.service import Knobs


def test_backup_becomes_ready_after_its_time_and_only_then_tells_what_is_in_it(
    project: Driver,
) -> None:
    body = {"name": "nightly", "description": "by hand"}
    made = project.ask("POST", BACKUPS, body, expect=201)
    assert made["status"] == "Initializing"
    assert made["created_at"] == "2026-12-01T00:00:00.000000Z"
    assert (made["name"], made["description"]) == ("nightly", "by hand")
    assert not made.keys() & {"record_count", "namespace_count", "size_bytes", "dimension"}
    project.sleep(1.499)
    path = f"/backups/{made['backup_id']}"
    assert project.ask("GET", path)["status"] == "Initializing"
    project.sleep(0.001)
    ready = project.ask("GET", path)
    assert ready["status"] == "Ready"
    assert (ready["record_count"], ready["namespace_count"]) == (200, 2)
    assert (ready["dimension"], ready["metric"]) == (8, "cosine")
    assert ready["size_bytes"] > 200 * 8 * 4
    assert (ready["cloud"], ready["region"]) == ("aws", "us-east-1")
    assert ready["tags"] == {"team": "samples"}


def test_same_create_sent_twice_makes_two_backups(project: Driver) -> None:
    assert project.backup(name="nightly") != project.backup(name="nightly")
    assert len(project.backups()) == 2


def test_backup_holds_the_data_and_tags_of_its_moment(project: Driver) -> None:
    backup = project.ready_backup()
    vectors = [{"id": "late", "values": [1.0] * 8}, {"id": "sample-000000", "values": [2.0] * 8}]
    project.ask("POST", project.host("docs") + "/vectors/upsert", {"vectors": vectors})
    project.ask("PATCH", "/indexes/docs", {"tags": {"team": "other"}}, expect=202)
    project.restore(backup)
    project.sleep(2.5)
    assert project.stats("docs")["totalVectorCount"] == 201
    assert project.stats("restored")["totalVectorCount"] == 200
    host = project.host("restored")
    fetched = project.ask("GET", host + "/vectors/fetch?ids=sample-000000&ids=late")
    assert list(fetched["vectors"]) == ["sample-000000"]
    assert fetched["vectors"]["sample-000000"]["values"] != [2.0] * 8
    assert project.ask("GET", "/indexes/restored")["tags"] == {"team": "samples"}


def test_writing_to_a_restored_index_leaves_source_and_backup_alone(project: Driver) -> None:
    backup = project.ready_backup()
    for name in ("one", "two"):
        project.restore(backup, name)
    project.sleep(2.5)
    vectors = [{"id": "new", "values": [1.0] * 8}]
    project.ask("POST", project.host("one") + "/vectors/upsert", {"vectors": vectors})
    counts = {name: project.stats(name)["totalVectorCount"] for name in ("docs", "one", "two")}
    assert counts == {"docs": 200, "one": 201, "two": 200}
    assert project.ask("GET", f"/backups/{backup}")["record_count"] == 200


def test_restore_makes_an_index_that_is_ready_when_its_job_is_completed(project: Driver) -> None:
    backup = project.ready_backup()
    answer = project.restore(backup)
    job = f"/restore-jobs/{answer['restore_job_id']}"
    pending = project.ask("GET", job)
    assert (pending["status"], pending["percent_complete"]) == ("Pending", 0.0)
    assert (pending["backup_id"], pending["target_index_name"]) == (backup, "restored")
    assert pending["target_index_id"] == answer["index_id"]
    assert project.ask("GET", "/indexes/restored")["status"]["ready"] is False
    host = project.host("restored")
    project.ask("POST", host + "/describe_index_stats", {}, expect=404)
    project.sleep(1.25)
    assert project.ask("GET", job)["percent_complete"] == 50.0
    project.sleep(1.25)
    completed = project.ask("GET", job)
    assert (completed["status"], completed["percent_complete"]) == ("Completed", 100.0)
    assert completed["completed_at"] == "2026-12-01T00:00:04.000000Z"
    assert project.ask("GET", "/indexes/restored")["status"] == {"ready": True, "state": "Ready"}
    assert project.stats("restored")["namespaces"] == project.stats("docs")["namespaces"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [({}, {"team": "samples"}), ({"tags": {}}, {}), ({"tags": {"a": "b"}}, {"a": "b"})],
)
def test_tags_that_are_sent_replace_those_of_the_backup(
    project: Driver, sent: dict[str, Any], kept: object
) -> None:
    project.restore(project.ready_backup(), deletion_protection="enabled", **sent)
    restored = project.ask("GET", "/indexes/restored")
    assert restored["tags"] == kept
    assert restored["deletion_protection"] == "enabled"


def test_impossible_restores_are_refused_with_the_documented_status(project: Driver) -> None:
    early = project.backup()
    path = f"/backups/{early}/create-index"
    refused = project.ask("POST", path, {"name": "restored"}, expect=412)
    assert refused["error"]["code"] == "FAILED_PRECONDITION"
    project.sleep(2)
    project.ask("POST", path, {"name": "docs"}, expect=409)
    project.ask("POST", path, {"name": "No Name"}, expect=400)
    project.ask("POST", path, {}, expect=422)
    project.ask("POST", "/backups/none/create-index", {"name": "restored"}, expect=404)
    project.ask("POST", "/_emulator/knobs", {"index_quota": 1})
    project.ask("POST", path, {"name": "restored"}, expect=403)
    assert project.ask("GET", "/restore-jobs") == {"data": []}


def test_backup_with_a_pending_restore_job_cannot_be_deleted(project: Driver) -> None:
    backup = project.ready_backup()
    project.restore(backup)
    project.ask("DELETE", f"/backups/{backup}", expect=412)
    project.sleep(2.5)
    reply = project.send("DELETE", f"/backups/{backup}")
    assert (reply.status, reply.body, headers_of(reply)["content-length"]) == (202, b"", "0")
    project.ask("GET", f"/backups/{backup}", expect=404)
    project.ask("DELETE", f"/backups/{backup}", expect=404)
    assert project.stats("restored")["totalVectorCount"] == 200


def test_deleting_an_index_keeps_its_backups(project: Driver) -> None:
    backup = project.ready_backup()
    project.ask("DELETE", "/indexes/docs", expect=202)
    project.ask("GET", BACKUPS, expect=404)
    assert [each["backup_id"] for each in project.backups()] == [backup]
    project.restore(backup, "docs")
    project.sleep(2.5)
    assert project.stats("docs")["totalVectorCount"] == 200


def test_restore_whose_index_is_deleted_has_failed(project: Driver) -> None:
    job = project.restore(project.ready_backup())["restore_job_id"]
    project.sleep(1)
    project.ask("DELETE", "/indexes/restored", expect=202)
    project.sleep(10)
    failed = project.ask("GET", f"/restore-jobs/{job}")
    assert (failed["status"], failed["percent_complete"]) == ("Failed", 40.0)


def test_source_index_id_tells_incarnations_apart(project: Driver) -> None:
    project.backup()
    project.ask("DELETE", "/indexes/docs", expect=202)
    project.seed("docs")
    project.backup()
    new, old = project.backups()
    assert new["source_index_name"] == old["source_index_name"] == "docs"
    assert new["source_index_id"] != old["source_index_id"]
    assert project.ask("GET", BACKUPS)["data"] == [new]


def test_backup_quota_is_a_403(project: Driver) -> None:
    project.ask("POST", "/_emulator/knobs", {"backup_quota": 1})
    project.backup()
    refused = project.ask("POST", BACKUPS, {}, expect=403)
    assert refused["error"]["code"] == "QUOTA_EXCEEDED"
    assert len(project.backups()) == 1


def test_backup_of_an_index_that_is_not_there_or_not_ready_is_refused(project: Driver) -> None:
    project.ask("POST", "/indexes/none/backups", {}, expect=404)
    project.restore(project.ready_backup())
    project.ask("POST", "/indexes/restored/backups", {}, expect=400)


def test_pages_are_newest_first_and_end_without_pagination(project: Driver) -> None:
    made = [project.backup() for _ in range(25)][::-1]
    first = project.ask("GET", "/backups")
    assert len(first["data"]) == 10
    token = first["pagination"]["next"]
    assert json.loads(base64.b64decode(token)) == {"limit": 10, "offset": 10}
    second = project.ask("GET", f"{BACKUPS}?paginationToken={token}&limit=1")
    last = project.ask("GET", f"/backups?paginationToken={second['pagination']['next']}")
    assert "pagination" not in last
    listed = [each["backup_id"] for part in (first, second, last) for each in part["data"]]
    assert listed == made
    assert "pagination" not in project.ask("GET", "/backups?limit=25")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=ten",
        "limit=-1",
        "limit=",
        "limit=%D9%A3",
        "limit=" + "9" * 5_000,
        "paginationToken=",
        "paginationToken=x",
        "paginationToken=" + base64.b64encode(b"[1]").decode(),
        "paginationToken=" + base64.b64encode(b'{"limit":10}').decode(),
        "paginationToken=" + base64.b64encode(b'{"limit":10,"offset":-1}').decode(),
        "paginationToken=" + base64.b64encode(b'{"limit":1000,"offset":0}').decode(),
        "paginationToken=%00%FF",
    ],
)
@pytest.mark.parametrize("path", ["/backups", BACKUPS, "/restore-jobs"])
def test_bad_limits_and_tokens_are_refused(project: Driver, path: str, query: str) -> None:
    refused = project.ask("GET", f"{path}?{query}", expect=400)
    assert refused["error"]["code"] == "INVALID_ARGUMENT"


def test_new_objects_are_missing_from_lists_for_the_lag_but_never_from_describe() -> None:
    project = Driver(Knobs(list_lag_seconds=60))
    project.seed("docs")
    project.sleep(60)
    backup = project.ready_backup()
    job = project.restore(backup)["restore_job_id"]
    assert project.backups() == []
    assert project.ask("GET", BACKUPS)["data"] == []
    assert project.ask("GET", "/restore-jobs")["data"] == []
    assert [each["name"] for each in project.ask("GET", "/indexes")["indexes"]] == ["docs"]
    project.ask("GET", f"/backups/{backup}")
    project.ask("GET", f"/restore-jobs/{job}")
    project.ask("GET", "/indexes/restored")
    project.sleep(60)
    assert [each["backup_id"] for each in project.backups()] == [backup]
    assert len(project.ask("GET", "/restore-jobs")["data"]) == 1
    assert len(project.ask("GET", "/indexes")["indexes"]) == 2


def test_counts_rise_for_a_while_after_a_restore() -> None:
    project = Driver(Knobs(stats_lag_seconds=10))
    project.seed("docs")
    assert project.stats("docs")["totalVectorCount"] == 200
    project.restore(project.ready_backup())
    project.sleep(2.5)
    assert project.stats("restored")["totalVectorCount"] == 0
    project.sleep(5)
    assert project.stats("restored")["totalVectorCount"] == 100
    project.sleep(5)
    assert project.stats("restored")["totalVectorCount"] == 200

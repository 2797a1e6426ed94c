"""Backups and restores as each version shows them, and what only 2026-07 has."""

from typing import Any

import pytest
from emulator.driver import BACKUPS, Driver

from reconciler.emulator.service import Knobs

VERSIONS = ["2025-04", "2025-10", "2026-04", "2026-07"]
EARLIER = VERSIONS[:-1]
SERVERLESS = {"cloud": "aws", "region": "us-east-1"}
DEDICATED = {"node_type": "t1", "scaling": "Manual", "manual": {"replicas": 1, "shards": 1}}


def ask(project: Driver, method: str, target: str, body: object = None, expect: int = 200) -> Any:  # noqa: ANN401
    return project.ask(method, target, body, expect, version="2026-07")


@pytest.mark.parametrize(
    ("version", "status"), [*((each, 201) for each in EARLIER), (VERSIONS[-1], 200)]
)
def test_taking_a_backup_has_the_status_of_the_version(
    project: Driver, version: str, status: int
) -> None:
    project.ask("POST", BACKUPS, {"name": "nightly"}, expect=status, version=version)


def test_last_version_shows_a_schema_instead_of_dimension_and_metric(project: Driver) -> None:
    made = ask(project, "POST", BACKUPS, {})
    assert not made.keys() & {"dimension", "metric", "record_count", "source_index_deleted_at"}
    assert made["schema"] == ask(project, "GET", "/indexes/docs")["schema"]
    project.sleep(1.5)
    ready = ask(project, "GET", f"/backups/{made['backup_id']}")
    assert (ready["status"], ready["record_count"]) == ("Ready", 200)
    assert not ready.keys() & {"dimension", "metric"}
    ask(project, "PATCH", "/indexes/docs", {"tags": {"team": ""}})
    assert ask(project, "POST", BACKUPS, {})["tags"] is None


def test_metadata_schema_of_the_source_is_shown_in_the_form_of_the_version() -> None:
    project = Driver()
    schema = {"fields": {"genre": {"filterable": True}}}
    body = {
        "name": "docs",
        "dimension": 2,
        "spec": {"serverless": {**SERVERLESS, "schema": schema}},
    }
    project.ask("POST", "/indexes", body, expect=201)
    path = f"/backups/{project.ready_backup()}"
    shown = {version: project.ask("GET", path, version=version) for version in VERSIONS}
    assert "schema" not in shown["2025-04"]
    assert shown["2025-10"]["schema"] == shown["2026-04"]["schema"] == schema
    assert shown["2026-07"]["schema"]["fields"]["genre"] == {"filterable": True}


@pytest.mark.parametrize(
    ("version", "said"), [("2026-04", "Failed"), ("2026-07", "InitializationFailed")]
)
def test_failed_backup_has_the_status_of_the_version(version: str, said: str) -> None:
    project = Driver(Knobs(jobs_fail=True))
    project.seed("docs")
    path = f"/backups/{project.ready_backup()}"
    failed = project.ask("GET", path, version=version)
    assert failed["status"] == said
    assert "record_count" not in failed


@pytest.mark.parametrize("name", ["Nightly", "a b", "-x", "x" * 46, ""])
def test_only_the_last_version_has_rules_for_the_name_of_a_backup(
    project: Driver, name: str
) -> None:
    ask(project, "POST", BACKUPS, {"name": name}, expect=400)
    assert project.backups() == []
    for version in EARLIER:
        project.ask("POST", BACKUPS, {"name": name}, expect=201, version=version)


@pytest.mark.parametrize(
    ("version", "size"), [*((each, 10) for each in EARLIER), (VERSIONS[-1], 100)]
)
@pytest.mark.parametrize("path", ["/backups", BACKUPS, "/restore-jobs"])
def test_page_has_the_size_of_the_version(version: str, size: int, path: str) -> None:
    project = Driver(Knobs(index_quota=200))
    project.seed("docs")
    backup = project.ready_backup()
    for number in range(101):
        project.backup()
        project.restore(backup, f"restored-{number}")
    listed = project.ask("GET", path, version=version)
    assert len(listed["data"]) == size
    assert listed["pagination"]["next"]


def test_backups_of_deleted_indexes_of_a_name_are_listed_only_when_asked_for(
    project: Driver,
) -> None:
    old = project.ready_backup()
    project.ask("DELETE", "/indexes/docs", expect=202)
    every = f"{BACKUPS}?include_deleted=true"
    ask(project, "GET", BACKUPS, expect=404)
    (listed,) = ask(project, "GET", every)["data"]
    assert (listed["backup_id"], listed["source_index_deleted_at"]) == (
        old,
        "2026-12-01T00:00:01.500000Z",
    )
    project.seed("docs")
    new = project.backup()
    assert [each["backup_id"] for each in ask(project, "GET", BACKUPS)["data"]] == [new]
    shown = ask(project, "GET", every)["data"]
    assert [each["backup_id"] for each in shown] == [new, old]
    assert "source_index_deleted_at" not in shown[0]
    assert len(project.ask("GET", every, version="2026-04")["data"]) == 1


def test_name_that_no_index_ever_had_is_not_found_even_among_the_deleted(project: Driver) -> None:
    ask(project, "GET", "/indexes/none/backups?include_deleted=true", expect=404)
    ask(project, "GET", f"{BACKUPS}?include_deleted=maybe", expect=400)


def test_deletion_of_the_source_is_told_everywhere_in_the_last_version(project: Driver) -> None:
    backup = project.ready_backup()
    project.ask("DELETE", "/indexes/docs", expect=202)
    described = ask(project, "GET", f"/backups/{backup}")
    assert ask(project, "GET", "/backups")["data"] == [described]
    assert described["source_index_deleted_at"] == "2026-12-01T00:00:01.500000Z"
    assert "source_index_deleted_at" not in project.ask("GET", f"/backups/{backup}")


def test_last_version_tells_no_progress_of_a_restore_between_none_and_all(
    project: Driver,
) -> None:
    job = f"/restore-jobs/{project.restore(project.ready_backup())['restore_job_id']}"
    project.sleep(1.25)
    assert project.ask("GET", job)["percent_complete"] == 50.0
    pending = ask(project, "GET", job)
    assert (pending["status"], pending["completed_at"]) == ("Pending", None)
    assert "percent_complete" not in pending
    project.sleep(1.25)
    done = ask(project, "GET", job)
    assert (done["status"], done["percent_complete"]) == ("Completed", 100)
    assert type(done["percent_complete"]) is int
    assert done["completed_at"] == "2026-12-01T00:00:04.000000Z"


@pytest.mark.parametrize(("version", "said"), [("2026-04", "Failed"), ("2026-07", "Cancelled")])
def test_job_whose_index_was_deleted_has_the_status_of_the_version(
    project: Driver, version: str, said: str
) -> None:
    job = project.restore(project.ready_backup())["restore_job_id"]
    project.ask("DELETE", "/indexes/restored", expect=202)
    assert project.ask("GET", f"/restore-jobs/{job}", version=version)["status"] == said


def test_restored_index_names_its_backup_in_the_last_version_only(project: Driver) -> None:
    backup = project.ready_backup()
    project.restore(backup)
    assert ask(project, "GET", "/indexes/restored")["source_backup_id"] == backup
    assert "source_backup_id" not in ask(project, "GET", "/indexes/docs")
    assert "source_backup_id" not in project.ask("GET", "/indexes/restored")


@pytest.mark.parametrize(
    ("version", "mode"),
    [("2025-10", "OnDemand"), ("2026-04", "Dedicated"), ("2026-07", "Dedicated")],
)
def test_restore_takes_read_capacity_since_2026_04(
    project: Driver, version: str, mode: str
) -> None:
    body = {"name": "restored", "read_capacity": {"mode": "Dedicated", "dedicated": DEDICATED}}
    path = f"/backups/{project.ready_backup()}/create-index"
    project.ask("POST", path, body, expect=202, version=version)
    assert ask(project, "GET", "/indexes/restored")["read_capacity"]["mode"] == mode


def test_restored_index_keeps_model_schema_and_place_of_the_source(project: Driver) -> None:
    body = {
        "name": "texts",
        "cloud": "gcp",
        "region": "us-central1",
        "embed": {"model": "multilingual-e5-large", "field_map": {"text": "chunk"}},
    }
    made = project.ask("POST", "/indexes/create-for-model", body, expect=201)
    project.restore(project.ready_backup("texts"))
    project.sleep(2.5)
    restored = project.ask("GET", "/indexes/restored")
    changed = {"name", "host"}
    assert {key: value for key, value in restored.items() if key not in changed} == {
        key: value for key, value in made.items() if key not in changed
    }
    assert restored["host"] != made["host"]
    fields = ask(project, "GET", "/indexes/restored")["schema"]["fields"]
    assert fields["chunk"]["model"] == "multilingual-e5-large"


def test_restored_index_of_documents_keeps_its_fields(project: Driver) -> None:
    fields = {"vector": {"type": "dense_vector", "dimension": 3, "metric": "cosine"}}
    made = ask(project, "POST", "/indexes", {"name": "films", "schema": {"fields": fields}}, 201)
    backup = ask(project, "POST", "/indexes/films/backups", {})
    assert backup["schema"] == made["schema"]
    project.sleep(2)
    project.restore(backup["backup_id"])
    assert ask(project, "GET", "/indexes/restored")["schema"] == made["schema"]


def test_sparse_index_is_backed_up_and_restored_without_a_dimension(project: Driver) -> None:
    body = {"name": "words", "vector_type": "sparse", "spec": {"serverless": SERVERLESS}}
    project.ask("POST", "/indexes", body, expect=201)
    backup = project.ready_backup("words")
    shown = project.ask("GET", f"/backups/{backup}")
    assert ("dimension" in shown, shown["metric"]) == (False, "dotproduct")
    project.restore(backup)
    assert project.ask("GET", "/indexes/restored")["vector_type"] == "sparse"


def test_restored_index_does_not_name_the_collection_of_its_source(project: Driver) -> None:
    pod = {"environment": "us-east1-gcp", "pod_type": "p1.x1"}
    movies = {"name": "movies", "dimension": 2, "spec": {"pod": pod}}
    project.ask("POST", "/indexes", movies, expect=201)
    project.ask("POST", "/collections", {"name": "copy", "source": "movies"}, expect=201)
    project.sleep(1.5)
    spec = {"serverless": {**SERVERLESS, "source_collection": "copy"}}
    project.ask("POST", "/indexes", {**movies, "name": "moved", "spec": spec}, expect=201)
    project.restore(project.ready_backup("moved"))
    assert project.ask("GET", "/indexes/restored")["spec"] == {"serverless": SERVERLESS}


@pytest.mark.parametrize(
    ("version", "unknown"),
    [
        ("2026-04", {"record_count", "namespace_count", "size_bytes", "dimension"}),
        ("2026-07", {"record_count", "namespace_count", "size_bytes"}),
    ],
)
def test_quirks_write_null_for_what_is_not_known_before_a_backup_is_ready(
    version: str, unknown: set[str]
) -> None:
    project, said = Driver(quirks=True), {"name", "description", "tags"}
    project.seed("docs")
    path = f"/backups/{project.backup()}"
    begun = project.ask("GET", path, version=version)
    assert {key for key, value in begun.items() if value is None} - said == unknown
    project.sleep(1.5)
    ready = project.ask("GET", path, version=version)
    assert {key for key, value in ready.items() if value is None} <= said


def test_quirks_leave_jobs_whose_index_has_gone_out_of_the_list_but_not_out_of_its_pages() -> None:
    project = Driver(quirks=True)
    project.seed("docs")
    backup = project.ready_backup()
    jobs = [project.restore(backup, name)["restore_job_id"] for name in ("one", "two", "three")]
    project.sleep(2.5)
    project.ask("DELETE", "/indexes/two", expect=202)
    first = project.ask("GET", "/restore-jobs?limit=2")
    assert [each["restore_job_id"] for each in first["data"]] == [jobs[2]]
    rest = project.ask("GET", f"/restore-jobs?paginationToken={first['pagination']['next']}")
    assert [each["restore_job_id"] for each in rest["data"]] == [jobs[0]]
    assert project.ask("GET", f"/restore-jobs/{jobs[1]}")["status"] == "Completed"

"""The watch on the emulator's answers: that it is on, and that it sees what is wrong."""

import json
from dataclasses import replace
from typing import NoReturn

import pytest
from emulator.driver import Driver
from emulator.published import (
    OUR_VERSION,
    PUBLISHED_VERSIONS,
    Answer,
    available,
    description,
    problem,
)
from emulator.watch import Watch

from reconciler.emulator.errors import Plane, error_body
from reconciler.emulator.keeping import KeepingError
from reconciler.emulator.routes.registry import ROUTES
from reconciler.emulator.service import Call
from reconciler.emulator.wire import Version, json_reply

BACKUP = {
    "backup_id": "670e8400-e29b-41d4-a716-446655440000",
    "source_index_name": "docs",
    "source_index_id": "670e8400-e29b-41d4-a716-446655440001",
    "status": "Ready",
    "cloud": "aws",
    "region": "us-east-1",
}
JOB = {
    "restore_job_id": "670e8400-e29b-41d4-a716-446655440002",
    "backup_id": "670e8400-e29b-41d4-a716-446655440000",
    "target_index_name": "again",
    "target_index_id": "670e8400-e29b-41d4-a716-446655440003",
    "status": "Pending",
    "created_at": "2026-12-01T00:00:00Z",
}
ERROR = {"error": {"code": "NOT_FOUND", "message": "no"}, "status": 404}


def answer(operation: str, status: int, body: object, version: str = "2025-04") -> Answer:
    return Answer(operation, version, status, "application/json", json.dumps(body).encode())


def fetched(values: list[float]) -> object:
    return {"vectors": {"v": {"id": "v", "values": values}}, "namespace": ""}


@pytest.fixture
def published() -> None:
    if not available():
        pytest.skip("the published descriptions are not on this machine")


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("version", PUBLISHED_VERSIONS)
def test_an_answer_as_published_has_no_problem(version: str) -> None:
    assert problem(answer("describe_backup", 200, BACKUP, version)) is None
    assert problem(answer("describe_restore_job", 200, JOB, version)) is None
    assert problem(answer("fetchVectors", 200, fetched([1.0]), version)) is None
    assert problem(answer("describe_backup", 404, ERROR, version)) is None
    assert problem(answer("startBulkImport", 404, {"code": 5, "message": "no"}, version)) is None
    assert problem(answer("create_backup_schedule", 404, ERROR, version)) is None
    assert problem(Answer("delete_backup", version, 202, "application/json", b"")) is None
    assert problem(Answer("embed", version, 401, "text/plain; charset=utf-8", b"no")) is None


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (answer("describe_backup", 418, ERROR), "status 418 is not documented"),
        (answer("list_project_backups", 404, ERROR), "status 404 is not documented"),
        (answer("describe_backup", 200, {}), "is a required property"),
        (answer("describe_backup", 200, {**BACKUP, "metric": "near"}), "is not one of"),
        (answer("describe_backup", 200, {**BACKUP, "new": 1}), "'new' was unexpected"),
        (answer("describe_backup", 404, {"code": 5, "message": "no"}), "required property"),
        (answer("startBulkImport", 404, ERROR), "unexpected"),
        (answer("list_project_backups", 400, {"code": 3}), "required property"),
        (answer("create_backup_schedule", 200, {}), "the operation is not documented"),
        (answer("create_backup_schedule", 404, {"code": 5, "message": "no"}), "required property"),
        (answer("createNamespace", 404, ERROR), "'error', 'status' were unexpected"),
        (replace(answer("describe_backup", 200, BACKUP), body=b"{"), "no JSON"),
        (
            replace(answer("describe_backup", 200, BACKUP), content_type="text/html"),
            "a body of type text/html",
        ),
        (answer("delete_backup", 202, {}), "a body where there is none"),
        (answer("describe_restore_job", 200, {**JOB, "created_at": "today"}), '"date-time"'),
        (answer("fetchVectors", 200, fetched([])), "less than 1 item"),
        (answer("fetchVectors", 200, fetched([1.0] * 20_001)), "more than 20000 items"),
    ],
)
def test_an_answer_that_is_not_as_published_is_a_problem(wrong: Answer, said: str) -> None:
    assert said in str(problem(wrong))


@pytest.mark.parametrize("version", [*PUBLISHED_VERSIONS, OUR_VERSION])
def test_the_watch_names_an_answer_that_is_wrong_and_only_that(
    project: Driver, version: str
) -> None:
    if version != OUR_VERSION and not available():
        pytest.skip("the published descriptions are not on this machine")
    answers = iter([{"collections": []}, {"collections": [{"name": "half"}]}])
    watch = Watch(lambda *_: json_reply(200, next(answers), 0))
    headers = {"Api-Key": "k", "X-Pinecone-Api-Version": version}
    for _ in range(2):
        admitted = project.emulator.admit(Call("GET", "/collections", headers=headers))
        watch.method()(project.emulator, admitted)
    (wrong,) = watch.wrong
    assert wrong.startswith(f"list_collections {version} 200: ")


HEADERS = {"Api-Key": "k", "X-Pinecone-Api-Version": OUR_VERSION}
LIST = Call("GET", "/collections", headers=HEADERS)
UNKNOWN = Call("GET", "/nothing", headers=HEADERS)
UNKNOWN_DATA = Call("GET", "/ix/docs/nothing", headers=HEADERS)
OTHER_VERSION = Call("GET", "/collections", headers={**HEADERS, "X-Pinecone-Api-Version": "1"})


@pytest.mark.parametrize(
    ("call", "status", "body", "said"),
    [
        (LIST, 500, {**ERROR, "status": 500}, "a server error that no fault made"),
        (UNKNOWN, 503, {**ERROR, "status": 503}, "a server error that no fault made"),
        (UNKNOWN, 404, {"code": 5, "message": "no"}, '"error" is a required property'),
        (UNKNOWN, 200, {}, "no error"),
        (UNKNOWN_DATA, 404, ERROR, '"code" is a required property'),
        (OTHER_VERSION, 400, {}, "required property"),
        (Call("GET", "/_emulator/none"), 404, {}, "required property"),
    ],
)
def test_the_watch_sees_server_errors_and_refusals_that_are_wrong(
    project: Driver, call: Call, status: int, body: object, said: str
) -> None:
    watch = Watch(lambda *_: json_reply(status, body, 0))
    watch.method()(project.emulator, project.emulator.admit(call))
    (wrong,) = watch.wrong
    assert said in wrong


def test_the_watch_holds_a_scripted_status_against_the_errors_of_the_plane(
    project: Driver,
) -> None:
    project.fault("list_collections", "status", status=503, times=2)
    answers = iter([{**ERROR, "status": 503}, {"code": 14, "message": "no"}])
    watch = Watch(lambda *_: json_reply(503, next(answers), 0))
    for wrong in (0, 1):
        watch.method()(project.emulator, project.emulator.admit(LIST))
        assert len(watch.wrong) == wrong


def test_the_watch_takes_a_project_that_cannot_be_kept_for_no_mistake(project: Driver) -> None:
    refusal = KeepingError("disk full")
    body = error_body(Plane.CONTROL, refusal.status, refusal.code, refusal.message)
    watch = Watch(lambda *_: json_reply(refusal.status, body, 0))
    for call in (LIST, Call("POST", "/_emulator/reset")):
        watch.method()(project.emulator, project.emulator.admit(call))
    assert watch.wrong == []


def test_the_watch_notes_an_exception_and_lets_it_pass(project: Driver) -> None:
    def broken(*_: object) -> NoReturn:
        raise ZeroDivisionError

    watch = Watch(broken)
    admitted = project.emulator.admit(LIST)
    with pytest.raises(ZeroDivisionError):
        watch.method()(project.emulator, admitted)
    with pytest.raises(ZeroDivisionError):
        watch.admitting(broken)(project.emulator, LIST)
    assert watch.wrong == ["GET /collections raised ZeroDivisionError()"] * 2


def test_every_operation_is_in_the_description_of_the_newest_version() -> None:
    served = {route.operation for route in ROUTES.values()}
    assert served == description(OUR_VERSION).responses.keys()


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("version", PUBLISHED_VERSIONS)
def test_every_published_operation_is_served_except_reranking(version: str) -> None:
    served = {route.operation for route in ROUTES.values() if Version(version).has(route.since)}
    assert description(version).responses.keys() - served == {"rerank"}
    assert served <= description(version).responses.keys()

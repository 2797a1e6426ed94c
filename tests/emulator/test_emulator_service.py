"""The service around the operations: keys, versions, bad requests, clock, knobs, log and reset."""

import json

import pytest
from emulator.driver import BACKUPS, Driver, headers_of
from hypothesis import given
from hypothesis import strategies as st

from reconciler.emulator.service import Emulator, Knobs

GATED = ["/indexes", "/ix/docs-000000-1a2b3c4/bulk/imports", "/no/such/path"]


@pytest.mark.parametrize("path", GATED)
@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, b"Unauthorized"),
        ({"Api-Key": ""}, b"Unauthorized"),
        ({"Api-Key": " "}, b"Unauthorized"),
        ({"api-key": "pk_invalid"}, b"Invalid API key"),
    ],
)
def test_bad_key_is_a_401_in_plain_text(
    project: Driver, path: str, headers: dict[str, str], said: bytes
) -> None:
    reply = project.send("GET", path, headers=headers)
    assert (reply.status, reply.body) == (401, said)
    assert headers_of(reply)["content-type"].startswith("text/plain")


def test_invalid_keys_are_a_choice_of_whoever_makes_the_emulator() -> None:
    project = Driver()
    project.emulator = Emulator(invalid_keys={"old"})
    assert project.send("GET", "/indexes", headers={"Api-Key": "old"}).status == 401
    assert project.send("GET", "/indexes", headers={"Api-Key": "pk_invalid"}).status == 200


def test_unknown_version_is_refused_and_a_missing_one_is_the_first(project: Driver) -> None:
    headers = {"Api-Key": "k", "X-Pinecone-Api-Version": "2019-01"}
    reply = project.send("GET", "/indexes", headers=headers)
    assert reply.status == 400
    assert json.loads(reply.body)["error"]["code"] == "INVALID_ARGUMENT"
    assert project.send("GET", "/indexes", headers={"Api-Key": "k"}).status == 200


def test_wrong_paths_and_methods_are_refused_in_the_shape_of_their_plane(project: Driver) -> None:
    assert project.ask("GET", "/nowhere", expect=404)["error"]["code"] == "NOT_FOUND"
    assert project.ask("GET", "/ix/a/b/c/d/e", expect=404)["code"] == 5
    assert project.ask("GET", "/indexes/", expect=404)["status"] == 404
    reply = project.send("PUT", "/indexes/docs")
    assert reply.status == 405
    assert headers_of(reply)["allow"] == "GET, PATCH, DELETE"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"name": NaN}',
        b'{"dimension": 1e999}',
        b'{"tags": {"half": "\\ud83d"}}',
        b'{"\\uDE00": 1}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"9" * 10_000,
    ],
)
@pytest.mark.parametrize("path", ["/indexes", BACKUPS, "/_emulator/knobs", "/_emulator/faults"])
def test_body_that_is_no_json_is_a_400(project: Driver, path: str, raw: bytes) -> None:
    reply = project.send("POST", path, raw=raw)
    assert reply.status == 400
    assert json.loads(reply.body)["error"]["code"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize("raw", [b"7", b"null", b'"text"', b"[{}]"])
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/indexes", 422, "UNPROCESSABLE_ENTITY"),
        (BACKUPS, 422, "UNPROCESSABLE_ENTITY"),
        ("/_emulator/knobs", 400, "INVALID_ARGUMENT"),
    ],
)
def test_body_that_is_no_object_is_a_422_only_where_that_is_documented(
    project: Driver, path: str, status: int, code: str, raw: bytes
) -> None:
    reply = project.send("POST", path, raw=raw)
    body = json.loads(reply.body)
    assert (reply.status, body["status"], body["error"]["code"]) == (status, status, code)


def test_body_above_two_megabytes_is_a_413(project: Driver) -> None:
    path = project.host("docs") + "/vectors/upsert"
    assert project.send("POST", path, raw=b" " * 2_000_001).status == 413
    assert project.send("POST", path, raw=b" " * 2_000_000).status == 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["name", "tags", "spec", "dimension", "uri", "vectors", "limit", "description", "errorMode"]
)
TARGETS = [
    ("POST", "/indexes"),
    ("PATCH", "/indexes/docs"),
    ("POST", BACKUPS),
    ("POST", "/_emulator/clock"),
    ("POST", "/_emulator/knobs"),
    ("POST", "/_emulator/faults"),
    ("POST", "{host}/bulk/imports"),
    ("POST", "{host}/vectors/upsert"),
    ("POST", "{host}/describe_index_stats"),
]


@given(target=st.sampled_from(TARGETS), body=st.dictionaries(FIELDS, JSON) | JSON)
def test_no_body_makes_the_emulator_fail(target: tuple[str, str], body: object) -> None:
    project = Driver()
    project.seed("docs")
    host = project.host("docs")
    reply = project.send(target[0], target[1].format(host=host), raw=json.dumps(body).encode())
    assert reply.status < 500
    json.loads(reply.body)


@given(path=st.text(), query=st.text(), method=st.sampled_from(["GET", "POST", "DELETE", "X"]))
def test_no_request_line_makes_the_emulator_fail(path: str, query: str, method: str) -> None:
    assert Driver().send(method, f"/backups/{path}?{query}").status < 500


def test_date_is_the_emulators_and_content_length_is_always_there(project: Driver) -> None:
    project.ask("POST", "/_emulator/clock", {"advance_seconds": 3_600})
    for reply in (project.send("GET", "/indexes"), project.send("GET", "/none")):
        headers = headers_of(reply)
        assert headers["date"] == "Tue, 01 Dec 2026 01:00:00 GMT"
        assert headers["content-length"] == str(len(reply.body))


def test_advancing_the_clock_finishes_jobs(project: Driver) -> None:
    backup = project.backup()
    answer = project.ask("POST", "/_emulator/clock", {"advance_seconds": 1.5})
    assert answer == {"now": "2026-12-01T00:00:01.500000Z"}
    assert project.ask("GET", f"/backups/{backup}")["status"] == "Ready"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"advance_seconds": -1},
        {"advance_seconds": "1"},
        {"advance_seconds": True},
        {"advance_seconds": 10**400},
        {"advance_seconds": 10**12},
        {"advance_seconds": 1, "more": 2},
    ],
)
def test_clock_refuses_what_is_no_step_forward(project: Driver, body: object) -> None:
    assert project.ask("POST", "/_emulator/clock", body, expect=400)["error"]["message"]


def test_knobs_turn_one_by_one_and_hold_for_what_starts_afterwards(project: Driver) -> None:
    before = project.backup()
    turned = project.ask("POST", "/_emulator/knobs", {"backup_seconds": 60})
    assert (turned["backup_seconds"], turned["restore_seconds"]) == (60, 2.5)
    after = project.backup()
    project.sleep(2)
    assert project.ask("GET", f"/backups/{before}")["status"] == "Ready"
    assert project.ask("GET", f"/backups/{after}")["status"] == "Initializing"
    assert project.emulator.knobs == Knobs(backup_seconds=60)


def test_jobs_that_start_while_jobs_fail_end_as_failed(project: Driver) -> None:
    good = project.backup()
    project.sleep(2)
    project.ask("POST", "/_emulator/knobs", {"jobs_fail": True})
    bad = project.backup()
    restored = project.ask("POST", f"/backups/{good}/create-index", {"name": "again"}, expect=202)
    job = f"/restore-jobs/{restored['restore_job_id']}"
    host = project.host("docs")
    started = project.ask("POST", f"{host}/bulk/imports", {"uri": "s3://b/more"})["id"]
    assert project.ask("GET", job)["status"] == "Pending"
    project.sleep(60)
    assert project.ask("GET", f"/backups/{bad}")["status"] == "Failed"
    assert project.ask("GET", job)["status"] == "Failed"
    assert project.ask("GET", "/indexes/again")["status"] == {
        "ready": False,
        "state": "InitializationFailed",
    }
    failed = project.ask("GET", f"{host}/bulk/imports/{started}")
    assert (failed["status"], failed["recordsImported"]) == ("Failed", 500)
    project.ask("POST", f"/backups/{bad}/create-index", {"name": "never"}, expect=412)


@pytest.mark.parametrize(
    "body",
    [
        {"speed": 1},
        {"backup_seconds": -1},
        {"backup_quota": 1.5},
        {"index_quota": "9"},
        {"jobs_fail": 1},
    ],
)
def test_impossible_knobs_are_refused_and_nothing_turns(project: Driver, body: object) -> None:
    project.ask("POST", "/_emulator/knobs", body, expect=400)
    assert project.emulator.knobs == Knobs()


def test_log_tells_every_request_and_what_it_changed(project: Driver) -> None:
    project.ask("POST", "/_emulator/reset")
    project.seed("docs")
    backup = project.backup()
    project.ask("GET", "/backups/none", expect=404)
    project.ask("GET", "/nowhere?a=b", expect=404)
    project.ask("PATCH", "/indexes/docs", {"tags": {"team": "samples"}}, expect=202)
    project.ask("DELETE", f"/backups/{backup}", expect=202)
    log = project.log()
    assert [(each["n"], each["at"]) for each in log] == [
        (n, "2026-12-01T00:00:00.000000Z") for n in range(1, len(log) + 1)
    ]
    told = [(e["operation"], e["status"], e["committed"], e["object_id"]) for e in log]
    assert told == [
        ("create_index", 201, True, "docs"),
        ("upsertVectors", 200, True, "docs"),
        ("upsertVectors", 200, True, "docs"),
        ("upsertVectors", 200, True, "docs"),
        ("create_backup", 201, True, backup),
        ("describe_backup", 404, False, None),
        (None, 404, False, None),
        ("configure_index", 202, False, None),
        ("delete_backup", 202, True, backup),
    ]
    assert (log[6]["method"], log[6]["path"]) == ("GET", "/nowhere")


def test_reset_empties_everything_but_the_knobs(project: Driver) -> None:
    project.ask("POST", "/_emulator/knobs", {"backup_seconds": 9})
    project.ask("POST", "/_emulator/clock", {"advance_seconds": 100})
    project.fault("list_indexes", "drop", every=1)
    project.backup()
    project.ask("POST", "/_emulator/reset")
    assert project.log() == []
    assert project.ask("GET", "/indexes") == {"indexes": []}
    assert project.ask("GET", "/backups") == {"data": []}
    assert project.ask("POST", "/_emulator/clock", {"advance_seconds": 0})["now"].startswith(
        "2026-12-01T00:00:00"
    )
    assert project.emulator.knobs == Knobs(backup_seconds=9)


def test_control_surface_needs_no_key_and_knows_its_own_paths(project: Driver) -> None:
    assert project.send("GET", "/_emulator/log", headers={}).status == 200
    assert project.send("GET", "/_emulator/clock", headers={}).status == 404


def test_same_calls_from_the_same_sources_give_the_same_replies() -> None:
    def history() -> list[object]:
        project = Driver()
        project.seed("docs", "films")
        project.restore(project.ready_backup())
        project.sleep(1)
        project.ask("POST", project.host("docs") + "/bulk/imports", {"uri": "s3://b/new"})
        project.sleep(9)
        path = project.host("docs") + "/vectors/fetch?namespace=new&ids=record-0007"
        return [project.send("GET", each) for each in ("/indexes", "/backups", path)]

    assert history() == history()

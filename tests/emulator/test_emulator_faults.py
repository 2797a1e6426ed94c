"""Scripted faults: every kind, on both sides of the commit, and the rules for when they strike."""

import json

import pytest
from emulator.driver import BACKUPS, Driver, headers_of

from reconciler.emulator.service import Call, Ending, Reply

KINDS: dict[str, dict[str, object]] = {
    "status": {"status": 503, "retry_after": 2},
    "drop": {},
    "delay": {"delay_seconds": 4},
    "html": {"status": 502},
    "truncate": {},
    "garbage": {},
}


def create(project: Driver) -> Reply:
    return project.send("POST", BACKUPS, {"name": "nightly"})


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "delay"])
@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_fault_spoils_the_answer_and_its_side_of_the_commit_decides_what_was_done(
    project: Driver, kind: str, when: str, made: int
) -> None:
    project.fault("create_backup", kind, when=when, **KINDS[kind])
    reply = create(project)
    assert not (reply.status == 201 and reply.ending is Ending.WHOLE)
    assert len(project.backups()) == made
    entry = next(each for each in project.log() if each["operation"] == "create_backup")
    assert entry["committed"] is bool(made)
    assert entry["status"] == (None if kind == "drop" else reply.status)
    assert create(project).status == 201
    assert len(project.backups()) == made + 1


def test_scripted_status_has_the_error_body_of_its_plane_and_its_retry_after(
    project: Driver,
) -> None:
    project.fault("create_backup", "status", status=429, retry_after="Wed, 21 Oct 2026 07:28:00")
    reply = create(project)
    assert json.loads(reply.body)["error"]["code"] == "RESOURCE_EXHAUSTED"
    assert json.loads(reply.body)["status"] == reply.status == 429
    assert headers_of(reply)["retry-after"] == "Wed, 21 Oct 2026 07:28:00"
    project.fault("describeIndexStats", "status", status=500)
    refused = project.ask("POST", project.host("docs") + "/describe_index_stats", {}, expect=500)
    assert refused["code"] == 13
    project.fault("list_indexes", "status", status=401)
    assert project.send("GET", "/indexes").body == b"Unauthorized"


def test_dropped_reply_holds_nothing_that_could_be_taken_for_an_answer(project: Driver) -> None:
    project.fault("create_backup", "drop", when="after")
    assert create(project) == Reply(0, (), b"", Ending.DROPPED)


def test_truncated_reply_is_half_of_what_its_length_promises(project: Driver) -> None:
    project.fault("create_backup", "truncate", when="after")
    reply = create(project)
    assert (reply.status, reply.ending) == (201, Ending.TRUNCATED)
    assert len(reply.body) == int(headers_of(reply)["content-length"]) // 2
    with pytest.raises(ValueError, match=r"JSON|Expecting|Unterminated"):
        json.loads(reply.body)


def test_empty_answer_cannot_be_cut_short_and_is_dropped(project: Driver) -> None:
    backup = project.backup()
    project.fault("delete_backup", "truncate", when="after")
    assert project.send("DELETE", f"/backups/{backup}").ending is Ending.DROPPED
    assert project.backups() == []


def test_fault_for_any_operation_counts_them_all(project: Driver) -> None:
    project.fault("any", "status", status=503, every=3)
    paths = ("/indexes", "/backups", "/restore-jobs", "/backups", "/nowhere", "/backups")
    statuses = [project.send("GET", path).status for path in paths]
    assert statuses == [200, 200, 503, 200, 404, 200]


def test_html_page_comes_with_200_or_the_scripted_status(project: Driver) -> None:
    project.fault("list_indexes", "html")
    project.fault("list_indexes", "html", status=502)
    replies = [project.send("GET", "/indexes") for _ in range(2)]
    assert [reply.status for reply in replies] == [200, 502]
    assert all(reply.body.startswith(b"<!DOCTYPE html>") for reply in replies)
    assert all(headers_of(reply)["content-type"].startswith("text/html") for reply in replies)


def test_garbage_is_a_200_that_is_no_json(project: Driver) -> None:
    project.fault("list_indexes", "garbage")
    reply = project.send("GET", "/indexes")
    assert reply.status == 200
    with pytest.raises(ValueError, match=r"decode|Expecting"):
        json.loads(reply.body)


@pytest.mark.parametrize("when", ["before", "after"])
def test_delayed_request_is_answered_properly_and_tells_its_delay(
    project: Driver, when: str
) -> None:
    project.fault("create_backup", "delay", when=when, delay_seconds=4)
    reply = create(project)
    assert (reply.status, reply.delay_seconds) == (201, 4.0)
    assert create(project).delay_seconds == 0


def test_request_held_back_before_its_commit_commits_late(project: Driver) -> None:
    project.fault("create_backup", "delay", when="before", delay_seconds=4)
    headers = {"Api-Key": "k"}
    admitted = project.emulator.admit(Call("POST", BACKUPS, headers=headers, body=b"{}"))
    assert admitted.wait_seconds == 4.0
    assert project.backups() == []
    project.sleep(4)
    reply = project.emulator.perform(admitted)
    assert (reply.status, reply.delay_seconds) == (201, 0.0)
    assert project.backups()[0]["created_at"] == "2026-12-01T00:00:04.000000Z"


def test_request_held_back_after_its_commit_has_committed_at_once(project: Driver) -> None:
    project.fault("create_backup", "delay", when="after", delay_seconds=4)
    headers = {"Api-Key": "k"}
    admitted = project.emulator.admit(Call("POST", BACKUPS, headers=headers, body=b"{}"))
    assert admitted.wait_seconds == 0.0
    assert project.emulator.perform(admitted).delay_seconds == 4.0
    assert len(project.backups()) == 1


def test_fault_strikes_the_next_matching_requests_only(project: Driver) -> None:
    project.fault("create_backup", "status", status=500, times=2)
    assert project.send("GET", "/indexes").status == 200
    assert [create(project).status for _ in range(4)] == [500, 500, 201, 201]


def test_fault_strikes_every_so_many_matching_requests_for_ever(project: Driver) -> None:
    project.fault("list_indexes", "status", status=500, every=3)
    statuses = [project.send("GET", "/indexes").status for _ in range(7)]
    assert statuses == [200, 200, 500, 200, 200, 500, 200]
    assert project.send("DELETE", "/_emulator/faults").status == 200
    assert {project.send("GET", "/indexes").status for _ in range(6)} == {200}


def test_faults_in_a_row_strike_one_request_each(project: Driver) -> None:
    script = [
        {"operation": "create_backup", "kind": "status", "status": 429},
        {"operation": "create_backup", "kind": "status", "status": 503},
    ]
    assert project.ask("POST", "/_emulator/faults", script) == {"in_force": 2}
    assert [create(project).status for _ in range(3)] == [429, 503, 201]


def test_fault_after_the_commit_does_not_pretend_that_a_refusal_committed(
    project: Driver,
) -> None:
    project.fault("create_backup", "status", when="after", status=500)
    assert project.send("POST", "/indexes/none/backups", {}).status == 500
    assert not any(e["committed"] for e in project.log() if e["operation"] == "create_backup")


GOOD = {"operation": "create_backup", "kind": "drop"}


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"kind": "drop"}, "operation"),
        ({**GOOD, "operation": "make_backup"}, "make_backup"),
        ({**GOOD, "operation": "rerank"}, "rerank"),
        ({"operation": "create_backup"}, "kind"),
        ({**GOOD, "kind": "explode"}, "kind must be one of"),
        ({**GOOD, "when": "during"}, "when must be one of"),
        ({**GOOD, "times": 0}, "times"),
        ({**GOOD, "times": 1, "every": 2}, "not both"),
        ({**GOOD, "every": 0}, "every"),
        ({**GOOD, "status": 500}, "takes no status"),
        ({**GOOD, "tmies": 1}, "tmies"),
        ({**GOOD, "kind": "status"}, "status"),
        ({**GOOD, "kind": "status", "status": 200}, "400"),
        ({**GOOD, "kind": "status", "status": 503, "retry_after": "1\r\nX: y"}, "retry_after"),
        ({**GOOD, "kind": "status", "status": 503, "retry_after": [1]}, "retry_after"),
        ({**GOOD, "kind": "html", "status": 204}, "204"),
        ({**GOOD, "kind": "delay"}, "delay_seconds"),
        ({**GOOD, "kind": "delay", "delay_seconds": -1}, "delay_seconds"),
        ("drop", "object"),
    ],
)
def test_bad_script_is_refused_with_a_sentence_and_nothing_of_it_is_in_force(
    project: Driver, fault: object, sentence: str
) -> None:
    refused = project.ask("POST", "/_emulator/faults", [GOOD, fault], expect=400)
    assert "fault 1" in refused["error"]["message"]
    assert sentence in refused["error"]["message"]
    assert create(project).status == 201


@pytest.mark.parametrize(
    ("sent", "header"), [(0, "0"), (1.5, "1.5"), (-5, "-5"), ("nan", "nan"), (10**9, "1000000000")]
)
def test_retry_after_is_sent_as_it_was_written(project: Driver, sent: object, header: str) -> None:
    project.fault("list_indexes", "status", status=429, retry_after=sent)
    assert headers_of(project.send("GET", "/indexes"))["retry-after"] == header

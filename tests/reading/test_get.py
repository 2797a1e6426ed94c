"""`get` asks for as little as it can, finds what people mean, and shows it without harm."""

import json
from pathlib import Path
from typing import Any

import pytest
from reading.conftest import Get
from reading.server import Stub, page

from reconciler.config.yaml_events import parse

IDS = [f"{n}c85e612-ed1c-4f97-9f8c-8194e07bcf7{n}" for n in range(1, 4)]
JOB = "06b08366-a0a9-404d-96c2-e791c71743e5"
LIST = "/backups?limit=100"


def backup(number: int, name: str | None = "nightly", **more: object) -> dict[str, Any]:
    return {
        "backup_id": IDS[number],
        "source_index_name": "docs-prod",
        "source_index_id": "f73b36c9-faf5-4a2c-b1d6-4013d8b1cc74",
        "name": name,
        "status": "Ready",
        "cloud": "aws",
        "region": "us-east-1",
        "record_count": 98,
        "size_bytes": 1069169,
        "created_at": f"2025-05-1{number}T00:52:10.809305882Z",
        **more,
    }


def index(name: str, host: str = "") -> dict[str, Any]:
    return {"name": name, "host": host, "status": {"ready": True, "state": "Ready"}}


def ids(out: str) -> list[str]:
    return [item["backup_id"] for item in json.loads(out)]


def test_a_list_costs_one_request_and_is_an_array_newest_first(get: Get, stub: Stub) -> None:
    stub.pages[LIST] = page({"data": [backup(1), backup(2, "weekly"), backup(0)]})
    shown = get("backups", "-o", "json")
    assert (shown.code, shown.err) == (0, "")
    assert ids(shown.out) == [IDS[2], IDS[1], IDS[0]]
    assert stub.asked == [LIST]


def test_all_pages_are_read(get: Get, stub: Stub) -> None:
    stub.pages[LIST] = page({"data": [backup(0)], "pagination": {"next": "t=="}})
    stub.pages["/backups?paginationToken=t%3D%3D"] = page({"data": [backup(1)]})
    assert len(json.loads(get("backups", "-o", "json").out)) == 2


def test_one_object_by_its_id_costs_one_request_and_is_no_array(get: Get, stub: Stub) -> None:
    stub.pages[f"/backups/{IDS[0]}"] = page(backup(0))
    assert json.loads(get("backups", IDS[0], "-o", "json").out)["backup_id"] == IDS[0]
    assert len(stub.asked) == 1


@pytest.mark.parametrize("said", ["weekly", IDS[1][:8], IDS[1][:4]])
def test_a_name_or_the_start_of_an_id_is_looked_up_in_the_list(
    get: Get, stub: Stub, said: str
) -> None:
    stub.pages[LIST] = page({"data": [backup(0), backup(1, "weekly")]})
    assert json.loads(get("backups", said, "-o", "json").out)["backup_id"] == IDS[1]
    assert stub.asked == [LIST]


def test_three_letters_of_an_id_are_too_few(get: Get, stub: Stub) -> None:
    stub.pages[LIST] = page({"data": [backup(0)]})
    assert get("backups", IDS[0][:3]).code == 1


def test_a_name_that_several_have_asks_for_an_id(get: Get, stub: Stub) -> None:
    stub.pages[LIST] = page({"data": [backup(0), backup(1)]})
    shown = get("backups", "nightly")
    assert shown.code == 1
    assert "name-ambiguous: 2 objects go by the name 'nightly'" in shown.err
    assert IDS[0] in shown.err
    assert IDS[1] in shown.err


def test_what_is_not_there_is_an_error_that_knows_the_names(get: Get, stub: Stub) -> None:
    stub.pages[LIST] = page({"data": [backup(0), backup(1, "weekly")]})
    shown = get("backups", "wekly")
    assert (shown.code, shown.out) == (1, "")
    assert "no-such-object: there is no backup 'wekly'" in shown.err
    assert 'Did you mean "weekly"?' in shown.err


@pytest.mark.parametrize(
    ("word", "path", "listed", "key"),
    [
        ("indexes", "/indexes", {"indexes": [index("docs-prod")]}, "name"),
        ("collections", "/collections", {"collections": [{"name": "docs-prod"}]}, "name"),
        ("models", "/models", {"models": [{"model": "docs-prod"}]}, "model"),
    ],
)
def test_the_list_is_asked_for_only_when_a_name_is_wrong(
    get: Get, stub: Stub, word: str, path: str, listed: dict[str, Any], key: str
) -> None:
    stub.pages[f"{path}/docs-prod"] = page(next(iter(listed.values()))[0])
    stub.pages[path] = page(listed)
    assert json.loads(get(word, "docs-prod", "-o", "json").out)[key] == "docs-prod"
    assert stub.asked == [f"{path}/docs-prod"]
    shown = get(word, "docs-prd")
    assert shown.code == 1
    assert 'Did you mean "docs-prod"?' in shown.err
    assert stub.asked[1:] == [f"{path}/docs-prd", path]


def test_a_restore_job_is_found_by_the_index_that_it_makes(get: Get, stub: Stub) -> None:
    job = {"restore_job_id": JOB, "target_index_name": "docs-recovered", "status": "Completed"}
    stub.pages["/restore-jobs?limit=100"] = page({"data": [job]})
    assert json.loads(get("restore-jobs", "docs-recovered", "-o", "json").out)["status"]


def test_imports_cost_the_look_up_of_the_host_and_the_list(get: Get, stub: Stub) -> None:
    stub.pages["/indexes/docs-prod"] = page(index("docs-prod", f"{stub.url}/ix/docs"))
    found = {"id": "101", "uri": "s3://b/docs", "status": "Pending"}
    stub.pages["/ix/docs/bulk/imports?limit=100"] = page({"data": [found]})
    stub.pages["/ix/docs/bulk/imports/101"] = page(found)
    assert len(json.loads(get("imports", "--index", "docs-prod", "-o", "json").out)) == 1
    assert stub.asked == ["/indexes/docs-prod", "/ix/docs/bulk/imports?limit=100"]
    for said in ("101", "s3://b/docs"):
        shown = get("imports", "--index", "docs-prod", said, "-o", "json")
        assert json.loads(shown.out)["id"] == "101"


def test_imports_of_an_index_that_is_not_there_name_those_that_are(get: Get, stub: Stub) -> None:
    stub.pages["/indexes"] = page({"indexes": [index("docs-prod")]})
    shown = get("imports", "--index", "docs-prd")
    assert shown.code == 1
    assert "there is no index 'docs-prd'" in shown.err
    assert 'Did you mean "docs-prod"?' in shown.err


def test_imports_need_an_index(get: Get) -> None:
    assert get("imports").code == 64


def test_backups_of_an_index_are_asked_for_by_index(get: Get, stub: Stub) -> None:
    stub.pages["/indexes/docs-prod/backups?limit=100"] = page({"data": [backup(0)]})
    assert ids(get("backups", "--index", "docs-prod", "-o", "json").out) == [IDS[0]]
    assert len(stub.asked) == 1


def test_backups_outlive_their_index(get: Get, stub: Stub) -> None:
    other = backup(1, source_index_name="other")
    stub.pages[LIST] = page({"data": [backup(0), other]})
    assert ids(get("backups", "--index", "docs-prod", "-o", "json").out) == [IDS[0]]


def test_an_index_that_never_was_is_said_to_be_unknown(get: Get, stub: Stub) -> None:
    stub.pages[LIST] = page({"data": [backup(0, source_index_name="docs-old")]})
    stub.pages["/indexes"] = page({"indexes": [index("docs-prod")]})
    shown = get("backups", "--index", "docs-prd")
    assert shown.code == 1
    assert "there is no index 'docs-prd'" in shown.err
    assert 'Did you mean "docs-prod"?' in shown.err


def test_a_viewer_key_a_version_and_no_state_are_enough(
    get: Get,
    stub: Stub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    stub.pages["/indexes"] = page({"indexes": [index("docs-prod")]})
    assert get("indexes", "--api-version", "2026-07").code == 0
    assert stub.headers[0]["x-pinecone-api-version"] == "2026-07"
    assert list(tmp_path.iterdir()) == []


def test_nothing_there_is_said_beside_an_empty_result(get: Get, stub: Stub) -> None:
    stub.pages["/collections"] = page({"collections": []})
    shown = get("collections")
    assert (shown.code, shown.out) == (0, "")
    assert shown.err == "There are no collections.\n"
    assert json.loads(get("collections", "-o", "json").out) == []


@pytest.mark.parametrize(
    ("status", "code", "said"), [(401, 9, "api-key-refused"), (403, 9, "permission-denied")]
)
def test_a_key_that_may_not_look_is_exit_9(
    get: Get, stub: Stub, status: int, code: int, said: str
) -> None:
    stub.pages[LIST] = page({"error": {"code": "X", "message": "no"}, "status": status}, status)
    shown = get("backups")
    assert (shown.code, shown.out) == (code, "")
    assert said in shown.err


HOSTILE = "a\x1b[31m\u202eb\u200bc\r\nd"


@pytest.mark.parametrize("how", ["table", "json", "yaml"])
@pytest.mark.parametrize("one", [True, False])
def test_untrusted_text_is_inert(get: Get, stub: Stub, how: str, one: bool) -> None:  # noqa: FBT001
    hostile = backup(0, HOSTILE, description=HOSTILE, tags={HOSTILE: HOSTILE}, status=HOSTILE)
    stub.pages[LIST] = page({"data": [hostile]})
    stub.pages[f"/backups/{IDS[0]}"] = page(hostile)
    shown = get("backups", *([IDS[0]] if one else []), "-o", how)
    assert shown.code == 0
    assert all(letter.isprintable() for letter in shown.out.replace("\n", ""))
    assert shown.out.isascii()


def test_a_hostile_name_is_inert_in_an_error(get: Get, stub: Stub) -> None:
    stub.pages[LIST] = page({"data": [backup(0, HOSTILE)]})
    shown = get("backups", HOSTILE[:-1])
    assert shown.code == 1
    assert all(letter.isprintable() for letter in shown.err.replace("\n", ""))


@pytest.mark.parametrize(
    "text", ["no", "1e5", "0o17", "12:30", "", "~", "null", "007", "=", "\u00e9"]
)
def test_yaml_reads_back_as_it_was(get: Get, stub: Stub, text: str) -> None:
    stub.pages[f"/backups/{IDS[0]}"] = page(backup(0, tags={"k": text, text or "e": "v"}))
    written = get("backups", IDS[0], "-o", "yaml").out
    in_json = json.loads(get("backups", IDS[0], "-o", "json").out)
    parsed = parse("out.yaml", written.encode())
    assert parsed.problems == ()
    assert parsed.document is not None
    assert parsed.document.value == in_json


def test_other_answers_are_errors_and_no_traceback(get: Get, stub: Stub) -> None:
    stub.pages["/indexes"] = page({"indexes": "none"})
    shown = get("indexes")
    assert shown.code == 1
    assert "api-unavailable" in shown.err

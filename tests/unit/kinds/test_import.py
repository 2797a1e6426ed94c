"""What an import asks of the API, and what it makes of the answers."""

from dataclasses import replace

import pytest

from reconciler.kinds import load_kinds
from reconciler.model.address import Address
from reconciler.model.desired import Desired
from reconciler.model.job import Failed, Ready, Running, Wanted
from reconciler.model.kind import Remote
from reconciler.model.observed import Marker, Observed, Phase
from reconciler.model.request import Effect
from reconciler.model.state import Entry
from reconciler.model.values import Fields
from reconciler.wire.read import read

KIND = load_kinds()["import"]
ADDRESS = Address("import", "docs")
URI = "s3://acme/docs"
FIELDS = KIND.complete("docs", {"index": "docs-prod", "uri": URI})
WANTED = Wanted(ADDRESS, FIELDS, {})
MARKER = Marker("5eed0001", ADDRESS, "01JD0000000000000000000000")
ENTRY = Entry(ADDRESS, "7", FIELDS, Phase.RUNNING, 0)


def remote() -> Remote:
    assert KIND.remote is not None
    return KIND.remote


def payload(number: str = "7", **more: object) -> Fields:
    return {"id": number, "uri": URI, "status": "InProgress", **more}  # type: ignore[dict-item]


def seen(number: str = "7", index: str = "docs-prod", **more: object) -> Observed:
    item = read("describeBulkImport", payload(number, **more))
    return remote().decode_one(item, {"index": index})


def test_create_always_sends_the_error_mode() -> None:
    request = remote().create(WANTED, MARKER)
    assert (request.method, request.path, request.index) == ("POST", "/bulk/imports", "docs-prod")
    assert request.effect is Effect.CREATE
    assert request.body == {"uri": URI, "errorMode": {"onError": "abort"}}


def test_create_sends_an_integration_only_where_one_is_declared() -> None:
    wanted = replace(WANTED, fields={**FIELDS, "integration_id": "i-1", "on_error": "continue"})
    body = remote().create(wanted, MARKER).body
    assert body == {"uri": URI, "errorMode": {"onError": "continue"}, "integrationId": "i-1"}


def test_every_request_goes_to_the_index_by_name() -> None:
    requests = [
        remote().describe("7", FIELDS),
        remote().watch({"import_id": "7"}, FIELDS),
        remote().cancel("7", FIELDS),
    ]
    assert {one.index for one in requests if one is not None} == {"docs-prod"}
    assert {one.path for one in requests if one is not None} == {"/bulk/imports/7"}
    assert remote().remove("7", FIELDS) is None


def test_answer_to_a_create_must_name_an_import() -> None:
    assert remote().created({"id": "7"}, WANTED).remote_id == "7"
    with pytest.raises(ValueError, match="no import"):
        remote().created({}, WANTED)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("Completed", Ready), ("InProgress", Running), ("Failed", Failed), ("Cancelled", Failed)],
)
def test_status_tells_how_far_it_is(status: str, expected: type) -> None:
    reply = read("describeBulkImport", payload(status=status, error="no such folder"))
    assert isinstance(remote().judge({"import_id": "7"}, reply), expected)


def test_new_imports_of_the_same_uri_are_recognised_oldest_first() -> None:
    found = [
        seen("9", createdAt="2026-11-03T00:00:00Z"),
        seen("8", createdAt="2026-11-02T00:00:00Z"),
        seen("3"),
        seen("10", uri="s3://acme/other"),
        seen("11", index="other"),
    ]
    matches = remote().recognise(WANTED, MARKER, ("3",), found)
    assert [one.remote_id for one in matches] == ["8", "9"]
    assert remote().resume(matches[0], WANTED).handle == {"import_id": "8"}


def test_import_is_the_same_by_id_uri_and_start() -> None:
    started = seen(createdAt="2026-11-02T00:00:00Z")
    known = replace(ENTRY, facts={"created_at": started.created_at})
    assert remote().same(known, started)
    assert remote().same(ENTRY, started)
    assert not remote().same(known, seen(createdAt="2026-11-03T00:00:00Z"))
    assert not remote().same(known, seen("8", createdAt="2026-11-02T00:00:00Z"))
    assert not remote().same(ENTRY, seen(uri="s3://acme/other"))


def test_lists_are_read_for_each_index() -> None:
    listings = remote().listings(["a", "b"])
    assert [one.name for one in listings] == ["imports:a", "imports:b"]
    assert [one.request.index for one in listings] == ["a", "b"]


def desired(**more: str) -> Desired:
    return Desired(ADDRESS, {**FIELDS, **more})


def test_conflict_offers_what_stands_in_the_way() -> None:
    running, done, failed = seen(), seen("8", status="Completed"), seen("9", status="Failed")
    found = KIND.conflict(desired(), (failed, running))
    assert found is not None
    assert (found.remote_id, found.way_out) == ("7", "")
    again = KIND.conflict(desired(), (done,))
    assert again is not None
    assert "`trigger`" in again.way_out
    assert KIND.conflict(desired(trigger="x"), (done,)) is None
    assert KIND.conflict(desired(trigger="x"), (done, running)) is not None
    assert KIND.conflict(desired(), (failed, seen("1", uri="s3://acme/other"))) is None


def test_all_kinds_have_names_and_keys_of_their_own() -> None:
    kinds = load_kinds()
    assert {"backup", "restore", "import"} <= set(kinds)
    assert len({kind.key for kind in kinds.values()}) == len(kinds)

"""What a backup asks of the API, and what it makes of the answers."""

import pytest

from reconciler.kinds.backup import KIND
from reconciler.model.address import Address
from reconciler.model.job import Failed, Ready, Running, Wanted
from reconciler.model.kind import Remote
from reconciler.model.observed import Marker, Observed, Phase
from reconciler.model.request import Effect
from reconciler.model.values import Fields
from reconciler.wire.read import read

ADDRESS = Address("backup", "docs")
MARKER = Marker("5eed0001", ADDRESS, "01JD0000000000000000000000")
OTHER = Marker("5eed0001", ADDRESS, "01JD0000000000000000000001")
WANTED = Wanted(ADDRESS, {"index": "docs-prod", "name": "docs", "description": "Why"}, {})


def remote() -> Remote:
    assert KIND.remote is not None
    return KIND.remote


def payload(**more: object) -> Fields:
    return {
        "backup_id": "b-1",
        "source_index_name": "docs-prod",
        "status": "Ready",
        "description": f"Why {MARKER.as_suffix()}",
        **more,  # type: ignore[dict-item]
    }


def seen(**more: object) -> Observed:
    return remote().decode_one(read("describe_backup", payload(**more)), WANTED.fields)


def test_create_sends_name_and_signed_description() -> None:
    request = remote().create(WANTED, MARKER)
    assert (request.method, request.path) == ("POST", "/indexes/docs-prod/backups")
    assert request.effect is Effect.CREATE
    assert request.body == {"name": "docs", "description": f"Why {MARKER.as_suffix()}"}


def test_create_without_description_sends_the_marker_alone() -> None:
    wanted = Wanted(ADDRESS, {"index": "docs-prod", "name": "docs"}, {})
    body = remote().create(wanted, MARKER).body
    assert body == {"name": "docs", "description": MARKER.as_suffix()}


def test_names_cannot_leave_their_place_in_a_path() -> None:
    wanted = Wanted(ADDRESS, {"index": "../x?y", "name": "docs"}, {})
    assert remote().create(wanted, MARKER).path == "/indexes/..%2Fx%3Fy/backups"
    assert remote().describe("a/b", {}).path == "/backups/a%2Fb"
    assert remote().remove("a/b", {}).path == "/backups/a%2Fb"  # type: ignore[union-attr]


def test_answer_to_a_create_gives_id_and_handle() -> None:
    made = remote().created(read("create_backup", payload()), WANTED)
    assert (made.remote_id, made.handle) == ("b-1", {"backup_id": "b-1"})


def test_answer_about_another_index_is_none_of_ours() -> None:
    with pytest.raises(ValueError, match="another index"):
        remote().created(read("create_backup", payload(source_index_name="other")), WANTED)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("Ready", Ready), ("Initializing", Running), ("Failed", Failed), ("Dreaming", Running)],
)
def test_status_tells_how_far_it_is(status: str, expected: type) -> None:
    reply = read("describe_backup", payload(status=status))
    handle = {"backup_id": "b-1"}
    assert remote().watch(handle, {}).path == "/backups/b-1"
    assert isinstance(remote().judge(handle, reply), expected)


def test_several_matches_come_usable_and_oldest_first() -> None:
    found = [
        seen(backup_id="failed", status="Failed", created_at="2026-11-01T00:00:00Z"),
        seen(backup_id="young", created_at="2026-11-03T00:00:00Z"),
        seen(backup_id="old", created_at="2026-11-02T00:00:00Z"),
        seen(backup_id="other-create", description=OTHER.as_suffix()),
        seen(backup_id="other-index", source_index_name="other"),
        seen(backup_id="unsigned", description="Why"),
    ]
    matches = remote().recognise(WANTED, MARKER, (), found)
    assert [one.remote_id for one in matches] == ["old", "young", "failed"]


def test_observed_backup_hides_our_signature() -> None:
    observed = seen()
    assert observed.fields["description"] == "Why"
    assert observed.marker == MARKER
    assert observed.phase is Phase.READY


def test_empty_description_counts_as_none() -> None:
    completed = KIND.complete("docs", {"index": "docs-prod", "description": ""})
    assert completed == {"name": "docs", "index": "docs-prod"}

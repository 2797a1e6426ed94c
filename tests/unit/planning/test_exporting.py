"""What an export declares, under which names, and what it leaves out and why."""

from dataclasses import replace
from typing import Any

import pytest
from golden.state import LINEAGE
from unit.planning.surveying import Json, backup, index, load, pod, survey

from reconciler.config.schemas import load_schema
from reconciler.kinds import _sources
from reconciler.kinds import backup as backup_kind
from reconciler.kinds.backup import Backup
from reconciler.model.export import Export, Selection
from reconciler.model.kind import Exported, World
from reconciler.model.observed import Observed
from reconciler.planning.exporting import export

ULID = "01JD0000000000000000000000"
OURS, THEIRS = LINEAGE[:8], "0e15e000"


def exported(live: Json, state: Json | None = None, **more: Any) -> Export:  # noqa: ANN401 - JSON
    selection = Selection(frozenset(more.pop("kinds", ())), frozenset(more.pop("indexes", ())))
    return export(survey(live, state, more), selection)


def blocks(found: Export) -> dict[str, Any]:
    return {str(one.address): dict(one.fields) for one in found.blocks}


def whys(found: Export) -> dict[str, str]:
    return {one.remote_id: one.why for one in found.left_out}


def signed(lineage: str, name: str) -> str:
    return f"by us [rcl:{lineage}:backup.{name}:{ULID}]"


def test_only_what_differs_from_the_defaults_is_declared() -> None:
    found = exported(
        {
            "backups": [backup("b1", name="nightly"), backup("b2", name="Weekly", description="x")],
            "indexes": [index("docs-prod"), index("again", source_backup_id="b1")],
            "imports:docs-prod": [load(1, "s3://acme-vectors/docs/2026-11/")],
        }
    )
    assert blocks(found) == {
        "backup.nightly": {"index": "docs-prod"},
        "backup.weekly": {"index": "docs-prod", "description": "x"},
        "import.docs-2026-11": {"index": "docs-prod", "uri": "s3://acme-vectors/docs/2026-11/"},
        "restore.again": {"from": {"backup_id": "b1"}, "deletion_protection": "disabled"},
    }


def test_what_is_managed_here_or_elsewhere_is_left_out() -> None:
    live = {
        "backups": [
            backup("b1", name="docs", description=signed(OURS, "docs")),
            backup("b2", name="docs", description=signed(THEIRS, "docs")),
            backup("b3", name="docs", description=signed(OURS, "docs")),
            backup("b4", name="old", description=signed(OURS, "old")),
            backup("b5", name="docs"),
        ]
    }
    entry = {"remote_id": "b1", "fields": {"index": "docs-prod"}}
    state = {"entries": {"backup.docs": {**entry, "marker": f"{OURS}@backup.docs@{ULID}"}}}
    found = exported(live, state, kinds=["backup"])
    assert whys(found) == {
        "b1": "managed by this state",
        "b2": f"managed elsewhere, by the state {THEIRS}...",
        "b3": "a second one of backup.docs, which one create made twice",
    }
    assert blocks(found) == {
        "backup.docs-2026-11-20": {"index": "docs-prod", "name": "docs"},
        "backup.old": {"index": "docs-prod", "description": "by us"},
    }


def test_without_state_no_name_is_given_that_somebody_signed_with() -> None:
    found = exported(
        {"backups": [backup("b1", description=signed(THEIRS, "docs")), backup("b2", name="docs")]}
    )
    assert list(blocks(found)) == ["backup.docs-2026-11-20"]


def test_what_failed_or_may_be_an_open_create_is_left_out() -> None:
    uri = "s3://acme-vectors/docs"
    live = {
        "backups": [
            backup("b1", status="Failed"),
            backup("b2", description=signed(OURS, "docs")),
        ],
        "imports:docs-prod": [load(1, uri)],
    }
    intents = {
        "backup.docs": {
            "fields": {"index": "docs-prod"},
            "marker": f"{OURS}@backup.docs@{ULID}",
        },
        "import.docs": {"fields": {"index": "docs-prod", "uri": uri}, "ulid": "01JD" + "1" * 22},
    }
    found = exported(live, {"intents": intents}, kinds=["backup", "import"])
    unsettled = "perhaps made by a create that is not settled yet; apply settles it"
    assert whys(found) == {"b1": "it has failed", "b2": unsettled, "1": unsettled}
    assert not found.blocks


def test_of_several_runs_of_one_import_the_newest_is_declared() -> None:
    uri = "s3://acme-vectors/docs"
    found = exported({"imports:docs-prod": [load(2, uri), load(1, uri), load(3, f"{uri}/x")]})
    assert {one.remote_id for one in found.blocks} == {"2", "3"}
    assert whys(found)["1"] == "the same as 2, which is newer"


def test_a_finished_import_that_the_ledger_remembers_is_left_out() -> None:
    fields = {"index": "docs-prod", "uri": "s3://acme-vectors/docs"}
    item = {"address": "import.docs", "remote_id": "1", "fields": fields, "reason": "finished"}
    found = exported({"imports:docs-prod": [load(1, fields["uri"])]}, {"ledger": [item]})
    assert whys(found)["1"] == "ended before, as this state remembers"
    assert not found.blocks


def test_what_the_api_tells_too_little_of_is_left_out() -> None:
    live = {
        "backups": [backup("b1", source_index_name=None)],
        "imports:docs-prod": [load(1, "")],
    }
    found = exported(live, kinds=["backup", "import"])
    assert whys(found) == {
        "b1": "the API does not say of which index it is",
        "1": "the API does not say where it loads from",
    }


def test_an_import_that_state_has_declared_is_not_declared_twice() -> None:
    uri = "s3://acme-vectors/docs"
    fields = {"index": "docs-prod", "uri": uri}
    state = {"entries": {"import.docs": {"remote_id": "1", "fields": fields}}}
    found = exported({"imports:docs-prod": [load(1, uri), load(2, uri)]}, state)
    assert whys(found)["2"] == "the same as import.docs in state"


@pytest.mark.parametrize(
    ("pods", "why"),
    [
        ([pod("wide", 9)], "no pod index is"),
        ([pod("one"), pod("two")], "2 pod indexes are"),
    ],
)
def test_a_collection_is_declared_only_where_one_index_can_be_its_source(
    pods: list[Json], why: str
) -> None:
    movies = {"name": "movies", "status": "Ready", "environment": "e", "dimension": 8}
    found = exported({"collections": [movies], "indexes": pods})
    assert why in whys(found)["movies"]
    found = exported({"collections": [movies], "indexes": [pod("one"), pod("wide", 9)]})
    assert blocks(found) == {"collection.movies": {"source": "one"}}
    assert "a guess" in found.blocks[0].note


def test_an_index_is_a_restore_only_where_its_backup_is_known() -> None:
    job = {"restore_job_id": "j", "backup_id": "b9", "target_index_name": "again"}
    job |= {"target_index_id": "i", "status": "Completed", "created_at": "2026-11-20T00:00:00Z"}
    tags = {"team": "search", "odd key": "x", "odd": "\u00a7"}
    live = {
        "indexes": [index("docs-prod"), index("again", tags=tags, deletion_protection="enabled")],
        "restore_jobs": [job],
    }
    found = exported(live)
    assert whys(found) == {"docs-prod": "not known to be restored from a backup"}
    assert blocks(found) == {
        "restore.again": {"from": {"backup_id": "b9"}, "tags": {"team": "search"}}
    }
    assert found.blocks[0].note == "not managed: 2 of its tags, which no configuration can say"


def test_names_of_other_clients_are_taken_as_they_are() -> None:
    found = exported({"backups": [backup("b1", name="Nightly: Prod"), backup("b2")]})
    assert blocks(found) == {
        "backup.nightly-prod": {"index": "docs-prod"},
        "backup.docs-prod": {"index": "docs-prod"},
    }
    assert found.blocks[1].note == "called Nightly: Prod, which no configuration can say"


class Mistaken(Backup):
    """A kind that says of its objects what they are not."""

    def exported(self, observed: Observed, world: World) -> Exported:
        said = super().exported(observed, world)
        return replace(said, fields={**said.fields, "index": "other"})


def test_what_a_plan_would_not_adopt_as_it_stands_is_left_out() -> None:
    what = survey({"backups": [backup("b1", name="docs")]})
    found = export(replace(what, kinds={**what.kinds, "backup": Mistaken()}), Selection())
    assert not found.blocks
    assert whys(found)["b1"] == "b1 has another index than declared"


def test_only_what_was_asked_for_is_told() -> None:
    live = {
        "backups": [backup("b1"), backup("b2", source_index_name="other", status="Failed")],
        "imports:docs-prod": [load(1, "s3://acme-vectors/docs")],
        "indexes": [index("docs-prod"), index("other", source_backup_id="b1")],
    }
    kinds = exported(live, kinds=["backup"])
    assert {one.address.kind for one in kinds.blocks} == {"backup"}
    assert {one.kind for one in kinds.left_out} == {"backup"}
    about = exported(live, indexes=["other"])
    assert list(blocks(about)) == ["restore.other"]
    assert list(whys(about)) == ["b2"]


def test_lists_that_could_not_be_read_are_named() -> None:
    failed = {"collections": "no answer", "backups": "no answer"}
    assert set(exported({}, unreadable=failed).unreadable) == {"collections", "backups"}
    assert set(exported({}, unreadable=failed, kinds=["backup"]).unreadable) == {"backups"}


def test_what_kinds_take_for_declarable_is_what_schemas_take() -> None:
    name = load_schema("kinds/backup")["properties"]["name"]
    tags = load_schema("kinds/restore")["properties"]["tags"]
    values = tags["additionalProperties"]
    assert name["pattern"] == f"^{backup_kind._NAME.pattern}$"
    assert tags["propertyNames"]["pattern"] == f"^{_sources._TAG_KEY.pattern}$"
    letters = values["pattern"].removeprefix("^").removesuffix("*$")
    lengths = f"{{{values['minLength']},{values['maxLength']}}}"
    assert _sources._TAG_VALUE.pattern == letters + lengths

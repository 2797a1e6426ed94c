"""What two reviews found: plans that would have done the wrong thing, each by its smallest case."""

import json
from dataclasses import replace
from typing import Any

from golden.case import Case, given_of

from reconciler.kinds.restore import KIND as RESTORE
from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.plan import Plan
from reconciler.model.state import LedgerItem, LedgerReason
from reconciler.planning.planner import make_plan
from reconciler.views.plan_json import plan_json

PROD = {"name": "docs-prod", "host": "docs-prod-abc1234.svc.pinecone.io", "status": {"ready": True}}
A = Address("backup", "a")
R = Address("restore", "r")
I = Address("import", "i")  # noqa: E741
BACKUP = "version: 1\nbackups:\n  a: {index: docs-prod}\n"
RESTORED = "version: 1\nrestores:\n  r: {from: {backup_id: id-%s}}\n"
IMPORT = "version: 1\nimports:\n  i: {index: docs-prod, uri: s3://b/x%s}\n"


def plan(
    config: str,
    live: dict[str, Any] | None = None,
    state: dict[str, Any] | None = None,
    **options: Any,  # noqa: ANN401 - JSON
) -> Plan:
    everything = {"backups": [], "indexes": [PROD], **(live or {})}
    return make_plan(given_of(Case(config.encode(), everything, state, options)))


def backup(name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "backup_id": f"id-{name}",
        "name": name,
        "source_index_name": "docs-prod",
        "source_index_id": "x",
        "status": "Ready",
        "record_count": 98,
        "created_at": "2026-11-01T00:00:00Z",
        **more,
    }


def imported(created: str, status: str = "Completed") -> dict[str, Any]:
    return {"id": "1", "uri": "s3://b/x", "status": status, "createdAt": created}


def restored(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    fields = {"from": {"backup_id": "id-a"}}
    pins = {"backup_id": "id-a", "records": 98}
    return {"entries": {"restore.r": {"remote_id": "r", "fields": fields, "pins": pins, **more}}}


def only(found: Plan, reason: Reason) -> Change:
    return next(change for change in found.changes if change.reason is reason)


BOTH = {"backups": [backup("a"), backup("b")]}


def test_restore_that_is_gone_is_never_made_from_another_backup_than_declared() -> None:
    assert plan(RESTORED % "a", BOTH, restored()).change(R).pins["backup_id"] == "id-a"
    changed = plan(RESTORED % "b", BOTH, restored())
    assert changed.change(R).reason is Reason.IMMUTABLE_DIFFERS
    assert changed.is_refused
    anew = plan(RESTORED % "b", BOTH, restored(), replace=["restore.r"])
    assert anew.change(R).action is Action.CREATE
    assert anew.change(R).pins["backup_id"] == "id-b"


def test_moved_objects_keep_their_names_in_every_later_run() -> None:
    state = {"entries": {"backup.old": {"remote_id": "id-old", "fields": {"index": "docs-prod"}}}}
    moved = BACKUP + "moved: [{from: backup.old, to: backup.a}]\n"
    first = plan(moved, {"backups": [backup("old")]}, state)
    assert first.change(A).standing is Standing.UNCHANGED
    assert [entry.pins["named"] for entry in first.refreshes] == ["old"]
    fields = {"index": "docs-prod", "name": "old"}
    later = {"entries": {"backup.a": {"remote_id": "id-old", "fields": fields}}}
    later["entries"]["backup.a"]["pins"] = {"named": "old"}
    assert plan(BACKUP, {"backups": [backup("old")]}, later).is_empty
    named = BACKUP.replace("index", "name: another, index")
    assert plan(named, {"backups": [backup("old")]}, later).is_refused


def test_moved_restore_keeps_its_index() -> None:
    state = restored()
    state["entries"]["restore.old"] = state["entries"].pop("restore.r")
    state["entries"]["restore.old"]["remote_id"] = "old"
    old = {**PROD, "name": "old", "tags": {}, "deletion_protection": "enabled"}
    config = RESTORED % "a" + "moved: [{from: restore.old, to: restore.r}]\n"
    found = plan(config, {**BOTH, "indexes": [PROD, old]}, state)
    assert found.change(R).standing is Standing.UNCHANGED
    assert plan(config, BOTH, state).change(R).wanted["index"] == "old"


def test_another_host_is_said_once_whatever_it_shows() -> None:
    fields = {"index": "docs-prod"}
    state = {
        "entries": {f"backup.{name}": {"remote_id": name, "fields": fields} for name in "xyz"},
        "binding": {"api_base": "http://127.0.0.1:5080"},
    }
    for project in (None, "def5678"):
        (refusal,) = plan(BACKUP, {"indexes": []}, state, project=project).refusals
        assert refusal.summary.startswith("this state belongs to API base")


def leftover(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    one = {"remote_id": "id-a", "deposed": ["id-b"], **more}
    return {"entries": {"backup.a": one}}


def test_leftover_stays_while_its_successor_was_not_seen() -> None:
    found = plan(BACKUP, {"backups": [backup("b")]}, leftover(), deletes=True)
    assert only(found, Reason.DEPOSED).standing is Standing.ATTENTION
    assert not found.steps


def test_replace_is_not_done_twice() -> None:
    live = {"backups": [backup("a", created_at="2026-11-02T00:00:00Z"), backup("b")]}
    found = plan(BACKUP, live, leftover(), deletes=True, replace=["backup.a"])
    assert [step.operation.value for step in found.steps] == ["delete"]
    assert "fulfilled" in only(found, Reason.DEPOSED).notes[0]


def test_import_with_an_id_that_was_used_before_is_somebody_elses() -> None:
    facts = {"created_at": 1}
    state = {"entries": {"import.other": {"remote_id": "1", "facts": facts}}}
    state["entries"]["import.other"]["fields"] = {"index": "docs-prod", "uri": "s3://b/y"}
    live = {"imports:docs-prod": [imported("2026-11-20T00:00:00Z", "InProgress")]}
    assert plan(IMPORT % "", live, state).change(I).reason is Reason.CONFLICT


def test_ledger_keeps_imports_of_an_index_that_was_made_again_apart() -> None:
    item = LedgerItem(I, "1", {"uri": "x"}, {"created_at": 1}, LedgerReason.FINISHED, 0)
    assert item.key != replace(item, facts={"created_at": 2}).key
    assert replace(item, facts={}).key != replace(item, facts={}, fields={"uri": "y"}).key


def test_run_again_looks_for_somebody_elses_first() -> None:
    live = {"imports:docs-prod": [imported("2026-11-20T00:00:00Z", "InProgress")]}
    state = {"entries": {"import.i": {"remote_id": "9"}}}
    assert plan(IMPORT % "", live, state, replace=["import.i"]).change(I).reason is Reason.CONFLICT
    state["entries"]["import.i"]["fields"] = {"index": "docs-prod", "uri": "s3://b/x"}  # type: ignore[assignment]
    assert plan(IMPORT % ", trigger: t", live, state).change(I).reason is Reason.CONFLICT


def test_without_state_unread_markers_and_finished_imports_refuse() -> None:
    found = plan(BACKUP, unreadable={"backups": "502"})
    assert [one.reference for one in found.refusals] == ["state-missing"]
    assert not plan(BACKUP, unreadable={"backups": "502"}, new_state=True).is_refused
    live = {"imports:docs-prod": [imported("2026-11-20T00:00:00Z")]}
    assert plan(IMPORT % ", trigger: t", live).change(I).reason is Reason.CONFLICT
    assert plan(IMPORT % ", trigger: t", live, new_state=True).change(I).action is Action.CREATE


def test_cancelled_import_with_another_trigger_keeps_what_was_recorded() -> None:
    state = {"entries": {"import.i": {"remote_id": "1", "phase": "ready"}}}
    state["entries"]["import.i"]["fields"] = {"index": "docs-prod", "uri": "s3://b/x"}  # type: ignore[assignment]
    found = plan(IMPORT % ", trigger: t, ensure: cancelled", {}, state)
    assert all("trigger" not in entry.fields for entry in found.refreshes)


def test_text_that_the_api_shows_otherwise_is_never_replaced_for_ever() -> None:
    config = BACKUP.replace("index", "description: a  b, lifecycle: {on_change: replace}, index")
    state = {"entries": {"backup.a": {"remote_id": "id-a"}}}
    live = [backup("a", description="a b ")]
    assert plan(config, {"backups": live}, state).change(A).standing is Standing.UNCHANGED
    found = plan(config, {"backups": [backup("a", description="c")]}, state, deletes=True)
    assert found.change(A).standing is Standing.ATTENTION
    assert not found.steps


def test_backup_with_an_unknown_count_may_be_the_last_good_one() -> None:
    state = {"entries": {"backup.a": {"remote_id": "id-a"}}}
    config = "version: 1\nbackups:\n  a: {index: docs-prod, ensure: absent}\n"
    for count, refused in ((None, True), (0, False)):
        live = {"backups": [backup("a", record_count=count)]}
        assert plan(config, live, state, deletes=True).is_refused is refused


def test_project_without_indexes_is_not_recognised() -> None:
    state = {"entries": {"backup.a": {"remote_id": "id-a"}}}
    nothing: dict[str, Any] = {"indexes": []}
    refused = plan(BACKUP, nothing, state, project=None)
    assert [one.reference for one in refused.refusals] == ["state-belongs-elsewhere"]
    assert not plan(BACKUP, nothing, state, project=None, missing=1).is_refused
    seen = {"indexes": [], "backups": [backup("a")]}
    assert plan(BACKUP, seen, state, project=None).is_empty


def test_permission_for_an_address_that_is_nowhere_refuses() -> None:
    found = plan(BACKUP, replace=["backup.b"], last_backups=["restore.zzzzzz"])
    assert [one.reference for one in found.refusals] == ["unknown-address", "unknown-address"]
    assert found.refusals[0].hint == "did you mean backup.a?"


def test_replace_says_that_it_waits_for_the_settle_window() -> None:
    moment = "2026-11-23T11:59:30Z"
    state = {"entries": {"backup.a": {"remote_id": "id-a", "recorded_at": moment}}}
    found = plan(BACKUP, {}, state, replace=["backup.a"]).change(A)
    assert "postponed" in found.notes[0]


def test_marker_that_came_along_with_a_backup_makes_no_duplicate() -> None:
    marker = "5eed0001@restore.r@01JD0000000000000000000000"
    ours = {**PROD, "name": "r", "tags": {"reconciler": marker}, "deletion_protection": "enabled"}
    live = {**BOTH, "indexes": [PROD, ours, {**ours, "name": "copy"}]}
    found = plan(RESTORED % "a", live, restored(marker=marker))
    owners = {one.remote_id: one.ownership.value for one in found.unmanaged}
    assert owners["copy"] == "unmanaged"


def test_document_shows_what_is_there_before_nothing_is_done() -> None:
    state = {"entries": {"backup.a": {"remote_id": "id-a"}}}
    text = json.dumps(plan_json(plan(BACKUP, {"backups": [backup("a")]}, state)))
    change = json.loads(text)["resource_changes"][0]["change"]
    assert change["before"] is not None
    assert change["before"] == change["after"]


def test_restore_goes_on_with_its_index_when_the_job_is_forgotten() -> None:
    assert RESTORE.remote is not None
    handle = {"stage": "job", "job": "j", "index": "r"}
    assert RESTORE.remote.vanished(handle) == {**handle, "stage": "index"}
    assert RESTORE.remote.vanished({**handle, "stage": "index"}) is None

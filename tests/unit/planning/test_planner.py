"""Corners of planning that no golden case reaches."""

from dataclasses import replace
from typing import Any

from golden.case import Case, given_of
from golden.state import LINEAGE

from reconciler.model.address import Address
from reconciler.model.change import Standing
from reconciler.model.desired import Moved
from reconciler.model.plan import Operation
from reconciler.planning.given import Given
from reconciler.planning.planner import make_plan

PROD = {"name": "docs-prod", "host": "docs-prod-abc1234.svc.pinecone.io", "status": {"ready": True}}
CONFIG = "version: 1\nbackups:\n  a: {index: docs-prod}\n"


def given(config: str, backups: list[Any], entries: dict[str, Any], **options: Any) -> Given:  # noqa: ANN401 - JSON
    live = {"backups": backups, "indexes": [PROD]}
    return given_of(Case(config.encode(), live, {"entries": entries}, options))


def backup(name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "backup_id": f"id-{name}",
        "name": name,
        "source_index_name": "docs-prod",
        "status": "Ready",
        "record_count": 98,
        "created_at": "2026-11-01T00:00:00Z",
        **more,
    }


def entry(name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"remote_id": f"id-{name}", "fields": {"index": "docs-prod"}, **more}


def test_more_backups_than_any_plan_takes_is_a_warning() -> None:
    many = [backup(f"b{number}") for number in range(500)]
    plan = make_plan(given(CONFIG, many, {}))
    assert [item.reference for item in plan.warnings] == ["backup-quota"]
    assert "500 backups, and 1 more make 501" in plan.warnings[0].summary
    assert plan.steps


def test_dependencies_in_a_circle_in_state_do_not_stop_a_plan() -> None:
    delete = {"on_remove": "delete"}
    entries = {
        "backup.b": entry("b", depends_on=["backup.c"], lifecycle=delete),
        "backup.c": entry("c", depends_on=["backup.b"], lifecycle=delete),
        "backup.a": entry("a"),
    }
    live = [backup("b"), backup("c"), backup("a", created_at="2026-11-02T00:00:00Z")]
    plan = make_plan(given(CONFIG, live, entries, deletes=True))
    assert [step.operation for step in plan.steps] == [Operation.DELETE, Operation.DELETE]


def test_rename_is_followed_in_what_others_hang_on() -> None:
    entries = {"backup.old": entry("a"), "backup.b": entry("b", depends_on=["backup.old"])}
    config = (
        "version: 1\nbackups:\n  a: {index: docs-prod, name: old}\n  b:\n    index: docs-prod\n"
    )
    config += "    depends_on: [backup.a]\nmoved: [{from: backup.old, to: backup.a}]\n"
    plan = make_plan(given(config, [{**backup("a"), "name": "old"}, backup("b")], entries))
    assert plan.moves == {Address("backup", "old"): Address("backup", "a")}
    assert not plan.refreshes
    assert not plan.steps


def test_rename_of_something_that_is_gone_still_needs_attention() -> None:
    moved = "moved: [{from: backup.old, to: backup.a}]\n"
    plan = make_plan(given(CONFIG + moved, [], {"backup.old": entry("a")}))
    assert plan.change(Address("backup", "a")).standing is Standing.ATTENTION


def test_rename_that_was_followed_before_is_nothing() -> None:
    moved = "moved: [{from: backup.old, to: backup.a}]\n"
    plan = make_plan(given(CONFIG + moved, [backup("a")], {"backup.a": entry("a")}))
    assert plan.is_empty


def test_rename_onto_an_address_in_state_is_not_followed() -> None:
    entries = {"backup.a": entry("a"), "backup.old": entry("old")}
    what = given(CONFIG, [backup("a"), backup("old")], entries)
    move = Moved(Address("backup", "old"), Address("backup", "a"))
    what = replace(what, configuration=replace(what.configuration, moved=(move,)))
    plan = make_plan(what)
    assert not plan.moves
    assert plan.change(Address("backup", "old")).reason.value == "not_declared"


def test_first_run_of_a_new_lineage_is_an_ordinary_plan() -> None:
    plan = make_plan(given_of(Case(CONFIG.encode(), {"indexes": [PROD]}, None, {})))
    assert plan.header.lineage is None
    assert [step.id for step in plan.steps] == ["create backup.a"]


def test_empty_configuration_beside_an_empty_state_is_nothing() -> None:
    assert make_plan(given_of(Case(b"version: 1\n", {}, None, {}))).is_empty


def test_project_that_nothing_tells_is_no_mismatch() -> None:
    what = replace(given(CONFIG, [backup("a")], {"backup.a": entry("a")}), project=None)
    assert make_plan(what).is_empty


def test_other_tools_marks_are_other_peoples_text() -> None:
    described = "by hand [rcl:nonsense]"
    plan = make_plan(given("version: 1\n", [backup("x", description=described)], {}))
    assert [item.ownership.value for item in plan.unmanaged] == ["unmanaged"]
    assert LINEAGE[:8] not in described


def test_thousands_of_objects_are_planned_without_a_fuss() -> None:
    names = [f"b{number}" for number in range(3000)]
    entries = {f"backup.{name}": entry(name) for name in names}
    config = "version: 1\nbackups:\n" + "".join(f"  {n}: {{index: docs-prod}}\n" for n in names)
    what = given(config, [backup(name) for name in names], entries)
    assert make_plan(what).is_empty

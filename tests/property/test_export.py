"""Whatever the API calls its objects: exported, adopted, applied, there is nothing left to do."""

from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from property.applying import applied
from property.hostile import HOSTILE
from property.test_inert import is_inert
from unit.planning.surveying import Json, backup, index, load, pod, survey

from reconciler.config.build import build
from reconciler.kinds import load_kinds
from reconciler.model.change import Action, planned
from reconciler.model.export import Selection
from reconciler.planning.exporting import export
from reconciler.planning.given import Given
from reconciler.planning.planner import make_plan
from reconciler.views.export_yaml import render, report
from reconciler.views.lines import UNLIMITED, paint
from reconciler.workflow.export import fitting

KINDS = load_kinds()
FEW = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
ULID = "01JD0000000000000000000000"
EXPRESSIONS = st.sampled_from(["${var.x}", "$${", "a ${ b", "yes", "1e5", "0x1", "~", "a: b # c"])
TEXTS = st.none() | st.sampled_from(["nightly", "docs"]) | HOSTILE | EXPRESSIONS
STATUS = st.sampled_from(["Ready", "Ready", "Initializing", "Failed", "Odd"])
MARKS = st.sampled_from(["", "5eed0001", "0e15e000"])
URIS = st.sampled_from(["s3://acme-vectors/docs/2026-11", "s3://u:p@x/y", "gs://x", "??"])
DAYS = st.integers(10, 22)
HELD = {"backup.docs": {"remote_id": "b0", "fields": {"index": "docs-prod"}}}
DONE = {"remote_id": "11", "fields": {"index": "docs-prod", "uri": "gs://x"}, "reason": "finished"}
STATES = st.sampled_from(
    [
        None,
        {"entries": {}},
        {"entries": HELD},
        {"entries": HELD, "ledger": [{"address": "import.x", **DONE}]},
    ]
)


@st.composite
def backups(draw: st.DrawFn) -> Json:
    described, lineage = draw(TEXTS), draw(MARKS)
    if lineage:
        name = draw(st.sampled_from(["docs", "nightly", "other"]))
        described = f"{described or ''} [rcl:{lineage}:backup.{name}:{ULID}]"
    found = backup("", name=draw(TEXTS), description=described, status=draw(STATUS))
    found["source_index_name"] = draw(st.sampled_from(["docs-prod", "gone", None]))
    return {**found, "created_at": f"2026-11-{draw(DAYS)}T00:00:00Z"}


@st.composite
def restored(draw: st.DrawFn) -> Json:
    tags = draw(st.dictionaries(HOSTILE, TEXTS.filter(bool), max_size=2))
    lineage = draw(MARKS)
    if lineage:
        tags["reconciler"] = f"{lineage}@restore.again@{ULID}"
    made = draw(st.sampled_from([None, "b0", "b9", "odd \u202e id"]))
    protection = draw(st.sampled_from(["enabled", "disabled"]))
    return {"tags": tags, "source_backup_id": made, "deletion_protection": protection}


@st.composite
def projects(draw: st.DrawFn) -> Json:
    """Draw what is live, hostile in every text that other clients may choose; `docs` is plain."""
    loads = st.builds(load, DAYS, URIS, status=st.sampled_from(["Completed", "Failed", "Pending"]))
    width = st.sampled_from([8, 8, 9])
    found = [backup("b0", name="docs"), *draw(st.lists(backups(), max_size=5))]
    return {
        "backups": [{**one, "backup_id": f"b{n}"} for n, one in enumerate(found)],
        "indexes": [
            index("docs-prod"),
            *(
                index(f"again-{n}", **one)
                for n, one in enumerate(draw(st.lists(restored(), max_size=3)))
            ),
            *(pod(f"pod-{n}", one) for n, one in enumerate(draw(st.lists(width, max_size=2)))),
        ],
        "imports:docs-prod": draw(st.lists(loads, max_size=3, unique_by=lambda one: one["id"])),
        "collections": [
            {"name": f"c{n}", "status": "Ready", "environment": "e", "dimension": one}
            for n, one in enumerate(draw(st.lists(width, max_size=2)))
        ],
    }


def declared(what: Given, yaml: str, state: Json | None) -> Given:
    """Declare what the file says, beside what the state held before."""
    files = [("export.yaml", yaml.encode())]
    if state is not None and state["entries"]:
        files.append(("held.yaml", b"version: 1\nbackups: {docs: {index: docs-prod}}\n"))
    return replace(what, configuration=build(files, KINDS))


@FEW
@given(projects(), STATES)
def test_an_export_that_is_adopted_and_applied_leaves_nothing_to_do(
    project: Json, state: Json | None
) -> None:
    what = survey(project, state)
    found = fitting(export(what, Selection()), KINDS)
    adopting = declared(what, render(found, KINDS, adopt=True), state)
    escaped = declared(what, render(found, KINDS, adopt=True, ascii_only=True), state)
    assert escaped.configuration.digest == adopting.configuration.digest
    plan = make_plan(adopting)
    assert not plan.is_refused, plan.refusals
    assert {one.address for one in planned(plan.changes)} == {one.address for one in found.blocks}
    assert all(one.action is Action.ADOPT and not one.fields for one in planned(plan.changes))
    after = applied(adopting, plan)
    assert make_plan(after).is_empty
    assert make_plan(declared(after, render(found, KINDS, adopt=False), state)).is_empty


@FEW
@given(projects(), STATES)
def test_an_export_names_every_object_once_and_is_inert(project: Json, state: Json | None) -> None:
    what = survey(project, state)
    found = fitting(export(what, Selection()), KINDS)
    told = [(one.address.kind, one.remote_id) for one in found.blocks]
    told += [(one.kind, one.remote_id) for one in found.left_out]
    live = [(name, one.remote_id) for name, seen in what.world.seen.items() for one in seen.objects]
    assert sorted(told) == sorted(live)
    for ascii_only in (True, False):
        shown = render(found, KINDS, adopt=True, ascii_only=ascii_only)
        assert is_inert(shown)
        assert shown.isascii() or not ascii_only
    assert is_inert(paint(report(found, UNLIMITED), color=False))


@FEW
@given(projects(), st.randoms(use_true_random=False))
def test_the_order_of_lists_changes_nothing(project: Json, random: Random) -> None:
    shuffled = {key: random.sample(items, len(items)) for key, items in project.items()}
    one, other = (export(survey(each), Selection()) for each in (project, shuffled))
    assert render(one, KINDS, adopt=True) == render(other, KINDS, adopt=True)

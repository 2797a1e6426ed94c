"""The Kind protocol carries kinds that stand for others: a policy, and a drill."""

from dataclasses import replace
from typing import Any

from golden.case import Case
from unit.planning.expanding import DAY, given_with

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.plan import Operation, Plan, When, counts
from reconciler.planning.given import Review
from reconciler.planning.planner import make_plan
from reconciler.planning.staleness import compare
from reconciler.views import plan_text

PROD = {"name": "docs-prod", "host": "docs-prod-abc1234.svc.pinecone.io", "status": {"ready": True}}
NIGHTLY = {"index": "docs-prod", "keep_last": 2}
WEEKLY = {"from": {"index": "docs-prod"}, "due": True}
IDLE = {**WEEKLY, "due": False}
TODAY, YESTERDAY = "nightly-2026-11-23", "nightly-2026-11-22"


def backup(name: str, day: int, status: str = "Ready", records: int = 98) -> dict[str, Any]:
    return {
        "backup_id": f"id-{name}",
        "name": name,
        "source_index_name": "docs-prod",
        "source_index_id": "i-1",
        "status": status,
        "record_count": records,
        "created_at": f"2026-11-{day}T00:00:00Z",
    }


def child(name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    fields = {"index": "docs-prod", "name": name}
    return {"remote_id": f"id-{name}", "owner": "policy.nightly", "fields": fields, **more}


def case_of(
    days: tuple[int, ...] = (),
    entries: dict[str, Any] | None = None,
    indexes: tuple[dict[str, Any], ...] = (PROD,),
    config: str = "version: 1\n",
    **options: Any,  # noqa: ANN401 - JSON
) -> Case:
    names = {f"nightly-2026-11-{day}": day for day in days}
    live = {"backups": [backup(*pair) for pair in names.items()], "indexes": list(indexes)}
    held = {f"backup.{name}": child(name) for name in names}
    return Case(config.encode(), live, {"entries": {**held, **(entries or {})}}, options)


def change(plan: Plan, address: str) -> Change:
    return plan.change(Address.parse(address))


def planned(case: Case, **declared: Any) -> Plan:  # noqa: ANN401 - JSON
    return make_plan(given_with(case, **declared))


def test_policy_makes_what_is_due_as_its_own() -> None:
    plan = planned(case_of(), policy_nightly=NIGHTLY)
    made = change(plan, f"backup.{TODAY}")
    assert (made.action, made.standing) == (Action.CREATE, Standing.PLANNED)
    assert made.owner == Address("policy", "nightly")
    assert [step.id for step in plan.steps] == [f"create backup.{TODAY}"]


def test_policy_keeps_children_and_says_why() -> None:
    plan = planned(case_of((22, 23)), policy_nightly=NIGHTLY)
    kept = change(plan, f"backup.{YESTERDAY}")
    assert (kept.standing, kept.reason) == (Standing.UNCHANGED, Reason.KEPT)
    assert kept.because == "kept: keep_last: 2"
    assert plan.is_empty


def test_child_without_a_reason_is_kept_while_its_owner_is_declared() -> None:
    entries = {"restore.odd": {**child("odd"), "fields": {"from": {"backup_id": "b"}}}}
    odd = {**PROD, "name": "id-odd", "deletion_protection": "enabled"}
    entries["restore.odd"]["fields"]["index"] = "id-odd"
    plan = planned(case_of((23,), entries, (PROD, odd)), policy_nightly=NIGHTLY)
    assert change(plan, "restore.odd").because == "kept: its owner is declared"


def test_expired_child_is_deleted_naming_the_rule() -> None:
    plan = planned(case_of((21, 22, 23), expiry=True), policy_nightly=NIGHTLY)
    expired = change(plan, "backup.nightly-2026-11-21")
    assert (expired.action, expired.reason) == (Action.DELETE, Reason.EXPIRED)
    assert expired.because == "expired: keep_last: 2"
    assert counts(plan).destroy == 1


def test_expired_child_is_withheld_without_the_permission() -> None:
    plan = planned(case_of((21, 22, 23)), policy_nightly=NIGHTLY)
    assert change(plan, "backup.nightly-2026-11-21").standing is Standing.WITHHELD
    assert not plan.steps


def test_expired_child_that_is_gone_is_forgotten() -> None:
    case = case_of((22, 23), {"backup.nightly-2026-11-20": child("nightly-2026-11-20")})
    gone = change(planned(case, policy_nightly=NIGHTLY), "backup.nightly-2026-11-20")
    assert (gone.action, gone.reason) == (Action.FORGET, Reason.EXPIRED)


def test_last_good_copy_never_expires() -> None:
    case = case_of((20,), expiry=True)
    plan = planned(case, policy_nightly={**NIGHTLY, "keep_last": 1})
    kept = change(plan, "backup.nightly-2026-11-20")
    assert (kept.standing, kept.reason) == (Standing.UNCHANGED, Reason.KEPT)
    said = "kept: it is the newest Ready backup with records that policy.nightly has of docs-prod"
    assert kept.because == said
    assert not plan.is_refused


def test_backup_that_a_drill_restores_does_not_expire() -> None:
    case = case_of((20, 22, 23), expiry=True)
    source = {"backup_id": "id-nightly-2026-11-20"}
    plan = planned(case, policy_nightly=NIGHTLY, drill_weekly={**WEEKLY, "from": source})
    kept = change(plan, "backup.nightly-2026-11-20")
    assert kept.because == "kept: restore.drill-weekly is restored from it"
    assert not plan.is_refused


def test_running_child_is_waited_for() -> None:
    entries = {f"backup.{TODAY}": child(TODAY, phase="running", handle={"backup_id": "x"})}
    case = case_of((22,), entries)
    case.live["backups"].append(backup(TODAY, 23, "Initializing"))
    assert change(planned(case, policy_nightly=NIGHTLY), f"backup.{TODAY}").action is Action.WAIT


def test_missing_child_needs_attention() -> None:
    plan = planned(case_of((22,), {f"backup.{TODAY}": child(TODAY)}), policy_nightly=NIGHTLY)
    assert change(plan, f"backup.{TODAY}").reason is Reason.GONE
    assert change(plan, f"backup.{TODAY}").standing is Standing.ATTENTION


def test_children_outlive_their_policy_unless_told_otherwise() -> None:
    entries = {f"backup.{TODAY}": child(TODAY, lifecycle={"on_remove": "delete"})}
    case = case_of(
        (22,), entries, config="version: 1\nimports:\n  a: {index: docs-prod, uri: s3://b}"
    )
    case.live["backups"].append(backup(TODAY, 23))
    plan = planned(case)
    assert change(plan, f"backup.{YESTERDAY}").action is Action.FORGET
    assert change(plan, f"backup.{TODAY}").standing is Standing.WITHHELD


def test_child_never_takes_over_a_declared_address() -> None:
    config = f"version: 1\nbackups:\n  {TODAY}: {{index: docs-prod}}\n"
    plan = planned(case_of(config=config), policy_nightly=NIGHTLY)
    assert [item.reference for item in plan.refusals] == ["address-taken"]


def test_child_never_takes_over_what_is_managed_by_itself() -> None:
    entries = {f"backup.{TODAY}": {**child(TODAY), "owner": "policy.other"}}
    case = case_of((22,), entries)
    case.live["backups"].append(backup(TODAY, 23))
    plan = planned(case, policy_nightly=NIGHTLY)
    assert [item.reference for item in plan.refusals] == ["address-taken"]


def test_unreadable_list_neither_makes_nor_expires() -> None:
    case = case_of((20, 21, 22), expiry=True, unreadable={"backups": "the server failed"})
    plan = planned(case, policy_nightly=NIGHTLY)
    assert {one.standing for one in plan.changes} == {Standing.UNREADABLE}
    assert not plan.steps


def test_drill_removes_what_it_made_whatever_comes_of_it() -> None:
    case = case_of((22, 23))
    plan = planned(case, policy_nightly=NIGHTLY, drill_weekly=WEEKLY)
    steps = {step.operation: step for step in plan.steps}
    assert [step.operation for step in plan.steps] == [
        Operation.CREATE,
        Operation.VERIFY,
        Operation.DELETE,
    ]
    assert steps[Operation.DELETE].when is When.ALWAYS
    assert steps[Operation.DELETE].after == (
        "create restore.drill-weekly",
        "verify restore.drill-weekly",
    )
    assert steps[Operation.VERIFY].when is When.ON_SUCCESS
    assert (counts(plan).add, counts(plan).destroy) == (1, 1)
    text = "\n".join(line.text for line in plan_text.render(plan))
    assert "removed again in the same run" in text


def test_drill_lifts_protection_before_it_removes() -> None:
    plan = planned(case_of((23,)), drill_weekly={**WEEKLY, "protection": "enabled"})
    clean_up = [step for step in plan.steps if step.when is When.ALWAYS]
    assert [step.operation for step in clean_up] == [Operation.UNPROTECT, Operation.DELETE]
    assert clean_up[1].after == (clean_up[0].id,)


def test_drill_removes_after_everything_that_uses_its_index() -> None:
    config = "version: 1\nimports:\n  load: {index: drill-weekly, uri: s3://b/c}\n"
    plan = planned(case_of((23,), config=config), drill_weekly=WEEKLY)
    removal = next(step for step in plan.steps if step.operation is Operation.DELETE)
    assert "create import.load" in removal.after


def leftover(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "restore.drill-weekly": {
            "remote_id": "drill-weekly",
            "owner": "drill.weekly",
            "fields": {
                "from": {"index": "docs-prod"},
                "index": "drill-weekly",
                "deletion_protection": "disabled",
            },
            "pins": {"backup_id": "id-nightly-2026-11-23", "records": 98},
            "verification": "passed",
            **more,
        }
    }


LEFT = {**PROD, "name": "drill-weekly"}


def test_leftover_of_a_drill_is_removed_without_another_permission() -> None:
    case = case_of((23,), leftover(), (PROD, LEFT))
    plan = planned(case, policy_nightly=NIGHTLY, drill_weekly=IDLE)
    left = change(plan, "restore.drill-weekly")
    assert (left.action, left.standing) == (Action.DELETE, Standing.PLANNED)
    assert left.reason is Reason.TRANSIENT
    assert [step.id for step in plan.steps] == ["delete restore.drill-weekly"]
    assert counts(plan).destroy == 1


def test_unfinished_drill_is_followed_to_its_end_and_removed() -> None:
    entries = leftover(phase="running", verification="pending", handle={"stage": "index"})
    case = case_of((23,), entries, (PROD, {**LEFT, "status": {"ready": False}}))
    plan = planned(case, policy_nightly=NIGHTLY, drill_weekly=IDLE)
    operations = [(step.operation, step.when) for step in plan.steps]
    assert operations == [
        (Operation.WAIT, When.ON_SUCCESS),
        (Operation.VERIFY, When.ON_SUCCESS),
        (Operation.DELETE, When.ALWAYS),
    ]


def test_failed_drill_stays_for_people_to_look_at() -> None:
    case = case_of((23,), leftover(phase="failed"), (PROD, LEFT))
    plan = planned(case, policy_nightly=NIGHTLY, drill_weekly=IDLE)
    assert change(plan, "restore.drill-weekly").standing is Standing.ATTENTION
    assert not plan.steps


def test_what_became_due_since_the_review_waits_for_the_next_plan() -> None:
    today = given_with(case_of(), policy_nightly=NIGHTLY)
    reviewed = make_plan(today)
    tomorrow = replace(today, world=replace(today.world, now=today.world.now + DAY))
    assert [step.id for step in make_plan(tomorrow).steps] == ["create backup.nightly-2026-11-24"]
    given = replace(tomorrow, review=Review(reviewed))
    compared = compare(given, make_plan(given))
    assert compared.stale == ()
    assert [step.id for step in compared.plan.steps] == [f"create backup.{TODAY}"]


def test_what_hangs_on_an_owner_hangs_on_all_that_is_made_for_it() -> None:
    config = (
        "version: 1\nimports:\n"
        "  after: {index: docs-prod, uri: s3://b/c, depends_on: [backup.docs]}\n"
        "backups:\n  docs: {index: docs-prod}\n"
    )
    given = given_with(case_of(config=config), policy_nightly=NIGHTLY)
    after = Address("import", "after")
    desired = dict(given.configuration.desired)
    owner = Address("policy", "nightly")
    desired[after] = replace(desired[after], depends_on=(*desired[after].depends_on, owner))
    plan = make_plan(replace(given, configuration=replace(given.configuration, desired=desired)))
    step = next(one for one in plan.steps if one.id == f"create {after}")
    assert step.after == ("create backup.docs", f"create backup.{TODAY}")

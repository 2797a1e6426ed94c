"""Apply --plan does what was reviewed, or says what has moved; what else came up waits."""

from simulation.cases import AGAIN, ALL, BACKUP, DELETED, DOCS, IMPORT, REPLACED, RESTORE, outcomes
from simulation.saving import TAGGED, apply_file, changes, made, refusal, saved
from simulation.world import World

from reconciler.model.change import Standing
from reconciler.model.event import Outcome
from reconciler.model.plan import Permissions
from reconciler.views.plan_file import decode
from reconciler.workflow.apply import exit_code

OTHER = "restores: {again: {from: {backup: docs}, tags: {a: d}}}\n"
PROTECTED = "restores: {again: {from: {backup: docs}, deletion_protection: disabled}}\n"
DELETES = Permissions(deletes=True, last_backups=frozenset({DOCS}))


def test_unchanged_project_gets_exactly_the_plan() -> None:
    world = World()
    data = saved(world, ALL)
    world.wait(3600)
    applied = apply_file(world, data, ALL)
    assert set(outcomes(applied)) == {step.id for step in decode(data, "").steps}
    assert set(outcomes(applied).values()) == {Outcome.DONE}
    assert exit_code(applied) == 0
    assert world.plan(ALL).is_empty
    last = world.state().last_plan
    assert last is not None
    assert (last.complete, last.done) == (True, frozenset())


def test_plan_without_changes_does_nothing() -> None:
    world = made()
    data, before = saved(world, BACKUP + RESTORE), world.state()
    assert exit_code(apply_file(world, data, BACKUP + RESTORE)) == 0
    assert world.state() == before


def test_tag_that_a_human_changed_makes_its_update_stale() -> None:
    world = made()
    data = saved(world, BACKUP + TAGGED)
    world.send("PATCH", "/indexes/again", {"tags": {"a": "by hand"}})
    (told,) = refusal(world, data, BACKUP + TAGGED)
    assert told.reference == "plan-stale"
    said = "restore.again: its tags.a was changed in the project, from b to by hand, since this"
    assert told.summary.startswith(said)
    assert "plan was made at 20" in told.summary


def test_tag_that_a_human_brought_to_what_is_declared_leaves_nothing_to_review() -> None:
    world = made()
    data = saved(world, BACKUP + TAGGED)
    world.send("PATCH", "/indexes/again", {"tags": {"a": "c"}})
    (told,) = refusal(world, data, BACKUP + TAGGED)
    assert "nothing is left to do" in told.summary


def test_what_moves_by_itself_makes_nothing_stale() -> None:
    world = made()
    data = saved(world, BACKUP + TAGGED)
    world.send("POST", "/indexes/docs-prod/backups", {"name": "by-hand"})
    world.send("PATCH", "/indexes/docs-prod", {"tags": {"team": "another"}})
    world.send("PATCH", "/indexes/again", {"tags": {"unmanaged": "yes"}})
    world.wait(3600)
    assert exit_code(apply_file(world, data, BACKUP + TAGGED)) == 0
    tags = world.send("GET", "/indexes/again")["tags"]
    assert (tags["a"], tags["unmanaged"]) == ("c", "yes")


def test_what_became_due_since_is_reported_and_left_to_the_next_plan() -> None:
    world = made(BACKUP)
    data = saved(world, BACKUP + IMPORT)
    world.apply(BACKUP + RESTORE)  # made by another run, and not declared here
    applied = apply_file(world, data, BACKUP + IMPORT)
    assert exit_code(applied) == 0
    assert set(outcomes(applied)) == {"create import.november"}
    found = applied.plan.change(AGAIN)
    assert found.standing is Standing.WITHHELD
    assert found.way_out == "the next plan shows it for approval"
    assert AGAIN in world.state().entries


def test_restore_from_another_backup_is_stale() -> None:
    world = World()
    newest = "restores: {again: {from: {index: docs-prod}}}\n"
    world.send("POST", "/indexes/docs-prod/backups", {"name": "first"})
    world.wait(600)
    data = saved(world, newest)
    world.send("POST", "/indexes/docs-prod/backups", {"name": "second"})
    world.wait(600)
    (told,) = refusal(world, data, newest)
    assert "was chosen for it, and backup" in told.summary


def test_object_that_another_run_made_meanwhile_is_stale() -> None:
    world = World()
    data = saved(world, BACKUP)
    world.send("POST", "/indexes/docs-prod/backups", {"name": "unrelated"})
    world.wait(600)
    assert exit_code(apply_file(world, data, BACKUP)) == 0
    again = saved(world, BACKUP + IMPORT)
    world.apply(BACKUP + IMPORT)
    (told,) = refusal(world, again, BACKUP + IMPORT)
    assert "was made or taken into state by another run" in told.summary


def test_deleted_object_makes_its_update_stale() -> None:
    world = made()
    data = saved(world, BACKUP + TAGGED)
    world.send("PATCH", "/indexes/again", {"deletion_protection": "disabled"})
    world.send("DELETE", "/indexes/again")
    world.wait(600)
    (told,) = refusal(world, data, BACKUP + TAGGED)
    assert "an update was planned (tags differ), now a create would be" in told.summary


def test_list_that_cannot_be_read_is_not_taken_for_a_change() -> None:
    world = made()
    data = saved(world, BACKUP + TAGGED)
    for _ in range(20):
        world.fault("list_indexes", "status", "before", status=403)
    (told,) = refusal(world, data, BACKUP + TAGGED)
    assert "it cannot be compared with the plan: " in told.summary
    assert told.hint.startswith("run again with the same plan")


def test_protection_that_was_turned_on_is_never_lifted_unreviewed() -> None:
    world = made(BACKUP + PROTECTED)
    declared = PROTECTED.replace("from", "ensure: absent, from")
    data = saved(world, BACKUP + declared, Permissions(deletes=True))
    world.send("PATCH", "/indexes/again", {"deletion_protection": "enabled"})
    (told,) = refusal(world, data, BACKUP + declared)
    assert "its deletion protection was turned on" in told.summary
    assert world.send("GET", "/indexes/again")["name"] == "again"


def test_permissions_come_with_the_plan() -> None:
    world = made()
    yaml = "backups: {docs: {index: docs-prod, ensure: absent}}\n"
    data = saved(world, yaml + IMPORT, DELETES)
    applied = apply_file(world, data, yaml + IMPORT)
    assert exit_code(applied) == 0
    assert DOCS not in world.state().entries


def test_file_that_was_applied_does_nothing_twice() -> None:
    world = made()
    data = saved(world, BACKUP + TAGGED)
    assert exit_code(apply_file(world, data, BACKUP + TAGGED)) == 0
    world.send("PATCH", "/indexes/again", {"tags": {"a": "b"}})  # as it was when this was planned
    sent = len(changes(world))
    applied = apply_file(world, data, BACKUP + TAGGED)
    assert (exit_code(applied), applied.results) == (0, ())
    assert applied.plan.change(AGAIN).standing is Standing.WITHHELD
    assert len(changes(world)) == sent


def test_replacement_that_was_asked_for_is_not_made_twice() -> None:
    world = made(BACKUP)
    again = Permissions(deletes=True, replace=frozenset({DOCS}))
    data = saved(world, BACKUP, again)
    assert exit_code(apply_file(world, data, BACKUP)) == 0
    assert exit_code(apply_file(world, data, BACKUP)) == 0
    assert world.committed("create_backup") == 2
    assert len(world.send("GET", "/backups")["data"]) == 1


def test_file_is_worth_nothing_once_another_run_has_begun_something() -> None:
    world = made(BACKUP)
    data = saved(world, REPLACED, DELETES)
    assert exit_code(apply_file(world, data, REPLACED)) == 0
    world.apply(REPLACED + IMPORT)
    (told,) = refusal(world, data, REPLACED)
    assert "nothing is left to do" in told.summary


def test_two_pull_requests_that_are_not_related_stale_nothing() -> None:
    world = made()
    first, second = BACKUP + TAGGED, BACKUP + RESTORE + IMPORT
    one, two = saved(world, first), saved(world, second)
    assert exit_code(apply_file(world, one, first)) == 0
    applied = apply_file(world, two, second)
    assert exit_code(applied) == 0
    assert set(outcomes(applied)) == {"create import.november"}
    assert applied.plan.change(AGAIN).standing is Standing.WITHHELD  # this one has the old tag
    assert world.send("GET", "/indexes/again")["tags"]["a"] == "c"


def test_two_pull_requests_about_one_object_are_told_apart() -> None:
    world = made()
    one, two = saved(world, BACKUP + TAGGED), saved(world, BACKUP + OTHER)
    assert exit_code(apply_file(world, one, BACKUP + TAGGED)) == 0
    (told,) = refusal(world, two, BACKUP + OTHER)
    assert "its tags.a was changed in the project, from b to c" in told.summary


def test_removed_object_that_was_replaced_by_hand_is_stale() -> None:
    world = made()
    data = saved(world, BACKUP + DELETED.replace("from", "ensure: absent, from"), DELETES)
    world.send("PATCH", "/indexes/again", {"tags": {"reconciler": ""}})
    told = refusal(world, data, BACKUP + DELETED.replace("from", "ensure: absent, from"))
    assert "does not carry our marker any more" in told[0].summary

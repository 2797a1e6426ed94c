"""What becomes of creates that an earlier run left open; nothing unreviewed is ever sent."""

import json
import re

import pytest
from simulation.cases import AGAIN, BACKUP, DOCS, IMPORT, NOVEMBER, RESTORE, WINDOW, once_before
from simulation.world import BASE, World

from reconciler.emulator.service import Knobs
from reconciler.model.event import Outcome
from reconciler.model.plan import Permissions
from reconciler.model.ports import Answer, Call
from reconciler.model.state import Verification
from reconciler.workflow.apply import exit_code


class CrashError(BaseException):
    """The process is gone."""


def crash_at_create(world: World, *, arrives: bool) -> None:
    """End the process at its first create, before or after the server has done it."""

    def crash(there: World, call: Call) -> None:
        if call.fresh:
            there.on_call = None
            if arrives:
                path = call.url.removeprefix(BASE)
                there.send(call.method, path, json.loads(call.body or b"null"))
            raise CrashError

    world.on_call = crash


def crashed(world: World, yaml: str, permissions: Permissions | None = None) -> None:
    with pytest.raises(CrashError):
        world.apply(yaml, permissions, **WINDOW)


def test_a_create_that_never_arrived_is_not_sent_with_what_was_declared_then() -> None:
    world = World()
    crash_at_create(world, arrives=False)
    crashed(world, IMPORT.replace("november}", "WRONG}"))
    assert exit_code(world.apply(IMPORT, **WINDOW)) == 0
    assert [one["uri"] for one in imports(world)] == ["s3://b/november"]


def test_a_create_that_never_arrived_is_not_sent_for_what_is_declared_absent() -> None:
    world = World()
    crash_at_create(world, arrives=False)
    crashed(world, BACKUP)
    absent = BACKUP.replace("index:", "ensure: absent, index:")
    assert exit_code(world.apply(absent + IMPORT, **WINDOW)) == 0
    assert world.committed("create_backup") == 0


def test_settling_sends_nothing_before_somebody_has_approved() -> None:
    world = World()
    crash_at_create(world, arrives=False)
    crashed(world, BACKUP)
    world.decline = True
    applied = world.apply(BACKUP, **WINDOW)
    assert not applied.approved
    assert world.committed("create_backup") == 0


def test_an_adopt_line_that_stayed_does_not_throw_an_open_create_away() -> None:
    world = World()
    host = world.send("GET", "/indexes/docs-prod")["host"].removeprefix(BASE)
    started = world.send("POST", f"{host}/bulk/imports", {"uri": "s3://b/november"})["id"]
    world.wait(60)
    adopting = IMPORT.replace("uri", f"adopt: '{started}', uri")
    assert exit_code(world.apply(adopting)) == 0
    crash_at_create(world, arrives=True)
    again = adopting.replace("uri", "trigger: two, uri")
    crashed(world, again)
    world.apply(again, **WINDOW)
    assert world.committed("startBulkImport") == 2


def test_an_import_id_that_was_used_before_on_another_index_is_not_taken_for_ours() -> None:
    world = World()
    assert exit_code(world.apply(IMPORT)) == 0
    world.send("DELETE", "/indexes/docs-prod")
    serverless = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
    world.send("POST", "/indexes", {"name": "docs-prod", "dimension": 8, "spec": serverless})
    world.wait(60)
    world.fault("startBulkImport", "drop")
    assert exit_code(world.apply(IMPORT.replace("uri", "trigger: two, uri"), **WINDOW)) == 0
    assert world.committed("startBulkImport") == 2


def test_an_open_create_whose_index_is_gone_blocks_nobody() -> None:
    world = World()
    crash_at_create(world, arrives=False)
    crashed(world, IMPORT)
    world.send("DELETE", "/indexes/docs-prod")
    serverless = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
    world.send("POST", "/indexes", {"name": "other", "dimension": 8, "spec": serverless})
    world.wait(60)
    assert exit_code(world.apply("backups: {other: {index: other}}\n", **WINDOW)) == 0
    assert not world.state().intents


def test_a_backup_is_not_let_go_because_one_answer_did_not_find_it() -> None:
    world = World()
    yaml = "backups: {docs: {index: docs-prod, lifecycle: {on_remove: delete}}}\n"
    world.apply(yaml + IMPORT)
    world.fault("describe_backup", "status", when="before", status=404)
    lifted = Permissions(deletes=True, last_backups=frozenset({DOCS}))
    applied = world.apply(IMPORT, lifted)
    assert exit_code(applied) == 5
    assert DOCS in world.state().entries
    assert exit_code(world.apply(IMPORT, lifted)) == 0
    assert world.committed("delete_backup") == 1


def test_a_running_import_is_not_let_go_because_one_answer_did_not_find_it() -> None:
    world = World(knobs=Knobs(import_seconds=600))
    world.apply(BACKUP + IMPORT, wait=False)

    def miss(there: World) -> None:
        there.fault("describeBulkImport", "status", when="before", status=404)

    once_before(world, "cancel", miss)
    assert exit_code(world.apply(BACKUP)) == 5
    assert NOVEMBER in world.state().entries


def test_an_apply_that_could_not_see_everything_says_so_with_its_code() -> None:
    world = World()
    world.fault("list_project_backups", "status", when="before", status=403, every=1)
    applied = world.apply(BACKUP + IMPORT, Permissions(new_state=True))
    assert exit_code(applied) == 3
    world = World()
    world.fault("list_project_backups", "status", when="before", status=403, every=1)
    assert exit_code(world.apply(BACKUP, Permissions(new_state=True))) == 1


def test_the_old_backup_stays_when_the_new_one_has_gone_meanwhile() -> None:
    world = World()
    world.apply(BACKUP)
    old = world.state().entries[DOCS].remote_id
    replaced = BACKUP.replace("index:", "description: new, lifecycle: {on_change: replace}, index:")

    def remove_new(there: World) -> None:
        newest = there.send("GET", "/backups")["data"][0]["backup_id"]
        assert newest != old
        there.send("DELETE", f"/backups/{newest}")

    once_before(world, "delete", remove_new)
    applied = world.apply(replaced, Permissions(deletes=True))
    assert exit_code(applied) == 6
    assert [one["backup_id"] for one in world.send("GET", "/backups")["data"]] == [old]


def test_a_backup_that_has_become_the_last_good_copy_since_the_plan_stays() -> None:
    world = World()
    old = "backups:\n  old: {index: docs-prod, lifecycle: {on_remove: delete}}\n"
    world.apply(old)
    world.apply(old + "  docs: {index: docs-prod}\n")
    docs = world.state().entries[DOCS].remote_id

    def remove_other(there: World) -> None:
        there.send("DELETE", f"/backups/{docs}")

    once_before(world, "delete", remove_other)
    applied = world.apply(BACKUP, Permissions(deletes=True))
    assert exit_code(applied) == 6
    assert "has become the newest Ready backup" in applied.results[0].message
    assert world.committed("delete_backup") == 1


def test_a_backup_that_has_become_the_newest_good_copy_since_the_plan_stays() -> None:
    world = World()
    first = "backups:\n  first: {index: docs-prod}\n"
    second = "  second: {index: docs-prod, lifecycle: {on_remove: delete}}\n"
    world.apply(first)
    world.apply(first + second)
    world.wait(60)
    theirs = world.send("POST", "/indexes/docs-prod/backups", {"name": "theirs"})["backup_id"]
    world.wait(60)

    def remove_theirs(there: World) -> None:
        there.send("DELETE", f"/backups/{theirs}")

    once_before(world, "delete", remove_theirs)
    applied = world.apply(first, Permissions(deletes=True))
    assert exit_code(applied) == 6
    assert "has become the newest Ready backup" in applied.results[0].message
    assert world.plan(first, Permissions(deletes=True)).is_refused


def test_a_restore_whose_job_is_forgotten_goes_on_with_its_index() -> None:
    world = World()
    world.apply(BACKUP)

    def forget(call: Call, real: Answer) -> Answer:
        missing = b'{"error": {"code": "NOT_FOUND", "message": "gone"}, "status": 404}'
        return Answer(404, real.headers, missing) if "/restore-jobs/" in call.url else real

    world.on_answer = forget
    applied = world.apply(BACKUP + RESTORE, **WINDOW)
    assert {result.outcome for result in applied.results} == {Outcome.DONE}
    assert world.state().entries[AGAIN].verification is Verification.PASSED


def test_an_api_that_cuts_markers_off_makes_no_second_backup() -> None:
    world = World()

    def cut(_: Call, real: Answer) -> Answer:
        return Answer(real.status, real.headers, re.sub(rb" ?\[rcl:[^\]]*\]", b"", real.body))

    world.on_answer = cut
    assert exit_code(world.apply(BACKUP)) == 0
    assert any("did not keep our marker" in event.message for event in world.events)
    more = "backups: {docs: {index: docs-prod}, more: {index: docs-prod}}\n"
    world.fault("create_backup", "drop")
    applied = world.apply(more, **WINDOW)
    assert "without the marker" in applied.results[0].message
    assert exit_code(world.apply(more, **WINDOW)) == 1
    assert world.committed("create_backup") == 2


def imports(world: World) -> list[dict[str, str]]:
    host = world.send("GET", "/indexes/docs-prod")["host"].removeprefix(BASE)
    found: list[dict[str, str]] = world.send("GET", f"{host}/bulk/imports")["data"]
    return found


def not_found(world: World, part: str, which: int) -> list[int]:
    """Let the so-manieth answer say that something is not found which is there; counts them."""
    count = [0]

    def answer(call: Call, real: Answer) -> Answer:
        count[0] += part in call.url
        struck = part in call.url and count[0] == which
        missing = b'{"code": 5, "message": "not found"}'
        return Answer(404, real.headers, missing) if struck else real

    world.on_answer = answer
    return count


def test_a_list_that_is_not_found_once_is_no_empty_list() -> None:
    world = World()
    world.apply(BACKUP)
    world.fault("startBulkImport", "drop")
    lists = not_found(world, "/bulk/imports?", 3)  # planning's, the one before the send, settling's
    world.apply(BACKUP + IMPORT, **WINDOW)
    assert lists[0] >= 3
    world.on_answer = None
    assert exit_code(world.apply(BACKUP + IMPORT, **WINDOW)) == 0
    assert world.committed("startBulkImport") == 1


def test_a_killed_import_is_not_dropped_because_its_list_was_not_found_once() -> None:
    world = World()
    crash_at_create(world, arrives=True)
    crashed(world, IMPORT)
    world.wait(60)
    not_found(world, "/bulk/imports?", 2)  # the first is that of the look before settling
    world.apply(IMPORT, **WINDOW)
    assert NOVEMBER in world.state().entries or world.state().intents
    world.on_answer = None
    assert exit_code(world.apply(IMPORT, **WINDOW)) == 0
    assert world.committed("startBulkImport") == 1


def test_a_rename_takes_an_open_create_along() -> None:
    world = World()
    crash_at_create(world, arrives=True)
    crashed(world, BACKUP)
    moved = "backups: {new: {index: docs-prod}}\nmoved: [{from: backup.docs, to: backup.new}]\n"
    world.fault("list_project_backups", "status", when="before", status=400, times=2)
    world.apply(moved, Permissions(new_state=True), **WINDOW)
    for _ in range(2):
        world.apply(moved, **WINDOW)
    assert world.committed("create_backup") == 1
    assert list(map(str, world.state().entries)) == ["backup.new"]


def test_a_create_that_this_key_cannot_settle_stops_no_other() -> None:
    world = World()
    crash_at_create(world, arrives=True)
    crashed(world, IMPORT)
    world.fault("listBulkImports", "status", when="before", status=403, times=50)
    applied = world.apply(BACKUP + IMPORT, **WINDOW)
    assert exit_code(applied) == 9
    assert DOCS in world.state().entries
    assert world.state().intents

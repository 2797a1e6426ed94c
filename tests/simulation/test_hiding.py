"""Pages begin where so many objects are before them: what goes between two hides another."""

import json
from collections.abc import Callable
from dataclasses import replace

from simulation.cases import BACKUP, DOCS, REPLACED
from simulation.world import World

from reconciler.model.change import Action, Standing
from reconciler.model.plan import Permissions
from reconciler.model.ports import Answer, Call
from reconciler.workflow.apply import exit_code

DELETES = Permissions(deletes=True)


def hiding(key: str, times: int) -> Callable[[Call, Answer], Answer]:
    """Leave a backup out of so many lists of backups."""
    left = times

    def hide(call: Call, real: Answer) -> Answer:
        nonlocal left
        if call.method != "GET" or "/backups?" not in call.url or not left:
            return real
        left -= 1
        body = json.loads(real.body)
        body["data"] = [one for one in body["data"] if one["backup_id"] != key]
        return replace(real, body=json.dumps(body).encode())

    return hide


def test_what_a_replacement_left_behind_is_asked_for_by_its_id_too() -> None:
    world = World()
    world.apply(BACKUP)
    old = world.state().entries[DOCS].remote_id
    world.fault("delete_backup", "status", when="before", status=403)
    assert exit_code(world.apply(REPLACED, DELETES)) == 9
    world.wait(300)
    world.on_answer = hiding(old, 1)
    left = world.plan(REPLACED, DELETES).changes[-1]
    assert (left.action, left.remote_id) == (Action.DELETE, old)
    world.on_answer = hiding(old, 1)
    world.fault("describe_backup", "status", when="before", status=500, times=9)
    unknown = world.plan(REPLACED, DELETES).changes[-1]
    assert (unknown.standing, unknown.remote_id) == (Standing.UNREADABLE, old)
    world.send("DELETE", "/_emulator/faults")
    world.on_answer = hiding(old, 1)
    assert exit_code(world.apply(REPLACED, DELETES)) == 0
    assert old not in world.oracle.store.backups


def test_what_a_replacement_left_behind_is_not_forgotten_by_one_list_and_one_answer() -> None:
    world = World()
    world.apply(BACKUP)
    old = world.state().entries[DOCS].remote_id
    world.fault("delete_backup", "status", when="before", status=403)
    world.apply(REPLACED, DELETES)
    world.wait(300)
    world.on_answer = hiding(old, 1)
    world.fault("describe_backup", "status", when="before", status=404)
    unknown = world.plan(REPLACED, DELETES).changes[-1]
    assert (unknown.standing, unknown.remote_id) == (Standing.UNREADABLE, old)
    assert exit_code(world.apply(REPLACED, DELETES)) == 0
    assert old not in world.oracle.store.backups

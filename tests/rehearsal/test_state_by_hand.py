"""State by hand on the command line: shown, renamed, forgotten, adopted, and its lock explained."""

import json
import signal

from rehearsal.stage import DOCS, Stage

KEYLESS = {"PINECONE_API_KEY": ""}
AGAIN = """
restores:
  again: {from: {backup: docs}}
"""


def applied(stage: Stage, yaml: str = DOCS) -> None:
    stage.write(yaml)
    assert stage.apply().code == 0


def keyless(stage: Stage, *arguments: str) -> tuple[int, str, str]:
    """Run a command without a key, as whoever has only the state would."""
    before, stage.variables = stage.variables, {**stage.variables, **KEYLESS}
    result = stage.run("state", *arguments)
    stage.variables = before
    return result.code, result.out, result.err


def test_state_shows_what_a_cut_over_needs(stage: Stage) -> None:
    applied(stage, DOCS + AGAIN)
    host = stage.call("GET", "/indexes/again")["host"]
    code, out, _ = keyless(stage, "list", "-o", "json")
    assert code == 0
    found = {one["address"]: one for one in json.loads(out)}
    assert found["restore.again"]["id"] == "again"
    assert found["restore.again"]["host"] == host
    assert found["backup.docs"]["host"] is None
    assert host in keyless(stage, "list")[1]
    code, out, _ = keyless(stage, "show", "restore.again")
    assert code == 0
    assert host in out
    assert "declared from:" in out
    entry = json.loads(keyless(stage, "show", "restore.again", "-o", "json")[1])["entry"]
    assert entry["host"] == host
    assert entry["verification"] == "passed"
    assert entry["recorded_at"].endswith("Z")


def test_what_state_does_not_know_is_an_error(stage: Stage) -> None:
    stage.write(DOCS)
    assert keyless(stage, "show", "backup.docs")[0] == 1
    assert keyless(stage, "rm", "backup.docs")[0] == 1
    assert not (stage.folder / "state").exists()
    applied(stage)
    code, _, err = keyless(stage, "show", "backup.other")
    assert code == 1
    assert "not-in-state: backup.other is not in state" in err
    assert "address-malformed" in keyless(stage, "show", "docs")[2]


def test_a_renamed_object_stays_one_and_the_same(stage: Stage) -> None:
    applied(stage)
    code, out, err = keyless(stage, "mv", "backup.docs", "backup.first")
    assert code == 0
    assert "backup.docs is backup.first from now on" in out
    assert "Rename its block too" in err
    stage.write(DOCS.replace("  docs:", "  first:"))
    assert stage.plan().code == 0
    assert stage.committed("create_backup") == 1


def test_a_rename_never_puts_one_object_in_the_place_of_another(stage: Stage) -> None:
    applied(stage, DOCS + "  other: {index: docs-prod}\n")
    before = keyless(stage, "list")[1]
    assert keyless(stage, "mv", "backup.docs", "backup.other")[0] == 6
    assert keyless(stage, "mv", "backup.docs", "restore.docs")[0] == 6
    assert keyless(stage, "mv", "backup.none", "backup.new")[0] == 1
    assert keyless(stage, "list")[1] == before


def test_what_was_forgotten_is_left_and_taken_up_again(stage: Stage) -> None:
    applied(stage)
    code, out, err = keyless(stage, "rm", "backup.docs")
    assert code == 0
    (backup,) = stage.backups()
    assert backup["backup_id"] in out
    assert "the next plan takes up again" in err
    assert keyless(stage, "list")[1] == ""
    assert "Forgotten at" in keyless(stage, "show", "backup.docs")[1]
    assert "taken up again" in stage.plan().out
    assert stage.apply().code == 0
    assert stage.plan().code == 0
    assert stage.committed("create_backup") == 1


def test_a_lock_that_is_held_is_shown_and_kept(stage: Stage) -> None:
    stage.write(DOCS + "restores: {again: {from: {backup: docs}}}\n")  # which is still to be sent
    assert "is not locked" in keyless(stage, "unlock")[1]
    stage.knobs(backup_seconds=60)
    running = stage.start("apply", "conf", "--auto-approve")
    try:
        while not stage.log("create_backup"):
            assert running.poll() is None
        code, _, err = keyless(stage, "unlock")
        assert code == 4
        assert f"process {running.pid}" in err
        assert keyless(stage, "rm", "backup.docs")[0] == 4
    finally:
        running.send_signal(signal.SIGKILL)
        running.communicate(timeout=30)
    code, out, _ = keyless(stage, "unlock", "0000")
    assert code == 1
    code, out, _ = keyless(stage, "unlock")
    assert code == 0
    assert "is not locked" in out


def test_workspaces_are_the_states_of_the_folder(stage: Stage) -> None:
    stage.write(DOCS)
    assert stage.apply("-w", "blue").code == 0
    (stage.folder / "state" / "green.json").write_text("")
    code, out, _ = keyless(stage, "workspaces")
    assert code == 0
    blue, green = out.splitlines()
    assert blue == "blue  1 object, configuration default"
    assert green.startswith("green  cannot be read: state/green.json is empty")
    assert [one["workspace"] for one in json.loads(keyless(stage, "workspaces", "-o", "json")[1])]


def test_a_live_object_that_fits_is_adopted_at_once(stage: Stage) -> None:
    made = stage.call("POST", "/indexes/docs-prod/backups", {"name": "by-hand"})
    remote_id = made["backup_id"]
    stage.write("version: 1\nbackups: {docs: {index: docs-prod, name: by-hand}}\n")
    refused = stage.run("adopt", "backup.docs", "nonsense", "conf")
    assert refused.code == 6
    assert "the project has no such backup" in refused.err
    adopted = stage.run("adopt", "backup.docs", remote_id, "conf")
    assert adopted.code == 0
    assert "1 adopted" in adopted.out
    assert stage.plan().code == 0
    assert stage.committed("create_backup") == 1
    again = stage.run("adopt", "backup.docs", remote_id, "conf")
    assert (again.code, again.out) == (
        0,
        "backup.docs is managed already, and nothing was changed.\n",
    )


def test_a_live_object_that_does_not_fit_is_refused_as_in_the_plan(stage: Stage) -> None:
    made = stage.call("POST", "/indexes/docs-prod/backups", {"name": "by-hand"})
    stage.write(DOCS)
    planned = stage.folder / "conf" / "main.yaml"
    adopted = stage.run("adopt", "backup.docs", made["backup_id"], "conf")
    planned.write_text(
        DOCS.replace("index: docs-prod", f"index: docs-prod\n    adopt: {made['backup_id']}")
    )
    plan = stage.plan()
    assert adopted.code == plan.code == 6
    (told,) = [line for line in adopted.err.splitlines() if line.startswith("error:")]
    assert told in plan.err
    undeclared = stage.run("adopt", "backup.other", made["backup_id"], "conf")
    assert undeclared.code == 1
    assert "only what is declared can be adopted" in undeclared.err

"""The main job against the emulator, and what happens when people change things by hand."""

import re

from rehearsal.stage import DOCS, Stage

ALL = """
version: 1
backups:
  docs: {index: docs-prod, description: Before}
restores:
  docs-recovered:
    from: {backup: docs}
    tags: {purpose: recovery}
imports:
  november:
    index: docs-prod
    uri: s3://acme-vectors/docs/2026-11
"""


def test_plan_apply_plan(stage: Stage) -> None:
    stage.write(ALL)
    before = stage.plan()
    assert before.code == 2
    assert "Plan: 3 to add, 0 to change, 0 to destroy." in before.out
    assert not (stage.folder / "state").exists()  # a plan writes nothing
    applied = stage.apply()
    assert applied.code == 0, applied.err
    assert "Apply complete! Resources: 3 added, 0 changed, 0 destroyed." in applied.out
    assert stage.host("docs-recovered") in applied.out
    after = stage.plan()
    assert (after.code, after.out) == (
        0,
        "No changes. The project matches the configuration. 3 unchanged.\n",
    )
    assert stage.committed("create_backup") == 1
    assert stage.committed("create_index_from_backup_operation") == 1
    assert stage.committed("startBulkImport") == 1


def test_a_plan_only_reads(stage: Stage) -> None:
    stage.write(ALL)
    stage.plan()
    assert not any(
        one["committed"]
        for one in stage.log()[-10:]
        if one["method"] != "GET"
        and one["operation"] != "describeIndexStats"
        and one["operation"] not in {"create_index", "upsertVectors"}
    )


def test_the_restored_index_holds_the_backup(stage: Stage) -> None:
    stage.write(ALL)
    assert stage.apply().code == 0
    stats = stage.call("POST", f"{stage.host('docs-recovered')}/describe_index_stats", {})
    backup = stage.backups()[0]
    assert stats["totalVectorCount"] == backup["record_count"]
    assert len(stats["namespaces"]) == backup["namespace_count"]
    index = stage.call("GET", "/indexes/docs-recovered")
    assert index["deletion_protection"] == "enabled"
    assert index["tags"]["purpose"] == "recovery"
    assert index["tags"]["team"] == "samples"  # the backup's own tags came along


def test_a_backup_deleted_by_hand_needs_attention_and_comes_back_only_when_asked(
    stage: Stage,
) -> None:
    stage.write(DOCS)
    assert stage.apply().code == 0
    stage.call("DELETE", f"/backups/{stage.backups()[0]['backup_id']}")
    stage.variables["RECONCILER_SETTLE_WINDOW"] = "0s"
    plan = stage.plan()
    assert plan.code == 2
    assert "! backup.docs" in plan.out
    assert "--replace backup.docs" in plan.out
    assert stage.apply().code == 0
    assert stage.committed("create_backup") == 1  # apply alone makes no second one
    assert stage.apply("--replace", "backup.docs").code == 0
    assert stage.committed("create_backup") == 2
    assert stage.plan().code == 0


def test_a_missing_backup_is_not_believed_inside_the_settle_window(stage: Stage) -> None:
    stage.variables["RECONCILER_SETTLE_WINDOW"] = "1h"
    stage.write(DOCS)
    assert stage.apply().code == 0
    stage.call("DELETE", f"/backups/{stage.backups()[0]['backup_id']}")
    assert stage.apply("--replace", "backup.docs").code == 1  # what was asked for is not done
    assert stage.committed("create_backup") == 1


IMPORT = """
version: 1
backups: {docs: {index: docs-prod}}
imports:
  november: {index: docs-prod, uri: s3://acme-vectors/docs/2026-11}
"""


def test_a_running_import_that_leaves_the_yaml_is_cancelled(stage: Stage) -> None:
    stage.knobs(import_seconds=600)
    stage.write(IMPORT)
    assert stage.apply("--no-wait").code == 0
    stage.advance(240)
    stage.write(DOCS.replace("    description: Before the re-embedding\n", ""))
    plan = stage.plan()
    assert "x import.november" in plan.out
    assert re.search(r"\d+ %, [\d,]+ records? loaded", plan.out)
    assert stage.apply().code == 0
    assert stage.imports()[0]["status"] == "Cancelled"
    assert stage.plan().code == 0


def test_a_finished_import_is_never_run_again(stage: Stage) -> None:
    stage.write(IMPORT)
    assert stage.apply().code == 0
    stage.write(DOCS.replace("    description: Before the re-embedding\n", ""))
    assert stage.apply().code == 0  # forgotten
    stage.write(IMPORT)
    assert stage.apply().code == 0  # and back
    assert stage.committed("startBulkImport") == 1
    assert stage.plan().code == 0
    stage.write(IMPORT.replace("2026-11}", "2026-11, trigger: again}"))
    assert "import.november  create" in " ".join(stage.plan().out.split("   "))
    assert stage.committed("startBulkImport") == 1


def test_a_changed_tag_is_a_patch_and_other_peoples_tags_stay(stage: Stage) -> None:
    stage.write(ALL)
    assert stage.apply().code == 0
    stage.call("PATCH", "/indexes/docs-recovered", {"tags": {"owner": "somebody"}})
    assert stage.plan().code == 0
    stage.write(ALL.replace("{purpose: recovery}", "{stage: drill}"))
    plan = stage.plan()
    assert "tags.purpose: recovery -> (unset)" in plan.out
    assert stage.apply().code == 0
    tags = stage.call("GET", "/indexes/docs-recovered")["tags"]
    assert (tags["stage"], tags["owner"], "purpose" in tags) == ("drill", "somebody", False)
    assert stage.committed("configure_index") == 2  # by hand, and ours
    assert stage.plan().code == 0


def test_a_changed_description_is_refused_with_the_ways_out(stage: Stage) -> None:
    stage.write(DOCS)
    assert stage.apply().code == 0
    stage.write(DOCS.replace("Before the", "After the"))
    for result in (stage.plan(), stage.apply()):
        assert result.code == 6
        assert "Before the re-embedding -> After the re-embedding" in result.out
        assert "declare it under a new key" in result.err
        assert "on_change: replace" in result.err
    assert stage.committed("create_backup") == 1


def test_a_replacement_is_ready_before_the_old_one_goes(stage: Stage) -> None:
    stage.write(DOCS)
    assert stage.apply().code == 0
    old = stage.backups()[0]["backup_id"]
    stage.write(DOCS.replace("Before the", "After the") + "    lifecycle: {on_change: replace}\n")
    withheld = stage.plan()
    assert withheld.code == 2
    assert "withheld" in withheld.out
    assert stage.apply("--allow-deletes").code == 0
    assert [one["description"].split(" [")[0] for one in stage.backups()] == [
        "After the re-embedding"
    ]
    deleted = next(one for one in stage.log("delete_backup"))
    created = stage.log("create_backup")[-1]
    assert deleted["object_id"] == old
    assert created["n"] < deleted["n"]
    assert stage.plan().code == 0


def test_the_settle_window_passes_with_the_emulators_clock(stage: Stage) -> None:
    stage.variables["RECONCILER_SETTLE_WINDOW"] = "2m"
    stage.write(DOCS)
    assert stage.apply().code == 0
    stage.call("DELETE", f"/backups/{stage.backups()[0]['backup_id']}")
    assert "run again when the settle window has passed" in stage.plan().out
    stage.advance(121)
    assert "gone from the project" in stage.plan().out


def test_a_block_removed_and_reverted_makes_no_second_object(stage: Stage) -> None:
    stage.write(ALL)
    assert stage.apply().code == 0
    stage.write(DOCS.replace("docs:", "other:"))
    assert stage.apply().code == 0
    stage.write(ALL)
    assert stage.apply().code == 0
    assert stage.committed("create_backup") == 2  # docs once, other once
    assert stage.committed("create_index_from_backup_operation") == 1
    assert stage.committed("startBulkImport") == 1


def test_deletes_are_withheld_protected_and_done_in_order(stage: Stage) -> None:
    kept = ALL.replace("    tags:", "    lifecycle: {on_remove: delete}\n    tags:")
    stage.write(kept)
    assert stage.apply().code == 0
    stage.write("version: 1\nbackups:\n  docs: {index: docs-prod, description: Before}\n")
    assert "withheld" in stage.plan().out
    assert stage.apply("--allow-deletes").code == 0
    operations = [one["operation"] for one in stage.log()[-40:] if one["committed"]]
    assert operations[-2:] == ["configure_index", "delete_index"]  # protection lifted first
    assert stage.plan().code == 0

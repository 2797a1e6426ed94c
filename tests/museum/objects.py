"""Bugs in how objects are made, known for ours, and ended."""

from collections.abc import Sequence

from museum.mutant import PEOPLE, POINTS, SEEDS, STORY, Mutant

MUTANTS: Sequence[Mutant] = (
    Mutant(
        "intent-not-written",
        "A create is sent without having been written down.",
        "engine/create.py",
        """    await run.recorder.save(records.intend(intent))
    return intent""",
        "    return intent",
        (
            SEEDS,
            POINTS,
            "simulation/test_making.py::test_the_intent_is_on_disk_before_the_create_is_sent",
        ),
    ),
    Mutant(
        "intent-cleared-early",
        "What was written down is crossed out before the object it led to is recorded.",
        "engine/create.py",
        "created = remote.created(reply, wanted)",
        """created = remote.created(reply, wanted)
            await run.recorder.save(records.settle(intent.ulid))""",
        (POINTS, SEEDS),
    ),
    Mutant(
        "window-ignored",
        "A lost answer is settled at once, while the request may still be on its way.",
        "engine/create.py",
        "if left <= 0:",
        "if left <= 1e9:",
        (
            SEEDS,
            "simulation/test_lost_answers.py::test_a_create_that_never_arrived_is_sent_again_after_the_window",
        ),
    ),
    Mutant(
        "absent-after-one-look",
        "One list that does not show what was made is proof enough to send its create again.",
        "engine/lists.py",
        "PASSES = 2",
        "PASSES = 1",
        (
            "simulation/test_lost_answers.py::test_a_list_that_moved_between_its_pages_and_hid_the_backup_makes_no_second_one",
        ),
    ),
    Mutant(
        "resent-unplanned",
        "A create that an earlier run left open is sent again, though no plan shows it.",
        "engine/create.py",
        """        if entry is None:
            await run.recorder.save(records.settle(intent.ulid))
    return tuple(problems)""",
        """        if entry is None:
            await _carry_out(run, intent)
    return tuple(problems)""",
        (
            "simulation/test_settling.py::test_a_create_that_never_arrived_is_not_sent_with_what_was_declared_then",
        ),
    ),
    Mutant(
        "adopted-by-name",
        "After a lost answer, a backup of the same name is taken for ours.",
        "kinds/backup.py",
        "if observed.marker == marker and",
        'if observed.name == wanted.fields["name"] and',
        (
            "simulation/test_lost_answers.py::test_a_namesake_of_a_backup_that_was_never_made_is_not_taken_for_ours",
        ),
    ),
    Mutant(
        "marker-inherited",
        "A marker that a backup brought along makes the index ours that somebody restored from it.",
        "kinds/restore.py",
        "and signed and len(jobs) <= 1",
        "and signed",
        (
            "simulation/test_adopting.py::test_an_index_that_came_by_its_marker_from_a_backup_is_not_ours",
        ),
    ),
    Mutant(
        "marker-not-compared",
        "An index of our name counts as ours by any marker.",
        "kinds/restore.py",
        "signed = entry.marker is None or entry.marker == seen",
        "signed = entry.marker is None or seen is not None",
        (
            "simulation/test_adopting.py::test_an_index_of_our_name_that_another_state_has_made_is_not_ours",
        ),
    ),
    Mutant(
        "import-from-before",
        "After a lost answer, an import that was there before is taken for ours.",
        "kinds/import_.py",
        "            and item.remote_id not in before\n",
        "",
        (
            POINTS,
            SEEDS,
            "simulation/test_lost_answers.py::test_an_import_from_before_is_not_taken_for_ours",
        ),
    ),
    Mutant(
        "verified-unseen",
        "A verification passes without looking.",
        "engine/watch.py",
        "differences = [line for check in checks if (line := await _differs(run, check))]",
        "differences: list[str] = []",
        (
            STORY,
            SEEDS,
            "simulation/test_making.py::test_a_verification_that_fails_is_tried_again_and_never_restores_again",
        ),
    ),
    Mutant(
        "successor-forgets",
        "What a replacement has left behind is forgotten when the new one is recorded.",
        "engine/entries.py",
        "deposed = (*deposed, intent.deposes)",
        "deposed = deposed[:]",
        (
            POINTS,
            SEEDS,
            "simulation/test_changing.py::test_a_replacement_cut_off_before_its_delete_goes_on_in_the_next_run",
        ),
    ),
    Mutant(
        "blind-is-fine",
        "Exit 0, though a list could not be read.",
        "workflow/apply.py",
        "if failed or blind:",
        "if failed:",
        (
            SEEDS,
            "simulation/test_settling.py::test_an_apply_that_could_not_see_everything_says_so_with_its_code",
        ),
    ),
    Mutant(
        "precondition-skipped",
        "An object is deleted without a look whether it is still the one that was planned.",
        "engine/mutate.py",
        """    observed = await checked(run, change, entry)
    remote = run.remote(change.address.kind)
    request = remote.remove(""",
        """    observed = await look(run, entry, remote_id)
    remote = run.remote(change.address.kind)
    request = remote.remove(""",
        (
            PEOPLE,
            "simulation/test_ending.py::test_what_somebody_made_anew_between_plan_and_delete_is_not_deleted",
        ),
    ),
    Mutant(
        "deletes-unasked",
        "An object is deleted without --allow-deletes.",
        "planning/removal.py",
        "if case.given.permissions.deletes or reason is Reason.TRANSIENT:",
        "if case.given is not None:",
        ("golden/test_golden.py::test_plan_is_as_reviewed[backup-removed-delete-withheld]",),
    ),
    Mutant(
        "last-backup-goes",
        "The last good backup of an index is deleted like any other.",
        "planning/guards.py",
        "why = newest.get(remote_id)",
        "why = None",
        (
            STORY,
            "property/test_plans.py::test_newest_good_backup_is_never_deleted_without_its_flag",
        ),
    ),
    Mutant(
        "replaced-too-early",
        "A replaced backup is deleted while the new one is not Ready yet.",
        "planning/order.py",
        "deletes = _deletes(given, will_run, (*everything, *(step.id for step in cleanups)))",
        "deletes = _deletes(given, will_run, ())",
        (
            "simulation/test_changing.py::test_a_replacement_deletes_the_old_one_only_after_the_new_one_is_ready",
        ),
    ),
    Mutant(
        "successor-unseen",
        "A replaced backup is deleted though its successor has gone meanwhile.",
        "engine/mutate.py",
        "        await _check_floor(run, change, entry, observed)\n",
        "",
        (
            PEOPLE,
            "simulation/test_settling.py::test_the_old_backup_stays_when_the_new_one_has_gone_meanwhile",
        ),
    ),
    Mutant(
        "older-stands-in",
        "The newest good backup is deleted as long as any other is good.",
        "engine/mutate.py",
        "and (not known or other.by_age > observed.by_age)",
        "and (not known or other is not observed)",
        (
            "simulation/test_settling.py::test_a_backup_that_has_become_the_newest_good_copy_since_the_plan_stays",
        ),
    ),
    Mutant(
        "one-404-ends",
        "One answer that does not find an object ends our care for it.",
        "engine/look.py",
        "if await is_listed(run.api, remote, entry.fields, remote_id):",
        "if not remote_id:",
        (
            "simulation/test_settling.py::test_a_backup_is_not_let_go_because_one_answer_did_not_find_it",
        ),
    ),
    Mutant(
        "left-behind-unasked",
        "What a replacement left behind is gone as soon as a list does not show it.",
        "engine/confirm.py",
        "for remote_id in (entry.remote_id, *entry.deposed):",
        "for remote_id in (entry.remote_id,):",
        (
            "simulation/test_hiding.py::test_what_a_replacement_left_behind_is_asked_for_by_its_id_too",
        ),
    ),
    Mutant(
        "hidden-is-gone",
        "One list that moved and one answer that does not find an object make it gone.",
        "engine/confirm.py",
        "why = answer or await _why_not_gone(api, remote, entry)",
        "why = answer",
        (
            "simulation/test_hiding.py::test_what_a_replacement_left_behind_is_not_forgotten_by_one_list_and_one_answer",
        ),
    ),
    Mutant(
        "empty-removes-all",
        "An empty configuration removes everything.",
        "planning/guards.py",
        "if given.configuration.desired or not held or given.permissions.empty:",
        "if held is not None:",
        ("golden/test_golden.py::test_plan_is_as_reviewed[guard-empty-configuration]",),
    ),
    Mutant(
        "digest-not-compared",
        "A saved plan is carried out though what it says about an object has changed.",
        "planning/review.py",
        "if change_digest(now) == one.change.digest:",
        "if now.action is one.change.action:",
        ("simulation/test_saved_plans.py::test_tag_that_a_human_changed_makes_its_update_stale",),
    ),
    Mutant(
        "done-twice",
        "What a saved plan has done is not recorded with its effect.",
        "engine/entries.py",
        "await run.recorder.save(records.put(entry), *run.done)",
        "await run.recorder.save(records.put(entry))",
        (
            "simulation/test_saved_resumed.py::test_killed_at_every_boundary_it_finishes_with_the_same_file",
        ),
    ),
    Mutant(
        "target-alone",
        "A target is changed without what it hangs on.",
        "planning/scope.py",
        "inside = _closure(_matched(names, allowed.targets) - outside, down)",
        "inside = _matched(names, allowed.targets) - outside",
        ("golden/test_golden.py::test_plan_is_as_reviewed[scope-target-follows]",),
    ),
    Mutant(
        "destroy-downwards",
        "Destroying one object destroys what it was made from.",
        "planning/scope.py",
        "down, up = (used, needs) if allowed.destroy else (needs, used)",
        "down, up = needs, used",
        ("golden/test_golden.py::test_plan_is_as_reviewed[destroy-target]",),
    ),
    Mutant(
        "scope-blind",
        "What is left out of a run is not looked at by guards either.",
        "planning/planner.py",
        "found = leave_alone(scope, leave_good(given, decide(given, expansions)))",
        "found = [c for c in decide(given, expansions) if scope.has(c.address)]",
        ("golden/test_golden.py::test_plan_is_as_reviewed[scope-held]",),
    ),
)

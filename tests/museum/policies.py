"""Bugs in what policies make, keep and let go."""

from collections.abc import Sequence

from museum.mutant import Mutant

_HOURS = "simulation/test_policies.py::test_"
_FAILURES = "simulation/test_policy_failures.py::test_"
_MANY = "unit/planning/test_many_backups.py::test_"
_BOUND = "property/test_expiry_bounds.py::test_"
_BOUNDS = "simulation/test_policy_bounds.py::test_"
_POLICY = "unit/kinds/test_policy.py::test_"
_HOLDS = "simulation/test_policy_holds.py::test_"
_OWNERS = "simulation/test_policy_owners.py::test_"
_PLAN = "golden/test_golden.py::test_plan_is_as_reviewed"

MUTANTS: Sequence[Mutant] = (
    Mutant(
        "expiry-unasked",
        "What retention lets go is deleted without anybody's permission.",
        "planning/removal.py",
        "return found if case.given.permissions.expiry else",
        "return found if case.given is not None else",
        (
            f"{_PLAN}[policy-expiry-withheld]",
            f"{_HOURS}without_the_permission_expiries_are_withheld",
        ),
    ),
    Mutant(
        "all-at-once",
        "A shorter retention, once merged, deletes everything that it does not keep in one night.",
        "planning/expiry.py",
        "late = sorted(mine, key=oldest_first)[allowed[index] :]",
        "late = sorted(mine, key=oldest_first)[999:]",
        (
            f"{_PLAN}[policy-expiry-bounded]",
            f"{_HOURS}a_shorter_retention_lets_go_of_no_more_than_one_beside_what_is_made",
        ),
    ),
    Mutant(
        "pushed-too-early",
        "A backup goes for a new one, and the new one fails.",
        "planning/order.py",
        "after = {last[address] for address in before[change.address] if address in last}",
        "after: set[str] = set()",
        (f"{_FAILURES}what_is_pushed_out_stays_when_its_successor_fails",),
    ),
    Mutant(
        "counted-on-another",
        "A policy lets go what another's new backup was counted for, and that one fails.",
        "planning/expiry.py",
        "own[whose] if first else whole.get(whose[1], set())",
        "own.get(whose, set())",
        (
            f"{_BOUNDS}where_one_of_two_policies_fails_the_other_lets_go_what_its_own_backup_replaces",
            f"{_BOUND}of_an_index_goes_at_most_one_more_than_became_ready",
        ),
    ),
    Mutant(
        "room-all-at-once",
        "An index makes room for all others before it has a new backup of its own.",
        "planning/quota.py",
        "after = tuple(ready) if most is None and gone[index] else ()",
        "after = ()",
        (
            f"{_BOUNDS}at_the_quota_an_index_makes_room_for_another_once_its_own_backup_is_ready",
            f"{_BOUND}of_an_index_goes_at_most_one_more_than_became_ready",
        ),
    ),
    Mutant(
        "sent-is-ready",
        "A saved plan goes on with its deletes, since its create was sent; the job has failed.",
        "planning/staleness.py",
        "failed = _came_to_nothing(given, now, one)",
        "failed = None",
        (f"{_BOUNDS}a_saved_plan_whose_create_failed_lets_nothing_go_when_it_goes_on",),
    ),
    Mutant(
        "min-ready-at-plan-only",
        "Others were deleted since the plan, and the last but two goes all the same.",
        "engine/mutate.py",
        "        await check_policy(run, change, entry, observed)\n",
        "",
        (f"{_HOURS}right_before_an_expiry_enough_others_must_be_ready",),
    ),
    Mutant(
        "pushed-makes-room",
        "At the quota a backup goes before the one that pushes it out is there.",
        "planning/expiry.py",
        "return not change.depends_on",
        "return change is not None",
        (
            f"{_BOUNDS}at_the_quota_an_index_made_anew_costs_its_predecessor_no_copy",
            f"{_MANY}what_only_new_backups_push_out_makes_no_room_for_them",
        ),
    ),
    Mutant(
        "joins-the-stuck",
        "A job that never ends is joined by another in every slot.",
        "kinds/_children.py",
        "if running(children, due) is not None:",
        "if not children and running(children, due) is not None:",
        (f"{_BOUNDS}a_job_that_is_stuck_is_not_joined_by_another_in_every_slot",),
    ),
    Mutant(
        "any-clock",
        "One run by a clock that is years ahead ends all backups until then.",
        "planning/clock.py",
        "if ahead:",
        "if ahead and not said:",
        (f"{_BOUNDS}a_clock_that_is_ahead_takes_no_slot_that_is_still_to_come",),
    ),
    Mutant(
        "floor-at-apply-only",
        "The last look keeps the last good copy, and every plan wants to delete it again.",
        "planning/planner.py",
        "leave_good(given, decide(given, expansions))",
        "decide(given, expansions)",
        (
            f"{_BOUNDS}the_copy_with_records_of_an_emptied_index_stays_and_no_run_fails",
            f"{_BOUNDS}nothing_expires_while_nobody_knows_which_backups_have_records",
        ),
    ),
    Mutant(
        "foreign-counted",
        "Backups that nobody gave to the policy count as its copies, and expire.",
        "kinds/_children.py",
        "if entry.owner == owner\n        and ",
        "if ",
        (f"{_POLICY}backups_of_others_are_neither_counted_nor_let_go",),
    ),
    Mutant(
        "destroyed-by-a-typo",
        "`destroy` takes the backup that a hold was to keep, since its name is misspelled there.",
        "planning/planner.py",
        "        *guards.owner_refusals(changes, ends),\n",
        "",
        (f"{_HOLDS}destroy_deletes_nothing_of_a_policy_while_a_hold_holds_nothing",),
    ),
    Mutant(
        "hold-forgotten",
        "A backup that is held for an audit expires like any other.",
        "kinds/_holds.py",
        "kept.expire.pop(place, None)",
        "kept.expire.get(place)",
        (f"{_PLAN}[policy-holds]", f"{_HOURS}min_ready_and_holds_are_never_undercut"),
    ),
    Mutant(
        "hold-by-address",
        "A hold that names a backup as state list and status do holds nothing.",
        "kinds/_children.py",
        "frozenset((remote_id, str(place), place.name,",
        "frozenset((remote_id, place.name,",
        (f"{_HOLDS}a_hold_means_the_address_that_people_see_too",),
    ),
    Mutant(
        "protection-late",
        "A policy that is protected now leaves what is due to expire as it was: on_remove: delete.",
        "planning/care.py",
        "return replace(entry, lifecycle=cared(entry, expansions))",
        "return entry",
        (f"{_HOLDS}protection_reaches_every_backup_whatever_its_plan_is",),
    ),
    Mutant(
        "block-gone",
        "A backup that had a block of its own goes by the rules once that block is removed.",
        "kinds/_taking.py",
        "if known.unowned:",
        "if known is None:",
        (f"{_OWNERS}it_stays_out_of_its_policy_once_that_block_is_gone",),
    ),
    Mutant(
        "rebuilt-to-policy",
        "A rebuilt state gives the policy what a block had taken out of it, and that expires.",
        "workflow/rebuild.py",
        "if _is_wanted(session, item.marker.address, item):",
        "if item.marker is None:",
        (f"{_OWNERS}a_rebuild_leaves_what_a_block_declares_to_be_adopted_by_it",),
    ),
    Mutant(
        "failing-for-ever",
        "A backup that fails is attempted in every slot until the project is full of failed ones.",
        "kinds/_children.py",
        "if len(failed) >= MOST_FAILURES or (",
        "if (",
        (
            f"{_PLAN}[policy-failed-twice]",
            f"{_FAILURES}two_failures_in_a_row_stop_new_attempts_until_somebody_looks",
        ),
    ),
    Mutant(
        "name-is-the-index",
        "A new index of the same name pushes out the backups of the one that was deleted.",
        "kinds/_children.py",
        'source=text(facts.get("source_index_id")) or index,',
        "source=index,",
        (
            f"{_PLAN}[policy-index-anew]",
            f"{_POLICY}each_index_that_had_the_name_has_the_rules_to_itself",
        ),
    ),
)

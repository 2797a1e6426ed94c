"""Bugs in what policies make, keep and let go."""

from collections.abc import Sequence

from museum.mutant import Mutant

_HOURS = "simulation/test_policies.py::test_"
_BOUNDS = "simulation/test_policy_bounds.py::test_"
_POLICY = "unit/kinds/test_policy.py::test_"
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
        "late = sorted(mine, key=oldest_first)[allowed[key] :]",
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
        "step = replace(step, after=tuple(sorted(before.get(stream(change), ()))))",
        "step = replace(step, after=())",
        (f"{_HOURS}what_is_pushed_out_stays_when_its_successor_fails",),
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
        "hold-forgotten",
        "A backup that is held for an audit expires like any other.",
        "kinds/policy.py",
        "kept.expire.pop(place, None)",
        "kept.expire.get(place)",
        (f"{_PLAN}[policy-holds]", f"{_HOURS}min_ready_and_holds_are_never_undercut"),
    ),
    Mutant(
        "failing-for-ever",
        "A backup that fails is attempted in every slot until the project is full of failed ones.",
        "kinds/_children.py",
        "if len(failed) >= MOST_FAILURES or (",
        "if (",
        (
            f"{_PLAN}[policy-failed-twice]",
            f"{_HOURS}two_failures_in_a_row_stop_new_attempts_until_somebody_looks",
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

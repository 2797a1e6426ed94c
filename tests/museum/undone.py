"""Bugs that leave undone what was declared, while the next plan finds nothing to do."""

from collections.abc import Sequence

from museum.mutant import POINTS, SEEDS, STORY, Mutant

_LEFTOVERS = "simulation/test_leftovers.py::test_"
_OF_POLICIES = "simulation/test_policy_leftovers.py::test_"
_SOURCES = "simulation/test_sources.py::test_"

MUTANTS: Sequence[Mutant] = (
    Mutant(
        "plans-nothing",
        "Every plan is empty.",
        "planning/planner.py",
        "changes = _bounded(given, scope, found)",
        "changes: tuple[Change, ...] = ()",
        (STORY, SEEDS),
    ),
    Mutant(
        "delete-forgets",
        "What is to be deleted when its block is gone is forgotten instead.",
        "planning/removal.py",
        "if can_delete and (absent or on_remove is OnRemove.DELETE):",
        "if can_delete and absent:",
        (STORY, SEEDS),
    ),
    Mutant(
        "cancel-forgets",
        "A running import whose block is gone is forgotten, and runs on.",
        "planning/removal.py",
        "if (absent or on_remove is OnRemove.CANCEL) and entry.phase is Phase.RUNNING:",
        "if absent and entry.phase is Phase.RUNNING:",
        (STORY, POINTS),
    ),
    Mutant(
        "never-updates",
        "What differs and could be changed in place counts as declared.",
        "planning/existing.py",
        "return _update(case, entry, observed, differs)",
        "return _as_declared(case, entry)",
        (STORY, SEEDS),
    ),
    Mutant(
        "never-replaces",
        "What differs and cannot be changed in place counts as declared.",
        "planning/existing.py",
        """    if differs.immutable:
        return immutable(case, finding, differs)
    if is_asked(""",
        "    if is_asked(",
        (STORY, SEEDS),
    ),
    Mutant(
        "leftover-forgotten",
        "What a replacement has left behind is forgotten, though it was to be deleted.",
        "planning/leftovers.py",
        'found = delete(old, finding, Reason.DEPOSED, f"replaced by {entry.remote_id}{waits}")',
        'found = forget(old, finding, Reason.DEPOSED, f"replaced by {entry.remote_id}{waits}")',
        (SEEDS,),
    ),
    Mutant(
        "leftover-of-gone-forgotten",
        "A copy left behind is forgotten with a successor that is gone, though both were to go.",
        "planning/leftovers.py",
        "if main.reason in _GONE and old.entry is not None and",
        "if main.reason not in _GONE and old.entry is not None and",
        (f"{_LEFTOVERS}a_leftover_is_deleted_when_its_successor_is_gone_and_so_is_the_block",),
    ),
    Mutant(
        "entry-before-leftover",
        "An entry is let go while a copy that only it names waits for --allow-deletes.",
        "planning/leftovers.py",
        "ends = change.forgets and change.standing is Standing.PLANNED",
        "ends = change.forgets and change.standing is Standing.WITHHELD",
        (f"{_LEFTOVERS}an_entry_stays_while_its_leftover_waits_for_a_permission",),
    ),
    Mutant(
        "expires-before-leftover",
        "An entry expires before, or beside, the copy that only it names.",
        "planning/order.py",
        "return [_last_step(one) for one in (*left, change)]",
        "return [_last_step(one) for one in (change, *left)]",
        (f"{_OF_POLICIES}what_was_left_behind_goes_before_the_entry_that_names_it_expires",),
    ),
    Mutant(
        "kept-ones-take-places",
        "Entries that stay for a copy that they name keep all others of their index from expiring.",
        "planning/planner.py",
        "limited(given, keep_named(given, hold_back(given, found)))",
        "limited(given, hold_back(given, found))",
        (f"{_OF_POLICIES}entries_that_stay_for_what_they_name_keep_no_others_from_expiring",),
    ),
    Mutant(
        "leftover-refuses-all",
        "A copy that an expired backup has left behind refuses every plan of a protected policy.",
        "planning/leftovers.py",
        "if main.reason is not Reason.EXPIRED:",
        "if main.reason is not Reason.DEPOSED:",
        (f"{_OF_POLICIES}protection_refuses_no_plan_for_what_was_left_behind_by_what_expired",),
    ),
    Mutant(
        "flag-hides-what-it-ends",
        "A flag ends the last copy of a former index beside a successor that is gone by now.",
        "engine/mutate.py",
        "if successor is None or not _takes_place(change, successor, observed):",
        "if successor is not None and not _takes_place(change, successor, observed):",
        (f"{_SOURCES}the_flag_ends_nothing_whose_successor_has_gone_meanwhile",),
    ),
    Mutant(
        "asked-in-vain",
        "`--replace` does nothing for as long as a copy of a former index is kept.",
        "planning/leftovers.py",
        "ends = any(not _no_copy(given, entry, finding) for finding in found)",
        "ends = any(finding is not None for finding in found)",
        (f"{_SOURCES}another_is_made_where_asked_for_while_a_former_copy_is_kept",),
    ),
    Mutant(
        "tags-dropped",
        "A restore that sends tags leaves out those of its backup, which the server then drops.",
        "kinds/restore.py",
        'tags = {**mapping(wanted.pins.get("tags")), **mapping(wanted.fields["tags"])}',
        'tags = {**mapping(wanted.fields["tags"])}',
        (STORY,),
    ),
    Mutant(
        "from-another",
        "An index is restored from any backup that is Ready.",
        "kinds/_sources.py",
        "    entry = None if source is None else entries.get(source)\n",
        """    ready = [one for one in entries.values() if one.phase is Phase.READY]
    backups = [one for one in ready if one.address.kind == "backup"]
    entry = max(backups, key=lambda one: one.address, default=None)
""",
        (STORY,),
    ),
    Mutant(
        "former-unnamed",
        "Every run wants to delete the last copies of an index that was made anew, and refuses to.",
        "planning/leftovers.py",
        "if source(main) != source(left) else",
        "if source(main) is None else",
        (f"{_SOURCES}a_copy_of_the_former_index_stays_though_a_new_backup_replaced_it",),
    ),
    Mutant(
        "flag-without-effect",
        "The flag that a plan names as the way out permits nothing.",
        "engine/mutate.py",
        "if change.pins.get(BESIDE) == successor.remote_id:",
        "if change.pins.get(BESIDE) == observed.remote_id:",
        (f"{_SOURCES}a_copy_of_the_former_index_goes_once_it_is_named",),
    ),
    Mutant(
        "key-of-one-list",
        "A key that is refused makes one list unreadable, and the run goes on without a key.",
        "engine/observe.py",
        "if isinstance(answer, KeyRefusedError):",
        "if answer is None:",
        ("simulation/test_observing.py::test_a_refused_key_ends_the_run",),
    ),
)

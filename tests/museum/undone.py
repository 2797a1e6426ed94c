"""Bugs that leave undone what was declared, while the next plan finds nothing to do."""

from collections.abc import Sequence

from museum.mutant import POINTS, SEEDS, STORY, Mutant

_LEFTOVERS = "simulation/test_leftovers.py::test_"
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
    if case.must_replace and not""",
        "    if case.must_replace and not",
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
        "planning/planner.py",
        "    changes = keep_named(given, changes)\n",
        "",
        (f"{_LEFTOVERS}an_entry_stays_while_its_leftover_waits_for_a_permission",),
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
        "if source(main) != source(left):",
        "if source(main) is None:",
        (f"{_SOURCES}a_copy_of_the_former_index_stays_though_a_new_backup_replaced_it",),
    ),
    Mutant(
        "flag-without-effect",
        "The flag that a plan names as the way out permits nothing.",
        "engine/mutate.py",
        "if replaced and lifted and",
        "if replaced and not lifted and",
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

"""Bugs that leave undone what was declared, while the next plan finds nothing to do."""

from collections.abc import Sequence

from museum.mutant import POINTS, SEEDS, STORY, Mutant

MUTANTS: Sequence[Mutant] = (
    Mutant(
        "plans-nothing",
        "Every plan is empty.",
        "planning/planner.py",
        "changes = _decided(given, expansions, scope)",
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
)

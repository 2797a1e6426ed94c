"""Differences between fields; the only user of deepdiff, and nothing of deepdiff leaves it.

deepdiff is loaded when the first two mappings differ: it takes as long as the rest of a plan does.
"""

from collections.abc import Mapping
from typing import Any

from reconciler.model.change import FieldChange
from reconciler.model.values import JSON, Fields


def diff(before: Fields, after: Fields) -> tuple[FieldChange, ...]:
    """Compare two mappings; gives one change per differing leaf, sorted by dotted path.

    A key that one side lacks counts as None there; numbers of equal value are equal.
    """
    if before == after:
        return ()
    from deepdiff import DeepDiff  # noqa: PLC0415 - most runs find no two fields that differ

    tree: Any = DeepDiff(
        before,
        after,
        view="tree",
        threshold_to_diff_deeper=0,  # else {x} -> {y} comes as one whole-mapping change
        ignore_numeric_type_changes=True,
        verbose_level=2,
    )
    leaves: dict[str, FieldChange] = {}
    for group in tree.values():
        for level in group:
            path = ".".join(str(part) for part in level.path(output_format="list"))
            for change in _leaves(path, _known(level.t1), _known(level.t2)):
                if change.before is not None or change.after is not None:
                    leaves[change.path] = change
    return tuple(leaves[path] for path in sorted(leaves))


def _known(value: Any) -> JSON:  # noqa: ANN401 - deepdiff hands out a marker object for "absent"
    return None if type(value).__name__ == "NotPresent" else value


def _leaves(path: str, before: JSON, after: JSON) -> tuple[FieldChange, ...]:
    """Take a mapping that came or went whole apart, so that every change is about one value."""
    one = before if isinstance(before, Mapping) else after if isinstance(after, Mapping) else None
    if one is None or not one or not (before is None or after is None):
        return (FieldChange(path, before, after),)
    found: list[FieldChange] = []
    for key, value in one.items():
        sides = (value, None) if before is not None else (None, value)
        found += _leaves(f"{path}.{key}", *sides)
    return tuple(found)

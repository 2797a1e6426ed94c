"""Which indexes a policy is about: those that it names, and those that fit pattern and tags."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from reconciler.model.observed import Index
from reconciler.model.values import JSON, Fields, mapping, text

_PODS: Final = "pod"


@dataclass(frozen=True, slots=True)
class Selection:
    """The indexes that were selected, and the names for which there is nothing to back up."""

    indexes: tuple[Index, ...] = ()
    missing: tuple[str, ...] = ()
    pods: tuple[str, ...] = ()  # they have collections in place of backups


def select(wanted: Fields, indexes: Mapping[str, Index]) -> Selection:
    """Select from the indexes of the project; `exclude` wins over everything else."""
    named, excluded = texts(wanted.get("names")), texts(wanted.get("exclude"))
    fitting = [
        index
        for name, index in sorted(indexes.items())
        if (name in named or _fits(wanted, index))
        and not any(fnmatchcase(name, pattern) for pattern in excluded)
    ]
    return Selection(
        indexes=tuple(index for index in fitting if not _is_of_pods(index)),
        missing=tuple(name for name in named if name not in indexes),
        pods=tuple(index.name for index in fitting if _is_of_pods(index) and index.name in named),
    )


def is_one_name(wanted: Fields) -> bool:
    """Whether no more than one index can ever be selected."""
    return not (wanted.get("glob") or wanted.get("tags")) and len(texts(wanted.get("names"))) == 1


def is_nothing(wanted: Fields) -> bool:
    """Whether nothing is said that could select an index."""
    return not any(wanted.get(key) for key in ("names", "glob", "tags"))


def texts(value: JSON) -> Sequence[str]:
    """Read a list of texts."""
    return [text(one) for one in value] if isinstance(value, list | tuple) else []


def _fits(wanted: Fields, index: Index) -> bool:
    """Whether pattern and tags, of which at least one is given, fit an index."""
    patterns, tags = texts(wanted.get("glob")), mapping(wanted.get("tags"))
    if not (patterns or tags):
        return False
    has = mapping(index.facts.get("tags"))
    named = not patterns or any(fnmatchcase(index.name, pattern) for pattern in patterns)
    return named and all(has.get(key) == value for key, value in tags.items())


def _is_of_pods(index: Index) -> bool:
    return index.facts.get("deployment") == _PODS

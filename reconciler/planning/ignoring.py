"""What `drift --ignore` is about: patterns of ADDRESS.field, and the names that they may fit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from reconciler.model.address import Address
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.kind import Kind
from reconciler.model.rules import FieldRule
from reconciler.model.values import Fields
from reconciler.planning.diff import diff
from reconciler.planning.given import Given
from reconciler.planning.moving import follow


def is_ignored(name: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern fits, or fits what this is part of: all of `tags` is one pattern."""
    return any(
        fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}.*") for pattern in patterns
    )


def unknown_patterns(given: Given, patterns: Sequence[str]) -> tuple[Diagnostic, ...]:
    """Refuse patterns that fit nothing: a slip of the pen would let drift be counted as before.

    A field that may differ is known, whether or not it does by now, and so is every key of a field
    that is owned key by key: what is ignored in a pipeline stays a good pattern on a calm day, and
    once that key is declared no more.
    """
    if not patterns:
        return ()
    given, _ = follow(given)
    names = sorted(set(_names(given)))
    found: list[Diagnostic] = []
    for pattern in dict.fromkeys(patterns):
        if any(is_ignored(name, (pattern,)) for name in names) or _is_of_a_map(given, pattern):
            continue
        near = get_close_matches(pattern, names, n=1)
        hint = f"did you mean {near[0]}?" if near else "write ADDRESS.field, as `drift` shows them"
        said = f"--ignore {pattern}: no address or field that is compared is called so"
        found.append(Diagnostic("unknown-address", said, hint))
    return tuple(found)


def _known(given: Given) -> Iterator[tuple[Address, Kind, Fields]]:
    tables = (given.configuration.desired, given.state.entries)
    for address, known in (pair for table in tables for pair in table.items()):
        kind = given.kinds[address.kind]
        if kind.remote is not None:
            yield address, kind, known.fields


def _is_of_a_map(given: Given, pattern: str) -> bool:
    """Whether a pattern names a key of a map; the map's own name has to be in it, letter by letter.

    A star fits dots too, so `restore.*.tgas` would pass for a tag that is called so.
    """
    return any(
        key and fnmatchcase(str(address), head)
        for address, kind, fields in _known(given)
        for name, rule in kind.rules.fields.items()
        if rule is FieldRule.UPDATABLE and isinstance(fields.get(name), Mapping)
        for head, _, key in (pattern.partition(f".{name}."),)
    )


def _names(given: Given) -> Iterator[str]:
    for address, kind, fields in _known(given):
        yield str(address)
        for path in _paths(kind, fields):
            yield f"{address}.{path}"


def _paths(kind: Kind, fields: Fields) -> Iterator[str]:
    """Name the fields that are compared, and their parts as they are declared or recorded."""
    compared = {name for name, rule in kind.rules.fields.items() if rule is not FieldRule.LOCAL}
    yield from compared
    parts = {name: value for name, value in fields.items() if name in compared}
    yield from (one.path for one in diff({}, parts))

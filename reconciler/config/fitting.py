"""Declarations that we write ourselves, judged as those of people are, before anybody gets them."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace

from reconciler.config.document import Document
from reconciler.config.envelope import VERSION
from reconciler.config.text import refused_character
from reconciler.config.validate import validator
from reconciler.config.yaml_events import parse
from reconciler.config.yaml_text import dump
from reconciler.errors import ConfigError
from reconciler.model.address import Address
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.kind import Kind
from reconciler.model.values import JSON, Fields

_FILE = "export.yaml"
_PARTS = "--kind and --index export a part of it"


def misfits(objects: Mapping[Address, Fields], kinds: Mapping[str, Kind]) -> dict[Address, str]:
    """Say which declarations no configuration may hold, and why.

    Raises ConfigError where all of them are more than one file may hold.
    """
    found = {address: said for address, one in objects.items() if (said := _unseen(one))}
    sound = {address: one for address, one in objects.items() if address not in found}
    blocks: dict[str, dict[str, JSON]] = {}
    for address, fields in sorted(sound.items()):
        blocks.setdefault(kinds[address.kind].key, {})[address.name] = fields
    parsed = parse(_FILE, dump({"version": VERSION, **blocks}).encode())
    if parsed.document is None:
        raise ConfigError(*(replace(one, hint=_PARTS, source=None) for one in parsed.problems))
    problems = (*parsed.problems, *validator(kinds)(parsed.document).problems)
    for address, problem in _placed(problems, parsed.document, sound, kinds):
        found.setdefault(address, problem.summary)
    return found


def _unseen(value: JSON) -> str:
    """Name what nobody sees in any text; a file with it could not be read."""
    if isinstance(value, str):
        character = refused_character(value)
        return f"a text of it holds {character}" if character else ""
    if isinstance(value, Mapping):
        return next((said for pair in value.items() for one in pair if (said := _unseen(one))), "")
    return next(filter(None, map(_unseen, value)), "") if isinstance(value, list) else ""


def _placed(
    problems: tuple[Diagnostic, ...],
    document: Document,
    objects: Mapping[Address, Fields],
    kinds: Mapping[str, Kind],
) -> Iterator[tuple[Address, Diagnostic]]:
    """Find whose each problem is, by the line that it stands in."""
    starts = sorted(
        (document.key_span((kinds[address.kind].key, address.name)).line, address)
        for address in objects
    )
    lines = [line for line, _ in starts]
    for problem in problems:
        line = 0 if problem.source is None else problem.source.line
        place = bisect_right(lines, line) - 1
        if place >= 0:
            yield starts[place][1], problem

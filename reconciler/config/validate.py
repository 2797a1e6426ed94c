"""A document against the schemas: every problem at once, each at its exact place.

The words are made in `explain`; here the library is set up so that it reads our schemas as they
are meant: `$` ends the text (Python's own lets a line break follow), and nothing is fetched.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators

from reconciler.config.document import Document
from reconciler.config.envelope import envelope
from reconciler.config.explain import explain
from reconciler.config.schemas import resolved
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.kind import Kind

_DATE_AND_TIME = 19  # characters, as in 2026-11-20T00:00:00


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a document, and which (key of kind, name) must not be built from."""

    problems: tuple[Diagnostic, ...] = ()
    broken: frozenset[tuple[str | int, ...]] = frozenset()


Validate = Callable[[Document], Verdict]


def validator(kinds: Mapping[str, Kind]) -> Validate:
    """Prepare the check of documents against the envelope of these kinds."""
    # no-untyped-call: the stub of extend has no types
    library: Any = validators.extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, {"pattern": _pattern}
    )
    checker = library(resolved(envelope(kinds)), format_checker=_formats())

    def validate(document: Document) -> Verdict:
        if not isinstance(document.value, dict):
            return Verdict((_no_mapping(document),))
        errors = tuple(checker.iter_errors(document.value))
        problems = (problem for error in errors for problem in explain(document, error))
        broken = frozenset(tuple(error.absolute_path)[:2] for error in errors)
        return Verdict(tuple(dict.fromkeys(problems)), broken)

    return validate


def _no_mapping(document: Document) -> Diagnostic:
    hint = "Start the file with `version: 1`, then for example `backups:`."
    span = document.value_span(())
    if document.value is None:
        return Diagnostic("empty-file", "the file declares nothing", hint, span)
    found = "a list" if isinstance(document.value, list) else "a single value"
    summary = f"the file is {found}; expected keys with values"
    return Diagnostic("wrong-type", summary, hint, span)


def _pattern(
    _checker: Any,  # noqa: ANN401 - the library gives it no type
    pattern: str,
    instance: object,
    _schema: object,
) -> Iterator[ValidationError]:
    ends_at_the_end = re.sub(r"\$$", r"\\Z", pattern)
    if isinstance(instance, str) and not re.search(ends_at_the_end, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _formats() -> FormatChecker:
    formats = FormatChecker(formats=())
    formats.checks("date-time", raises=ValueError)(_is_time)
    return formats


def _is_time(value: object) -> bool:
    if isinstance(value, str) and len(value) > _DATE_AND_TIME:  # the pattern judges the shape
        datetime.fromisoformat(value[:_DATE_AND_TIME])
    return True

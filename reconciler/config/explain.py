"""What the schema library found, in the words of the YAML that people wrote.

One sentence says what is there and what is wanted, the hint says what to write, and the place is
the exact key or value.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from jsonschema import ValidationError

from reconciler.config.document import Document, Path
from reconciler.config.quote import label, quote
from reconciler.config.suggest import did_you_mean
from reconciler.model.diagnostic import Diagnostic, SourceSpan

_WANTED = {
    "string": "text",
    "object": "keys with values",
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}


def explain(document: Document, error: ValidationError) -> Iterator[Diagnostic]:
    """Give the diagnostics that one error stands for."""
    yield from _EXPLAINERS.get(str(error.validator), _other)(document, error)


def _unknown_key(document: Document, error: ValidationError) -> Iterator[Diagnostic]:
    path, schema = _path(error), _schema(error)
    allowed = [key for key, value in schema["properties"].items() if "not" not in value]
    free = tuple(schema.get("patternProperties", {}))
    for key in _mapping(error.instance):
        if key in allowed or any(re.search(pattern, key) for pattern in free):
            continue
        yield Diagnostic(
            "unknown-key",
            f"{label((*path, key))} is not known here",
            f"{did_you_mean(key, allowed)}Allowed are: {', '.join(allowed)}.",
            document.key_span((*path, key)),
        )


def _missing_key(document: Document, error: ValidationError) -> Iterator[Diagnostic]:
    path, schema = _path(error), _schema(error)
    for key in schema["required"]:
        if key in _mapping(error.instance):
            continue
        example = schema["properties"].get(key, {}).get("examples", ["..."])[0]
        line = f"{key}: {example if isinstance(example, str) else quote(example)}"
        summary = f"{label((*path, key))} is missing"
        hint = f"Add it, for example `{line}`."
        yield Diagnostic("missing-key", summary, hint, document.key_span(path))


def _wrong_type(document: Document, error: ValidationError) -> Iterator[Diagnostic]:
    path, value = _path(error), error.instance
    wanted = " or ".join(_WANTED.get(str(one), str(one)) for one in _wanted_of(error))
    written = document.written(path) or quote(value)
    hint = f"Write {wanted}."
    if value is None:
        hint = f"Write {wanted}, or remove the key."
    elif wanted == _WANTED["string"] and isinstance(value, bool | int | float):
        hint = f'Quote it: "{written}".'
    elif wanted == _WANTED["boolean"] and isinstance(value, str):
        hint = "Write true or false, without quotes."
    summary = f"{label(path)} is {_found(value, written)}; expected {wanted}"
    yield Diagnostic("wrong-type", summary, hint, document.value_span(path))


def _not_allowed(document: Document, error: ValidationError) -> Iterator[Diagnostic]:
    path = _path(error)
    allowed = [value if isinstance(value, str) else quote(value) for value in _wanted_of(error)]
    summary = f"{label(path)} is {quote(error.instance)}; expected {' or '.join(allowed)}"
    word = error.instance if isinstance(error.instance, str) else document.written(path)
    hint = did_you_mean(word, allowed).rstrip() or f"Write {' or '.join(allowed)}."
    if word in allowed:
        hint = f"Write {word}, without quotes."
    yield Diagnostic("value-not-allowed", summary, hint, document.value_span(path))


def _wanted_of(error: ValidationError) -> list[object]:
    value = error.validator_value
    return list(value) if isinstance(value, list) else [value]


def _bad_format(document: Document, error: ValidationError) -> Iterator[Diagnostic]:
    path, schema = _path(error), _schema(error)
    span = document.value_span(path)
    if "propertyNames" in list(error.absolute_schema_path)[-2:]:
        span = document.key_span((*path, str(error.instance)))
    rule = schema.get("patternErrorMessage", "it does not have the right form")
    summary = f"{label(path)}: {quote(error.instance)} does not fit: {rule}"
    yield Diagnostic("bad-format", summary, _like_example(schema), span)


def _like_example(schema: Mapping[str, Any]) -> str:
    examples = schema.get("examples")
    return f"Write it like {examples[0]}." if examples else "Write it in that form."


def _bad_length(document: Document, error: ValidationError) -> Iterator[Diagnostic]:
    path, limit = _path(error), error.validator_value
    length = len(error.instance) if isinstance(error.instance, str) else 0
    bound = "at most" if error.validator == "maxLength" else "at least"
    summary = f"{label(path)} has {length} characters; expected {bound} {limit}"
    hint = "Shorten it." if bound == "at most" else "Write a value, or remove the key."
    yield Diagnostic("bad-length", summary, hint, document.value_span(path))


def _out_of_range(document: Document, error: ValidationError) -> Iterator[Diagnostic]:
    path, limit = _path(error), error.validator_value
    bound = "at least" if error.validator == "minimum" else "at most"
    summary = f"{label(path)} is {quote(error.instance)}; expected {bound} {limit}"
    yield Diagnostic(
        "value-not-allowed", summary, _like_example(_schema(error)), _at(document, path)
    )


def _too_few(document: Document, error: ValidationError) -> Iterator[Diagnostic]:
    path = _path(error)
    summary = f"{label(path)} is empty"
    allowed = ", ".join(_schema(error).get("properties", {}))
    hint = f"Write at least one of {allowed}." if allowed else "Write a value, or remove the key."
    yield Diagnostic("value-not-allowed", summary, hint, _at(document, path))


def _no_such_time(document: Document, error: ValidationError) -> Iterator[Diagnostic]:
    path = _path(error)
    summary = f"{label(path)}: {quote(error.instance)} is no point in time"
    yield Diagnostic("bad-format", summary, _like_example(_schema(error)), _at(document, path))


def _reserved(document: Document, error: ValidationError) -> Iterator[Diagnostic]:
    path = _path(error)
    why = _schema(error).get("description", "it must not be set")
    summary = f"{label(path)} is reserved: {why}"
    yield Diagnostic("reserved-key", summary, "Use another key.", document.key_span(path))


def _twice(document: Document, error: ValidationError) -> Iterator[Diagnostic]:
    path = _path(error)
    summary = f"{label(path)} lists the same value twice"
    yield Diagnostic("value-twice", summary, "Keep one of them.", _at(document, path))


def _one_of(document: Document, error: ValidationError) -> Iterator[Diagnostic]:
    forms: list[Mapping[str, Any]] = [*_wanted_of_forms(error)]
    keys = _mapping(error.instance)
    fitting = [
        place for place, form in enumerate(forms) if all(key in keys for key in form["required"])
    ]
    if len(fitting) == 1:
        for inner in error.context or ():
            if inner.relative_schema_path[0] == fitting[0]:
                yield from explain(document, inner)
        return
    path, titles = _path(error), [str(form["title"]) for form in forms]
    listed = f"{', '.join(titles[:-1])} or {titles[-1]}"
    summary = f"{label(path)} is {quote(error.instance)}; expected exactly one of {listed}"
    words = [key for form in forms for key in form["properties"]]
    near = "".join(did_you_mean(key, words) for key in keys if key not in words)
    hint = near.rstrip() or f"Write one of them, for example `{titles[0]}`."
    yield Diagnostic("one-of", summary, hint, document.value_span(path))


def _wanted_of_forms(error: ValidationError) -> list[Mapping[str, Any]]:
    return [form for form in _wanted_of(error) if isinstance(form, Mapping)]


def _other(document: Document, error: ValidationError) -> Iterator[Diagnostic]:
    path = _path(error)
    rule = f"{error.validator}: {quote(error.validator_value)}"
    summary = f"{label(path)} is {quote(error.instance)}, which breaks the rule {rule}"
    hint = "Change it to fit the rule; `reconciler schema` shows all rules."
    yield Diagnostic("value-not-allowed", summary, hint, _at(document, path))


_EXPLAINERS: Final[Mapping[str, Callable[[Document, ValidationError], Iterator[Diagnostic]]]] = {
    "additionalProperties": _unknown_key,
    "required": _missing_key,
    "type": _wrong_type,
    "enum": _not_allowed,
    "const": _not_allowed,
    "pattern": _bad_format,
    "minLength": _bad_length,
    "maxLength": _bad_length,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
    "minProperties": _too_few,
    "format": _no_such_time,
    "not": _reserved,
    "uniqueItems": _twice,
    "oneOf": _one_of,
}


def _path(error: ValidationError) -> Path:
    return tuple(error.absolute_path)


def _at(document: Document, path: Path) -> SourceSpan:
    return document.value_span(path)


def _schema(error: ValidationError) -> Mapping[str, Any]:
    return error.schema if isinstance(error.schema, Mapping) else {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _found(value: object, written: str) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return f"the truth value {written}"
        case int() | float():
            return f"the number {written}"
        case str():
            return f"the text {quote(value)}"
        case list():
            return "a list"
        case _:
            return "keys with values"

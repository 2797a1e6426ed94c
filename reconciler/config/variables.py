"""Variables: declared in the configuration, given by operators, put in for `${var.NAME}`.

This is all the templating there is: nothing is read from the environment, and no expression is
evaluated, so a configuration stays data that a reviewer can read.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.config.document import Document, Path
from reconciler.config.limits import Limits
from reconciler.config.quote import label, quote
from reconciler.config.suggest import did_you_mean
from reconciler.model.diagnostic import Diagnostic, SourceSpan
from reconciler.model.values import JSON, mapping, text

KEY = "variables"
NAME_PATTERN = r"[a-z][a-z0-9_]{0,62}"
TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
_EXPRESSION = re.compile(r"\$\$\{|\$\{([^}]*)\}?")
_REFERENCE = re.compile(rf"var\.({NAME_PATTERN})")
_INTEGER = re.compile(r"[-+]?[0-9]{1,64}")
_NUMBER = re.compile(r"[-+]?[0-9]{1,64}(\.[0-9]{1,64})?")
_TRUTHS: Mapping[str, bool] = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What an operator gives: `--var NAME=VALUE`, and files of names and values; later ones win."""

    assignments: tuple[tuple[str, str], ...] = ()
    files: tuple[Document, ...] = ()


NO_INPUTS = Inputs()


@dataclass(frozen=True, slots=True)
class Filled:
    """Documents with their values in place; nobody should judge the places in `unfilled`."""

    documents: tuple[Document, ...]
    problems: tuple[Diagnostic, ...] = ()
    unfilled: frozenset[SourceSpan] = frozenset()


@dataclass(frozen=True, slots=True)
class _Variable:
    """One declared variable; a value of another type than declared is told once, and not used."""

    type: str
    document: Document
    name: str
    is_given: bool = False
    is_usable: bool = False
    value: JSON = None

    def given(self, value: JSON, *, usable: bool) -> "_Variable":
        """Give it a value."""
        return replace(self, is_given=True, is_usable=usable, value=value)

    @property
    def source(self) -> SourceSpan:
        return self.document.key_span((KEY, self.name))


@dataclass(slots=True)
class _Filling:
    """Puts values in for references, and notes what was used and what went wrong."""

    known: Mapping[str, _Variable]
    room: int
    used: set[str] = field(default_factory=set)
    problems: list[Diagnostic] = field(default_factory=list)
    unfilled: set[SourceSpan] = field(default_factory=set)

    def fill(self, document: Document) -> Document:
        """Give the document with all references filled in; its places stay as they are."""
        root = document.value
        if not isinstance(root, dict):
            return document
        filled = {
            key: value if key == KEY else self._value(document, (key,), value)
            for key, value in root.items()
        }
        return replace(document, value=filled)

    def _value(self, document: Document, path: Path, value: JSON) -> JSON:
        if isinstance(value, str):
            return self._text(document, path, value) if "${" in value else value
        if isinstance(value, list):
            return [self._value(document, (*path, at), one) for at, one in enumerate(value)]
        if isinstance(value, dict):
            return {key: self._value(document, (*path, key), one) for key, one in value.items()}
        return value

    def _text(self, document: Document, path: Path, written: str) -> JSON:
        whole = _EXPRESSION.fullmatch(written)
        if whole is not None and whole[1] is not None:  # the value itself, with its type
            return self._look_up(document, path, whole[0], whole[1])
        return _EXPRESSION.sub(lambda found: self._part(document, path, found), written)

    def _part(self, document: Document, path: Path, found: "re.Match[str]") -> str:
        if found[1] is None:
            return "${"
        value = self._look_up(document, path, found[0], found[1])
        shown = quote(value) if isinstance(value, bool) else str(value)
        self.room -= len(shown)
        return shown if self.room >= 0 else ""

    def _look_up(self, document: Document, path: Path, written: str, inner: str) -> JSON:
        reference = _REFERENCE.fullmatch(inner)
        if reference is None or not written.endswith("}"):
            hint = "Write ${var.NAME} for a variable, and $${ for these two characters themselves."
            self._problem(
                document, path, "variable-expression", f"{quote(written)} names no variable", hint
            )
            return written
        variable = self.known.get(reference[1])
        if variable is None:
            near = did_you_mean(reference[1], self.known)
            said = f"{label(path)} uses the variable {reference[1]}, which is not declared"
            hint = f"{near}Declare it under `{KEY}`."
            self._problem(document, path, "variable-undeclared", said, hint)
            return written
        self.used.add(variable.name)
        if not variable.is_usable:
            self.unfilled.add(document.value_span(path))
        return variable.value if variable.is_usable else written

    def _problem(
        self, document: Document, path: Path, reference: str, said: str, hint: str
    ) -> None:
        span = document.value_span(path)
        self.unfilled.add(span)
        self.problems.append(Diagnostic(reference, said, hint, span))


def fill(documents: Sequence[Document], inputs: Inputs, limits: Limits) -> Filled:
    """Put the values of variables into documents, and say what is wrong with them."""
    declared, problems = _declared(documents)
    known, wrong = _given(declared, inputs)
    filling = _Filling(known, limits.file_bytes)
    filled = tuple(filling.fill(document) for document in documents)
    if filling.room < 0:
        said = f"variables would add more than {limits.file_bytes:,} characters"
        filling.problems.append(Diagnostic("yaml-too-large", said, "Use shorter values."))
    unused = (variable for name, variable in known.items() if name not in filling.used)
    missing = (one for one in known.values() if one.name in filling.used and not one.is_given)
    found = (
        *problems,
        *wrong,
        *filling.problems,
        *(_unused(variable) for variable in unused),
        *(_missing(variable) for variable in missing),
    )
    return Filled(filled, found, frozenset(filling.unfilled))


def literal(value: JSON) -> JSON:
    """Write a value so that it reads back as it is: nothing in it is taken for a variable."""
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, Mapping):
        return {key: literal(one) for key, one in value.items()}
    return [literal(one) for one in value] if isinstance(value, list) else value


def _declared(
    documents: Sequence[Document],
) -> tuple[dict[str, _Variable], tuple[Diagnostic, ...]]:
    found: dict[str, _Variable] = {}
    problems: list[Diagnostic] = []
    for document in documents:
        for name, block in mapping(mapping(document.value).get(KEY)).items():
            fields = mapping(block)
            variable = _Variable(text(fields.get("type")) or "string", document, name)
            if "default" in fields:
                value = fields["default"]
                wrong = _mistyped(variable, value, document, (KEY, name, "default"))
                problems += wrong
                variable = variable.given(value, usable=not wrong)
            if name in found:
                said = f"the variable {name} is declared twice; first at {found[name].source}"
                hint = "Remove one of the two."
                problems.append(Diagnostic("variable-twice", said, hint, variable.source))
            found.setdefault(name, variable)
    return found, tuple(problems)


def _given(
    declared: Mapping[str, _Variable], inputs: Inputs
) -> tuple[dict[str, _Variable], tuple[Diagnostic, ...]]:
    known = dict(declared)
    problems: list[Diagnostic] = []
    for document in inputs.files:
        for name, value in mapping(document.value).items():
            if name not in known:
                problems.append(_nobodys(name, known, document.key_span((name,))))
                continue
            wrong = _mistyped(known[name], value, document, (name,))
            problems += wrong
            known[name] = known[name].given(value, usable=not wrong)
    for name, written in inputs.assignments:
        if name not in known:
            problems.append(_nobodys(name, known, None))
            continue
        value = _read(written, known[name].type)
        if value is None:
            said = f"--var {name}={quote(written)[1:-1]}: expected {_article(known[name].type)}"
            hint = f"It is declared so at {known[name].source}."
            problems.append(Diagnostic("variable-type", said, hint))
        known[name] = known[name].given(value, usable=value is not None)
    return known, tuple(problems)


def _read(written: str, wanted: str) -> JSON:
    """Read a value from a flag; None where it has another type."""
    match wanted:
        case "integer":
            return int(written) if _INTEGER.fullmatch(written) else None
        case "number":
            if _INTEGER.fullmatch(written):
                return int(written)
            return float(written) if _NUMBER.fullmatch(written) else None
        case "boolean":
            return _TRUTHS.get(written)
        case _:
            return written


def _mistyped(
    variable: _Variable, value: JSON, document: Document, path: Path
) -> tuple[Diagnostic, ...]:
    wanted = TYPES.get(variable.type)
    if wanted is None:
        return ()  # the schema says which there are
    fits = isinstance(value, wanted) and (isinstance(value, bool) == (variable.type == "boolean"))
    if fits:
        return ()
    said = f"{label(path)} is {quote(value)}; expected {_article(variable.type)}"
    hint = "Quote it, or declare another type." if variable.type == "string" else "Change it."
    return (Diagnostic("variable-type", said, hint, document.value_span(path)),)


def _nobodys(name: str, known: Mapping[str, _Variable], source: SourceSpan | None) -> Diagnostic:
    said = f"a value is given for the variable {name}, which no file declares"
    hint = f"{did_you_mean(name, known)}Declare it under `{KEY}`, or do not give it."
    return Diagnostic("variable-undeclared", said, hint, source)


def _unused(variable: _Variable) -> Diagnostic:
    said = f"the variable {variable.name} is declared and never used"
    hint = f"Write ${{var.{variable.name}}} where it belongs, or remove it."
    return Diagnostic("variable-unused", said, hint, variable.source)


def _missing(variable: _Variable) -> Diagnostic:
    said = f"the variable {variable.name} has no value"
    hint = f"Give it with --var {variable.name}=VALUE or --var-file, or declare a default."
    return Diagnostic("variable-missing", said, hint, variable.source)


def _article(kind: str) -> str:
    return f"an {kind}" if kind == "integer" else f"a {kind}"

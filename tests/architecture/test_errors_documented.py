"""Every error reference in the source has a row in docs/errors.md, and every row a source.

References are found by following the parameter `reference`: whatever is handed to a function at
that place is one. A way of making them that is not understood here fails, it is never passed over.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.model.change import Reason

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `([a-z0-9-]+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
REFERENCE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
PARAMETER = "reference"
REFUSED = "REFUSED"


@dataclass
class Source:
    """One module of the package, without the emulator, which has errors of its own."""

    path: Path
    tree: ast.Module = field(init=False)

    def __post_init__(self) -> None:
        self.tree = ast.parse(self.path.read_text(encoding="utf-8"))

    def at(self, node: ast.expr) -> str:
        return f"{self.path.relative_to(ROOT)}:{node.lineno}"


SOURCES = [
    Source(path)
    for path in sorted((ROOT / "reconciler").rglob("*.py"))
    if "emulator" not in path.relative_to(ROOT / "reconciler").parts[:1]
]


def called(call: ast.Call) -> str:
    """Give the bare name of what is called: `Diagnostic`, `of`, `refuse`."""
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def carriers() -> dict[tuple[str, str], int]:
    """Map functions that take a reference to its place among the arguments.

    The module is part of the key but for the two that everybody uses, since short names such as
    `refuse` mean other things elsewhere.
    """
    found = {("", "Diagnostic"): 0, ("", "of"): 0}
    for source in SOURCES:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef) and node.name != "of":
                names = [one.arg for one in node.args.args if one.arg not in {"self", "cls"}]
                if PARAMETER in names:
                    module = "" if not node.name.startswith(("_", "refuse")) else str(source.path)
                    found[module, node.name] = names.index(PARAMETER)
    return found


def handed_over() -> Iterator[tuple[Source, ast.expr]]:
    """Give every argument that is a reference."""
    known = carriers()
    for source in SOURCES:
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Call):
                continue
            name = called(node)
            place = known.get(("", name), known.get((str(source.path), name)))
            by_name = [word.value for word in node.keywords if word.arg == PARAMETER]
            if place is not None:
                yield source, (by_name or node.args)[0 if by_name else place]


def tuples(source: Source) -> Iterator[ast.Tuple]:
    return (node for node in ast.walk(source.tree) if isinstance(node, ast.Tuple))


def from_variable(source: Source) -> set[str]:
    """Read references out of tuples `(SomeError, "reference", hint)`, as in api.failures."""
    found: set[str] = set()
    for node in tuples(source):
        match node.elts:
            case [ast.Name(id=name), ast.Constant(value=str(reference)), *_] if name.endswith(
                "Error"
            ):
                found.add(reference)
    return found


def from_starred(source: Source, name: str) -> set[str]:
    """Read the reference out of `said = ("reference", ...)`, which is handed over as `*said`."""
    return {
        reference
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assign)
        and any(ast.unparse(one) == name for one in node.targets)
        and isinstance(node.value, ast.Tuple)
        for reference in [getattr(node.value.elts[0], "value", None)]
        if isinstance(reference, str)
    }


def is_reason(node: ast.expr) -> bool:
    """Tell whether a reference is made from a change's reason; those are collected apart."""
    return ast.unparse(node) == "change.reason.value.replace('_', '-')"


def is_read_back(node: ast.expr) -> bool:
    """Tell whether a reference comes out of a file of ours; it is collected where it began."""
    return ast.unparse(node) == "require_text(item['reference'])"


def written(source: Source, node: ast.expr) -> set[str]:
    match node:
        case ast.Constant(value=str(reference)):
            return {reference}
        case ast.Starred(value=ast.Name(id=name)):
            return from_starred(source, name)
        case ast.Name(id=name) if name == PARAMETER:
            inside = any(PARAMETER in {one.arg for one in each.args} for each in signatures(source))
            return from_variable(source) or ({""} if inside else set())
    return set()


def signatures(source: Source) -> Iterator[ast.arguments]:
    return (node.args for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef))


def refusing_reasons() -> set[str]:
    """Name the reasons of changes that refuse a plan: `refuse(Reason.X, ...)`, or set beside it."""
    found: set[str] = set()
    for source in SOURCES:
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Call):
                continue
            parts = [*node.args, *(word.value for word in node.keywords)]
            refuses = called(node) == "refuse" or any(
                ast.unparse(part) == f"Standing.{REFUSED}" for part in parts
            )
            names = [ast.unparse(part) for part in parts]
            reasons = [name.partition(".")[2] for name in names if name.startswith("Reason.")]
            found.update(reasons if refuses else ())
    return {Reason[name].value.replace("_", "-") for name in found}


def in_source() -> set[str]:
    found = refusing_reasons()
    for source, node in handed_over():
        if not is_reason(node):
            found |= written(source, node)
    return found - {""}


def documented() -> list[tuple[str, str, str]]:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    return [(found[1], found[2], found[3]) for found in ROW.finditer(text)]


def test_every_reference_in_the_source_is_understood() -> None:
    puzzling = [
        f"{source.at(node)}: {ast.unparse(node)}"
        for source, node in handed_over()
        if not is_reason(node) and not is_read_back(node) and not written(source, node)
    ]
    assert puzzling == []
    assert {"state-locked", "rate-limited", "interrupted", "held", "yaml-tag"} <= in_source()


def test_references_are_kebab_case() -> None:
    assert [one for one in in_source() if not REFERENCE.fullmatch(one)] == []


def test_every_reference_has_a_row() -> None:
    assert sorted(in_source() - {reference for reference, _, _ in documented()}) == []


def test_every_row_has_a_reference_in_the_source() -> None:
    assert sorted({reference for reference, _, _ in documented()} - in_source()) == []


def test_rows_stand_once_and_say_something() -> None:
    references = [reference for reference, _, _ in documented()]
    assert len(references) == len(set(references))
    assert [row for row in documented() if not (row[1].strip() and row[2].strip())] == []

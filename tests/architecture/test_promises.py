"""docs/promises.md names tests and proofs that exist, some for every promise, and all proofs."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROOFS = ROOT / "tests" / "proofs"
PAGE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
PROOF = re.compile(r"`(?:\.venv/bin/)?python tests/prove\.py ([a-z][\w-]*)[^`]*`")
SECTIONS = dict(re.findall(r"^## (P\d+) [^\n]+\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def functions(module: Path) -> set[str]:
    """Name what a module defines at its top; nothing is imported, nothing is run."""
    if not module.is_file():
        return set()
    return {
        node.name
        for node in ast.parse(module.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def module_of(proof: str) -> Path:
    return PROOFS / f"{proof.replace('-', '_')}.py"


def test_every_promise_has_its_section() -> None:
    assert list(SECTIONS) == [f"P{number}" for number in range(1, 11)]


@pytest.mark.parametrize("promise", SECTIONS)
def test_every_promise_is_a_sentence_with_tests_behind_it(promise: str) -> None:
    sentence, *shown = SECTIONS[promise].strip().split("\n\n")
    assert sentence.endswith(".")
    assert TEST.search("".join(shown))


@pytest.mark.parametrize(("path", "name"), sorted(set(TEST.findall(PAGE))))
def test_test_that_the_page_names_exists(path: str, name: str) -> None:
    assert name.startswith("test_")
    assert name in functions(ROOT / path)


def test_every_named_path_is_read_as_a_test() -> None:
    assert PAGE.count("`tests/") == len(TEST.findall(PAGE))


@pytest.mark.parametrize("proof", sorted(set(PROOF.findall(PAGE))))
def test_proof_that_the_page_names_exists(proof: str) -> None:
    assert "command" in functions(module_of(proof))


def test_every_proof_is_named_by_the_page() -> None:
    proofs = {path.stem.replace("_", "-") for path in PROOFS.glob("[a-z]*.py")}
    assert proofs - set(PROOF.findall(PAGE)) == set()

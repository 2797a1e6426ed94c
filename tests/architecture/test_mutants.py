"""The bugs of the museum can still be built into our code, and what finds them out can be told."""

import ast
from pathlib import Path

import pytest
from museum.mutant import Mutant
from proofs.mutants import MUTANTS, attack, control, mutated

TESTS = Path(__file__).resolve().parents[1]
BY_NAME = {mutant.name: mutant for mutant in MUTANTS}
QUICK = ("adopted-by-name", "chain-unread")


@pytest.mark.parametrize("mutant", MUTANTS, ids=BY_NAME)
def test_bug_still_applies(mutant: Mutant) -> None:
    assert mutated(mutant)


@pytest.mark.parametrize("mutant", MUTANTS, ids=BY_NAME)
def test_what_finds_a_bug_out_exists(mutant: Mutant) -> None:
    assert mutant.tests
    for test in mutant.tests:
        path, _, name = test.partition("[")[0].partition("::")
        source = (TESTS / path).read_text(encoding="utf-8")
        found = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
        assert name in found


def test_every_bug_is_one_of_its_own() -> None:
    assert len(BY_NAME) == len(MUTANTS) >= 20
    assert len({(mutant.file, mutant.old, mutant.new) for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("name", QUICK)
def test_bug_is_found_out_in_a_copy_that_has_it(name: str) -> None:
    ran = attack(BY_NAME[name])
    assert len(ran.failed) == len(BY_NAME[name].tests)


def test_nothing_is_found_out_in_a_copy_without_a_bug() -> None:
    tests = tuple(test for name in QUICK for test in BY_NAME[name].tests)
    assert control(tests).passed == tests

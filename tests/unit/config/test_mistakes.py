"""Each mistake in mistakes.txt gives exactly the lines below it: place, reference, words, hint."""

from pathlib import Path

import pytest
import yaml

from reconciler.config.build import build
from reconciler.config.yaml_events import parse
from reconciler.errors import ConfigError
from reconciler.kinds import load_kinds

KINDS = {
    name: kind for name, kind in load_kinds().items() if name in {"backup", "restore", "import"}
}


def read_cases() -> list[tuple[str, str, str]]:
    text = Path(__file__).with_name("mistakes.txt").read_text(encoding="utf-8")
    cases = []
    for block in text.removeprefix("=== ").split("\n=== "):
        title, _, rest = block.partition("\n")
        content, _, expected = rest.rpartition("---\n")
        cases.append((title, content, expected.strip("\n")))
    return cases


CASES = read_cases()


@pytest.mark.parametrize(("content", "expected"), [pytest.param(*c[1:], id=c[0]) for c in CASES])
def test_mistake_is_explained_at_its_place(content: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build([("prod.yaml", content.encode())], KINDS)
    lines = []
    for problem in caught.value.diagnostics:
        assert problem.source is not None
        place = f"{problem.source.line}:{problem.source.column}"
        lines += [f"{place} {problem.reference}: {problem.summary}", f"    {problem.hint}"]
    assert "\n".join(lines) == expected


@pytest.mark.parametrize("content", [pytest.param(c[1], id=c[0]) for c in CASES])
def test_both_parsers_read_the_same(content: str) -> None:
    fast = parse("prod.yaml", content.encode())
    plain = parse("prod.yaml", content.encode(), loader=yaml.SafeLoader)
    assert [p.reference for p in fast.problems] == [p.reference for p in plain.problems]
    if any(p.reference == "yaml-syntax" for p in fast.problems):
        return  # each parser has its own words for what it cannot read
    assert fast.problems == plain.problems
    assert (fast.document is None) == (plain.document is None)
    if fast.document is not None and plain.document is not None:
        assert fast.document.value == plain.document.value


def test_no_two_cases_have_one_title() -> None:
    assert len({case[0] for case in CASES}) == len(CASES)

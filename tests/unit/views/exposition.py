"""Reads Prometheus' text format as strictly as its documentation describes it.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
_HELP = re.compile(rf"# HELP ({_NAME}) ((?:[^\\\n]|\\[\\n])+)")
_TYPE = re.compile(rf"# TYPE ({_NAME}) (counter|gauge|histogram|summary|untyped)")
_SAMPLE = re.compile(rf"({_NAME})\{{({_LABEL}(?:,{_LABEL})*)\}} (?P<value>-?\d+(?:\.\d+)?)")
_ESCAPED = re.compile(r'\\(["\\n])')

Key = tuple[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True)
class Exposition:
    """All samples, by name and labels."""

    samples: Mapping[Key, float]

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.samples}

    def value(self, name: str, labels: Mapping[str, str]) -> float:
        return self.samples[name, frozenset(labels.items())]

    def labels(self, name: str) -> list[dict[str, str]]:
        return [dict(labels) for found, labels in self.samples if found == name]


def parse(text: str) -> Exposition:
    """Read it: each metric once, HELP and TYPE before its samples, none of them twice."""
    assert text.endswith("\n")
    samples: dict[Key, float] = {}
    seen: set[str] = set()
    current, described = "", ""
    for line in text.removesuffix("\n").split("\n"):
        if found := _HELP.fullmatch(line):
            described = found[1]
        elif found := _TYPE.fullmatch(line):
            current = found[1]
            assert current == described, line
            assert current not in seen, line
            seen.add(current)
        else:
            found = _SAMPLE.fullmatch(line)
            assert found is not None, line
            assert found[1] == current, line
            pairs = list(_labels(found[2]))
            assert len(dict(pairs)) == len(pairs), line
            key = found[1], frozenset(pairs)
            assert key not in samples, line
            samples[key] = float(found["value"])
    return Exposition(samples)


def _labels(written: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(_LABEL, written):
        yield found[1], _ESCAPED.sub(lambda one: "\n" if one[1] == "n" else one[1], found[2])

"""Declarations that we write are judged like those of people, each by itself."""

import pytest

from reconciler.config.build import build
from reconciler.config.fitting import misfits
from reconciler.config.variables import literal
from reconciler.config.yaml_text import dump
from reconciler.errors import ConfigError
from reconciler.kinds import load_kinds
from reconciler.model.address import Address
from reconciler.model.values import Fields

KINDS = load_kinds()


def of(**objects: Fields) -> dict[Address, Fields]:
    return {Address("backup", name): fields for name, fields in objects.items()}


def test_what_fits_is_not_named() -> None:
    fine = of(
        a={"index": "docs"}, b={"index": "docs", "description": "${x}\ttwo\nlines", "adopt": "1"}
    )
    assert misfits(fine, KINDS) == {}


def test_each_misfit_is_named_with_its_own_reason() -> None:
    found = misfits(
        of(
            a={"index": "docs"},
            b={"index": "Docs"},
            c={"index": "docs", "description": "x" * 1001},
            d={"index": "docs", "description": "turned \u202e round"},
            e={"index": "docs", "adopt": ""},
            f={"index": "docs"},
        ),
        KINDS,
    )
    assert {address.name for address in found} == {"b", "c", "d", "e"}
    assert "an index name has" in found[Address("backup", "b")]
    assert "U+202E" in found[Address("backup", "d")]


def test_more_than_one_file_may_hold_is_an_error() -> None:
    long = {"index": "docs", "description": "x" * 1000}
    with pytest.raises(ConfigError) as error:
        misfits(of(**{f"b{n}": long for n in range(11_000)}), KINDS)
    assert error.value.diagnostics[0].hint == "--kind and --index export a part of it"


@pytest.mark.parametrize("text", ["${var.x}", "$${", "$$${", "$", "a ${ b", "${", "no"])
def test_a_literal_reads_back_as_it_is(text: str) -> None:
    block = {"index": "docs", "description": text}
    written = dump({"version": 1, "backups": {"a": literal(block)}})
    desired = build([("a.yaml", written.encode())], KINDS).desired
    assert desired[Address("backup", "a")].fields["description"] == text

"""Plain scalars follow the YAML 1.2 core schema, whichever parser is there."""

import pytest
import yaml

from reconciler.config.scalars import resolve
from reconciler.config.yaml_events import FASTEST, parse

CASES: list[tuple[str, object]] = [
    ("", None),
    ("~", None),
    ("null", None),
    ("Null", None),
    ("NULL", None),
    ("nULL", "nULL"),
    ("true", True),
    ("True", True),
    ("TRUE", True),
    ("tRUE", "tRUE"),
    ("false", False),
    ("False", False),
    ("FALSE", False),
    ("yes", "yes"),
    ("no", "no"),
    ("NO", "NO"),
    ("on", "on"),
    ("off", "off"),
    ("y", "y"),
    ("0", 0),
    ("-0", 0),
    ("+12", 12),
    ("-12", -12),
    ("0777", 777),
    ("0o777", 511),
    ("0o8", "0o8"),
    ("-0o7", "-0o7"),
    ("0xFf", 255),
    ("0xG", "0xG"),
    ("0b11", "0b11"),
    ("1_000", "1_000"),
    ("12:30:45", "12:30:45"),
    ("2026-01-01", "2026-01-01"),
    ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
    ("1.5", 1.5),
    ("1.", 1.0),
    (".5", 0.5),
    ("-.5", -0.5),
    (".", "."),
    ("-", "-"),
    ("+", "+"),
    ("1e3", 1000.0),
    ("1.5E-3", 0.0015),
    ("e3", "e3"),
    ("1.2.3", "1.2.3"),
    ("1e", "1e"),
    ("\u0661\u0662", "\u0661\u0662"),  # digits, but not of ASCII
    (".Nan", ".Nan"),
    ("+.nan", "+.nan"),
]


@pytest.mark.parametrize(("text", "value"), CASES)
def test_scalar_has_its_core_schema_value(text: str, value: object) -> None:
    found = resolve(text, 64)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", [".nan", ".NaN", ".inf", "-.INF", "+.Inf", "1e999", "9" * 65])
def test_number_that_json_cannot_keep_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"number|digits"):
        resolve(text, 64)


@pytest.mark.parametrize("loader", [FASTEST, yaml.SafeLoader])
@pytest.mark.parametrize(
    ("text", "value"), [case for case in CASES if case[0] not in {"", "-", "\u0661\u0662"}]
)
def test_parsers_hand_on_plain_scalars(loader: type, text: str, value: object) -> None:
    document = parse("a.yaml", f"key: {text}\n".encode(), loader=loader).document
    assert document is not None
    assert document.value == {"key": value}


@pytest.mark.parametrize("loader", [FASTEST, yaml.SafeLoader])
@pytest.mark.parametrize("text", ['"12"', "'12'", "|\n  12", ">-\n  12"])
def test_quoted_and_block_scalars_are_text(loader: type, text: str) -> None:
    document = parse("a.yaml", f"key: {text}\n".encode(), loader=loader).document
    assert document is not None
    assert document.value == {"key": "12\n" if text[0] == "|" else "12"}

"""Variables are declared and typed, given from outside, and put in where the YAML names them."""

import pytest

from reconciler.config.build import build
from reconciler.config.variables import Inputs
from reconciler.config.yaml_events import parse
from reconciler.errors import ConfigError
from reconciler.kinds import load_kinds
from reconciler.model.address import Address
from reconciler.model.desired import Configuration
from reconciler.model.values import JSON

HEAD = "version: 1\n"
BACKUP = "backups:\n  docs:\n    index: ${var.index}\n"
DECLARED = "variables:\n  index: {}\n"


def configure(
    *texts: str, given: tuple[tuple[str, str], ...] = (), file: str = ""
) -> Configuration:
    read = [(f"{place}.yaml", (HEAD + text).encode()) for place, text in enumerate(texts)]
    document = parse("values.yaml", file.encode()).document if file else None
    inputs = Inputs(given, () if document is None else (document,))
    return build(read, load_kinds(), inputs=inputs)


def problems(*texts: str, given: tuple[tuple[str, str], ...] = (), file: str = "") -> list[str]:
    with pytest.raises(ConfigError) as caught:
        configure(*texts, given=given, file=file)
    return [f"{one.source} {one.reference}" for one in caught.value.diagnostics]


def described(written: str, kind: str, value: str) -> JSON:
    yaml = f"variables:\n  v: {{type: {kind}}}\nbackups:\n  docs:\n    index: docs\n"
    found = configure(f"{yaml}    description: {written}\n", given=(("v", value),))
    return found.desired[Address("backup", "docs")].fields["description"]


def index_of(found: Configuration) -> JSON:
    return found.desired[Address("backup", "docs")].fields["index"]


def test_a_flag_wins_over_a_file_and_a_file_over_the_default() -> None:
    declared = "variables:\n  index: {default: a}\n"
    assert index_of(configure(declared + BACKUP)) == "a"
    assert index_of(configure(declared + BACKUP, file="index: b")) == "b"
    both = configure(declared + BACKUP, file="index: b", given=(("index", "c"), ("index", "d")))
    assert index_of(both) == "d"


def test_a_variable_may_be_declared_in_another_file() -> None:
    assert index_of(configure(DECLARED, BACKUP, given=(("index", "docs"),))) == "docs"


def test_values_stand_inside_text_and_two_dollars_are_one() -> None:
    assert described("${var.v} and $${var.v}, ${var.v}!", "integer", "7") == "7 and ${var.v}, 7!"
    assert described("is ${var.v}", "boolean", "true") == "is true"


def test_a_whole_value_keeps_its_type() -> None:
    life = "    lifecycle: {prevent_destroy: '${var.safe}'}\n"
    yaml = "variables:\n  safe: {type: boolean}\nbackups:\n  docs:\n    index: docs\n" + life
    found = configure(yaml, given=(("safe", "true"),))
    assert found.desired[Address("backup", "docs")].lifecycle.prevent_destroy is True


def test_a_value_changes_the_digest_as_if_it_were_written() -> None:
    written = configure(BACKUP.replace("${var.index}", "docs"))
    given = configure(DECLARED + BACKUP, given=(("index", "docs"),))
    other = configure(DECLARED + BACKUP, given=(("index", "books"),))
    assert written.digest == given.digest != other.digest


@pytest.mark.parametrize(
    ("yaml", "given", "expected"),
    [
        (BACKUP, (), ["0.yaml:4:12 variable-undeclared"]),
        (DECLARED + BACKUP, (), ["0.yaml:3:3 variable-missing"]),
        (DECLARED, (("index", "a"),), ["0.yaml:3:3 variable-unused"]),
        ("backups: {}\n", (("index", "a"),), ["None variable-undeclared"]),
        (DECLARED + BACKUP.replace("var", "env"), (("index", "a"),), None),
        ("variables:\n  n: {type: integer, default: 1.5}\nx-a: ['${var.n}']\n", (), None),
        ("variables:\n  n: {type: number, default: true}\nx-a: ['${var.n}']\n", (), None),
        ("variables:\n  n: {type: integer}\nx-a: ['${var.n}']\n", (("n", "1.5"),), None),
        ("variables:\n  n: {type: boolean}\nx-a: ['${var.n}']\n", (("n", "yes"),), None),
    ],
)
def test_mistakes_are_named_at_their_place(
    yaml: str, given: tuple[tuple[str, str], ...], expected: list[str] | None
) -> None:
    found = problems(yaml, given=given)
    if expected is not None:
        assert found == expected
    else:
        assert {one.partition(" ")[2] for one in found} <= {
            "variable-expression",
            "variable-type",
            "variable-unused",
        }


def test_the_same_name_in_two_files_is_an_error() -> None:
    assert problems(DECLARED + BACKUP, DECLARED, given=(("index", "a"),)) == [
        "1.yaml:3:3 variable-twice"
    ]


def test_a_value_from_a_file_must_have_its_type() -> None:
    assert problems(DECLARED + BACKUP, file="index: 7") == ["values.yaml:1:8 variable-type"]


def test_values_are_judged_by_the_schema_like_written_ones() -> None:
    assert problems(DECLARED + BACKUP, given=(("index", "No Such Name"),)) == [
        "0.yaml:6:12 bad-format"
    ]


def test_nothing_is_put_in_twice() -> None:
    yaml = "variables:\n  a: {default: '${var.b}'}\n  b: {default: x}\nx-a: ['${var.a} ${var.b}']\n"
    assert configure(yaml).desired == {}
    assert described("${var.v}", "string", "${var.v}") == "${var.v}"


def test_variables_cannot_blow_a_file_up() -> None:
    long = "x" * 100_000
    many = "".join(f"- ${{var.v}}{place}\n" for place in range(200))
    yaml = f"variables:\n  v: {{default: {long}}}\nx-many:\n{many}"
    assert problems(yaml) == ["None yaml-too-large"]

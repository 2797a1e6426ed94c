"""Files become values and positions, hostile ones become problems; nothing is raised."""

import pytest
import yaml
from unit.timing import growth

from reconciler.config.document import Document
from reconciler.config.limits import Limits
from reconciler.config.yaml_events import FASTEST, Parsed, parse

BOTH_PARSERS = pytest.mark.parametrize("loader", [FASTEST, yaml.SafeLoader])

SAMPLE = """\
version: 1
backups:
  docs-nightly:
    index:   docs
    depends_on: [backup.a, "backup.b"]
x-later:
  - one: 1
  - "ü": é
    "k": 'v'
empty:
"""


def read(text: str, loader: type = FASTEST) -> Document:
    parsed = parse("a.yaml", text.encode(), loader=loader)
    assert not parsed.problems
    assert parsed.document is not None
    return parsed.document


def references(parsed: Parsed) -> list[str]:
    return [problem.reference for problem in parsed.problems]


@BOTH_PARSERS
@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ((), "1:1", "1:1"),
        (("version",), "1:1", "1:10"),
        (("backups", "docs-nightly"), "3:3", "4:5"),
        (("backups", "docs-nightly", "index"), "4:5", "4:14"),
        (("backups", "docs-nightly", "depends_on"), "5:5", "5:17"),
        (("backups", "docs-nightly", "depends_on", 1), "5:28", "5:28"),
        (("x-later", 0, "one"), "7:5", "7:10"),
        (("x-later", 1, "ü"), "8:5", "8:10"),
        (("x-later", 1, "k"), "9:5", "9:10"),
        (("empty",), "10:1", "10:1"),
        (("backups", "gone"), "2:1", "2:1"),
        (("backups", "docs-nightly", "index", "deeper"), "4:5", "4:5"),
        (("gone", "deeper"), "1:1", "1:1"),
        (("x-later", 9), "6:1", "6:1"),
    ],
)
def test_positions_are_exact(
    loader: type, path: tuple[str | int, ...], key: str, value: str
) -> None:
    document = read(SAMPLE, loader)
    assert str(document.key_span(path)) == f"a.yaml:{key}"
    assert str(document.value_span(path)) == f"a.yaml:{value}"


@BOTH_PARSERS
def test_positions_count_windows_line_ends_once(loader: type) -> None:
    assert str(read("a: 1\r\nb:\r\n  c: 2\r\n", loader).key_span(("b", "c"))) == "a.yaml:3:3"


@BOTH_PARSERS
def test_alias_has_its_own_place_and_shares_its_value(loader: type) -> None:
    document = read("a: &x {k: [1]}\nb: *x\nc: *x\n", loader)
    assert document.value == {"a": {"k": [1]}, "b": {"k": [1]}, "c": {"k": [1]}}
    assert isinstance(document.value, dict)
    assert document.value["b"] is document.value["c"]
    assert str(document.value_span(("b",))) == "a.yaml:2:4"
    assert str(document.value_span(("b", "k"))) == "a.yaml:1:11"


def test_scalars_may_be_repeated_and_anchors_defined_again() -> None:
    document = read("a: &x 1\nb: *x\nc: &x two\nd: *x\n&k key: 1\ne: *k\n")
    assert document.value == {"a": 1, "b": 1, "c": "two", "d": "two", "key": 1, "e": "key"}


@BOTH_PARSERS
def test_alias_bomb_is_refused_at_once(loader: type) -> None:
    def refuse(count: int) -> None:
        levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, count)]
        parsed = parse("a.yaml", "\n".join(levels).encode(), loader=loader)
        assert references(parsed) == ["yaml-too-large"]

    assert growth(refuse, 10, 30) < 10  # three times the text, 9 ** 20 times the values


def test_bomb_of_one_long_text_is_refused() -> None:
    text = f"a: &a {'x' * 1000}\nb: [{', '.join(['*a'] * 100)}]\n"
    assert references(parse("a.yaml", text.encode(), Limits(file_bytes=10_000))) == [
        "yaml-too-large"
    ]


def test_values_are_counted_after_expansion() -> None:
    text = b"a: &a [1, 2, 3]\nb: *a\n"  # 4 + 4 values and the root
    assert references(parse("a.yaml", text, Limits(nodes=9))) == []
    assert references(parse("a.yaml", text, Limits(nodes=8))) == ["yaml-too-large"]


@BOTH_PARSERS
@pytest.mark.parametrize(("depth", "expected"), [(64, []), (65, ["yaml-too-deep"])])
def test_depth_has_an_end(loader: type, depth: int, expected: list[str]) -> None:
    parsed = parse("a.yaml", b"[" * depth + b"]" * depth, loader=loader)
    assert references(parsed) == expected


@pytest.mark.parametrize("opening", [b"[", b"{a: ", b"- ", b"? "])
def test_endless_nesting_is_refused_without_a_traceback(opening: bytes) -> None:
    assert references(parse("a.yaml", opening * 100_000))


def test_depth_counts_through_aliases() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 70)]
    assert references(parse("a.yaml", "\n".join(lines).encode())) == ["yaml-too-deep"]


@pytest.mark.parametrize("loop", ["&a [*a]", "&a {k: *a}", "&a [[[*a]]]"])
def test_value_that_holds_itself_is_refused(loop: str) -> None:
    assert references(parse("a.yaml", f"k: {loop}".encode())) == ["yaml-recursive-alias"]


@pytest.mark.parametrize(
    ("data", "reference", "place"),
    [
        (b"a: \xff", "not-utf8", "1:4"),
        ("a: 1\nü: ".encode() + b"\xc3", "not-utf8", "2:4"),
        (b"a: \xed\xa0\x80", "not-utf8", "1:4"),
        ("a: 1".encode("utf-16"), "byte-order-mark", "1:1"),
        (b"\xef\xbb\xbfa: 1", "byte-order-mark", "1:1"),
        (b"a: 1\n\x00", "refused-character", "2:1"),
        (b"a: \x1b[31m", "refused-character", "1:4"),
        ("# \u202e later".encode(), "refused-character", "1:3"),
        ("a: x\u200by".encode(), "refused-character", "1:5"),
        ("a: x\u2028y".encode(), "refused-character", "1:5"),
        ("a: 1\r\nb: \ufeff".encode(), "refused-character", "2:4"),
        ("a: \U000e0041".encode(), "refused-character", "1:4"),
        (b'a: "x\\u202Ey"', "refused-character", "1:4"),
        (b'a: "x\\u200by"', "refused-character", "1:4"),
        (b'a: "\\0"', "refused-character", "1:4"),
        (b'a: "\\r"', "refused-character", "1:4"),
        (b'"a\\u0007": 1', "refused-character", "1:1"),
    ],
)
def test_what_reviewers_cannot_see_is_refused(data: bytes, reference: str, place: str) -> None:
    (problem,) = parse("a.yaml", data).problems
    assert (problem.reference, str(problem.source)) == (reference, f"a.yaml:{place}")
    assert problem.hint


@BOTH_PARSERS
@pytest.mark.parametrize("escape", ["\\ud800", "\\udfff", "\\U00110000", "\\UFFFFFFFF"])
def test_escape_of_no_character_is_refused(loader: type, escape: str) -> None:
    assert parse("a.yaml", f'a: "{escape}"'.encode(), loader=loader).problems


@BOTH_PARSERS
@pytest.mark.parametrize("tagged", ["! 12", "!!int 12", "! {}", "!x [1]", "! 'x'", "&a ! 12"])
def test_every_tag_is_refused(loader: type, tagged: str) -> None:
    assert references(parse("a.yaml", f"a: {tagged}".encode(), loader=loader)) == ["yaml-tag"]


def test_all_problems_of_a_file_come_together() -> None:
    parsed = parse("a.yaml", b"a: !!str 1\na: 2\n3: 4\nb: .inf\n<<: {}\n")
    assert references(parsed) == [
        "yaml-tag",
        "yaml-duplicate-key",
        "yaml-key",
        "yaml-number",
        "yaml-merge",
    ]


def test_equal_keys_of_different_mappings_are_fine() -> None:
    assert read("a: {k: 1}\nb: {k: 2}\n").value == {"a": {"k": 1}, "b": {"k": 2}}


def test_ten_times_the_objects_are_read_in_about_ten_times_the_time() -> None:
    def read_many(count: int) -> None:
        text = "".join(
            f"  docs-{n}:\n    index: docs\n    description: {n}-th\n" for n in range(count)
        )
        document = read(f"version: 1\nbackups:\n{text}")
        last = document.key_span(("backups", f"docs-{count - 1}"))
        assert str(last) == f"a.yaml:{3 * count}:3"

    assert growth(read_many, 1_000, 10_000) < 30

"""Whatever the input, there is a configuration or a ConfigError whose every problem helps."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.config.build import build
from reconciler.config.yaml_events import parse
from reconciler.errors import ConfigError
from reconciler.kinds import load_kinds

KINDS = {
    name: kind for name, kind in load_kinds().items() if name in {"backup", "restore", "import"}
}
WORDS = """
version backups restores imports moved name from to index uri adopt ensure depends_on tags
lifecycle backup_id before docs b backup.b restore.b 1 null true .inf 0x1f s3://b/c absent
cancelled &a *a << !!str | > - ? : , { } [ ] # ' " % @ ` x-free --- ...
"""
SPACES = [": ", "\n", "\n  ", "\n    ", " "]
FRAGMENTS = st.lists(st.sampled_from([*WORDS.split(), *SPACES])).map("".join)
NAMES = st.sampled_from(["a", "b", "docs", "Bad", "", "backup.a", "backup.b", "import.c"])
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    NAMES,
)
KEY_WORDS = """
version name backups restores imports moved a b from to index backup backup_id uri tags
ensure adopt depends_on lifecycle on_remove verify
"""
KEYS = st.sampled_from(KEY_WORDS.split())
SHAPES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=25,
)


def check(data: bytes) -> None:
    try:
        found = build([("a.yaml", data)], KINDS)
    except ConfigError as error:
        assert_helpful(error)
    else:
        assert len(found.digest) == 64


def assert_helpful(error: ConfigError) -> None:
    assert error.diagnostics
    for problem in error.diagnostics:
        assert problem.hint
        assert problem.source
        assert "\n" not in problem.summary + problem.hint


@settings(deadline=None, max_examples=100)
@given(st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_give_a_configuration_or_a_config_error(data: bytes) -> None:
    check(data)


@settings(deadline=None, max_examples=200)
@given(FRAGMENTS)
def test_anything_like_yaml_gives_a_configuration_or_a_config_error(text: str) -> None:
    check(f"version: 1\n{text}".encode())


@settings(deadline=None, max_examples=100)
@given(st.dictionaries(KEYS, SHAPES))
def test_any_value_gives_a_configuration_or_a_config_error(value: dict[str, object]) -> None:
    check(json.dumps({"version": 1, **value}).encode())


@settings(deadline=None, max_examples=200)
@given(SHAPES)
def test_json_is_read_as_it_was_written(value: object) -> None:
    parsed = parse("a.yaml", json.dumps({"k": value}, ensure_ascii=False).encode())
    if not parsed.problems:
        assert parsed.document is not None
        assert parsed.document.value == {"k": value}

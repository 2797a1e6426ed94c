"""The schemas are valid, complete for editors, found wherever we are installed, and up to date."""

import json
import re
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing.exceptions import Unresolvable

from reconciler.config.build import build
from reconciler.config.envelope import envelope
from reconciler.config.schemas import BASE_URI, load_schema, registry, resolved, schema_names
from reconciler.errors import ConfigError
from reconciler.kinds import load_kinds
from reconciler.model.desired import Ensure, OnChange, OnRemove
from reconciler.model.kind import Kind

KINDS = load_kinds()
COMMON = {"adopt", "ensure", "depends_on", "lifecycle"}


def properties(schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, part in schema.get("properties", {}).items():
        yield f"{path}.{name}", part
        yield from properties(part, f"{path}.{name}")
    for place, form in enumerate(schema.get("oneOf", ())):
        yield from properties(form, f"{path}[{place}]")
    for part in (schema.get("additionalProperties"), schema.get("items")):
        if isinstance(part, dict):
            yield from properties(part, f"{path}.*")


@pytest.mark.parametrize("name", schema_names())
def test_schema_is_valid_2020_12(name: str) -> None:
    schema = load_schema(name)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


def test_committed_envelope_is_the_generated_one() -> None:
    assert load_schema("reconciler") == envelope(KINDS)


def test_every_property_has_title_description_and_examples() -> None:
    poor = [
        path
        for path, part in properties(resolved(envelope(KINDS)), "file")
        if not {"title", "description", "examples"} <= part.keys() and "not" not in part
    ]
    assert poor == []


def test_every_example_meets_its_schema() -> None:
    for path, part in properties(resolved(envelope(KINDS)), "file"):
        for example in part.get("examples", ()):
            assert Draft202012Validator(part).is_valid(example), path


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_field_of_a_kind_is_classified(kind: Kind) -> None:
    declared = load_schema(f"kinds/{kind.name}")["properties"].keys()
    assert declared >= COMMON
    assert declared - COMMON == kind.rules.fields.keys()


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_schema_and_rules_agree_on_defaults(kind: Kind) -> None:
    fields = resolved(load_schema(f"kinds/{kind.name}"))["properties"]
    assert fields["lifecycle"]["properties"]["on_remove"]["default"] == kind.rules.on_remove.value
    for name, value in kind.rules.defaults.items():
        assert fields[name].get("default", value) == value


def test_words_of_the_schema_are_words_of_the_model() -> None:
    words = load_schema("common")["$defs"]
    assert set(words["ensure_or_cancelled"]["enum"]) == {item.value for item in Ensure}
    assert set(words["on_remove_or_cancel"]["enum"]) == {item.value for item in OnRemove}
    assert set(words["on_change"]["enum"]) == {item.value for item in OnChange}


def test_example_of_the_envelope_loads() -> None:
    for example in envelope(KINDS)["examples"]:
        assert build([("a.yaml", json.dumps(example).encode())], KINDS).desired


def test_references_resolve_here_and_never_elsewhere() -> None:
    resolver = registry().resolver(BASE_URI)
    assert resolver.lookup("common.schema.json#/$defs/adopt").contents["title"] == "Adopt"
    for elsewhere in ("https://example.com/x.schema.json", "gone.schema.json"):
        with pytest.raises(Unresolvable):
            resolver.lookup(elsewhere)
    assert "$ref" not in json.dumps(resolved(envelope(KINDS)))


def test_patterns_are_anchored_at_both_ends() -> None:
    patterns = re.findall(r'"pattern": "(.*?[^\\])"', json.dumps(resolved(envelope(KINDS))))
    assert patterns
    assert all(pattern.startswith("^") and pattern.endswith("$") for pattern in patterns)


def test_unknown_schema_is_a_plain_error() -> None:
    with pytest.raises(ConfigError) as caught:
        load_schema("kinds/bakcup")
    assert '"kinds/backup"' in caught.value.diagnostics[0].hint


def test_schemas_of_a_wheel_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "schemas" / "kinds").mkdir(parents=True)
    (tmp_path / "schemas" / "only.schema.json").write_text("{}")
    monkeypatch.setattr(resources, "files", lambda _package: tmp_path)
    assert schema_names() == ("only",)


def test_schemas_of_a_checkout_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "files", lambda _package: tmp_path)
    assert {"common", "reconciler", "kinds/backup"} <= set(schema_names())

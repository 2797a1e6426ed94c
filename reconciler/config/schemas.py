"""The JSON Schemas, found in a wheel and in a checkout alike.

The files live at the top level, where editors and reviewers look; a wheel carries them inside the
package. References between them are relative and resolve here, never over the network.
"""

import json
from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeAlias

from referencing import Registry
from referencing.jsonschema import DRAFT202012

from reconciler.config.suggest import did_you_mean
from reconciler.errors import ConfigError

Schema: TypeAlias = Mapping[str, Any]

BASE_URI = "https://reconciler.invalid/"
"""Where the schemas seem to live; the domain cannot exist, so nothing can be fetched from it."""

_SUFFIX = ".schema.json"
_FOLDERS = ("", "kinds/")
_NOT_INSIDE = ("$ref", "$schema")  # at an inner `$schema` the library would change validators


def schema_names() -> tuple[str, ...]:
    """Name all schemas, for example `kinds/backup`, sorted."""
    return tuple(sorted(name for folder in _FOLDERS for name in _names_in(folder)))


def load_schema(name: str) -> Schema:
    """Read one schema; raises ConfigError where there is none of that name."""
    known = schema_names()
    if name not in known:
        hint = f"{did_you_mean(name, known)}Schemas are: {', '.join(known)}."
        raise ConfigError.of("unknown-schema", f'there is no schema "{name}"', hint)
    schema: Schema = json.loads((_folder() / f"{name}{_SUFFIX}").read_text(encoding="utf-8"))
    return schema


def schema_uri(name: str) -> str:
    """Give the URI under which the registry knows a schema."""
    return f"{BASE_URI}{name}{_SUFFIX}"


def registry() -> "Registry[Any]":
    """Hold all schemas by URI; nothing that is not among them can be retrieved."""
    known = ((schema_uri(name), load_schema(name)) for name in schema_names())
    empty: Registry[Any] = Registry()
    return empty.with_resources((uri, DRAFT202012.create_resource(schema)) for uri, schema in known)


def resolved(schema: Schema) -> Schema:
    """Put what references name in their place; validation is twice as fast without them.

    The keywords beside a reference win over those behind it: ours are titles and descriptions.
    """
    flat: Schema = _resolved(schema, registry().resolver(BASE_URI))
    return flat


def _resolved(part: Any, resolver: Any) -> Any:  # noqa: ANN401 - any part of a schema
    if isinstance(part, Mapping):
        beside = {
            key: _resolved(value, resolver) for key, value in part.items() if key not in _NOT_INSIDE
        }
        if not isinstance(part.get("$ref"), str):
            return beside
        behind = resolver.lookup(part["$ref"])
        return {**_resolved(behind.contents, behind.resolver), **beside}
    return [_resolved(item, resolver) for item in part] if isinstance(part, list) else part


def _names_in(folder: str) -> Iterator[str]:
    for entry in (_folder() / folder).iterdir():
        if entry.name.endswith(_SUFFIX):
            yield folder + entry.name.removesuffix(_SUFFIX)


def _folder() -> Traversable:
    inside = resources.files("reconciler") / "schemas"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[2] / "schemas"

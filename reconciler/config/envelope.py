"""The schema of a whole file, generated from the kinds.

It is committed for editors; a test compares the committed file with what this module gives, so a
new kind cannot be forgotten in it.
"""

from collections.abc import Mapping
from typing import Any

from reconciler.config.schemas import Schema, load_schema
from reconciler.model.address import NAME_PATTERN
from reconciler.model.kind import Kind

VERSION = 1

_NAME_IN_WORDS = (
    "a name has 1 to 45 characters: a-z, 0-9 and -, with a letter or digit at both ends"
)


def envelope(kinds: Mapping[str, Kind]) -> Schema:
    """Give the schema of a configuration file with these kinds."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "reconciler configuration",
        "description": "Backups, restores and imports of one Pinecone project, as they should be.",
        "type": "object",
        "properties": {
            **_head(),
            **{kind.key: _map_of(kind) for kind in sorted(kinds.values(), key=_key)},
        },
        "patternProperties": {
            "^x-": {"description": "Free for anchors that are repeated elsewhere in the file."}
        },
        "required": ["version"],
        "additionalProperties": False,
        "examples": [{"version": VERSION, "backups": {"docs-nightly": {"index": "docs-prod"}}}],
    }


def _key(kind: Kind) -> str:
    return kind.key


def _head() -> dict[str, Any]:
    address = {"$ref": "common.schema.json#/$defs/address"}
    return {
        "version": {
            "const": VERSION,
            "title": "Version",
            "description": "The version of this format.",
            "examples": [VERSION],
        },
        "name": {
            "$ref": "common.schema.json#/$defs/object_name",
            "title": "Configuration name",
            "description": "The name of the configuration, bound into state.",
            "default": "default",
            "examples": ["docs-platform"],
        },
        "moved": {
            "type": "array",
            "title": "Moved",
            "description": "Renames: state follows them, the live objects stay.",
            "items": {
                "type": "object",
                "title": "Move",
                "description": "One rename.",
                "properties": {
                    "from": {**address, "title": "From", "description": "The old address."},
                    "to": {**address, "title": "To", "description": "The new address."},
                },
                "required": ["from", "to"],
                "additionalProperties": False,
                "examples": [{"from": "backup.old-key", "to": "backup.new-key"}],
            },
            "examples": [[{"from": "backup.old-key", "to": "backup.new-key"}]],
        },
    }


def _map_of(kind: Kind) -> dict[str, Any]:
    schema = load_schema(f"kinds/{kind.name}")
    return {
        "type": "object",
        "title": kind.key.replace("_", " ").capitalize(),
        "description": schema["description"],
        "propertyNames": {"pattern": f"^{NAME_PATTERN}$", "patternErrorMessage": _NAME_IN_WORDS},
        "additionalProperties": {"$ref": f"kinds/{kind.name}.schema.json"},
        "examples": [{"docs-nightly": schema["examples"][0]}],
    }

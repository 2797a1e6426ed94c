"""The schema of a whole file, generated from the kinds.

It is committed for editors; a test compares the committed file with what this module gives, so a
new kind cannot be forgotten in it.
"""

from collections.abc import Mapping
from typing import Any

from reconciler.config.schemas import Schema, load_schema
from reconciler.config.variables import NAME_PATTERN as VARIABLE_PATTERN
from reconciler.config.variables import TYPES as VARIABLE_TYPES
from reconciler.model.address import NAME_PATTERN
from reconciler.model.kind import Kind

VERSION = 1

_NAME_IN_WORDS = (
    "a name has 1 to 45 characters: a-z, 0-9 and -, with a letter or digit at both ends"
)
_VARIABLE_IN_WORDS = "a variable has 1 to 63 characters: a letter first, then a-z, 0-9 and _"


def envelope(kinds: Mapping[str, Kind]) -> Schema:
    """Give the schema of a configuration file with these kinds."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "reconciler configuration",
        "description": "What one Pinecone project holds: backups, restores, imports, collections.",
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
        "variables": _variables(),
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


def _variables() -> dict[str, Any]:
    return {
        "type": "object",
        "title": "Variables",
        "description": "Values that operators give with --var and --var-file; use ${var.NAME}.",
        "propertyNames": {
            "pattern": f"^{VARIABLE_PATTERN}$",
            "patternErrorMessage": _VARIABLE_IN_WORDS,
        },
        "additionalProperties": {
            "type": "object",
            "title": "Variable",
            "description": "One variable; without a default it must be given.",
            "properties": {
                "type": {
                    "enum": list(VARIABLE_TYPES),
                    "default": "string",
                    "title": "Type",
                    "description": "What its values are.",
                    "examples": ["string"],
                },
                "default": {
                    "type": ["string", "number", "boolean"],
                    "title": "Default",
                    "description": "The value where none is given.",
                    "examples": ["docs-prod"],
                },
                "description": {
                    "type": "string",
                    "title": "Description",
                    "description": "What it is for.",
                    "examples": ["The index that is backed up"],
                },
            },
            "additionalProperties": False,
            "examples": [{"default": "docs-prod"}],
        },
        "examples": [{"index": {"default": "docs-prod"}}],
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

"""`reconciler schema`."""

import json

import click

from reconciler.errors import ReconcilerError


@click.command("schema")
@click.argument("name", required=False)
def command(name: str | None) -> int:
    """Print a JSON Schema, or the names of all.

    \b
    Example:
      reconciler schema reconciler > reconciler.schema.json
    Exit codes: 0 printed, 1 no such schema.
    """
    from reconciler.config.schemas import load_schema, schema_names

    if name is None:
        for known in schema_names():
            click.echo(known)
        return 0
    if name not in schema_names():
        raise ReconcilerError.of(
            "unknown-schema", f"there is no schema {name!r}", f"one of {', '.join(schema_names())}"
        )
    click.echo(json.dumps(load_schema(name), indent=2, ensure_ascii=False))
    return 0

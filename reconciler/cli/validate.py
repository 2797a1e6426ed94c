"""`reconciler validate`."""

from typing import Any

import click

from reconciler.cli.chosen import Common
from reconciler.cli.options import configuration


@click.command("validate")
@configuration
def command(paths: tuple[str, ...], **values: Any) -> int:  # noqa: ANN401 - click's
    """Check configuration files; needs neither network nor key.

    Every error is shown at once, with its place and what to do about it.

    \b
    Example:
      reconciler validate examples/quickstart
    Exit codes: 0 valid, 1 not valid.
    """
    from reconciler.config.build import load
    from reconciler.kinds import load_kinds

    found = load(list(paths) or ["."], load_kinds(), assigned=Common(values).assigned())
    count, files = len(found.desired), len(found.files)
    objects = "object" if count == 1 else "objects"
    in_files = "file" if files == 1 else "files"
    click.echo(f"Valid: {count} {objects} in {files} {in_files}, configuration {found.name}.")
    return 0

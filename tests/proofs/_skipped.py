"""How a proof ends that shows nothing, since a tool that it needs is missing."""

from typing import IO, Any

import click


class SkippedError(click.ClickException):
    """Nothing was shown. It is no success: whoever reads exit 0 takes the promise for proved."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Say why."""
        click.echo(f"skipped: {self.message}", file=file)

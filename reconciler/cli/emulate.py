"""`reconciler emulate`."""

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import buckets
from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from reconciler.emulator.buckets import Buckets


@click.command("emulate")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5080,
    show_default=True,
    help="Listen on this port; 0 takes a free one.",
)
@click.option("--list-lag", type=float, default=0.0, help="Seconds until lists show new objects.")
@click.option("--job-seconds", type=float, help="How long backups, restores and imports take.")
@buckets
def command(
    port: int,
    list_lag: float,
    job_seconds: float | None,
    folders: tuple[str, ...],
    *,
    strict: bool,
) -> int:
    """Serve a local Pinecone on 127.0.0.1, until Ctrl-C.

    \b
    Example:
      reconciler emulate --port 5080 &
      export PINECONE_CONTROLLER_HOST=http://127.0.0.1:5080 PINECONE_API_KEY=any
      reconciler emulate --bucket s3://acme-vectors=./data
    Exit codes: 0 ended by Ctrl-C, 1 the port is taken.
    """
    require_emulator()
    from reconciler.emulator.server import serve_forever
    from reconciler.emulator.service import Emulator, Knobs

    knobs = Knobs(list_lag_seconds=list_lag)
    if job_seconds is not None:
        knobs = Knobs(
            list_lag_seconds=list_lag,
            backup_seconds=job_seconds,
            restore_seconds=job_seconds,
            import_seconds=job_seconds,
        )
    emulator = Emulator(knobs=knobs)
    emulator.map_buckets(read_buckets(folders, strict=strict))
    if not strict:
        others = "other buckets" if folders else "any bucket"
        click.echo(f"Imports from {others} bring made-up records.", err=True)
    try:
        serve_forever(emulator, port, _ready)
    except OSError as error:
        raise ReconcilerError.of(
            "port-taken", f"port {port} cannot be used: {error.strerror}", "choose another --port"
        ) from error
    return 0


def _ready(url: str) -> None:
    click.echo(f"Pinecone emulator ready on {url}")


def require_emulator() -> None:
    """Insist on the extra that the emulator needs; raises ReconcilerError."""
    from importlib.util import find_spec

    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        raise ReconcilerError.of(
            "emulator-missing",
            "the emulator is not installed",
            "install the extra `emulator`, from a checkout: pip install '.[emulator]'",
        )


def read_buckets(folders: tuple[str, ...], *, strict: bool) -> "Buckets":
    """Read the mappings of --bucket; raises ReconcilerError, or a usage error for a bad one."""
    from importlib.util import find_spec

    from reconciler.emulator.buckets import mapped

    if folders and find_spec("pyarrow") is None:
        raise ReconcilerError.of(
            "parquet-missing",
            "what reads the Parquet files of --bucket is not installed",
            "install the extra `parquet`, from a checkout: pip install '.[emulator,parquet]'",
        )
    try:
        return mapped(folders, strict=strict)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--bucket'") from error

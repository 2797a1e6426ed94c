"""`reconciler emulate`."""

from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from reconciler.cli.options import buckets
from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from reconciler.emulator.buckets import Buckets
    from reconciler.emulator.service import Emulator, Knobs


class Options(TypedDict):
    """What `emulate` is told."""

    port: int
    host: str
    data: Path | None
    list_lag: float
    job_seconds: float | None
    quirks: bool
    folders: tuple[str, ...]
    strict: bool


@click.command("emulate")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5080,
    show_default=True,
    help="Listen on this port; 0 takes a free one.",
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Listen on this IPv4 address or name."
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the project in this folder, and go on with it next time.",
)
@click.option("--list-lag", type=float, default=0.0, help="Seconds until lists show new objects.")
@click.option("--job-seconds", type=float, help="How long backups, restores and imports take.")
@click.option("--quirks", is_flag=True, help="Answer with oddities seen on the real service.")
@buckets
def command(**options: Unpack[Options]) -> int:
    """Serve a local Pinecone on 127.0.0.1, until Ctrl-C.

    What it answers to, how it is steered and how it differs: docs/emulator.md.

    \b
    Examples:
      reconciler emulate --port 5080 &
      export PINECONE_CONTROLLER_HOST=http://127.0.0.1:5080 PINECONE_API_KEY=any
      reconciler emulate --data ./pinecone --bucket s3://acme-vectors=./data
    Exit codes: 0 ended by Ctrl-C, 1 the port is taken or the project cannot be
    kept.
    """
    require_emulator()
    from reconciler.emulator.server import serve_forever

    host, port, folder = options["host"], options["port"], options["data"]
    emulator = _emulator(options)
    if folder is not None:
        _keep(emulator, folder)
    if not _is_loopback(host):
        click.echo(
            f"Warning: {host} can be reached by others, and the emulator lets anyone in.", err=True
        )
    if not options["strict"]:
        others = "other buckets" if options["folders"] else "any bucket"
        click.echo(f"Imports from {others} bring made-up records.", err=True)
    try:
        serve_forever(emulator, port, _ready, host)
    except OSError as error:
        raise ReconcilerError.of(
            "port-taken",
            f"port {port} of {host} cannot be used: {error.strerror}",
            "choose another --port",
        ) from error
    return 0


def _emulator(options: Options) -> "Emulator":
    from reconciler.emulator.service import Emulator

    emulator = Emulator(knobs=_knobs(options), quirks=options["quirks"])
    emulator.map_buckets(read_buckets(options["folders"], strict=options["strict"]))
    return emulator


def _knobs(options: Options) -> "Knobs":
    from reconciler.emulator.knobs import JOB_SECONDS, Knobs

    knobs = _turned(Knobs(), "--list-lag", options["list_lag"], "list_lag_seconds")
    if options["job_seconds"] is None:
        return knobs
    return _turned(knobs, "--job-seconds", options["job_seconds"], *JOB_SECONDS)


def _turned(knobs: "Knobs", option: str, seconds: float, *names: str) -> "Knobs":
    """Turn knobs as the control plane of the emulator would; raises a usage error for a bad one."""
    from reconciler.emulator.errors import Refusal
    from reconciler.emulator.knobs import changed

    try:
        return changed(knobs, dict.fromkeys(names, seconds))
    except Refusal as refusal:
        raise click.BadParameter(refusal.message, param_hint=f"'{option}'") from refusal


def _keep(emulator: "Emulator", folder: Path) -> None:
    from reconciler.emulator.keeping import KeepingError
    from reconciler.emulator.project_folder import ProjectFolder

    try:
        emulator.keep_in(ProjectFolder(folder))
    except KeepingError as error:
        raise ReconcilerError.of(
            "emulator-data",
            f"the folder {folder} cannot be used: {error.message}",
            "end the emulator that uses it, or give --data another folder",
        ) from error


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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

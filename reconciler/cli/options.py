"""Options that commands share, and what they add up to."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

import click

from reconciler.errors import ConfigError, ReconcilerError
from reconciler.model.address import NAME_PATTERN, Address
from reconciler.model.plan import Permissions
from reconciler.settings import (
    API_VERSIONS,
    DEFAULT_API_URL,
    DEFAULT_API_VERSION,
    Environment,
    Settings,
    parse_duration,
)

_F = TypeVar("_F", bound=Callable[..., Any])
_MICROS = 1_000_000

PATHS = click.argument("paths", nargs=-1, type=click.Path())

_CONNECTION = (
    click.option("--api-url", help="API base URL [env: PINECONE_CONTROLLER_HOST]."),
    click.option(
        "--api-version",
        type=click.Choice(API_VERSIONS),
        help=f"API version [env: PINECONE_API_VERSION; default: {DEFAULT_API_VERSION}].",
    ),
    click.option("--allow-host", multiple=True, help="Trust another host with the API key."),
    click.option("--proxy", help="Send everything through this proxy."),
    click.option("--ca-bundle", help="Trust the certificates in this file."),
    click.option("--state", "state_path", help="State file [env: RECONCILER_STATE]."),
    click.option("-w", "--workspace", help="Use state/NAME.json."),
    click.option(
        "--settle-window",
        help="How long a create may take to show up [env: RECONCILER_SETTLE_WINDOW; default: 2m].",
    ),
    click.option("-v", "--verbose", is_flag=True, help="Log requests to stderr."),
)

_PERMISSIONS = (
    click.option("--allow-deletes", is_flag=True, help="Plan deletes instead of withholding."),
    click.option("--max-removals", type=int, help="Permit so many deletes, cancels and forgets."),
    click.option(
        "--allow-last-backup", multiple=True, metavar="ADDRESS", help="Delete the last good copy."
    ),
    click.option("--replace", multiple=True, metavar="ADDRESS", help="Make this one anew."),
    click.option("--allow-missing", type=int, help="Believe that so many entries are gone."),
    click.option("--take-over", is_flag=True, help="Adopt what another state manages."),
    click.option("--allow-empty", is_flag=True, help="Let an empty configuration end all care."),
    click.option("--new-state", is_flag=True, help="Start a new state beside live markers."),
    click.option("--backup-quota", type=int, help="Refuse to pass so many backups."),
)

_RUNNING = (
    click.option("--parallelism", type=click.IntRange(1, 64), default=8, show_default=True),
    click.option("--timeout", default="6h", show_default=True, help="Longest wait for a job."),
    click.option(
        "--verify-timeout", default="10m", show_default=True, help="Longest wait for counts."
    ),
    click.option("--lock-timeout", default="0s", show_default=True, help="Wait for the lock."),
    click.option("--no-wait", is_flag=True, help="Start jobs, leave waiting to the next run."),
)


@dataclass(frozen=True, slots=True)
class Common:
    """The values of the shared options, as click hands them over."""

    values: dict[str, Any]

    def settings(self, environment: Environment) -> Settings:
        """Add up flags and environment; flags win. Raises ReconcilerError."""
        values = self.values
        window = values.get("settle_window") or environment.settle_window()
        defaults = Settings()
        return Settings(
            api_url=values.get("api_url") or environment.api_url() or DEFAULT_API_URL,
            api_version=_version(values.get("api_version") or environment.api_version()),
            state_path=_state_path(values, environment),
            settle_window=parse_duration(window) if window else defaults.settle_window,
            timeout_seconds=parse_duration(values.get("timeout") or "6h") / _MICROS,
            verify_seconds=parse_duration(values.get("verify_timeout") or "10m") / _MICROS,
            lock_seconds=parse_duration(values.get("lock_timeout") or "0s") / _MICROS,
            parallelism=values.get("parallelism") or defaults.parallelism,
            allow_hosts=tuple(values.get("allow_host") or ()),
            proxy=values.get("proxy"),
            ca_bundle=values.get("ca_bundle"),
            job_url=environment.job_url(),
            wait=not values.get("no_wait"),
        )

    def permissions(self) -> Permissions:
        """Read what the operator allows; raises ConfigError for malformed addresses."""
        values = self.values
        return Permissions(
            deletes=bool(values.get("allow_deletes")),
            max_removals=values.get("max_removals"),
            last_backups=_addresses(values.get("allow_last_backup") or ()),
            replace=_addresses(values.get("replace") or ()),
            missing=values.get("allow_missing"),
            take_over=bool(values.get("take_over")),
            empty=bool(values.get("allow_empty")),
            new_state=bool(values.get("new_state")),
            backup_quota=values.get("backup_quota"),
        )


def connection(function: _F) -> _F:
    """Add the options that say where: host, version, state."""
    return reduce(lambda decorated, option: option(decorated), reversed(_CONNECTION), function)


def permissions(function: _F) -> _F:
    """Add the options that permit what guards would refuse."""
    return reduce(lambda decorated, option: option(decorated), reversed(_PERMISSIONS), function)


def running(function: _F) -> _F:
    """Add the options that say how long and how many."""
    return reduce(lambda decorated, option: option(decorated), reversed(_RUNNING), function)


def _version(written: str | None) -> str:
    version = written or DEFAULT_API_VERSION
    if version not in API_VERSIONS:
        raise ReconcilerError.of(
            "api-version",
            f"{version!r} is not a version that reconciler speaks",
            f"set --api-version to one of {', '.join(API_VERSIONS)}",
        )
    return version


def _state_path(values: dict[str, Any], environment: Environment) -> str:
    workspace = values.get("workspace")
    if not workspace:
        return values.get("state_path") or environment.state() or Settings().state_path
    if re.fullmatch(NAME_PATTERN, workspace) is None:
        raise ReconcilerError.of(
            "workspace-name",
            f"{workspace!r} is no workspace name",
            "names are small letters, digits and dashes",
        )
    return str(Path("state") / f"{workspace}.json")


def _addresses(written: Sequence[str]) -> frozenset[Address]:
    try:
        return frozenset(Address.parse(one) for one in written)
    except ValueError as error:
        raise ConfigError.of("address-malformed", str(error), "write kind.name") from error

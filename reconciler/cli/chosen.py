"""What the shared options and the environment add up to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from reconciler.errors import ConfigError, ReconcilerError
from reconciler.kinds import load_kinds
from reconciler.model.address import NAME_PATTERN, Address
from reconciler.model.desired import Assigned
from reconciler.model.plan import Permissions
from reconciler.settings import (
    API_VERSIONS,
    DEFAULT_API_URL,
    DEFAULT_API_VERSION,
    Environment,
    Settings,
    parse_duration,
)

_MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Common:
    """The values of the shared options, as click hands them over."""

    values: dict[str, Any]

    def settings(self, environment: Environment) -> Settings:
        """Add up flags and environment; flags win. Raises ReconcilerError."""
        values = self.values
        window = values.get("settle_window") or environment.settle_window()
        defaults, timeouts = Settings(), _timeouts(values.get("timeouts") or ())
        return Settings(
            api_url=values.get("api_url") or environment.api_url() or DEFAULT_API_URL,
            api_version=_version(values.get("api_version") or environment.api_version()),
            state_path=_state_path(values, environment),
            settle_window=parse_duration(window) if window else defaults.settle_window,
            timeout_seconds=timeouts.pop("", _seconds(values.get("timeout") or "6h")),
            timeouts=timeouts,
            verify_seconds=_seconds(values.get("verify_timeout") or "10m"),
            lock_seconds=_seconds(values.get("lock_timeout") or "0s"),
            parallelism=values.get("parallelism") or defaults.parallelism,
            allow_hosts=tuple(values.get("allow_host") or ()),
            proxy=values.get("proxy"),
            ca_bundle=values.get("ca_bundle"),
            job_url=environment.job_url(),
            wait=not values.get("no_wait"),
            temporary_folder=environment.temporary_folder(),
        )

    def assigned(self) -> Assigned:
        """Read the values of variables; raises UsageError for what is no NAME=VALUE."""
        pairs = [one.partition("=") for one in self.values.get("assignments") or ()]
        for name, equals, _ in pairs:
            if not (name and equals):
                raise click.UsageError("--var takes NAME=VALUE")
        files = tuple(self.values.get("var_files") or ())
        return Assigned(tuple((name, value) for name, _, value in pairs), files)

    def permissions(self) -> Permissions:
        """Read what the operator asks for and allows; raises ConfigError, UsageError."""
        values = self.values
        destroy = bool(values.get("destroy"))
        if destroy and values.get("replace"):
            raise click.UsageError("--destroy makes nothing: it cannot go with --replace")
        if values.get("max_expiries") is not None and not values.get("allow_expiry"):
            raise click.UsageError("--max-expiries bounds what --allow-expiry deletes: give both")
        return Permissions(
            deletes=destroy or bool(values.get("allow_deletes")),
            max_removals=values.get("max_removals"),
            last_backups=_addresses(values.get("allow_last_backup") or ()),
            replace=_addresses(values.get("replace") or ()),
            missing=values.get("allow_missing"),
            take_over=bool(values.get("take_over")),
            empty=bool(values.get("allow_empty")),
            new_state=bool(values.get("new_state")),
            backup_quota=values.get("backup_quota"),
            targets=frozenset(values.get("targets") or ()),
            excludes=frozenset(values.get("excludes") or ()),
            destroy=destroy,
            expiry=bool(values.get("allow_expiry")),
            max_expiries=values.get("max_expiries"),
        )


def _seconds(written: str) -> float:
    return parse_duration(written) / _MICROS


def _timeouts(written: Sequence[str]) -> dict[str, float]:
    """Read the timeouts of kinds, and under no name the one of all others; the last one counts."""
    found: dict[str, float] = {}
    with_jobs = [name for name, kind in load_kinds().items() if kind.remote is not None]
    for one in written:
        kind, equals, duration = one.rpartition("=")
        if equals and kind not in with_jobs:
            known = ", ".join(with_jobs)
            raise click.UsageError(f"--timeout takes DURATION or KIND=DURATION, of {known}")
        found[kind] = _seconds(duration)
    return found


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
    if workspace is not None and values.get("state_path") is not None:
        raise click.UsageError("-w and --state each name a state: give one of them")
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
    return frozenset(to_address(one) for one in written)


def to_address(written: str) -> Address:
    """Read an address; raises ConfigError for anything else."""
    try:
        return Address.parse(written)
    except ValueError as error:
        raise ConfigError.of("address-malformed", str(error), "write kind.name") from error

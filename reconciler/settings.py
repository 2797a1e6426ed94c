"""Settings of one run, from flags and environment; the only reader of the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.errors import PermissionDeniedError, UsageError
from reconciler.model.secret import Secret
from reconciler.model.values import SECOND, Micros

DEFAULT_API_URL = "https://api.pinecone.io"
DEFAULT_API_VERSION = "2025-04"
API_VERSIONS = ("2025-04", "2025-10", "2026-04", "2026-07")
DEFAULT_SETTLE_SECONDS = 120.0
DEFAULT_TIMEOUT_SECONDS = 6 * 3600.0
DEFAULT_TEMPORARY_FOLDER = "/tmp"  # noqa: S108 - files there are new, 0600, named at random
_DURATION = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)([smhdw]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LONGEST_SECONDS = 1e9
_KEY = re.compile(r"[!#-&(-~]{1,1000}")  # printable ASCII, no space, no quotes


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that flags and environment decide."""

    api_url: str = DEFAULT_API_URL
    api_version: str = DEFAULT_API_VERSION
    state_path: str = "state/default.json"
    settle_window: Micros = int(DEFAULT_SETTLE_SECONDS * SECOND)
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    timeouts: Mapping[str, float] = field(default_factory=dict)  # of kinds with one of their own
    verify_seconds: float = 600.0
    lock_seconds: float = 0.0
    request_seconds: float = 30.0
    parallelism: int = 8
    poll_seconds: float = 10.0
    allow_hosts: tuple[str, ...] = ()
    proxy: str | None = field(default=None, repr=False)  # it may hold a password
    ca_bundle: str | None = None
    job_url: str = ""
    wait: bool = True
    temporary_folder: str = DEFAULT_TEMPORARY_FOLDER


@dataclass(frozen=True, slots=True)
class Environment:
    """The few variables that are read; everything else in the environment is none of ours."""

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def here(cls) -> "Environment":
        """Take the variables of this process."""
        return cls(dict(os.environ))

    def api_url(self) -> str | None:
        """`PINECONE_CONTROLLER_HOST`, as the official clients read it."""
        return self.variables.get("PINECONE_CONTROLLER_HOST") or None

    def api_version(self) -> str | None:
        """`PINECONE_API_VERSION`."""
        return self.variables.get("PINECONE_API_VERSION") or None

    def state(self) -> str | None:
        """`RECONCILER_STATE`."""
        return self.variables.get("RECONCILER_STATE") or None

    def settle_window(self) -> str | None:
        """`RECONCILER_SETTLE_WINDOW`, a duration."""
        return self.variables.get("RECONCILER_SETTLE_WINDOW") or None

    def temporary_folder(self) -> str:
        """`TMPDIR`, for what fits nowhere else."""
        return self.variables.get("TMPDIR") or DEFAULT_TEMPORARY_FOLDER

    def job_url(self) -> str:
        """Where the CI job that runs us can be seen, for whoever waits for our lock."""
        server = self.variables.get("GITHUB_SERVER_URL", "")
        repository = self.variables.get("GITHUB_REPOSITORY", "")
        run = self.variables.get("GITHUB_RUN_ID", "")
        if server and repository and run:
            return f"{server}/{repository}/actions/runs/{run}"
        return self.variables.get("CI_JOB_URL", "")

    def github_output(self) -> str | None:
        """`GITHUB_OUTPUT`: the file for the outputs of a step."""
        return self.variables.get("GITHUB_OUTPUT") or None

    def github_summary(self) -> str | None:
        """`GITHUB_STEP_SUMMARY`: the file for what a step shows on the page of its run."""
        return self.variables.get("GITHUB_STEP_SUMMARY") or None

    def user(self) -> str:
        """Who runs us, as far as the environment says."""
        return self.variables.get("USER") or self.variables.get("LOGNAME") or "unknown"

    def no_color(self) -> bool:
        """Whether `NO_COLOR` asks for plain text, or `TERM=dumb` can show no other."""
        return bool(self.variables.get("NO_COLOR")) or self.variables.get("TERM") == "dumb"

    def api_key(self) -> Secret:
        """`PINECONE_API_KEY`; raises PermissionDeniedError when missing or unusable."""
        value = self.variables.get("PINECONE_API_KEY", "")
        if not value:
            raise PermissionDeniedError.of(
                "api-key-missing",
                "no API key: PINECONE_API_KEY is not set",
                "create a key in the Pinecone console and export it as PINECONE_API_KEY",
            )
        if _KEY.fullmatch(value) is None:
            raise PermissionDeniedError.of(
                "api-key-unusable",
                "PINECONE_API_KEY holds spaces, quotes, line ends or other letters that no key has",
                "export the key alone, without quotes or a line end",
            )
        return Secret(value)


def parse_duration(written: str) -> Micros:
    """Read `90s`, `15m`, `24h`, `7d`, `4w`, or seconds alone; raises UsageError."""
    found = _DURATION.fullmatch(written)
    seconds = float(found[1]) * _UNITS[found[2]] if found else _LONGEST_SECONDS
    if seconds >= _LONGEST_SECONDS:
        raise UsageError.of(
            "duration-malformed", f"{written!r} is not a duration", "write 90s, 15m, 24h, 7d or 4w"
        )
    return round(seconds * SECOND)

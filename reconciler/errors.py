"""The errors that end a run, each with the exit code that DESIGN's table gives it."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Self

from reconciler.model.diagnostic import Diagnostic, SourceSpan


class ExitCode(IntEnum):
    """Exit codes of the command line; stable and documented in the README."""

    OK = 0
    ERROR = 1
    CHANGES = 2
    PARTIAL = 3
    LOCKED = 4
    STALE = 5
    REFUSED = 6
    VERIFICATION = 7
    DEADLINE = 8
    PERMISSION = 9
    USAGE = 64
    BUG = 70
    INTERRUPTED = 130
    TERMINATED = 143


PRECEDENCE: tuple[ExitCode, ...] = (
    ExitCode.BUG,
    ExitCode.INTERRUPTED,
    ExitCode.TERMINATED,
    ExitCode.PERMISSION,
    ExitCode.REFUSED,
    ExitCode.STALE,
    ExitCode.LOCKED,
    ExitCode.VERIFICATION,
    ExitCode.PARTIAL,
    ExitCode.DEADLINE,
    ExitCode.ERROR,
    ExitCode.CHANGES,
    ExitCode.OK,
)


def first_true(codes: Sequence[ExitCode]) -> ExitCode:
    """Give the code that a run exits with when several hold; OK when none does."""
    return next((code for code in PRECEDENCE if code in codes), ExitCode.OK)


class ReconcilerError(Exception):
    """An expected failure: one or more diagnostics and an exit code, never a traceback."""

    exit_code = ExitCode.ERROR

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(diagnostic.summary for diagnostic in diagnostics))
        self.diagnostics = diagnostics

    @classmethod
    def of(
        cls, reference: str, summary: str, hint: str = "", source: SourceSpan | None = None
    ) -> Self:
        """Build the error from the parts of its single diagnostic."""
        return cls(Diagnostic(reference, summary, hint, source))


class UsageError(ReconcilerError):
    """An option cannot be meant as it was written."""

    exit_code = ExitCode.USAGE


class ConfigError(ReconcilerError):
    """The configuration cannot be read or is not valid."""


class StateError(ReconcilerError):
    """State cannot be read, does not check out, or could not be saved."""


class LockedError(StateError):
    """Another run holds the state."""

    exit_code = ExitCode.LOCKED


class UnsavedError(StateError):
    """Part of what a run did is not in its state; `document` holds it where no file does."""

    def __init__(self, *diagnostics: Diagnostic, document: str = "") -> None:
        super().__init__(*diagnostics)
        self.document = document


class StaleStateError(StateError):
    """State moved on since it was loaded: another run wrote to it."""

    exit_code = ExitCode.STALE


class GuardError(ReconcilerError):
    """A guard refused, before anything was changed."""

    exit_code = ExitCode.REFUSED


class PlanFileError(ReconcilerError):
    """A saved plan cannot be read, does not check out, or could not be written."""


class StalePlanError(ReconcilerError):
    """The reviewed plan no longer fits what is there."""

    exit_code = ExitCode.STALE


class PermissionDeniedError(ReconcilerError):
    """The API key is missing, not accepted, or may not do this."""

    exit_code = ExitCode.PERMISSION


class StillRunningError(ReconcilerError):
    """The deadline passed while something that is watched was still running."""

    exit_code = ExitCode.DEADLINE


class InterruptedRunError(ReconcilerError):
    """The first Ctrl-C: nothing new was started, state was saved."""

    exit_code = ExitCode.INTERRUPTED


class TerminatedRunError(ReconcilerError):
    """SIGTERM: nothing new was started, state was saved."""

    exit_code = ExitCode.TERMINATED

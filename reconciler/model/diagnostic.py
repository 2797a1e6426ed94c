"""Errors and warnings as data: what, where, and what to do next."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True, order=True)
class SourceSpan:
    """A place in a configuration file; line and column count from 1, columns in characters."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """Give `file:line:column`, which editors open."""
        return f"{self.file}:{self.line}:{self.column}"


class Severity(Enum):
    """How much a diagnostic weighs: an error ends the run, a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem: a stable kebab-case reference, a sentence, a place and the way out."""

    reference: str
    summary: str
    hint: str = ""
    source: SourceSpan | None = None
    severity: Severity = Severity.ERROR

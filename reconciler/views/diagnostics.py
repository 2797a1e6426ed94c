"""Errors and warnings for people: one line what, one line where, one line what to do."""

from collections.abc import Iterable

from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.views.inert import inert
from reconciler.views.lines import UNLIMITED, Line, Style, wrapped


def render(diagnostics: Iterable[Diagnostic], width: int = UNLIMITED) -> list[Line]:
    """Give the lines of all diagnostics, in their order."""
    lines: list[Line] = []
    for diagnostic in diagnostics:
        error = diagnostic.severity is Severity.ERROR
        style = Style.REMOVE if error else Style.CHANGE
        word = "error" if error else "warning"
        said = f"{word}: {diagnostic.reference}: {inert(diagnostic.summary)}"
        lines += wrapped(said, 0, width, style, hang=2)
        if diagnostic.source is not None:
            lines += wrapped(f"at {inert(str(diagnostic.source))}", 2, width, hang=3)
        if diagnostic.hint:
            lines += wrapped(f"hint: {inert(diagnostic.hint)}", 2, width, hang=6)
    return lines

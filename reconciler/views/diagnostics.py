"""Errors and warnings for people: one line what, one line where, one line what to do."""

from collections.abc import Iterable

from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.views.lines import Line, Style
from reconciler.views.words import inert


def render(diagnostics: Iterable[Diagnostic]) -> list[Line]:
    """Give the lines of all diagnostics, in their order."""
    lines: list[Line] = []
    for diagnostic in diagnostics:
        error = diagnostic.severity is Severity.ERROR
        style = Style.REMOVE if error else Style.CHANGE
        word = "error" if error else "warning"
        said = f"{word}: {diagnostic.reference}: {inert(diagnostic.summary)}"
        lines.append(Line(said, style))
        if diagnostic.source is not None:
            lines.append(Line(f"  at {inert(str(diagnostic.source))}"))
        if diagnostic.hint:
            lines.append(Line(f"  hint: {inert(diagnostic.hint)}"))
    return lines

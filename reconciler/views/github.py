"""What a GitHub workflow is told: annotations at the lines of the YAML, and outputs of the step.

These lines are orders to the runner, and the only ones: what others wrote stands inside of them,
where it can neither end them nor begin one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconciler.errors import ExitCode
from reconciler.model.change import REMOVALS, Change, Standing
from reconciler.model.diagnostic import Diagnostic, SourceSpan
from reconciler.model.plan import Plan, counts
from reconciler.views.change_text import verb
from reconciler.views.inert import annotated, annotation
from reconciler.views.words import facts

MOST = 10
"""GitHub shows ten errors and ten warnings of a step, and drops the others without a word."""


@dataclass(frozen=True, slots=True)
class _Note:
    """One annotation."""

    level: str
    title: str
    message: str
    source: SourceSpan | None = None


def annotations(plan: Plan) -> list[str]:
    """Annotate what must not be overlooked: refusals, then what ends, then what waits for us."""
    changes = [one for one in plan.changes if one.standing is not Standing.UNCHANGED]
    ended = [one for one in changes if one.standing is Standing.PLANNED and one.action in REMOVALS]
    undecided = [one for one in changes if one.standing is not Standing.PLANNED]
    return _limited(
        [
            *_told(plan.refusals),
            *(_changed(plan, one) for one in (*ended, *undecided)),
            *_told(plan.warnings),
        ]
    )


def problems(found: Iterable[Diagnostic]) -> list[str]:
    """Annotate the errors that a run ended with."""
    return _limited(list(_told(found)))


def outputs(plan: Plan, code: ExitCode) -> str:
    """Give the outputs of the step, a line each; nothing in them was written by others."""
    found = counts(plan)
    rows = {
        "plan_id": plan.header.id,
        "changes": _flag(value=not plan.is_empty or bool(plan.moves)),
        "to_add": found.add,
        "to_change": found.change,
        "to_destroy": found.destroy,
        "to_cancel": found.cancel,
        "to_adopt": found.adopt,
        "to_forget": found.forget,
        "attention": found.attention,
        "complete": _flag(value=plan.complete),
        "refused": _flag(value=plan.is_refused),
        "exit_code": int(code),
    }
    return "".join(f"{name}={shown}\n" for name, shown in rows.items())


def _flag(*, value: bool) -> str:
    return "true" if value else "false"


def _told(found: Iterable[Diagnostic]) -> Iterable[_Note]:
    for one in found:
        joint = ". " if one.hint[:1].isupper() else "; "  # some hints are sentences of their own
        hint = f"{joint}{one.hint}" if one.hint else ""
        yield _Note(one.severity.value, one.reference, f"{one.summary}{hint}", one.source)


def _changed(plan: Plan, change: Change) -> _Note:
    known = facts(change.facts, plan.header.now) if change.remote_id else ""
    way_out = f"; {change.way_out}" if change.way_out else ""
    message = f"{change.because}{f' ({known})' if known else ''}{way_out}"
    return _Note("warning", f"{verb(change)} {change.address}", message, change.source)


def _limited(notes: Sequence[_Note]) -> list[str]:
    """Write as many as are shown; the last one says how many there are besides."""
    if len(notes) <= MOST:
        return [_written(note) for note in notes]
    left = len(notes) - MOST + 1
    more = _Note("warning", f"{left} more", "the log and the summary of this step show all")
    return [_written(note) for note in (*notes[: MOST - 1], more)]


def _written(note: _Note) -> str:
    place = ""
    if note.source is not None:
        at = note.source
        place = f"file={annotated(at.file)},line={at.line},col={at.column},"
    return f"::{note.level} {place}title={annotated(note.title)}::{annotation(note.message)}"

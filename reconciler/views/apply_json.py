"""What apply does, for programs: one JSON document a line, in the shape of Terraform's.

Described by `schemas/apply.schema.json`. Of a type that it does not know a reader shows `@message`.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.errors import ExitCode
from reconciler.model.address import Address
from reconciler.model.change import Change, Standing
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.event import Event, Outcome, Phase, StepResult
from reconciler.model.moment import rfc3339
from reconciler.model.plan import Plan, counts
from reconciler.model.state import State
from reconciler.model.values import Fields, Micros
from reconciler.views.apply_text import closing, event_line, identity, made, tally
from reconciler.views.change_text import verb
from reconciler.views.inert import document, inert
from reconciler.views.plan_json import diagnostic_json
from reconciler.views.plan_text import summary

FORMAT_VERSION: Final = "1.0"
"""Version of the lines; a minor is additive."""

_TYPES: Final = {
    Outcome.DONE: ("info", "apply_complete"),
    Outcome.FAILED: ("error", "apply_errored"),
    Outcome.PENDING: ("warn", "apply_pending"),
    Outcome.SKIPPED: ("warn", "apply_skipped"),
}


def line(found: Fields, now: Micros) -> str:
    """Write one document on one line, with the time."""
    return f"{document({'@timestamp': rfc3339(now), **found})}\n"


def version(tool: str) -> Fields:
    """Begin the stream: who speaks, and in which format."""
    said = f"reconciler {tool}"
    return _line("info", said, "version", reconciler=tool, ui=FORMAT_VERSION)


def plan_lines(plan: Plan) -> Iterator[Fields]:
    """Tell what is going to be done: a line a change, then the counts, then what was remarked."""
    for change in plan.changes:
        if change.standing is not Standing.UNCHANGED:
            yield _planned(change)
    found = counts(plan)
    changes = {
        "operation": "plan",
        **_numbers(found.add, found.change, found.destroy),
        "import": found.adopt,
        "cancel": found.cancel,
        "forget": found.forget,
        "wait": found.wait,
    }
    more = {"plan_id": plan.header.id, "applyable": not plan.is_refused, "complete": plan.complete}
    yield _line("info", summary(plan), "change_summary", changes=changes, **more)
    for one in (*plan.refusals, *plan.warnings):
        yield diagnostic(one)


def event_fields(event: Event, seconds: float) -> Fields:
    """Tell one event: of a step how it goes on or ends, else a remark."""
    said = event_line(event, seconds)
    if event.address is None or event.operation is None or event.phase is Phase.NOTE:
        return _line("info", said, "log")
    hook = {
        "resource": _resource(event.address),
        "action": event.operation.value,
        "elapsed_seconds": round(seconds, 3),
        **({"id": event.remote_id} if event.remote_id else {}),
    }
    if event.phase is Phase.STARTED:
        return _line("info", said, "apply_start", hook=hook)
    if event.phase is Phase.PROGRESS:
        far = {"percent_complete": event.percent, "records": event.records, "note": event.message}
        return _line("info", said, "apply_progress", hook={**hook, **far})
    level, kind = _TYPES[event.outcome or Outcome.DONE]
    return _line(level, said, kind, hook={**hook, "reason": event.message})


def diagnostic(found: Diagnostic) -> Fields:
    """Tell an error or a warning."""
    level = "error" if found.severity is Severity.ERROR else "warn"
    said = f"{found.severity.value}: {found.reference}: {inert(found.summary)}"
    return _line(level, said, "diagnostic", diagnostic=diagnostic_json(found))


def ended(
    results: Sequence[StepResult], state: State, code: ExitCode, *, destroy: bool = False
) -> Fields:
    """End the stream: what was done, how every step ended, and what was made."""
    done = [result for result in results if result.outcome is Outcome.DONE]
    found = tally(done)
    changes = {
        "operation": "destroy" if destroy else "apply",
        **_numbers(found["add"], found["change"], found["destroy"]),
        "import": found["adopt"],
        "cancel": found["cancel"],
        "forget": found["forget"],
        "wait": found["finish"],
    }
    steps = [
        {
            "id": result.step_id,
            "address": str(result.address),
            "operation": result.operation.value,
            "outcome": result.outcome.value,
            "reference": result.reference,
            "message": result.message,
            "hint": result.hint,
        }
        for result in results
    ]
    new = [
        {"address": str(address), **dict(identity(entry))} for address, entry in made(done, state)
    ]
    begun = bool(results) or code is ExitCode.OK
    level = "info" if begun and len(done) == len(results) else "error"
    said = closing(results, destroy=destroy) if begun else "Nothing was changed."
    more = {"changes": changes, "steps": steps, "made": new, "exit_code": int(code)}
    return _line(level, said, "apply_summary", **more)


def _planned(change: Change) -> Fields:
    said = f"{change.address}: {verb(change)}: {inert(change.because)}"
    level = "info" if change.standing is Standing.PLANNED else "warn"
    body = {
        "resource": _resource(change.address),
        "action": change.action.value,
        "standing": change.standing.value,
        "reason": change.reason.value,
    }
    return _line(level, said, "planned_change", change=body)


def _numbers(add: int, change: int, remove: int) -> Fields:
    return {"add": add, "change": change, "remove": remove}


def _resource(address: Address) -> Fields:
    return {"addr": str(address), "resource_type": address.kind, "resource_name": address.name}


def _line(level: str, message: str, kind: str, **more: object) -> Fields:
    head = {"@level": level, "@message": message, "@module": "reconciler", "type": kind}
    return {**head, **more}  # type: ignore[dict-item] # what is given is JSON

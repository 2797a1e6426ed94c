"""Drift as people and machines read it; `schemas/drift.schema.json` describes the JSON."""

from collections import Counter

from reconciler.model.drift import Drift, Drifted, How, Unapplied
from reconciler.model.moment import rfc3339
from reconciler.model.values import Fields
from reconciler.views.inert import inert
from reconciler.views.lines import Line, Style, wrapped
from reconciler.views.words import facts, number, value

FORMAT_VERSION = "1.0"
"""Version of the document; a minor is additive, a major is refused."""

_SYMBOLS = {How.CHANGED: "~", How.GONE: "-", How.FAILED: "!", How.ANOTHER: "!"}
_STYLES = {
    How.CHANGED: Style.CHANGE,
    How.GONE: Style.REMOVE,
    How.FAILED: Style.ATTENTION,
    How.ANOTHER: Style.ATTENTION,
}
_WORDS = {
    Unapplied.MAKE: "to make",
    Unapplied.CHANGE: "to change",
    Unapplied.END: "to end",
}


def render(drift: Drift, width: int = 80) -> list[Line]:
    """Give the lines: every object that drifted, then the counts, then what was never applied."""
    lines: list[Line] = []
    for one in drift.found:
        lines += _object(drift, one, width)
    for unseen in drift.unseen:
        said = f"  ? {unseen.address}: cannot be compared: {inert(unseen.why)}"
        lines += wrapped(said.strip(), 2, width, Style.ATTENTION, hang=4)
    if lines:
        lines.append(Line())
    lines += wrapped(summary(drift), 0, width, Style.STRONG, hang=2)
    if drift.pending:
        found = Counter(one.what for one in drift.pending)
        said = ", ".join(f"{found[what]} {word}" for what, word in _WORDS.items() if found[what])
        told = f"Not applied yet, and no drift: {said}; `reconciler plan` shows it."
        lines += wrapped(told, 0, width, Style.QUIET, hang=2)
    return lines


def summary(drift: Drift) -> str:
    """Give the line of counts; its head says whether there is drift at all."""
    found = Counter(one.how.value for one in drift.found)
    parts = [f"{found[how.value]} {how.value}" for how in How if found[how.value]]
    head = f"Drift: {', '.join(parts)}." if parts else "No drift."
    more = [f"{number(drift.as_recorded, 'object')} as recorded"]
    more += [f"{len(drift.unseen)} not readable"] if drift.unseen else []
    more += [f"{number(drift.ignored, 'difference')} ignored"] if drift.ignored else []
    return f"{head} {', '.join(more)}."


def drift_json(drift: Drift) -> Fields:
    """Give the same as one JSON value."""
    return {
        "format_version": FORMAT_VERSION,
        "timestamp": rfc3339(drift.now),
        "drifted": bool(drift.found),
        "complete": not drift.unseen,
        "objects": [
            {
                "address": str(one.address),
                "id": one.remote_id,
                "how": one.how.value,
                "reason": one.because,
                "differences": [
                    {"path": field.path, "recorded": field.before, "live": field.after}
                    for field in one.fields
                ],
                "facts": one.facts,
            }
            for one in drift.found
        ],
        "unreadable": [{"address": str(one.address), "reason": one.why} for one in drift.unseen],
        "not_applied": [
            {"address": str(one.address), "what": one.what.value, "paths": list(one.paths)}
            for one in drift.pending
        ],
        "as_recorded": drift.as_recorded,
        "ignored": drift.ignored,
    }


def _object(drift: Drift, one: Drifted, width: int) -> list[Line]:
    style = _STYLES[one.how]
    said = f"{_SYMBOLS[one.how]} {one.address}: {inert(one.because)}"
    lines = wrapped(said, 2, width, style, hang=4)
    known = [inert(one.remote_id), facts(one.facts, drift.now)]
    lines += wrapped("   ".join(part for part in known if part), 6, width, Style.QUIET)
    for field in one.fields:
        live = "(unset)" if field.after is None else value(field.after)
        told = f"{inert(field.path)}: {value(field.before)} -> {live}"
        lines += wrapped(told, 6, width, hang=2)
    return lines

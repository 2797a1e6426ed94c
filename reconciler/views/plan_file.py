"""The bytes of a saved plan: plan JSON, what apply needs besides, and a checksum over all of it.

One document holds both, so that a policy reads the very plan that apply performs. Entries that are
only brought up to date (`Plan.refreshes`) stay out: they are state, and apply derives them anew.
"""

import hashlib
import json

from reconciler.errors import PlanFileError
from reconciler.model.change import Change, Precondition
from reconciler.model.plan import FORMAT_VERSION, Plan
from reconciler.model.state_json import lifecycle_json
from reconciler.model.values import Fields, text
from reconciler.planning.identity import is_intact, permissions_json
from reconciler.views import inert
from reconciler.views.plan_json import plan_json, range_json
from reconciler.views.plan_read import read_plan

_AGAIN = "make it again: reconciler plan --out FILE"


def encode(plan: Plan) -> bytes:
    """Encode as one JSON document in ASCII; equal plans give equal bytes."""
    document: Fields = {**plan_json(plan), "saved": _saved(plan)}
    sha256 = hashlib.sha256(_pretty(document)).hexdigest()
    return _pretty({**document, "sha256": sha256})


def decode(data: bytes, path: str) -> Plan:
    """Read what `encode` wrote; raises PlanFileError for anything else, `path` is for its text."""
    document = _document(data, path)
    rest = {key: value for key, value in document.items() if key != "sha256"}
    _insist_on_format(rest, path)
    try:
        if document.get("sha256") != hashlib.sha256(_pretty(rest)).hexdigest():
            raise _damaged(path, "its checksum does not fit: it was changed or cut")
        plan = read_plan(rest)
        whole = is_intact(plan) and encode(plan) == data
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _damaged(path, "it does not have the shape of a saved plan") from error
    if not whole:
        raise _damaged(path, "it says something else than the plan that its id names")
    return plan


def _document(data: bytes, path: str) -> Fields:
    try:
        document = json.loads(data.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "it is empty" if not data else "it is not JSON") from error
    if not isinstance(document, dict):
        raise _damaged(path, "it is not a plan")
    return document


def _insist_on_format(document: Fields, path: str) -> None:
    """Refuse formats of other versions, and plans that were only printed, by their names."""
    found = text(document.get("format_version"))
    if found and found != FORMAT_VERSION:
        raise PlanFileError.of(
            "plan-format",
            f"{path} has plan format {found[:20]!r}, this reconciler reads {FORMAT_VERSION}",
            f"use the version of reconciler that made it, or {_AGAIN}",
        )
    if not found or "saved" not in document:
        said = "it is what `plan -o json` prints" if found else "it is not a plan"
        raise _damaged(path, f"{said}, not what `plan --out` saves")


def _damaged(path: str, finding: str) -> PlanFileError:
    return PlanFileError.of("plan-damaged", f"{path} cannot be used: {finding}", _AGAIN)


def _saved(plan: Plan) -> Fields:
    state_file = plan.header.state_file
    return {
        "made_at": plan.header.now,
        **({} if state_file is None else {"state_file": state_file}),
        "permissions": permissions_json(plan.permissions),
        "changes": [_change(change) for change in plan.changes],
        "steps": [{"id": step.remote_id} for step in plan.steps],
    }


def _change(change: Change) -> Fields:
    return {
        "wanted": change.wanted,
        "before": change.before,
        "pins": change.pins,
        "precondition": _precondition(change.precondition),
        "lifecycle": lifecycle_json(change.lifecycle),
        "forgets": change.forgets,
        "range": range_json(change.source),
    }


def _precondition(held: Precondition | None) -> Fields | None:
    if held is None:
        return None
    return {
        "id": held.remote_id,
        "created_at": held.created_at,
        "marker": held.marker,
        "phase": held.phase.value,
        "traits": held.traits,
    }


def _pretty(document: Fields) -> bytes:
    """Encode for reading; the order of keys is kept, since people wrote it."""
    return f"{inert.document(document, indent=2)}\n".encode("ascii")

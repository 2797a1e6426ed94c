"""The plan as machines read it: Terraform's paths, so that its policies work, and our own blocks.

Described by `schemas/plan.schema.json`.
"""

from dataclasses import asdict

from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.diagnostic import Diagnostic, SourceSpan
from reconciler.model.moment import rfc3339
from reconciler.model.plan import FORMAT_VERSION, Plan, counts
from reconciler.model.values import JSON, Fields

_ACTIONS = {
    Action.NO_OP: ["no-op"],
    Action.CREATE: ["create"],
    Action.UPDATE: ["update"],
    Action.REPLACE: ["create", "delete"],
    Action.DELETE: ["delete"],
    Action.CANCEL: ["delete"],
    Action.ADOPT: ["no-op"],
    Action.FORGET: ["forget"],
    Action.WAIT: ["no-op"],
}


def plan_json(plan: Plan) -> Fields:
    """Give the plan as one JSON value."""
    header = plan.header
    return {
        "format_version": FORMAT_VERSION,
        "reconciler_version": header.tool,
        "plan_id": header.id,
        "timestamp": rfc3339(header.now),
        "api_base": header.api_base,
        "lineage": header.lineage,
        "configuration": {"name": header.configuration, "digest": header.configuration_digest},
        "applyable": not plan.is_refused,
        "complete": plan.complete,
        "all_seen": plan.all_seen,
        "errored": plan.is_refused,
        "scope": {
            "targets": sorted(plan.permissions.targets),
            "excludes": sorted(plan.permissions.excludes),
            "destroy": plan.permissions.destroy,
            "left_out": plan.left_out,
        },
        "resource_changes": [_change(change) for change in plan.changes],
        "summary": asdict(counts(plan)),
        "steps": [
            {
                "id": step.id,
                "address": str(step.address),
                "operation": step.operation.value,
                "after": list(step.after),
                "when": step.when.value,
            }
            for step in plan.steps
        ],
        "moved": [{"from": str(old), "to": str(new)} for old, new in sorted(plan.moves.items())],
        "care": [
            {
                "address": str(care.address),
                "path": care.path,
                "before": care.before,
                "after": care.after,
            }
            for care in plan.care
        ],
        "unmanaged": [
            {"kind": one.kind, "id": one.remote_id, "name": one.name, "owner": one.ownership.value}
            for one in plan.unmanaged
        ],
        "quota": None if plan.quota is None else asdict(plan.quota),
        "diagnostics": [diagnostic_json(item) for item in (*plan.refusals, *plan.warnings)],
    }


def diagnostic_json(diagnostic: Diagnostic) -> Fields:
    """Give a diagnostic as JSON."""
    return {
        "severity": diagnostic.severity.value,
        "reference": diagnostic.reference,
        "summary": diagnostic.summary,
        "hint": diagnostic.hint,
        "range": range_json(diagnostic.source),
    }


def range_json(source: SourceSpan | None) -> Fields | None:
    """Give a place in a configuration file as JSON."""
    if source is None:
        return None
    return {"filename": source.file, "line": source.line, "column": source.column}


def _change(change: Change) -> Fields:
    planned = change.standing is Standing.PLANNED
    after = _after(change)
    live = change.standing is Standing.UNCHANGED and change.remote_id is not None
    body: dict[str, JSON] = {
        "actions": _ACTIONS[change.action] if planned else ["no-op"],
        "before": after if live else change.before,
        "after": after,
        "after_unknown": dict.fromkeys(change.awaits, True),
    }
    if change.action is Action.ADOPT and planned:
        body["importing"] = {"id": change.remote_id}
    found: dict[str, JSON] = {
        "address": str(change.address),
        "mode": "managed",
        "type": change.address.kind,
        "name": change.address.name,
        "action": change.action.value,
        "standing": change.standing.value,
        "action_reason": change.reason.value,
        "reason": change.because,
        "hint": change.way_out,
        "id": change.remote_id,
        "change": body,
        "differences": [
            {"path": field.path, "before": field.before, "after": field.after}
            for field in change.fields
        ],
        "chosen": {key: change.pins[key] for key in ("backup_id",) if key in change.pins},
        "facts": change.facts,
        "notes": list(change.notes),
        "depends_on": [str(address) for address in change.depends_on],
        "owner": None if change.owner is None else str(change.owner),
        "transient": change.transient,
        "digest": change.digest,
    }
    if change.reason is Reason.DEPOSED:
        found["deposed"] = change.remote_id
    return found


def _after(change: Change) -> JSON:
    if change.standing is not Standing.PLANNED:
        return change.wanted or change.before
    if change.action in {Action.DELETE, Action.FORGET, Action.CANCEL}:
        return None
    return change.wanted or None

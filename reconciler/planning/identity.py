"""What makes two plans the same: digests of their changes, and the plan's id.

Percentages, counts, sizes, ages, hosts and times are left out on purpose: they move without
anything that was reviewed having changed. Traits are in it: where nothing else tells an object
from another of its name, its size does.
"""

from collections.abc import Sequence

from reconciler.model.change import BESIDE, MUTATING, Change, Standing
from reconciler.model.plan import FORMAT_VERSION, Header, Permissions, Plan
from reconciler.model.values import JSON, Fields, digest


def change_digest(change: Change) -> str:
    """Digest what a reviewer of this change agreed to; empty for changes that change nothing."""
    if change.action not in MUTATING or change.standing is not Standing.PLANNED:
        return ""
    held = change.precondition
    return digest(
        {
            "address": str(change.address),
            "action": change.action.value,
            "reason": change.reason.value,
            "wanted": change.wanted,
            "remote_id": change.remote_id,
            "fields": [[field.path, field.before, field.after] for field in change.fields],
            "backup_id": change.pins.get("backup_id"),
            "awaits": list(change.awaits),
            **({BESIDE: change.pins[BESIDE]} if BESIDE in change.pins else {}),
            "precondition": None
            if held is None
            else [
                *(held.remote_id, held.created_at, held.marker, held.phase.value),
                *([held.traits] if held.traits else []),
            ],
        }
    )


def plan_id(header: Header, permissions: Permissions, changes: Sequence[Change]) -> str:
    """Give the SHA-256 that names a plan, whatever the day on which it is made again."""
    return digest(
        {
            "format": FORMAT_VERSION,
            "tool": tool_major(header.tool),
            "api_base": header.api_base,
            "lineage": header.lineage,
            "configuration": header.configuration,
            "configuration_digest": header.configuration_digest,
            "permissions": permissions_json(permissions),
            "changes": sorted(change.digest for change in changes if change.digest),
        }
    )


def tool_major(version: str) -> str:
    """Give the part of a version within which plans are understood."""
    return version.partition(".")[0]


def is_intact(plan: Plan) -> bool:
    """Whether a plan's digests and id are those of what it says."""
    digests = all(change.digest == change_digest(change) for change in plan.changes)
    return digests and plan.header.id == plan_id(plan.header, plan.permissions, plan.changes)


def permissions_json(permissions: Permissions) -> Fields:
    """Write what the operator asked for and allowed.

    Permissions that came later are written where they are given, so that no older plan changes.
    """
    later: dict[str, JSON] = {"expiry": True} if permissions.expiry else {}
    if permissions.max_expiries is not None:
        later["max_expiries"] = permissions.max_expiries
    return {
        **later,
        "deletes": permissions.deletes,
        "max_removals": permissions.max_removals,
        "last_backups": sorted(str(address) for address in permissions.last_backups),
        "replace": sorted(str(address) for address in permissions.replace),
        "missing": permissions.missing,
        "take_over": permissions.take_over,
        "empty": permissions.empty,
        "new_state": permissions.new_state,
        "backup_quota": permissions.backup_quota,
        "targets": sorted(permissions.targets),
        "excludes": sorted(permissions.excludes),
        "destroy": permissions.destroy,
    }

"""What makes two plans the same: digests of their changes, and the plan's id.

Percentages, counts, sizes, ages, hosts and times are left out on purpose: they move without
anything that was reviewed having changed.
"""

from collections.abc import Sequence

from reconciler.model.change import MUTATING, Change, Standing
from reconciler.model.plan import FORMAT_VERSION, Permissions
from reconciler.model.values import Fields, digest
from reconciler.planning.given import Given


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
            "precondition": None
            if held is None
            else [held.remote_id, held.created_at, held.marker, held.phase.value],
        }
    )


def plan_id(given: Given, changes: Sequence[Change]) -> str:
    """Give the SHA-256 that names a plan in reviews and in `apply --plan-sha256`."""
    binding = given.state.binding
    major = given.tool.partition(".")[0]
    return digest(
        {
            "format": FORMAT_VERSION,
            "tool": major,
            "api_base": given.api_base,
            "lineage": None if binding is None else binding.lineage,
            "configuration": given.configuration.name,
            "configuration_digest": given.configuration.digest,
            "permissions": _permissions(given.permissions),
            "changes": sorted(change.digest for change in changes if change.digest),
        }
    )


def _permissions(permissions: Permissions) -> Fields:
    return {
        "deletes": permissions.deletes,
        "max_removals": permissions.max_removals,
        "last_backups": sorted(str(address) for address in permissions.last_backups),
        "replace": sorted(str(address) for address in permissions.replace),
        "missing": permissions.missing,
        "take_over": permissions.take_over,
        "empty": permissions.empty,
        "new_state": permissions.new_state,
        "backup_quota": permissions.backup_quota,
    }

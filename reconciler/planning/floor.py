"""What has to be left of a policy's backups of an index when its rules let some go.

`engine.floor` asks the same right before each delete: where the two disagreed, every run would
plan a delete that it then refuses.
"""

from collections.abc import Mapping, Sequence

from reconciler.model.address import Address
from reconciler.model.change import Change, Reason, Standing
from reconciler.model.observed import Observed, Phase, Seen
from reconciler.model.values import integer
from reconciler.planning.expiry import unexpired
from reconciler.planning.given import Given

Group = tuple[Address, str]
"""A policy, and what tells one index from another that had its name."""

_LIVELY = {Standing.PLANNED, Standing.WITHHELD}


def leave_good(given: Given, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Keep the newest copy with records that each policy has; where none is known, whatever may be.

    What another policy or nobody has does not count: it may go without anybody asking this policy.
    """
    groups = _groups(given)
    newest: dict[Group, Observed] = {}
    for group, item in groups.values():
        other = newest.get(group)
        if integer(item.facts.get("record_count")) and (
            other is None or item.by_age > other.by_age
        ):
            newest[group] = item
    return tuple(_floored(change, groups, newest) for change in changes)


def _floored(
    change: Change,
    groups: Mapping[Address, tuple[Group, Observed]],
    newest: Mapping[Group, Observed],
) -> Change:
    found = groups.get(change.address)
    if change.reason is not Reason.EXPIRED or change.standing not in _LIVELY or found is None:
        return change
    group, item = found
    best = newest.get(group)
    what = f"that {change.owner} has of {item.fields.get('index')}"
    if best is None and item.facts.get("record_count") != 0:
        return unexpired(change, f"none of the Ready backups {what} is known to have records")
    if best is not None and best.remote_id == item.remote_id:
        return unexpired(change, f"it is the newest Ready backup with records {what}")
    return change


def _groups(given: Given) -> Mapping[Address, tuple[Group, Observed]]:
    """Map the entries of policies that are Ready, in state and in the project, to their group."""
    objects = {
        (name, item.remote_id): item
        for name, kind in given.kinds.items()
        if kind.rules.holds_points_in_time
        for item in given.world.seen.get(name, Seen()).objects
        if item.phase is Phase.READY
    }
    found: dict[Address, tuple[Group, Observed]] = {}
    for address, entry in given.state.entries.items():
        item = objects.get((address.kind, entry.remote_id))
        if item is not None and entry.owner is not None and entry.phase is Phase.READY:
            source = item.facts.get("source_index_id") or item.fields.get("index")
            found[address] = ((entry.owner, str(source)), item)
    return found

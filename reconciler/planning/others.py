"""The live objects that are not in state: nobody's, another state's, or a second one of ours."""

from collections.abc import Sequence

from reconciler.model.change import Action, Change
from reconciler.model.kind import Kind
from reconciler.model.observed import Observed
from reconciler.model.plan import Ownership, Unmanaged
from reconciler.model.state import State
from reconciler.planning.given import Given


def unmanaged(given: Given, changes: Sequence[Change]) -> tuple[Unmanaged, ...]:
    """List what this plan neither manages nor adopts, sorted by kind, name and id."""
    taken = {
        (change.address.kind, change.remote_id)
        for change in changes
        if change.action is Action.ADOPT
    }
    found: list[Unmanaged] = []
    for name, items in sorted(given.tables.strangers.items()):
        remote = given.kinds[name].remote
        found += [
            Unmanaged(
                name, item.remote_id, item.name, ownership(given.kinds[name], item, given.state)
            )
            for item in items
            if remote is not None and remote.claims(item) and (name, item.remote_id) not in taken
        ]
    return tuple(sorted(found, key=lambda item: (item.kind, item.name, item.remote_id)))


def ownership(kind: Kind, item: Observed, state: State) -> Ownership:
    """A second object of ours carries the very marker of an entry: one create made both.

    Another marker of ours belongs to something that was forgotten, and is nobody's by now; on an
    index of another name it came along with a backup, since one create makes one name only.
    """
    if item.marker is None:
        return Ownership.UNMANAGED
    if item.marker.lineage != state.lineage8:
        return Ownership.ELSEWHERE
    entry = state.entries.get(item.marker.address)
    twin = entry is not None and entry.marker == item.marker.as_tag()
    return Ownership.DUPLICATE if twin and kind.rules.makes_index is None else Ownership.UNMANAGED

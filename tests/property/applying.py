"""A small pure model of apply: what state and project look like once every step was done."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason
from reconciler.model.observed import Marker, Observed, Phase, Seen
from reconciler.model.plan import Operation, Plan, Step
from reconciler.model.rules import MarkerIn
from reconciler.model.state import Entry, LedgerItem, LedgerReason, Verification
from reconciler.model.values import SECOND, Fields, mapping
from reconciler.planning.given import Given

LATER = 3600 * SECOND
_ULID = "01JE0000000000000000000000"


def applied(given: Given, plan: Plan) -> Given:
    """Give what planning is given an hour after the plan was applied."""
    model = _Model(given)
    for before, after in plan.moves.items():
        model.entries[after] = replace(model.entries.pop(before), address=after)
    for entry in plan.refreshes:
        model.entries[entry.address] = entry
    for step in plan.steps:
        model.perform(step, _change_of(plan, step))
    return model.given()


def _change_of(plan: Plan, step: Step) -> Change:
    found = [change for change in plan.changes if change.address == step.address]
    if step.operation in {Operation.DELETE, Operation.FORGET, Operation.UNPROTECT}:
        ends = {Action.DELETE, Action.REPLACE, Action.FORGET}
        return next(c for c in found if c.action in ends and c.remote_id == step.remote_id)
    return found[0]


class _Model:
    """State and project, changed step by step."""

    def __init__(self, given: Given) -> None:
        self.before = given
        self.entries = dict(given.state.entries)
        self.ledger = dict(given.state.ledger)
        self.live = {name: list(seen.objects) for name, seen in given.world.seen.items()}
        self.number = 0

    def given(self) -> Given:
        seen = {
            name: Seen(
                tuple(self.live[name]),
                one.unreadable,
                confirmed_gone=frozenset(self.entries),
            )
            for name, one in self.before.world.seen.items()
        }
        indexes = self.before.world.indexes
        state = replace(self.before.state, entries=dict(self.entries), ledger=dict(self.ledger))
        world = replace(
            self.before.world,
            now=self.before.world.now + LATER,
            seen=seen,
            entries=state.entries,
            indexes=indexes,
        )
        spent = {"replace": frozenset[Address](), "last_backups": frozenset[Address]()}
        permissions = replace(self.before.permissions, **spent)
        return replace(self.before, state=state, world=world, permissions=permissions)

    def perform(self, step: Step, change: Change) -> None:
        steps: Mapping[Operation, Callable[[Step, Change], None]] = {
            Operation.CREATE: self._create,
            Operation.WAIT: self._wait,
            Operation.VERIFY: self._verify,
            Operation.UPDATE: self._update,
            Operation.UNPROTECT: self._nothing,
            Operation.CANCEL: self._cancel,
            Operation.DELETE: self._delete,
            Operation.FORGET: self._forget,
            Operation.ADOPT: self._adopt,
        }
        steps[step.operation](step, change)

    def _create(self, step: Step, change: Change) -> None:
        del step
        kind, old = change.address.kind, self.entries.get(change.address)
        remote = self.before.kinds[kind].remote
        assert remote is not None
        self.number += 1
        named = _NAMED.get(kind)
        new_id = f"new-{self.number}" if named is None else str(change.wanted[named])
        marker = Marker(self.before.state.lineage8 or "", change.address, _ULID)
        signed = None if remote.marker_in is MarkerIn.NONE else marker
        deposed = () if old is None else old.deposed
        if change.action is Action.REPLACE and old is not None:
            deposed = (*deposed, old.remote_id)
        self.entries[change.address] = Entry(
            address=change.address,
            remote_id=new_id,
            fields=change.wanted,
            phase=Phase.READY,
            recorded_at=self.before.world.now,
            facts=_FACTS,
            pins=self._pins(change),
            marker=None if signed is None else signed.as_tag(),
            verification=Verification.PENDING
            if remote.verifies(change.wanted)
            else Verification.NONE,
            deposed=deposed,
            depends_on=change.depends_on,
            lifecycle=change.lifecycle,
            owner=change.owner,
        )
        self._show(change, new_id, signed)

    def _pins(self, change: Change) -> Fields:
        if "backup_id" not in change.awaits:
            return change.pins
        key = mapping(change.wanted["from"])["backup"]
        made = next(e for a, e in self.entries.items() if (a.kind, a.name) == ("backup", key))
        return {"backup_id": made.remote_id, "records": 98, "namespaces": 1, "tags": {}}

    def _show(self, change: Change, remote_id: str, marker: Marker | None) -> None:
        kind = change.address.kind
        remote = self.before.kinds[kind].remote
        assert remote is not None
        wanted = change.wanted
        fields = {key: wanted[key] for key in wanted if key in _VISIBLE[kind]}
        if kind == "backup":
            fields = {"description": None, **fields}
        self.live[kind].append(
            Observed(
                remote_id=remote_id,
                fields=fields,
                facts={**_FACTS, "status": "Ready"},
                phase=Phase.READY,
                listing=remote.scope(wanted)[0],
                marker=marker,
                created_at=None if kind == "collection" else self.before.world.now,
                traits={key: _FACTS[key] for key in _TRAITS} if kind == "collection" else {},
            )
        )

    def _wait(self, step: Step, change: Change) -> None:
        del step
        entry = self.entries[change.address]
        self.entries[change.address] = replace(entry, phase=Phase.READY, handle=None)
        shown = self._find(change, entry.remote_id)
        if shown is None:
            marker = None if entry.marker is None else Marker.parse_tag(entry.marker)
            self._show(change, entry.remote_id, marker)
            return
        self._swap(change, shown, replace(shown, phase=Phase.READY, percent=None))

    def _verify(self, step: Step, change: Change) -> None:
        del step
        entry = self.entries[change.address]
        self.entries[change.address] = replace(entry, verification=Verification.PASSED)

    def _update(self, step: Step, change: Change) -> None:
        del step
        entry = self.entries[change.address]
        self.entries[change.address] = replace(entry, fields=change.wanted)
        shown = self._find(change, entry.remote_id)
        assert shown is not None
        tags = {**mapping(shown.fields.get("tags")), **mapping(change.wanted["tags"])}
        wanted = {key: change.wanted[key] for key in shown.fields if key in change.wanted}
        self._swap(change, shown, replace(shown, fields={**shown.fields, **wanted, "tags": tags}))

    def _cancel(self, step: Step, change: Change) -> None:
        entry = self.entries[change.address]
        shown = self._find(change, entry.remote_id)
        assert shown is not None
        self._swap(change, shown, replace(shown, phase=Phase.FAILED, percent=None))
        self.entries[change.address] = replace(entry, phase=Phase.FAILED, handle=None)
        if change.forgets:
            self._forget(step, change)

    def _delete(self, step: Step, change: Change) -> None:
        del step
        entry = self.entries[change.address]
        shown = self._find(change, change.remote_id or entry.remote_id)
        assert shown is not None
        self.live[change.address.kind].remove(shown)
        if change.remote_id == entry.remote_id:
            del self.entries[change.address]
        else:
            rest = tuple(one for one in entry.deposed if one != change.remote_id)
            self.entries[change.address] = replace(entry, deposed=rest)

    def _forget(self, step: Step, change: Change) -> None:
        del step
        entry = self.entries[change.address]
        if change.reason is Reason.DEPOSED:
            rest = tuple(one for one in entry.deposed if one != change.remote_id)
            self.entries[change.address] = replace(entry, deposed=rest)
            return
        del self.entries[change.address]
        finished = entry.phase is Phase.READY and change.address.kind == "import"
        reason = LedgerReason.FINISHED if finished else LedgerReason.FORGOTTEN
        now = self.before.world.now
        item = LedgerItem(
            entry.address, entry.remote_id, entry.fields, entry.facts, reason, now, entry.marker
        )
        self.ledger[item.key] = item

    def _adopt(self, step: Step, change: Change) -> None:
        del step
        shown = self._find(change, change.remote_id or "")
        self.entries[change.address] = Entry(
            address=change.address,
            remote_id=change.remote_id or "",
            fields=change.wanted,
            phase=Phase.READY if shown is None else shown.phase,
            recorded_at=self.before.world.now,
            marker=None if shown is None or shown.marker is None else shown.marker.as_tag(),
            depends_on=change.depends_on,
            lifecycle=change.lifecycle,
        )

    def _nothing(self, step: Step, change: Change) -> None:
        del step, change

    def _find(self, change: Change, remote_id: str) -> Observed | None:
        found = (one for one in self.live[change.address.kind] if one.remote_id == remote_id)
        return next(found, None)

    def _swap(self, change: Change, old: Observed, new: Observed) -> None:
        items = self.live[change.address.kind]
        items[items.index(old)] = new


_NAMED = {"restore": "index", "collection": "name"}
_TRAITS = ("environment", "dimension", "record_count", "size_bytes")
_FACTS: Fields = {
    "source_index_id": "i-1",
    "namespace_count": 1,
    "environment": "e",
    "dimension": 8,
    "record_count": 98,
    "size_bytes": 7,
}
_VISIBLE = {
    "collection": {"name"},
    "backup": {"index", "name", "description"},
    "restore": {"index", "tags", "deletion_protection"},
    "import": {"index", "uri"},
}

"""Whether each decision of a plan is so: held against what is really there, address by address.

A plan that says "as declared", "gone" or "failed" makes a claim. It is judged where lists show all
that is there, and nothing came between them and this look at the store.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from simulation.expecting import Block, Rest, blocks

from reconciler.emulator.store import Store
from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, Standing
from reconciler.model.observed import Marker, Phase
from reconciler.model.plan import Permissions, Plan
from reconciler.model.state import Entry

_OPEN = {Standing.ATTENTION, Standing.REFUSED}
_MAKES = {Action.CREATE, Action.REPLACE}


def untrue(rest: Rest, text: str, plan: Plan, allowed: Permissions) -> Iterator[str]:
    """Tell which decisions about declared objects what is there does not bear out."""
    declared = blocks(text)
    unsettled = {intent.address for intent in rest.state.intents.values()}
    judged = declared.keys() - unsettled
    decided = {change.address for change in plan.changes}
    for address in set() if plan.is_refused else judged - decided:  # a guard may look no further
        yield f"{address}: nothing was decided"
    for change in plan.changes:
        if change.address in judged and change.reason is not Reason.DEPOSED:
            claim = Claim(rest, declared[change.address], change)
            for why in claim.wrong(allowed):
                said = f"{change.action.value}, {change.standing.value}: {change.because}"
                yield f"{change.address}: {said}; but {why}"


@dataclass(frozen=True, slots=True)
class Claim:
    """One change of a declared object, and what there is to hold it against."""

    rest: Rest
    block: Block
    change: Change

    @property
    def address(self) -> Address:
        """What it is about."""
        return self.change.address

    @property
    def entry(self) -> Entry | None:
        """What state knows of it."""
        return self.rest.state.entries.get(self.address)

    def wrong(self, allowed: Permissions) -> Iterator[str]:
        """Say what about it is not so."""
        change, asked = self.change, self.address in allowed.replace
        if change.standing is Standing.UNCHANGED:
            yield from (f"it {lack}" for lack in self.rest.missing(self.address, self.block))
            if asked and self._could_be_replaced():
                yield "--replace asks for another"
        if change.standing is Standing.PLANNED and change.action in _MAKES and not asked:
            yield from self._needless()
        if change.standing is Standing.WITHHELD and allowed.deletes:
            yield "deletes are allowed"
        if change.standing in _OPEN and change.reason in _TRUE and not _TRUE[change.reason](self):
            yield "that is not so"

    def _could_be_replaced(self) -> bool:
        entry = self.entry
        if self.address.kind != "backup" or entry is None:
            return False
        return not entry.deposed or is_no_copy(self.rest.oracle.store, entry)

    def _needless(self) -> Iterator[str]:
        """A create that nobody asked for makes what is nowhere; a replacement, what differs."""
        if not any(self.rest.missing(self.address, self.block)):
            yield "it is there as declared"
        if self.address.kind == "backup" and self.entry is not None and not self._differs():
            yield "nothing else is declared than was taken"
        for key in self._spare() if self.entry is None else ():
            yield f"{key} is ours and as declared"

    def _spare(self) -> Iterator[str]:
        """Backups of this address that are as declared and have no place in state."""
        oracle, entries = self.rest.oracle, self.rest.state.entries.values()
        held = {one.remote_id for one in entries} | {old for one in entries for old in one.deposed}
        for one in oracle.live(self.rest.who):
            backup = oracle.store.backups.get(one.key)
            if backup is not None and one.address == self.address and one.key not in held:
                said = Marker.split_description(backup.description or "")[0]
                if said == self.block.get("description", ""):
                    yield one.key

    def _differs(self) -> bool:
        """Something else is declared than what state or the object itself says."""
        entry = self.entry
        if entry is None:
            return True
        if self.address.kind != "backup":
            return entry.fields.get("from") != self.block.get("from")
        return (entry.fields.get("description") or "") != self.block.get("description", "")

    def _is_gone(self) -> bool:
        store, entry = self.rest.oracle.store, self.entry
        if self.address.kind == "backup":
            items = self.rest.state.ledger.values()
            ledger = {item.remote_id for item in items if item.address == self.address}
            return not ({entry.remote_id} if entry else ledger) <= store.backups.keys()
        if self.address.kind == "restore":
            return self.block.get("index", self.address.name) not in store.indexes
        return self._load() is None

    def _has_failed(self) -> bool:
        store, entry, now = self.rest.oracle.store, self.entry, self.rest.now
        if entry is None:
            return False
        if self.address.kind == "backup":
            backup = store.backups.get(entry.remote_id)
            return backup is not None and backup.has_failed(now)
        if self.address.kind == "restore":
            index = store.indexes.get(entry.remote_id)
            return index is None or index.has_failed(now)
        return self._load() in {"Failed", "Cancelled"}

    def _is_anothers(self) -> bool:
        index = self.rest.oracle.store.indexes.get(self.block.get("index", self.address.name))
        made = None if index is None else self.rest.oracle.made.get(index.id)
        return index is not None and (made is None or made.who != self.rest.who)

    def _load(self) -> str | None:
        entry = self.entry
        return None if entry is None else self.rest.status(self.rest.oracle.import_key(entry))


def is_no_copy(store: Store, entry: Entry) -> bool:
    """Whether what it has replaced stays: that has records, and this is no copy of the same."""
    new = store.backups.get(entry.remote_id)
    left = [store.backups[one] for one in entry.deposed if one in store.backups]
    if new is None or entry.phase is Phase.RUNNING or len(left) < len(entry.deposed):
        return False
    other = [one.source.id != new.source.id or not new.snapshot.record_count for one in left]
    return all(other) and all(one.snapshot.record_count for one in left)


_TRUE: Mapping[Reason, Callable[[Claim], bool]] = {
    Reason.GONE: Claim._is_gone,
    Reason.FAILED: Claim._has_failed,
    Reason.IMMUTABLE_DIFFERS: Claim._differs,
    Reason.MARKER_LOST: Claim._is_anothers,
    Reason.ANOTHER_OBJECT: Claim._is_anothers,
}
"""What must be so, by the reason for which nothing is done."""

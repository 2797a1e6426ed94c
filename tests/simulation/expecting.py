"""What must be there once nothing is said to be left to do, read from the emulator's own store.

Plans and states are what we believe; here the YAML alone is held against what was really done.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import yaml
from simulation.oracle import Oracle

from reconciler.emulator.store import Index
from reconciler.model.address import Address
from reconciler.model.observed import Marker
from reconciler.model.state import State, Verification
from reconciler.model.values import SECOND

Block = Mapping[str, Any]
_KINDS = {
    "backups": "backup",
    "restores": "restore",
    "imports": "import",
    "collections": "collection",
    "backup_policies": "policy",
}
_HOUR = 3600 * SECOND


def unmet(oracle: Oracle, who: str, state: State, text: str, now: int) -> Iterator[str]:
    """Tell what is declared and not there, and what is there and should not be."""
    declared = blocks(text)
    rest = Rest(oracle, who, state, now)
    for address, block in declared.items():
        for line in rest.missing(address, block):
            yield f"{address} {line}"
    yield from rest.left_over(declared)


def blocks(text: str) -> Mapping[Address, Block]:
    """Give what a configuration declares, read without any of our code."""
    found = yaml.safe_load(text) or {}
    return {
        Address(kind, name): block or {}
        for section, kind in _KINDS.items()
        for name, block in found.get(section, {}).items()
    }


@dataclass(frozen=True, slots=True)
class Rest:
    """A world at rest, and whose work is looked at."""

    oracle: Oracle
    who: str
    state: State
    now: int

    def missing(self, address: Address, block: Block) -> Iterator[str]:
        """Tell what an object lacks of what is declared."""
        look = {
            "backup": self._backup,
            "restore": self._restore,
            "import": self._import,
            "collection": self._collection,
            "policy": self._policy,
        }
        yield from look[address.kind](address, block)

    def left_over(self, declared: Mapping[Address, Block]) -> Iterator[str]:
        """Tell what is live though nobody declares it, or declared that it may stay."""
        entries = self.state.entries.items()
        held = {one.remote_id for place, one in entries if {place, one.owner} & declared.keys()}
        held |= self.oracle.declared.released
        uris = {block.get("uri") for block in declared.values()}
        for one in self.oracle.live(self.who):
            if one.operation == "startBulkImport":
                if one.subject not in uris and self.status(one.key) == "InProgress":
                    yield f"still running: {one.key} ({one.subject})"
            elif one.held_as not in held:
                yield f"left over: {one.key} ({one.subject})"

    def _backup(self, address: Address, block: Block) -> Iterator[str]:
        entry = self.state.entries.get(address)
        backup = None if entry is None else self.oracle.store.backups.get(entry.remote_id)
        if backup is None:
            yield "is declared and not there"
            return
        said = Marker.split_description(backup.description or "")[0]
        if said != block.get("description", ""):
            yield f"is described as {said!r}"
        if backup.source.name != block["index"]:
            yield f"was taken of {backup.source.name}"
        if backup.has_failed(self.now):
            yield "has failed"
        yield from self._stranger(backup.id, block)

    def _restore(self, address: Address, block: Block) -> Iterator[str]:
        index = self.oracle.store.indexes.get(block.get("index", address.name))
        if index is None or not index.restored:
            yield "is declared and not there"
            return
        yield from self._source(index, block)
        yield from self._tags(index, block)
        if index.protected != (block.get("deletion_protection", "enabled") == "enabled"):
            yield "is not protected as declared"
        if index.has_failed(self.now):
            yield "has failed"
        yield from self._stranger(index.id, block)
        yield from self._verified(address, index)

    def _source(self, index: Index, block: Block) -> Iterator[str]:
        """It came from a backup of what it is made from; a later one may stand there by now."""
        wanted = Address("backup", block["from"]["backup"])
        entry, made = (
            self.state.entries.get(wanted),
            self.oracle.made.get(key := index.source_backup_id or ""),
        )
        adopted = entry is not None and entry.remote_id == key
        if not adopted and (made is None or made.address != wanted):
            yield f"was made from {key}, which is no {wanted}"

    def _tags(self, index: Index, block: Block) -> Iterator[str]:
        """It has what is declared, what its backup brought along, our mark, and what people set."""
        declared = block.get("tags", {})
        foreign = {"reconciler", *self.oracle.by_hand} - declared.keys()
        has = {key: value for key, value in index.tags.items() if key not in foreign}
        backup = self.oracle.store.backups.get(index.source_backup_id or "")
        brought = has if backup is None else backup.source.tags  # if gone, nobody can tell
        if has != {**brought, **declared}:
            yield f"has the tags {has} and not {declared} beside {brought}"

    def _verified(self, address: Address, index: Index) -> Iterator[str]:
        """A check that passed has seen the records that are there."""
        entry = self.state.entries.get(address)
        there = sum(self.oracle.store.vectors[index.id].counts().values())
        shown = self.oracle.counted.get(index.id)
        if entry is not None and entry.verification is Verification.PASSED and shown != there:
            yield f"passed its check though {shown} of {there} records were shown"

    def _import(self, address: Address, block: Block) -> Iterator[str]:
        entry = self.state.entries.get(address)
        key = None if entry is None else self.oracle.import_key(entry)
        status = self.status(key)
        if block.get("ensure") == "cancelled":
            if status == "InProgress":
                yield "is not cancelled"
        elif self._has_finished(block):
            return
        elif status not in {"InProgress", "Completed"}:
            yield f"is declared and {status or 'was not started'}"
        elif entry is not None and entry.fields.get("trigger") != block.get("trigger"):
            yield f"has run with the trigger {entry.fields.get('trigger')}"

    def _collection(self, address: Address, block: Block) -> Iterator[str]:
        made = self.oracle.made.get(f"collection {address.name}")
        there = self.oracle.store.collections.get(address.name)
        if there is None or made is None or made.who != self.who:
            yield "is declared and not there as ours"
        elif there.source.name != block["source"]:
            yield f"was made of {there.source.name}"

    def _policy(self, address: Address, block: Block) -> Iterator[str]:
        """Those of these stories are due every hour and keep the last few."""
        due = datetime.fromtimestamp(self.now // _HOUR * _HOUR // SECOND, UTC)
        for index in block["indexes"]["names"]:
            stem = f"{address.name}--{index}--"
            mine = [one for one in self.oracle.live(self.who) if one.subject.startswith(stem)]
            ready: dict[str, list[str]] = {}  # an index of before has the rules to itself
            for one in mine:
                backup = self.oracle.store.backups[one.key]
                if backup.is_ready(self.now):
                    ready.setdefault(backup.source.id, []).append(one.subject)
            newest = f"{stem}{due:%Y%m%d-%H%M}"
            if not any(name.startswith(newest) for names in ready.values() for name in names):
                yield f"has no Ready backup of {index} of its newest slot, but {ready}"
            if any(len(names) > block["retention"]["keep_last"] for names in ready.values()):
                yield f"keeps {ready}"

    def _has_finished(self, block: Block) -> bool:
        """Whether this very run was done before: going back to an old trigger runs nothing."""
        wanted = {key: block.get(key) for key in ("index", "uri", "trigger")}
        return any(
            {key: item.fields.get(key) for key in wanted} == wanted
            and self.status(self.oracle.import_key(item)) == "Completed"
            for item in self.state.ledger.values()
        )

    def status(self, key: str | None) -> str | None:
        """Tell how far an import is; None when there is none."""
        index, _, number = (key or "").partition("/")
        load = self.oracle.store.imports.get(index, {}).get(number)
        if load is None:
            return self.oracle.ended.get(key or "")
        return "InProgress" if load.end is None else load.end.status

    def _stranger(self, key: str, block: Block) -> Iterator[str]:
        made = self.oracle.made.get(key)
        if "adopt" not in block and (made is None or made.who != self.who):
            yield f"is {key}, which somebody else has made"

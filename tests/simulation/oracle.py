"""The oracle: what was really done, by whom and to what; independent of anything that we believe.

It stands between every caller and the emulator, so nothing that was committed escapes it.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from simulation.declarations import Declarations
from simulation.made import Made

from reconciler.emulator.routes.registry import find
from reconciler.emulator.service import Call, Emulator, Reply
from reconciler.emulator.store import Backup, Store
from reconciler.model.address import Address
from reconciler.model.observed import Marker
from reconciler.model.state import Entry, LedgerItem, State
from reconciler.model.values import SECOND

HUMAN = "by hand"
_CREATES = {
    "create_backup",
    "create_collection",
    "create_index_from_backup_operation",
    "startBulkImport",
}
_LOOKS = {"describe_backup", "list_project_backups"}
_ENDS = {
    "cancelBulkImport",
    "configure_index",
    "delete_backup",
    "delete_collection",
    "delete_index",
}
_OF_SLOT = "--"
"""Stands between the parts of a name that a policy gives."""


@dataclass
class Oracle:
    """Watches every request and keeps what may never happen as sentences in `violations`."""

    emulator: Emulator
    made: dict[str, Made] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    mistakable: set[str] = field(default_factory=set)
    """Imports that others began while ours of that uri was unsettled, or so shortly before it that
    the list from which we took it to be new did not show them yet, as docs/promises.md says."""
    declared: Declarations = field(default_factory=Declarations)
    floor_lifted: set[Address] = field(default_factory=set)  # somebody allowed these to be ended
    imports_allowed: Counter[str] = field(default_factory=Counter)  # beyond one for each uri
    counted: dict[str, int] = field(default_factory=dict)  # records that an index showed, by id
    touched: set[Address] = field(default_factory=set)  # people must decide about these
    by_hand: set[str] = field(default_factory=set)  # tag keys that people have set
    described: dict[tuple[str, str], int] = field(default_factory=dict)  # last look at an index
    ended: dict[str, str] = field(default_factory=dict)  # imports whose index went afterwards
    deleted: set[str] = field(default_factory=set)  # backups that runs have deleted
    looked: dict[str, int] = field(default_factory=dict)  # when somebody last saw backups
    removed: dict[str, int] = field(default_factory=dict)  # of an index, when a copy went by hand
    began: dict[str, int] = field(default_factory=dict)  # when somebody's first request came
    trace: Callable[[str], None] = lambda _: None

    @property
    def store(self) -> Store:
        """The emulator's objects themselves."""
        return self.emulator._store

    def watch(self, who: str, call: Call, now: int) -> Reply:
        """Let a request through and note what it did."""
        operation = find(call.method, call.path).operation
        if who != HUMAN and operation in _ENDS:
            self._judge_end(who, operation, call, now)
        elif who != HUMAN and operation not in _CREATES and not _only_reads(call, operation):
            self.violations.append(f"{operation} is nothing that {who} ever sends")
        self.began.setdefault(who, now)
        self._note_look(who, operation, call, now)
        self._note_end(who, operation, call, now)
        if who == HUMAN and operation == "configure_index":
            self.by_hand |= (json.loads(call.body).get("tags") or {}).keys()
        before = len(self.emulator._entries)
        reply = self.emulator.handle(call)
        self.trace(f"{now} {who}: {call.method} {call.path}?{call.query} {reply.status}")
        entries = self.emulator._entries
        if operation in _CREATES and len(entries) > before:
            done = entries[-1].object_id
            if done is not None:
                self._note(who, operation, call, done, now)
        index = self._index_id(call.path) if operation == "describeIndexStats" else None
        if index is not None and who != HUMAN and reply.status < 300:
            self.counted[index] = int(json.loads(reply.body)["totalVectorCount"])
        return reply

    def _note(self, who: str, operation: str, call: Call, done: str, now: int) -> None:
        body = json.loads(call.body)
        match operation:
            case "create_backup":
                marker = Marker.split_description(body.get("description") or "")[1]
                key, subject = done, str(body.get("name"))
            case "create_index_from_backup_operation":
                marker = Marker.parse_tag((body.get("tags") or {}).get("reconciler", ""))
                key, subject = self.store.jobs[done].index_id, str(body["name"])
            case "create_collection":
                marker, key, subject = None, f"collection {done}", done
            case _:
                marker, subject = None, str(body["uri"])
                key = f"{self._index_id(call.path)}/{done}"
        tag = "" if marker is None else marker.as_tag()
        if tag and any(one.marker == tag for one in self.live(who)):
            self.violations.append(f"{operation} made a second object for {tag}")
        again = [one for one in self.made.values() if one.who == who and one.subject == subject]
        if _OF_SLOT in subject and again and Address("backup", subject) not in self.touched:
            self.violations.append(f"the slot of {subject} was made a second time")
        self.made[key] = Made(who, operation, key, tag, subject, now)

    def _judge_end(self, who: str, operation: str, call: Call, now: int) -> None:
        """Whoever changes or removes an object must have made it, and leave the floor of copies."""
        key = self._target(operation, call)
        if key is None:
            return
        made = self.made.get(key)
        stranger = made is None or made.who != who
        if stranger and key not in self.mistakable and not self._is_newer(who, call):
            self.violations.append(f"{operation} on {key}, which {who} did not make")
        if operation == "delete_backup" and (made and made.address) not in self.floor_lifted:
            backup = self.store.backups[key]
            unseen = self.removed.get(backup.source.id, -1) >= self.looked.get(who, 0)
            if (
                holds_data(backup, now)
                and not unseen
                and not any(
                    other.id != key
                    and other.source.id == backup.source.id
                    and holds_data(other, now)
                    for other in self.store.backups.values()
                )
            ):
                self.violations.append(f"{operation} took the last Ready copy, {key}")
            if made is not None and holds_data(backup, now) and not unseen:
                self._judge_expiry(made, backup, now)

    def _judge_expiry(self, made: Made, backup: Backup, now: int) -> None:
        """What a declared policy made goes only while it has as many newer ones as it must."""
        policy, between, _ = made.subject.partition(_OF_SLOT)
        if not between or policy not in self.declared.least:
            return
        newer = [
            one.key
            for one in self.live(made.who)
            if one.subject.startswith(policy + _OF_SLOT)
            and (other := self.store.backups[one.key]).source.id == backup.source.id
            and other.is_ready(now)
            and other.created_at > backup.created_at
        ]
        if len(newer) < self.declared.least[policy]:
            self.violations.append(f"{made.subject} expired, with {len(newer)} newer ones Ready")

    def _is_newer(self, who: str, call: Call) -> bool:
        """Whether an index came after our last look at its name: no change is conditional."""
        name = find(call.method, call.path).parameters.get("index_name", "")
        index = self.store.indexes.get(name)
        looked = self.described.get((who, name))
        return index is not None and looked is not None and index.created_at >= looked

    def _note_look(self, who: str, operation: str, call: Call, now: int) -> None:
        """Note when somebody last saw what; what came since they cannot know."""
        if operation in _LOOKS:
            self.looked[who] = now
        if operation == "describe_index":
            self.described[who, find(call.method, call.path).parameters["index_name"]] = now
        if who != HUMAN and operation == "listBulkImports":
            self._note_unlisted(who, call, now)

    def _note_unlisted(self, who: str, call: Call, now: int) -> None:
        """Who lists imports cannot know those that the list does not show yet."""
        since = now - int(self.emulator.knobs.list_lag_seconds * SECOND)
        index = self._index_id(call.path)
        for number, load in self.store.imports.get(str(index), {}).items():
            made = self.made.get(f"{index}/{number}")
            if load.created_at > since and made is not None and made.who != who:
                self.mistakable.add(made.key)

    def _note_end(self, who: str, operation: str, call: Call, now: int) -> None:
        """Who looked before a person removed a copy cannot know: no delete is conditional.

        What was loaded into an index stays done when that goes, and another takes its name.
        """
        if who == HUMAN and operation == "delete_backup":
            backup = self.store.backups[str(self._target(operation, call))]
            if holds_data(backup, now):
                self.removed[backup.source.id] = now
        elif operation == "delete_backup":
            self.deleted.add(str(self._target(operation, call)))
        if operation == "delete_index":
            index = self._target(operation, call)
            for number, load in self.store.imports.get(str(index), {}).items():
                if load.end is not None:
                    self.ended[f"{index}/{number}"] = load.end.status

    def _target(self, operation: str, call: Call) -> str | None:
        parameters = find(call.method, call.path).parameters
        match operation:
            case "delete_backup":
                found = parameters["backup_id"]
                return found if found in self.store.backups else None
            case "cancelBulkImport":
                on = self._index_id(call.path)  # None where the host's index has gone
                return None if on is None else f"{on}/{parameters['id']}"
            case "delete_collection":
                name = parameters["collection_name"]
                return f"collection {name}" if name in self.store.collections else None
            case _:
                index = self.store.indexes.get(parameters["index_name"])
                return None if index is None else index.id

    def _index_id(self, path: str) -> str | None:
        name = self.store.hosts.get(path.split("/")[2])
        return None if name is None else self.store.indexes[name].id

    def import_key(self, held: Entry | LedgerItem) -> str:
        """Name an import that a state holds for ever: numbers begin anew with another index."""
        name = str(held.fields["index"])
        there = self.store.indexes.get(name)
        ids = (*self.store.former.get(name, ()), *([there.id] if there else []))
        keys = [f"{one}/{held.remote_id}" for one in ids]
        made, uri = self.made, held.fields.get("uri")
        known = [key for key in keys if key in made and made[key].subject == uri]
        fitting = [key for key in known if made[key].at == held.facts.get("created_at")]
        return (fitting or known or keys)[-1]

    def live(self, who: str) -> Iterator[Made]:
        """Give what somebody made and what is still of use: there, and not failed or cancelled."""
        indexes = {index.id for index in self.store.indexes.values()}
        collections = {f"collection {name}" for name in self.store.collections}
        for one in self.made.values():
            if one.who != who:
                continue
            index, _, number = one.key.partition("/")
            load = self.store.imports.get(index, {}).get(number)
            ended = load is not None and load.end is not None and load.end.status != "Completed"
            there = one.key in self.store.backups or one.key in indexes or (load and not ended)
            if there or one.key in collections:
                yield one

    def account(self, who: str, state: State) -> None:
        """Hold a state against what is live: nothing lost, and one object for one declaration."""
        self.declared.note(state)
        # No run has heard of these deletes: declared again, they are gone, and somebody must say.
        self.touched |= {at for at, one in state.entries.items() if one.remote_id in self.deleted}
        known, loads = _known(state), self._loads(state)
        pending = {intent.marker or intent.fields.get("name") for intent in state.intents.values()}
        for key in loads:
            made = self.made.get(key)
            asked = key.rpartition("/")[2] in self.declared.adopted
            if made and made.who != who and made.at < self.began.get(who, 0) and not asked:
                self.violations.append(f"import {key} was there before, and is taken for ours")
        for one in self.live(who):
            if one.operation == "startBulkImport":
                held = one.key in loads or self._is_open(one, who, state, loads)
            else:
                held = one.held_as in known or (one.marker or one.subject) in pending
            if not held:
                self.violations.append(f"lost: {one.operation} made {one.key} ({one.subject})")
        counted = Counter(
            one.subject for one in self.live(who) if one.operation == "startBulkImport"
        )
        for uri, count in counted.items():
            if count > 1 + self.imports_allowed[uri]:
                self.violations.append(f"{count} imports of {uri}")

    def _loads(self, state: State) -> set[str]:
        """Name the imports that a state holds."""
        held = (*state.entries.values(), *state.ledger.values())
        return {self.import_key(one) for one in held if one.address.kind == "import"}

    def _is_open(self, one: Made, who: str, state: State, loads: Collection[str]) -> bool:
        """Whether an import is still to be found, or was never to be told from somebody else's."""
        number = one.key.rpartition("/")[2]
        sought = any(
            intent.fields.get("uri") == one.subject and number not in intent.before
            for intent in state.intents.values()
        )
        others = [made for key, made in self.made.items() if key in loads and made.who != who]
        return sought or any(made.subject == one.subject for made in others)


def holds_data(backup: Backup, now: int) -> bool:
    """Tell whether a backup could be restored and would bring anything."""
    return backup.is_ready(now) and backup.snapshot.record_count > 0


def _only_reads(call: Call, operation: str | None) -> bool:
    return call.method == "GET" or operation == "describeIndexStats"


def _known(state: State) -> set[str]:
    found = {entry.remote_id for entry in state.entries.values()}
    found |= {one for entry in state.entries.values() for one in entry.deposed}
    return found | {item.remote_id for item in state.ledger.values()}

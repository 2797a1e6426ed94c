"""How many objects each run may make: one for an address, and only where something calls for it.

Called for is what nothing in state stands for, what `--replace` names once, another `trigger`,
another description with `on_change: replace`, and a restored index that is gone.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from simulation.claiming import is_no_copy
from simulation.expecting import Block, blocks
from simulation.made import Made
from simulation.oracle import Oracle

from reconciler.model.address import Address
from reconciler.model.event import Outcome
from reconciler.model.plan import Operation, Permissions
from reconciler.model.state import Entry, State
from reconciler.workflow.apply import Applied


@dataclass(frozen=True, slots=True)
class Before:
    """What there was when a run began, and what it was told to do."""

    oracle: Oracle
    who: str
    state: State
    text: str
    allowed: Permissions
    made: frozenset[str]

    @classmethod
    def of(
        cls, oracle: Oracle, who: str, state: State, text: str, allowed: Permissions
    ) -> "Before":
        """Look at the world right before a run."""
        return cls(oracle, who, state, text, allowed, frozenset(oracle.made))

    def new(self) -> Mapping[Address, int]:
        """Count what was made since, by address, but for what earlier runs have sent."""
        sent = {intent.marker for intent in self.state.intents.values()}
        late = Counter(
            intent.address for intent in self.state.intents.values() if not intent.marker
        )
        found = Counter(
            place(one)
            for one in self.oracle.made.values()
            if one.key not in self.made and one.who == self.who and one.marker not in sent - {""}
        )
        return found - late

    def uncalled(self, runs: int = 1) -> Iterator[str]:
        """Tell what was made too often, or without a reason."""
        declared = blocks(self.text)
        for address, count in self.new().items():
            if count > runs:
                yield f"{count} of {address} were made by one run"
            if not self._is_called_for(address, declared.get(address)):
                yield f"another {address} was made, and nothing called for it"

    def _is_called_for(self, address: Address, block: Block | None) -> bool:
        entry = self.state.entries.get(address)
        if block is None:
            return False
        if entry is None:
            return True
        if address in self.allowed.replace:
            stays = self._is_lost(entry) or is_no_copy(self.oracle.store, entry)
            fulfilled = entry.deposed and not stays
            if not (fulfilled or self._loads(entry)):
                return True
        return _CALLS[address.kind](self, entry, block)

    def _is_lost(self, entry: Entry) -> bool:
        """Whether it is gone, or of no use: what it replaced does not stand for it any more."""
        backup = self.oracle.store.backups.get(entry.remote_id)
        return backup is None or backup.fails

    def _loads(self, entry: Entry) -> bool:
        """Whether it is an import that has run all the time; what came meanwhile is another one."""
        key = self.oracle.import_key(entry)
        if entry.address.kind != "import" or key not in self.made:
            return False
        index, _, number = key.partition("/")
        load = self.oracle.store.imports.get(index, {}).get(number)
        return load is not None and load.end is None

    def _backup(self, entry: Entry, block: Block) -> bool:
        differs = (entry.fields.get("description") or "") != block.get("description", "")
        return differs and block.get("lifecycle", {}).get("on_change") == "replace"

    def _restore(self, entry: Entry, block: Block) -> bool:
        """It was gone, or somebody took it away meanwhile."""
        del block
        made = {one.key for one in self.oracle.made.values() if one.held_as == entry.remote_id}
        store = self.oracle.store
        return entry.address in self.oracle.touched or not any(
            one.id in made & self.made for one in store.indexes.values()
        )

    def _import(self, entry: Entry, block: Block) -> bool:
        return entry.fields.get("trigger") != block.get("trigger")


_CALLS: Mapping[str, Callable[[Before, Entry, Block], bool]] = {
    "backup": Before._backup,
    "restore": Before._restore,
    "import": Before._import,
}


def unmade(applied: Applied, made: Mapping[str, Made]) -> Iterator[str]:
    """Tell what a run says that it made, and nobody has made."""
    there = {(place(one), one.held_as.rpartition("/")[2]) for one in made.values()}
    for result in applied.results:
        told = result.operation is Operation.CREATE and result.outcome is Outcome.DONE
        if told and (result.address, result.remote_id) not in there:
            yield f"{result.address} is told to be made, and was never made"


def place(made: Made) -> Address:
    """Give the address that something was made for; in these lives imports are named by uri."""
    return made.address or Address("import", made.subject.rpartition("/")[2])

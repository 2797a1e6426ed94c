"""What our configurations have said so far, and which objects may stay by that."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.model.address import Address
from reconciler.model.desired import Configuration, OnRemove
from reconciler.model.state import State
from reconciler.model.values import integer


@dataclass
class Declarations:
    """Follows the configurations of our runs, and what state forgets meanwhile."""

    keeps: set[Address] = field(default_factory=set)  # ever declared with `on_remove: keep`
    least: Mapping[str, int] = field(default_factory=dict)  # Ready ones that each policy keeps
    adopted: set[str] = field(default_factory=set)  # ids that somebody has said to take over
    released: set[str] = field(default_factory=set)
    """Ids that were forgotten while nobody declared their address, as `keep` allows."""
    _now: frozenset[Address] = frozenset()
    _forgotten: frozenset[str] = frozenset()

    def copy(self) -> "Declarations":
        """Make another that goes on from here."""
        return replace(
            self,
            keeps=set(self.keeps),
            adopted=set(self.adopted),
            released=set(self.released),
        )

    def read(self, configuration: Configuration) -> None:
        """Note what the run that begins now is to make so."""
        declared = configuration.desired.values()
        self._now = frozenset(one.address for one in declared)
        self.keeps |= {one.address for one in declared if one.lifecycle.on_remove is OnRemove.KEEP}
        self.adopted |= {one.adopt for one in declared if one.adopt}
        policies = [one for one in declared if one.address.kind == "policy"]
        self.least = {one.address.name: integer(one.fields["min_ready"]) or 1 for one in policies}

    def note(self, state: State) -> None:
        """Tell those apart that were let go with their block from those that just got lost."""
        found = {item.remote_id: item.address for item in state.ledger.values()}
        for remote_id in found.keys() - self._forgotten:
            if found[remote_id] in self._now:
                self.released.discard(remote_id)
            elif found[remote_id] in self.keeps:
                self.released.add(remote_id)
        self._forgotten = frozenset(found)

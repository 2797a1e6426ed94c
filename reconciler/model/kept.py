"""What is told of state: all that it knows of one address, and the states of a folder."""

from dataclasses import dataclass

from reconciler.model.address import Address
from reconciler.model.state import Entry, Intent, LedgerItem


@dataclass(frozen=True, slots=True)
class Known:
    """All that state knows of one address; no entry where it is not managed any more, or yet."""

    address: Address
    entry: Entry | None
    intents: tuple[Intent, ...]
    ledger: tuple[LedgerItem, ...]


@dataclass(frozen=True, slots=True)
class Workspace:
    """One state of a folder; `problem` says why it cannot be read."""

    name: str
    configuration: str
    objects: int
    problem: str = ""

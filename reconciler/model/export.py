"""An export: live objects as a configuration would declare them, and what was left out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.address import Address
from reconciler.model.observed import Phase
from reconciler.model.values import Fields


@dataclass(frozen=True, slots=True)
class Selection:
    """What somebody wants to have exported; nothing named means everything."""

    kinds: frozenset[str] = frozenset()
    indexes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Block:
    """One live object as it would be declared: only what declaring it does not give by itself."""

    address: Address
    remote_id: str
    fields: Fields
    phase: Phase
    facts: Fields = field(default_factory=dict)  # what people want to know of it
    note: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A live object that is not exported, and why."""

    kind: str
    remote_id: str
    name: str
    why: str
    managed: bool = False  # by this state, which is no news to anybody


@dataclass(frozen=True, slots=True)
class Export:
    """What was found; a list that could not be read may show more."""

    configuration: str
    blocks: tuple[Block, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    unreadable: Mapping[str, str] = field(default_factory=dict)  # listing name -> why

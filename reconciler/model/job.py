"""What a create is built from, and how the job that it starts is followed and checked."""

from dataclasses import dataclass, field

from reconciler.model.address import Address
from reconciler.model.request import Request
from reconciler.model.values import JSON, Fields


@dataclass(frozen=True, slots=True)
class Running:
    """The job goes on; `handle` is JSON for state, enough to take the job up in a later run."""

    handle: Fields
    percent: float | None = None
    records: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ready:
    """The job is done; facts are merged into the state entry."""

    facts: Fields


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ended without its object being whole."""

    reason: str
    facts: Fields = field(default_factory=dict)


Progress = Running | Ready | Failed


@dataclass(frozen=True, slots=True)
class Created:
    """What the answer to a create told: the id to keep, facts, and the handle to watch."""

    remote_id: str
    handle: Fields
    facts: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison after a create: the engine sends `request`, a pure compare judges."""

    name: str
    request: Request
    field: str
    expect: JSON


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that a create is built from: the address, declared fields, and pins made definite."""

    address: Address
    fields: Fields
    pins: Fields

"""What the configuration declares, after reading and validation: plain values with their places."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from reconciler.model.address import Address
from reconciler.model.diagnostic import SourceSpan
from reconciler.model.values import Fields, Micros


class Ensure(Enum):
    """Whether the object is to be there."""

    PRESENT = "present"
    ABSENT = "absent"
    CANCELLED = "cancelled"


class OnRemove(Enum):
    """What happens to the object when its block leaves the configuration."""

    KEEP = "keep"
    DELETE = "delete"
    CANCEL = "cancel"


class OnChange(Enum):
    """What happens when a field differs that cannot be changed in place."""

    REFUSE = "refuse"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Held:
    """Why a policy holds a backup, and until when; None: for good."""

    reason: str
    until: Micros | None = None


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How an object is looked after; kept in state, so it holds after its block is gone."""

    prevent_destroy: bool = False
    on_remove: OnRemove = OnRemove.KEEP
    on_change: OnChange = OnChange.REFUSE
    held: Held | None = None

    def hold(self, now: Micros) -> str:
        """Give the reason of a hold that has not ended; empty where there is none."""
        if self.held is None or (self.held.until is not None and self.held.until <= now):
            return ""
        return self.held.reason


DEFAULT_LIFECYCLE = Lifecycle()


@dataclass(frozen=True, slots=True)
class Desired:
    """One declared object; `transient` ones are removed in the run that made them (drills).

    `before` are its addresses of old, as far as `moved` says so.
    """

    address: Address
    fields: Fields
    source: SourceSpan | None = None
    adopt: str | None = None
    ensure: Ensure = Ensure.PRESENT
    depends_on: tuple[Address, ...] = ()
    lifecycle: Lifecycle = DEFAULT_LIFECYCLE
    owner: Address | None = None
    transient: bool = False
    before: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Assigned:
    """Values of variables as an operator gives them: names with values, and paths of YAML files."""

    pairs: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()


NOTHING_ASSIGNED = Assigned()


@dataclass(frozen=True, slots=True)
class Moved:
    """A declared rename: state follows it, the live object stays."""

    before: Address
    after: Address
    source: SourceSpan | None = None


@dataclass(frozen=True, slots=True)
class Configuration:
    """All files of one run, merged; `digest` changes with any declared value, not with layout."""

    name: str = "default"
    desired: Mapping[Address, Desired] = field(default_factory=dict)
    moved: tuple[Moved, ...] = ()
    digest: str = ""
    files: tuple[str, ...] = ()

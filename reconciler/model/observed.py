"""What the API shows of live objects, in one shape for all kinds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from reconciler.model.address import NAME_PATTERN, Address
from reconciler.model.request import Request
from reconciler.model.values import Fields, Micros

LINEAGE_LETTERS = 8
ULID_LETTERS = 26

_LINEAGE = rf"(?P<lineage>[0-9a-f]{{{LINEAGE_LETTERS}}})"
_ADDRESS = rf"(?P<address>[a-z]+(?:_[a-z]+)*\.{NAME_PATTERN})"
_ULID = rf"(?P<ulid>[0-9A-HJKMNP-TV-Z]{{{ULID_LETTERS}}})"
_SUFFIX = re.compile(rf"\s?\[rcl:{_LINEAGE}:{_ADDRESS}:{_ULID}\]\s*$")
_TAG = re.compile(rf"{_LINEAGE}@{_ADDRESS}@{_ULID}")


class Phase(Enum):
    """How far an object is; a status that nobody knows counts as running."""

    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Marker:
    """Our signature on an object: which state wrote it, for which address, in which intent."""

    lineage: str  # the first eight letters of the state's lineage
    address: Address
    ulid: str

    def as_suffix(self) -> str:
        """Write it as it stands at the end of a description."""
        return f"[rcl:{self.lineage}:{self.address}:{self.ulid}]"

    def as_tag(self) -> str:
        """Write it as it stands in the tag `reconciler`."""
        return f"{self.lineage}@{self.address}@{self.ulid}"

    @classmethod
    def split_description(cls, description: str) -> "tuple[str, Marker | None]":
        """Take a description apart into what people wrote and our marker."""
        found = _SUFFIX.search(description)
        if found is None:
            return description, None
        return description[: found.start()], cls._of(found)

    @classmethod
    def parse_tag(cls, value: str) -> "Marker | None":
        """Read the tag `reconciler`; None where it is not ours."""
        found = _TAG.fullmatch(value)
        return None if found is None else cls._of(found)

    @classmethod
    def _of(cls, found: "re.Match[str]") -> "Marker":
        return cls(found["lineage"], Address.parse(found["address"]), found["ulid"])


@dataclass(frozen=True, slots=True)
class Index:
    """An index of the project, as far as planning cares."""

    name: str
    host: str
    ready: bool
    facts: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list to read whole; `scope` is the index that it is about, or empty."""

    name: str
    request: Request
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """One live object: declared-shaped fields, further facts, and how far it is."""

    remote_id: str
    fields: Fields
    facts: Fields
    phase: Phase
    listing: str  # the list that shows it; ids are unique within a listing
    percent: float | None = None
    marker: Marker | None = None
    created_at: Micros | None = None
    name: str = ""
    traits: Fields = field(default_factory=dict)  # proof of who it is where ids can be used again

    @property
    def by_age(self) -> tuple[Micros, str]:
        """Give what sorts objects from the oldest on, in the same order each time."""
        return self.created_at or 0, self.remote_id

    def agrees(self, known: Fields) -> bool:
        """Whether it may be what these facts were learnt of: no trait that both have differs."""
        return all(
            found is None or known.get(key) in {None, found} for key, found in self.traits.items()
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What one observation showed of a kind; a list that failed is unreadable, never empty."""

    objects: tuple[Observed, ...] = ()
    unreadable: Mapping[str, str] = field(default_factory=dict)  # listing name -> why
    confirmed_gone: frozenset[Address] = frozenset()
    unconfirmed: Mapping[Address, str] = field(default_factory=dict)  # missing, GET failed: why
    unsure: Mapping[str, str] = field(default_factory=dict)  # the same, by id, of what was left

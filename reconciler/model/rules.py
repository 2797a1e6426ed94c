"""How the planner treats a kind, as data: what differences, absence and removal mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from reconciler.model.address import Address
from reconciler.model.desired import OnRemove
from reconciler.model.values import Fields, canonical


class FieldRule(Enum):
    """What a difference in a declared field means once the object exists."""

    IMMUTABLE = "immutable"  # refuse, or replace where the lifecycle says so
    UPDATABLE = "updatable"  # change it in place; mappings are owned key by key
    IDENTITY = "identity"  # another value is another job: run again, refuse while one runs
    NEXT_RUN = "next_run"  # counts when the job runs next; refuse while one runs
    LOCAL = "local"  # ours alone, the API never sees it


class WhenGone(Enum):
    """What a managed object's absence means."""

    ATTENTION = "attention"  # a point in time cannot be made again
    RECREATE = "recreate"  # made again from what is pinned in state
    HISTORY = "history"  # done is done, whatever the API remembers; unfinished needs attention


class MarkerIn(Enum):
    """Where the API lets us sign an object of this kind."""

    DESCRIPTION = "description"
    TAG = "tag"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rules:
    """How the planner treats a kind, as data; `fields` covers every property of its schema."""

    fields: Mapping[str, FieldRule]
    when_gone: WhenGone
    on_remove: OnRemove = OnRemove.KEEP
    defaults: Fields = field(default_factory=dict)
    holds_points_in_time: bool = False  # its last good object of a source is guarded
    counts_to_quota: bool = False
    is_replaceable: bool = False  # a new one can stand beside the old one until that is deleted
    unique: tuple[str, ...] = ()  # fields that no two declared objects may share
    of_pods: bool = False  # the indexes that it needs are made of pods, not serverless
    makes_index: str | None = None  # the field that names the index it makes
    named_after_key: str | None = None  # the field that defaults to the address's name

    def job(self, fields: Fields) -> bytes:
        """Give what makes two declarations the same object, however they are called."""
        same = {FieldRule.IDENTITY, FieldRule.IMMUTABLE}
        return canonical({n: fields.get(n) for n, rule in self.fields.items() if rule in same})


@dataclass(frozen=True, slots=True)
class Needs:
    """What an object hangs on: addresses, and index names that must exist first."""

    addresses: tuple[Address, ...] = ()
    indexes: tuple[str, ...] = ()

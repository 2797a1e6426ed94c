"""What a policy does about one index over time: its rules, and the backups that it has of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from reconciler.model.address import Address
from reconciler.model.desired import Held
from reconciler.model.retention import Copy, Retention
from reconciler.model.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Track:
    """All that decides about the backups of one index; `index` is empty where any is meant.

    `schedule` is None where nothing is made any more, and `note` says why. What there is expires
    all the same, unless `keeps_all` says why not. `said` are the rules as they were declared.
    """

    policy: Address
    index: str
    schedule: Schedule | None
    retention: Retention
    zone: tzinfo
    least: int = 1
    existing: tuple[Copy, ...] = ()
    held: Mapping[str, Held] = field(default_factory=dict)  # by the id of the copy
    is_late: bool = False  # its newest slot has passed, and the next run makes up for it
    keeps_all: str = ""  # why nothing expires
    note: str = ""
    said: str = ""

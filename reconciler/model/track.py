"""What a policy does about one index over time: its rules, and the backups that it has of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from reconciler.model.address import Address
from reconciler.model.retention import Copy, Retention
from reconciler.model.schedule import Schedule
from reconciler.model.values import Micros


@dataclass(frozen=True, slots=True)
class Track:
    """All that decides about the backups of one index; `index` is empty where any is meant.

    `schedule` is None where nothing is made any more, and `note` says why. `said` are the rules as
    they were declared.
    """

    policy: Address
    index: str
    schedule: Schedule | None
    retention: Retention
    zone: tzinfo
    least: int = 1
    existing: tuple[Copy, ...] = ()
    held: Mapping[str, Micros | None] = field(default_factory=dict)  # copy -> end, None: for good
    note: str = ""
    said: str = ""

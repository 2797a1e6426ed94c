"""The knobs: how long jobs take, how far lists lag, and how much a project may hold.

They are the part of the emulator that a test or a rehearsal tunes while it runs; a change holds for
what starts afterwards, except for the two lags, which are properties of reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from reconciler.emulator.bodies import number, switch, whole_number
from reconciler.emulator.errors import invalid

_LONGEST_SECONDS = 10_000_000.0
_LARGEST_QUOTA = 1_000_000_000
# Longer than the clock can be advanced by, and a power of two, so that adding it loses no digit.
STUCK_SECONDS = 2.0**35
JOB_SECONDS = ("backup_seconds", "restore_seconds", "import_seconds", "collection_seconds")
_SWITCHES = frozenset({"jobs_fail", "jobs_stuck"})


@dataclass(frozen=True, slots=True)
class Knobs:
    """The emulator's settings, each with a default that suits a person who watches."""

    backup_seconds: float = 1.5
    restore_seconds: float = 2.5
    import_seconds: float = 3.0
    index_seconds: float = 0.0
    """A new index, and one that is resized, takes this long."""
    collection_seconds: float = 1.5
    list_lag_seconds: float = 0.0
    """A new object is missing from lists, though not from describe, for this long."""
    stats_lag_seconds: float = 0.0
    """After a restore is Ready the counts take this long to rise to the full number."""
    backup_quota: int = 500
    index_quota: int = 20
    """Serverless and BYOC indexes; pods have a quota of their own."""
    pod_quota: int = 100
    collection_quota: int = 100
    jobs_fail: bool = False
    """Whether backups, restores and imports that start now end as failed."""
    jobs_stuck: bool = False
    """Whether jobs that start now do not come to an end until this is turned off again."""
    latency_seconds: float = 0.0
    """Every answer of the API takes this much longer."""

    @property
    def in_force(self) -> "Knobs":
        """The knobs as operations see them: a stuck job is one that takes a thousand years."""
        if not self.jobs_stuck:
            return self
        longer = {name: getattr(self, name) + STUCK_SECONDS for name in JOB_SECONDS}
        return replace(self, **longer)


def changed(knobs: Knobs, wanted: Mapping[str, object]) -> Knobs:
    """Return the knobs with some turned; raises Refusal for unknown names and impossible values."""
    known = {field.name for field in fields(Knobs)}
    turned: dict[str, float | int | bool] = {}
    for name, value in wanted.items():
        if name not in known:
            raise invalid(f"there is no knob {name!r}; there are {', '.join(sorted(known))}")
        turned[name] = _checked(name, value)
    # arg-type: a knob is an int, a float or a bool, and _checked chose the right one by its name
    return replace(knobs, **turned)  # type: ignore[arg-type]


def _checked(name: str, value: object) -> float | int | bool:
    if name in _SWITCHES:
        return switch(value, name)
    if name.endswith("_quota"):
        return whole_number(value, name, 0, _LARGEST_QUOTA)
    seconds = number(value, name)
    if not 0 <= seconds <= _LONGEST_SECONDS:
        raise invalid(f"{name} must be from 0 to {_LONGEST_SECONDS:.0f}")
    return seconds

"""Stuck jobs let go: those that would have taken a thousand years end as if they never had.

Each ends when it would have ended, or at once where that time has passed.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.emulator.clock import microseconds
from reconciler.emulator.knobs import STUCK_SECONDS
from reconciler.emulator.store import Store

_STUCK = microseconds(STUCK_SECONDS)
_ENDS = ("ready_at", "ends_at", "failed_at")


def release(store: Store, now: int) -> None:
    """Give every stuck job an end."""
    for held in (store.indexes, store.backups, store.jobs, store.collections):
        _release(held, now)
    for index_id, loads in store.imports.items():
        for load in _release(loads, now):
            store.schedule(load.begins_at, index_id, load.id)
            store.schedule(load.ends_at, index_id, load.id)


def _release(held: dict[str, Any], now: int) -> list[Any]:
    stuck = {key: each for key, each in held.items() if _times(each, now)}
    freed = {key: replace(each, **_times(each, now)) for key, each in stuck.items()}
    held.update(freed)
    return list(freed.values())


def _times(made: Any, now: int) -> Mapping[str, int]:  # noqa: ANN401 - any object that a job makes
    ends = {name: at for name in _ENDS if (at := getattr(made, name, None)) is not None}
    freed = {
        name: max(at - _STUCK, now) for name, at in ends.items() if at - made.created_at >= _STUCK
    }
    if freed and hasattr(made, "begins_at"):
        freed["begins_at"] = now
    return freed

"""An hourly policy, its runs and its backups, which the tests of policies share."""

from collections.abc import Mapping
from typing import Any

from simulation.cases import WINDOW
from simulation.world import World

from reconciler.model.address import Address
from reconciler.model.plan import Permissions
from reconciler.model.values import SECOND
from reconciler.workflow.apply import Applied
from reconciler.workflow.simulate import Choice, Simulated, of_live, timelines

HOUR = 3600
DAY = 24 * HOUR
HOURLY = "indexes: {glob: ['docs-*']}, every: 1h, retention: {keep_last: 3}"
POLICY = f"backup_policies: {{hourly: {{{HOURLY}}}}}\n"
EXPIRY = Permissions(expiry=True)
OWNER = Address("policy", "hourly")


def policy(more: str) -> str:
    return f"backup_policies: {{hourly: {{{HOURLY}, {more}}}}}\n"


def hours(world: World, count: int, yaml: str = POLICY, **settings: Any) -> Applied:  # noqa: ANN401
    """Apply once an hour, and give what the last run did."""
    for _ in range(count):
        applied = world.apply(yaml, EXPIRY, **WINDOW, **settings)
        world.wait(HOUR)
    return applied


def backups(world: World, index: str = "docs-prod") -> list[Mapping[str, Any]]:
    found = world.send("GET", "/backups?limit=100")["data"]
    return sorted(
        (one for one in found if one["source_index_name"] == index),
        key=lambda one: str(one["created_at"]),
    )


def simulated(world: World, yaml: str, days: int = 1) -> Simulated:
    tracks = world.process(of_live(world.session(yaml, Permissions()), Choice()))
    return timelines(tracks, world.now(), world.now() + days * DAY * SECOND)

"""Worlds with pod indexes, which are all that collections are made of."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from simulation.world import World

from reconciler.emulator.service import Knobs

COLLECTION = "collections: {movies: {source: movies-pod}}\n"


def stocked(knobs: Knobs | None = None) -> World:
    """Make a world with two pod indexes, one of them of another width."""
    world = World(knobs=knobs or Knobs())
    for name, width in (("movies-pod", 2), ("wide-pod", 3)):
        add_pod(world, name, width)
    return world


def add_pod(world: World, name: str, dimension: int, records: int = 5) -> None:
    add_pod_to(world.send, name, dimension, records)


def add_pod_to(
    send: Callable[[str, str, object], Any], name: str, dimension: int, records: int = 5
) -> None:
    """Make a pod index with records by hand; no version after 2026-04 can."""
    spec = {"pod": {"environment": "us-east1-gcp", "pod_type": "p1.x1", "pods": 1}}
    index = {"name": name, "dimension": dimension, "metric": "cosine", "spec": spec}
    host = urlsplit(send("POST", "/indexes", index)["host"]).path
    values = [0.5] * dimension
    vectors = [{"id": f"v{number}", "values": values} for number in range(records)]
    send("POST", f"{host}/vectors/upsert", {"vectors": vectors})

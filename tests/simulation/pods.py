"""Worlds with pod indexes, which are all that collections are made of."""

from simulation.world import BASE, World

from reconciler.emulator.service import Knobs

COLLECTION = "collections: {movies: {source: movies-pod}}\n"


def stocked(knobs: Knobs | None = None) -> World:
    """Make a world with two pod indexes, one of them of another width."""
    world = World(knobs=knobs or Knobs())
    for name, width in (("movies-pod", 2), ("wide-pod", 3)):
        add_pod(world, name, width)
    return world


def add_pod(world: World, name: str, dimension: int, records: int = 5) -> None:
    spec = {"pod": {"environment": "us-east1-gcp", "pod_type": "p1.x1", "pods": 1}}
    index = {"name": name, "dimension": dimension, "metric": "cosine", "spec": spec}
    host = world.send("POST", "/indexes", index)["host"].removeprefix(BASE)
    values = [0.5] * dimension
    vectors = [{"id": f"v{number}", "values": values} for number in range(records)]
    world.send("POST", f"{host}/vectors/upsert", {"vectors": vectors})

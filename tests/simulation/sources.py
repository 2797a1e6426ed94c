"""An index that is backed up, loaded or copied goes, and another takes its name.

It has another id and another host, and little in it; what there is of the former one are its
backups and collections, which may be the last copies.
"""

import random
from collections.abc import Callable, Mapping

from simulation.oracle import HUMAN
from simulation.world import World

from reconciler.emulator.samples import seed
from reconciler.emulator.store import Index
from reconciler.model.address import Address

_OURS = "again"


def _made_anew(world: World, rng: random.Random, yaml: str) -> bool:
    """Somebody deletes an index that is none of ours, and makes another of its name."""
    del yaml
    world.send("GET", "/indexes")  # what is late and due by now comes first
    there = [index for index in world.oracle.store.indexes.values() if _may_go(world, index)]
    if not there:
        return False
    index = rng.choice(there)
    _touch_loads(world, index)
    world.send("PATCH", f"/indexes/{index.name}", {"deletion_protection": "disabled"})
    world.send("DELETE", f"/indexes/{index.name}")
    namespaces = rng.choice(({}, {"": 1}))
    plan = {"name": index.name, "pod": index.kind == "pod", "namespaces": namespaces}
    seed(world.emulator, {"indexes": [{**plan, "dimension": index.dimension}]})
    return True


def _loaded_anew(world: World, rng: random.Random, yaml: str) -> bool:
    """They load into the new one what we were loading into the old: numbers begin anew, too."""
    ours = [one for one in world.oracle.made.values() if one.operation == "startBulkImport"]
    uris = sorted({one.subject for one in ours if one.who != HUMAN})
    former = world.oracle.store.indexes["docs-prod"]
    if not uris or not _made_anew(world, rng, yaml):
        return False
    index = world.oracle.store.indexes["docs-prod"]
    if index.id == former.id:
        return True
    for uri in uris:
        world.oracle.touched.add(_loading(uri))
        path = f"/ix/{index.host_key}/bulk/imports"
        number = world.send("POST", path, {"uri": uri})["id"]
        if any(intent.fields.get("uri") == uri for intent in world.state().intents.values()):
            world.oracle.mistakable.add(f"{index.id}/{number}")
    return True


def _may_go(world: World, index: Index) -> bool:
    copies = world.oracle.store.collections.values()
    pending = any(
        one.source.id == index.id and not one.is_ready(world.now()) for one in copies
    )  # the API deletes no index that is being copied
    return index.name != _OURS and not pending


def _touch_loads(world: World, index: Index) -> None:
    """What was loaded and not recorded yet goes unseen; only a person can decide about that."""
    for number in world.oracle.store.imports[index.id]:
        made = world.oracle.made.get(f"{index.id}/{number}")
        if made is not None:
            world.oracle.touched.add(_loading(made.subject))


def _loading(uri: str) -> Address:
    return Address("import", uri.rpartition("/")[2])


SOURCES: Mapping[str, Callable[[World, random.Random, str], bool]] = {
    "source-made-anew": _made_anew,
    "source-loaded-anew": _loaded_anew,
}

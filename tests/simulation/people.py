"""What happens around a run at its boundaries: people, other operators, and the machine itself.

Each function does one thing to the world and tells whether there was anything to do.
"""

import contextlib
import random
from collections.abc import Callable, Mapping

from simulation.clocks import CLOCKS
from simulation.oracle import HUMAN, holds_data
from simulation.saving import changes
from simulation.sources import SOURCES
from simulation.world import Process, World

from reconciler.emulator.store import Backup
from reconciler.emulator.vectors import Vectors
from reconciler.engine.run import StoppedError
from reconciler.errors import ReconcilerError
from reconciler.model.address import Address
from reconciler.model.observed import Marker
from reconciler.model.plan import Permissions

OTHER = "another state"
_SUSPENDED_SECONDS = 3600.0
_BACKUP = "backups:\n  docs: {index: docs-prod}\n"

_AGAIN = Address("restore", "again")

Deed = Callable[[World, random.Random, str], bool]


def _same_name(world: World, rng: random.Random, yaml: str) -> bool:
    """Somebody takes a backup by hand and gives it a name of ours."""
    del yaml
    if len(world.oracle.store.backups) >= world.emulator.knobs.backup_quota:
        return False
    world.send("POST", "/indexes/docs-prod/backups", {"name": rng.choice(["docs", "kept"])})
    return True


def _deletes_backup(world: World, rng: random.Random, yaml: str) -> bool:
    """Somebody deletes a backup of ours."""
    del yaml
    ours = [
        key
        for key, backup in world.oracle.store.backups.items()
        if _made_by_us(world, key) and not _is_needed(world, backup.id)
    ]
    if ours:
        chosen = rng.choice(ours)
        touch(world, chosen)
        world.send("DELETE", f"/backups/{chosen}")
    return bool(ours)


def _deletes_newest(world: World, rng: random.Random, yaml: str) -> bool:
    """Somebody deletes the newest of several good copies of an index, whoever made it."""
    del yaml
    copies: dict[str, list[Backup]] = {}
    for backup in world.oracle.store.backups.values():
        if holds_data(backup, world.now()):
            copies.setdefault(backup.source.id, []).append(backup)
    newest = [max(found, key=_age).id for found in copies.values() if len(found) > 1]
    there = [one for one in newest if not _is_needed(world, one)]
    if there:
        chosen = rng.choice(there)
        if _made_by_us(world, chosen):
            touch(world, chosen)
        world.send("DELETE", f"/backups/{chosen}")
    return bool(there)


def _age(backup: Backup) -> tuple[int, str]:
    return backup.created_at, backup.id


def _is_needed(world: World, backup_id: str) -> bool:
    """The API refuses to delete a backup that a restore is reading."""
    now = world.now()
    jobs = world.oracle.store.jobs.values()
    return any(job.backup_id == backup_id and job.is_pending(now) for job in jobs)


def _deletes_index(world: World, rng: random.Random, yaml: str) -> bool:
    """Somebody deletes the index that we restored."""
    del rng, yaml
    if "again" not in world.oracle.store.indexes:
        return False
    world.oracle.touched.add(_AGAIN)
    world.send("PATCH", "/indexes/again", {"deletion_protection": "disabled"})
    world.send("DELETE", "/indexes/again")
    return True


def _tags(world: World, rng: random.Random, yaml: str) -> bool:
    """Somebody puts tags of their own on our index, and changes one of ours."""
    del yaml
    if "again" not in world.oracle.store.indexes:
        return False
    tags = {"owner": "ann"} if rng.random() < 0.5 else {"owner": "ann", "a": "z"}
    world.send("PATCH", "/indexes/again", {"tags": tags})
    return True


def _takes_name(world: World, rng: random.Random, yaml: str) -> bool:
    """Somebody makes an index where ours is to be restored."""
    del rng, yaml
    world.send("GET", "/indexes")  # what is late and due by now comes first
    if "again" in world.oracle.store.indexes:
        return False
    world.oracle.touched.add(_AGAIN)
    spec = {"serverless": {"cloud": "aws", "region": "us-east-1"}}
    world.send("POST", "/indexes", {"name": "again", "dimension": 8, "spec": spec})
    return True


def _makes_anew(world: World, rng: random.Random, yaml: str) -> bool:
    """Somebody deletes the index that we restored, and makes another of its name."""
    return _deletes_index(world, rng, yaml) and _takes_name(world, rng, yaml)


def _cancels_import(world: World, rng: random.Random, yaml: str) -> bool:
    """Somebody cancels an import of ours."""
    del rng, yaml
    host, running = _imports(world)
    index = world.oracle.store.indexes["docs-prod"].id
    for number in running:
        touch(world, f"{index}/{number}")
        world.send("DELETE", f"/ix/{host}/bulk/imports/{number}")
    return bool(running)


def _same_import(world: World, rng: random.Random, yaml: str) -> bool:
    """Somebody starts the very import that we are to run."""
    del yaml
    host, _ = _imports(world)
    uri = rng.choice(["s3://b/november", "s3://b/december"])
    world.oracle.touched.add(_loading(uri))
    number = world.send("POST", f"/ix/{host}/bulk/imports", {"uri": uri})["id"]
    if any(intent.fields.get("uri") == uri for intent in world.state().intents.values()):
        index = world.oracle.store.indexes["docs-prod"]
        world.oracle.mistakable.add(f"{index.id}/{number}")
    return True


def _second_operator(world: World, rng: random.Random, yaml: str) -> bool:
    """Another apply of the same state comes while ours stands still at this boundary."""
    del rng
    before, permissions = len(changes(world)), Permissions(deletes=True)

    def run() -> None:
        with contextlib.suppress(ReconcilerError, StoppedError), _without_weather(world):
            world.apply(yaml, permissions, Process(), settle_window=30_000_000, wait=False)

    world.meanwhile(run)
    return len(changes(world)) > before


def _other_state(world: World, rng: random.Random, yaml: str) -> bool:
    """Somebody applies the same configuration from another repository, with a state of its own."""
    del rng, yaml
    world.oracle.touched.add(Address("backup", "docs"))
    before = len(changes(world))
    there = Process(state_path="elsewhere/default.json", name=OTHER)

    def run() -> None:
        with contextlib.suppress(ReconcilerError, StoppedError), _without_weather(world):
            world.apply(_BACKUP, Permissions(new_state=True), there, wait=False)

    world.meanwhile(run)
    return len(changes(world)) > before


@contextlib.contextmanager
def _without_weather(world: World):  # type: ignore[no-untyped-def] # noqa: ANN202
    weather, world.weather = world.weather, None
    try:
        yield
    finally:
        world.weather = weather


def _suspended(world: World, rng: random.Random, yaml: str) -> bool:
    """The machine sleeps for an hour, and the process goes on as if nothing had been."""
    del rng, yaml
    world.wait(_SUSPENDED_SECONDS)
    return True


def _asked_to_stop(world: World, rng: random.Random, yaml: str) -> bool:
    """Somebody presses Ctrl-C; a second time it would be a kill."""
    del rng, yaml
    asked, world.stop.requested = world.stop.requested, True
    return not asked


DEEDS: Mapping[str, Deed] = {
    "person-takes-same-name": _same_name,
    "person-deletes-backup": _deletes_backup,
    "person-deletes-newest": _deletes_newest,
    "person-deletes-index": _deletes_index,
    "person-makes-index-anew": _makes_anew,
    "person-sets-tags": _tags,
    "person-takes-target": _takes_name,
    "person-cancels-import": _cancels_import,
    "person-starts-same-import": _same_import,
    "second-operator": _second_operator,
    "other-state": _other_state,
    "suspended": _suspended,
    "asked-to-stop": _asked_to_stop,
    **CLOCKS,
    **SOURCES,
}


def touch(world: World, key: str) -> None:
    """Note that something of ours met a fate that only a person can decide about."""
    made = world.oracle.made[key]
    marker = Marker.parse_tag(made.marker)
    if marker is not None:
        world.oracle.touched.add(marker.address)
    elif made.operation == "create_collection":
        world.oracle.touched.add(Address("collection", made.subject))
    else:
        world.oracle.touched.add(_loading(made.subject))


def touch_failed(world: World, who: str) -> None:
    """Note what somebody has made whose job fails: only a person can decide what comes of that."""
    store = world.oracle.store
    failed = {one.id for one in store.backups.values() if one.fails}
    failed |= {one.id for one in store.indexes.values() if one.fails}
    failed |= {
        f"{index}/{load.id}"
        for index, loads in store.imports.items()
        for load in loads.values()
        if load.fails
    }
    for key in sorted(failed & world.oracle.made.keys()):
        if world.oracle.made[key].who == who:
            touch(world, key)


def _loading(uri: str) -> Address:
    return Address("import", uri.rpartition("/")[2])


def _made_by_us(world: World, key: str) -> bool:
    made = world.oracle.made.get(key)
    return made is not None and made.who not in {HUMAN, OTHER}


def _imports(world: World) -> tuple[str, list[str]]:
    """Give the host of docs-prod, and our imports that run there."""
    store = world.oracle.store
    index = store.indexes["docs-prod"]
    running = [
        number
        for number, load in store.imports[index.id].items()
        if load.end is None and _made_by_us(world, f"{index.id}/{number}")
    ]
    return index.host_key, running


def clear_namespace(world: World, uri: str) -> None:
    """Remove what an import of a uri has left, which would make the next one fail."""
    store = world.oracle.store
    vectors = store.vectors[store.indexes["docs-prod"].id]
    kept = Vectors()
    for name in vectors.counts():
        if name != uri.rpartition("/")[2]:
            kept.put(name, vectors.namespace(name).values())
    store.vectors[store.indexes["docs-prod"].id] = kept

"""The stories that are told: configurations one after another, and the world each begins in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from simulation.pods import add_pod
from simulation.ports import SeededRandom
from simulation.world import World

from reconciler.emulator.samples import seed
from reconciler.emulator.service import Knobs
from reconciler.model.plan import Permissions

FEW: Mapping[str, int] = {"": 3, "fr": 2}
HOUR_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Act:
    """One configuration, what the operator permits with it, and how long jobs take meanwhile."""

    yaml: str
    permissions: Permissions = field(default_factory=Permissions)
    knobs: Knobs = field(default_factory=Knobs)
    after_seconds: int = 0  # it begins so long after the last act
    refused: bool = False  # a guard must stop it, and everything stays as it is


@dataclass(frozen=True, slots=True)
class Story:
    """Acts, and how the world is made that they begin in."""

    begin: Callable[[SeededRandom], World]
    acts: Sequence[Act]
    permissions: Permissions  # with which all of it can be brought to its end


_KEPT = "  kept: {index: docs-prod, description: %s, lifecycle: {on_change: replace}}\n"
_EXTRA = "  extra: {index: docs-prod, lifecycle: {on_remove: delete}}\n"
_AGAIN = (
    "restores: {again: {from: {backup: docs}, tags: {a: %s}, lifecycle: {on_remove: delete}}}\n"
)
_NOVEMBER = "imports:\n  november: {index: docs-prod, uri: s3://b/november}\n"
_DECEMBER = "  december: {index: docs-prod, uri: s3://b/december}\n"

_DOCS = "backups:\n  docs: {index: docs-prod}\n"
_HOURS = Knobs(import_seconds=1_000_000)
_DELETES = Permissions(deletes=True)


def _loaded(random: SeededRandom) -> World:
    """Make a world in which somebody has begun to load what we shall load, and gave it up."""
    world = World(namespaces=FEW, random=random)
    host = world.oracle.store.indexes["docs-prod"].host_key
    for uri in ("s3://b/november", "s3://b/december"):
        begun = world.send("POST", f"/ix/{host}/bulk/imports", {"uri": uri})
        world.send("DELETE", f"/ix/{host}/bulk/imports/{begun['id']}")
    world.wait(60)
    return world


MAKING = Story(
    _loaded,
    (
        Act(_DOCS + _KEPT % "one" + _EXTRA + _AGAIN % "b" + _NOVEMBER),
        Act(_DOCS + _KEPT % "two" + _EXTRA + _AGAIN % "c" + _NOVEMBER, _DELETES),
        Act(
            _DOCS + _KEPT % "two" + _EXTRA + _AGAIN % "c" + _NOVEMBER + _DECEMBER,
            knobs=_HOURS,
        ),
        Act(_DOCS + _KEPT % "two" + _NOVEMBER, _DELETES),
    ),
    _DELETES,
)
"""Creates of three kinds; an update and a replacement; a job of hours; deletes and its cancel."""

_HOURLY = (
    "backup_policies:\n  hourly: {indexes: {names: [docs-prod]}, every: 1h,"
    " retention: {keep_last: %s}, lifecycle: {on_remove: delete}}\n"
)
_MOVIES = "collections:\n  movies: {source: movies-pod, lifecycle: {on_remove: delete}}\n"
_LATER = "  later: {index: docs-prod}\n"  # the newest one, so that those of the policy may go
_EXPIRY = Permissions(expiry=True)


def _with_pod(random: SeededRandom) -> World:
    """Make a world in which there is a pod index, too."""
    world = World(namespaces=FEW, random=random)
    add_pod(world, "movies-pod", 2)
    world.wait(60)
    return world


KEEPING = Story(
    _with_pod,
    (
        Act(_DOCS + _HOURLY % 2 + _MOVIES, _EXPIRY),
        Act(_DOCS + _HOURLY % 2 + _MOVIES, _EXPIRY, after_seconds=HOUR_SECONDS),
        Act(_DOCS + _HOURLY % 2 + _MOVIES, _EXPIRY, after_seconds=HOUR_SECONDS),
        Act(_DOCS + _HOURLY % 1 + _MOVIES, _EXPIRY, after_seconds=HOUR_SECONDS),
        Act(_DOCS + _LATER + _HOURLY % 1 + _MOVIES, _EXPIRY, after_seconds=600),
        Act(_DOCS + _LATER, _DELETES),
    ),
    Permissions(deletes=True, max_removals=1_000, expiry=True, max_expiries=1_000),
)
"""Hours of a policy, of which the older copies expire; a collection; the end of both."""

_NOTES = (
    "  notes: {index: notes-prod, description: %s,"
    " lifecycle: {on_change: replace, on_remove: delete}}\n"
)
_NEWER = "  newer: {index: notes-prod}\n"


def _with_notes(random: SeededRandom) -> World:
    """Make a world with an index of which nobody has a copy."""
    world = World(namespaces=FEW, random=random)
    seed(world.emulator, {"indexes": [{"name": "notes-prod", "namespaces": FEW}]})
    world.wait(60)
    return world


LASTING = Story(
    _with_notes,
    (
        Act(_DOCS + _NOTES % "one"),
        Act(_DOCS, _DELETES, refused=True),
        Act(_DOCS + _NOTES % "two", _DELETES),
        Act(_DOCS + _NOTES % "two" + _NEWER),
        Act(_DOCS + _NEWER, _DELETES),
    ),
    _DELETES,
)
"""The only copy of an index stays though its block goes, until a newer one is there."""

STORIES: Mapping[str, Story] = {"making": MAKING, "keeping": KEEPING, "lasting": LASTING}

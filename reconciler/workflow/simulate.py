"""Works out what policies keep over time: by the configuration alone, or from what there is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.config.suggest import did_you_mean
from reconciler.errors import ReconcilerError
from reconciler.model.desired import Configuration, Desired
from reconciler.model.kind import Kind, World
from reconciler.model.track import Track
from reconciler.model.values import Micros
from reconciler.planning.doubts import doubt
from reconciler.planning.expansion import world_of
from reconciler.planning.given import Given
from reconciler.planning.moving import follow
from reconciler.planning.tables import tables_of
from reconciler.planning.timeline import Timeline, TooLongError, simulate
from reconciler.workflow.session import Session
from reconciler.workflow.status import look

Simulated = Sequence[tuple[Track, Timeline]]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which policies, by name, and which indexes; none: all of them."""

    policies: frozenset[str] = frozenset()
    indexes: frozenset[str] = frozenset()


def of_declared(
    configuration: Configuration, kinds: Mapping[str, Kind], choice: Choice
) -> tuple[Track, ...]:
    """Give what each chosen policy does about any index; raises ReconcilerError."""
    chosen = _chosen(configuration, kinds, choice)
    return tuple(track for kind, desired in chosen for track in kind.tracks(desired, None))


async def of_live(session: Session, choice: Choice) -> tuple[Track, ...]:
    """Give what each chosen policy does about the indexes of the project, and what it has of them.

    It reads like a plan and changes nothing. A list that could not be read would look like a
    project without backups, and is an error. Raises ReconcilerError.
    """
    chosen = _chosen(session.configuration, session.kinds, choice)
    world = _world(await look(session))
    tracks = [track for kind, desired in chosen for track in kind.tracks(desired, world)]
    found = tuple(one for one in tracks if not choice.indexes or one.index in choice.indexes)
    known = {one.index for one in tracks if one.index}
    for name in sorted(choice.indexes - known):
        near = did_you_mean(name, sorted(known))
        raise ReconcilerError.of("no-such-object", f"no policy is about an index {name!r}", near)
    return found


def _world(given: Given) -> World:
    """Give the world as apply would see it: renames followed, and only lists that are believed."""
    given, _ = follow(given)
    given, _ = doubt(replace(given, tables=tables_of(given)))
    _insist_on_read(given.world)
    return world_of(given)


def timelines(tracks: Sequence[Track], start: Micros, end: Micros) -> Simulated:
    """Live each track from start to end; raises ReconcilerError when it would take too long."""
    return tuple((track, _timeline(track, start, end)) for track in tracks)


def _timeline(track: Track, start: Micros, end: Micros) -> Timeline:
    try:
        return simulate(track, start, end)
    except TooLongError as error:
        said = f"{track.policy}: too many slots and backups to simulate in so long a time"
        raise ReconcilerError.of("simulation-too-long", said, "give fewer --days") from error


def _chosen(
    configuration: Configuration, kinds: Mapping[str, Kind], choice: Choice
) -> list[tuple[Kind, Desired]]:
    """Find the chosen policies: declared objects whose kind does something over time."""
    found = {
        desired.address.name: (kind, desired) for kind, desired in _policies(configuration, kinds)
    }
    if not found:
        said = "the configuration declares no policy"
        raise ReconcilerError.of("no-such-object", said, "name the files that declare it")
    for name in sorted(choice.policies - found.keys()):
        near = did_you_mean(name, sorted(found))
        raise ReconcilerError.of("no-such-object", f"there is no policy {name!r}", near)
    return [each for name, each in found.items() if not choice.policies or name in choice.policies]


def _policies(
    configuration: Configuration, kinds: Mapping[str, Kind]
) -> Iterator[tuple[Kind, Desired]]:
    for address, desired in sorted(configuration.desired.items()):
        kind = kinds[address.kind]
        if kind.tracks(desired, None):
            yield kind, desired


def _insist_on_read(world: World) -> None:
    whys = [why for seen in world.seen.values() for why in seen.unreadable.values()]
    if world.indexes is None or whys:
        why = whys[0] if whys else "the list of indexes"
        said = f"what the policies have could not be read: {why}"
        hint = (
            "run again when it can be read, `plan` says more; without --from-live nothing is read"
        )
        raise ReconcilerError.of("unreadable", said, hint)

"""An export looks at everything that it is asked for, once, and leaves everything as it is."""

from collections import Counter

from simulation.cases import BACKUP
from simulation.pods import stocked
from simulation.world import World

from reconciler.model.export import Export, Selection
from reconciler.model.plan import Permissions
from reconciler.workflow.export import export

CENTRAL = {"list_indexes", "list_project_backups", "list_restore_jobs", "list_collections"}


def exported(world: World, **chosen: set[str]) -> tuple[Export, Counter[str]]:
    """Export in a process of its own; gives what came of it, and the requests by operation."""
    before = len(world.log())
    selection = Selection(**{name: frozenset(found) for name, found in chosen.items()})
    found = world.process(export(world.session("", Permissions()), selection))
    return found, Counter(str(one["operation"]) for one in world.log()[before:])


def by_hand(world: World) -> None:
    world.send("POST", "/indexes/docs-prod/backups", {"name": "docs"})
    world.send("POST", "/collections", {"name": "old", "source": "movies-pod"})
    host = world.send("GET", "/indexes/docs-prod")["host"].partition("5080")[2]
    world.send("POST", f"{host}/bulk/imports", {"uri": "s3://acme-vectors/docs"})
    world.wait(3600)


def test_every_list_is_read_once_and_those_of_imports_where_there_can_be_some() -> None:
    world = stocked()
    by_hand(world)
    files = {name: inode.live for name, inode in world.disk.names.items()}
    found, requests = exported(world)
    assert requests == Counter([*CENTRAL, "listBulkImports"])
    assert [str(one.address) for one in found.blocks] == [
        "backup.docs",
        "collection.old",
        "import.docs",
    ]
    assert {name: inode.live for name, inode in world.disk.names.items()} == files


def test_no_list_is_read_that_was_not_asked_for() -> None:
    world = stocked()
    by_hand(world)
    found, requests = exported(world, kinds={"backup"})
    assert requests == Counter(CENTRAL - {"list_collections"})  # a plan reads these too
    assert {one.address.kind for one in found.blocks} == {"backup"}
    _, requests = exported(world, indexes={"movies-pod"})
    assert requests == Counter(CENTRAL)


def test_what_is_managed_stays_where_it_is() -> None:
    world = stocked()
    world.apply(BACKUP)
    by_hand(world)
    state = world.state()
    found, _ = exported(world, kinds={"backup"})
    assert [str(one.address) for one in found.blocks] == ["backup.docs-2026-11-18"]
    assert [one.managed for one in found.left_out] == [True]
    assert world.state() == state


def test_without_the_list_of_indexes_nobody_knows_where_imports_are() -> None:
    world = stocked()
    by_hand(world)
    world.fault("list_indexes", "status", "before", status=500, times=50)
    found, requests = exported(world, kinds={"import"})
    assert set(found.unreadable) == {"indexes"}
    assert requests["listBulkImports"] == 0
    assert not found.blocks

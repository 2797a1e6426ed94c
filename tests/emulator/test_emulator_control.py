"""What steers the emulator: stuck jobs, latency, and the whole project as one document."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from emulator.driver import Driver
from emulator.watch import Watch

from reconciler.emulator.shelves import shelves
from reconciler.emulator.store import Store

SNAPSHOT = "/_emulator/snapshot"
POD = {
    "name": "pod",
    "dimension": 2,
    "spec": {"pod": {"environment": "us-east-1-aws", "pod_type": "p1.x1"}},
}


@pytest.fixture
def lived_in(project: Driver) -> Driver:
    """A project with something of every kind, some of it half done."""
    backup = project.ready_backup()
    project.restore(backup, name="again", tags={"made": "from a backup"})
    project.sleep(2.5)
    project.ask("POST", project.host("again") + "/vectors/upsert", {"vectors": [vector("new")]})
    project.ask("POST", "/indexes", POD, expect=201)
    project.ask("POST", "/collections", {"name": "kept", "source": "pod"}, expect=201)
    gone = project.restore(backup, name="gone")
    project.sleep(2.5)
    project.ask("DELETE", "/indexes/gone", expect=202)
    assert gone
    project.ask("POST", project.host("docs") + "/bulk/imports", {"uri": "s3://b/done"})
    project.sleep(3)
    project.ask("POST", project.host("docs") + "/bulk/imports", {"uri": "s3://b/half"})
    project.backup(description="half done")
    project.sleep(1)
    return project


def vector(identifier: str) -> dict[str, object]:
    return {"id": identifier, "values": [0.1] * 8, "metadata": {"of": ["new", "things"]}}


def seen(project: Driver) -> list[Any]:
    """All that a client can read, at once and after everything has ended."""
    hosts = {each["name"]: each["host"] for each in project.ask("GET", "/indexes")["indexes"]}
    read = ["/indexes", "/backups?limit=100", "/restore-jobs?limit=100", "/collections"]
    for name, host in hosts.items():
        path = "/ix/" + host.rpartition("/ix/")[2]
        read += [f"{path}/bulk/imports", f"{path}/vectors/fetch?ids=new&ids=sample-000001"]
        read += [] if name == "pod" else [f"/indexes/{name}/backups?include_deleted=true"]
    return [project.send("GET", each) for each in read] + [project.stats(name) for name in hosts]


def test_snapshot_read_into_another_emulator_is_the_same_project(lived_in: Driver) -> None:
    document = lived_in.ask("GET", SNAPSHOT)
    other = Driver()
    other.emulator.serve_at("http://127.0.0.1:5080")
    other.now = lived_in.now
    other.ask("PUT", SNAPSHOT, document)
    assert other.ask("GET", SNAPSHOT) == document
    assert seen(other) == seen(lived_in)
    for each in (other, lived_in):
        each.sleep(60)
    assert seen(other) == seen(lived_in)


def test_snapshot_holds_records_once_however_many_share_them(lived_in: Driver) -> None:
    before = len(lived_in.ask("GET", SNAPSHOT)["tables"])
    for _ in range(5):
        lived_in.backup("again")
    assert len(lived_in.ask("GET", SNAPSHOT)["tables"]) == before


def test_snapshot_ends_what_was_there_and_its_faults_and_log(lived_in: Driver) -> None:
    empty = Driver().ask("GET", SNAPSHOT)
    lived_in.fault("list_indexes", "drop", every=1)
    lived_in.ask("PUT", SNAPSHOT, empty)
    assert lived_in.log() == []
    assert lived_in.ask("GET", "/indexes") == {"indexes": []}


def test_time_never_runs_back_when_a_snapshot_is_read(lived_in: Driver) -> None:
    document = lived_in.ask("GET", SNAPSHOT)
    earlier, later = Driver(), Driver()
    later.now += 10**12
    assert earlier.ask("PUT", SNAPSHOT, document)["now"] == "2026-12-01T00:00:10.500000Z"
    assert later.ask("PUT", SNAPSHOT, document)["now"] == "2026-12-12T13:46:40.000000Z"


def test_ids_and_lists_go_on_where_the_snapshot_ended(lived_in: Driver) -> None:
    document = lived_in.ask("GET", SNAPSHOT)
    lived_in.ask("PUT", SNAPSHOT, document)
    host = lived_in.host("docs")
    assert lived_in.ask("POST", f"{host}/bulk/imports", {"uri": "s3://b/next"}) == {"id": "3"}
    made = lived_in.backup()
    assert lived_in.backups()[0]["backup_id"] == made


SCHEDULE = {
    "id": "nightly",
    "name": "nightly",
    "index_id": "none",
    "index_name": "none",
    "frequency": "daily",
    "expire_after_days": 1,
    "created_at": 0,
    "run": None,
}


def half(document: Any) -> Any:  # noqa: ANN401
    """Give the import that is half done."""
    held = document["objects"]["imports"]
    return next(each for key, each in held.items() if key.endswith("/2"))


def changes() -> dict[str, Any]:
    return {
        "format must be": lambda it: it.update(format="other"),
        "has no extra": lambda it: it.update(extra=1),
        "now must be": lambda it: it.update(now="today"),
        "objects has no shoes": lambda it: it["objects"].update(shoes={}),
        "indexes.docs lacks id": lambda it: it["objects"]["indexes"]["docs"].pop("id"),
        "indexes.docs has no size": lambda it: it["objects"]["indexes"]["docs"].update(size=1),
        "indexes.docs.metric must be a str": (
            lambda it: it["objects"]["indexes"]["docs"].update(metric=4)
        ),
        "indexes.docs.tags is not": (
            lambda it: it["objects"]["indexes"]["docs"].update(tags="none")
        ),
        "created_at is too large": (
            lambda it: it["objects"]["indexes"]["docs"].update(created_at=2**60)
        ),
        "indexes.docs makes no sense": (
            lambda it: it["objects"]["indexes"]["docs"].update(spec={})
        ),
        "indexes.docs.metric must be one of": (
            lambda it: it["objects"]["indexes"]["docs"].update(metric="miles")
        ),
        "indexes.docs.dimension must be": (
            lambda it: it["objects"]["indexes"]["docs"].update(dimension=0)
        ),
        "collections.kept makes no sense": (
            lambda it: it["objects"]["collections"]["kept"]["source"].update(spec={"pod": {}})
        ),
        "collections.kept.source.dimension must be": (
            lambda it: it["objects"]["collections"]["kept"]["source"].update(dimension=20_001)
        ),
        "restore_jobs.": (
            lambda it: next(iter(it["objects"]["restore_jobs"].values())).update(
                created_at=2**53, ends_at=2**53
            )
        ),
        "schedules.nightly makes no sense": (
            lambda it: it["objects"]["schedules"].update(nightly=SCHEDULE)
        ),
        "/2.reading must have rows": lambda it: half(it).update(reading={"rows": 0}),
        "reading must have rows, and bad": (
            lambda it: half(it).update(reading={"rows": 9, "bad": [4, 3]})
        ),
        "bad ones among them": lambda it: half(it).update(reading={"rows": 9, "bad": [9]}),
        "among them in their order": (
            lambda it: half(it).update(reading={"rows": 9, "error": "no bad row"})
        ),
        "names a table that is not there": lambda it: it.update(tables=[]),
        "there are no records of index": lambda it: it["objects"].update(records={}),
        "of no index in the document": lambda it: it["objects"].update(indexes={}),
        "tables must be a list": lambda it: it.update(tables={}),
        "a record of tables[0] must be": lambda it: it["tables"][0].append(7),
        "values must be a list": lambda it: it["tables"][0][0].update(values="0.1"),
    }


@pytest.mark.parametrize("said", changes())
def test_document_that_is_no_snapshot_is_refused_and_nothing_changes(
    lived_in: Driver, said: str
) -> None:
    document = lived_in.ask("GET", SNAPSHOT)
    changed = json.loads(json.dumps(document))
    changes()[said](changed)
    assert said in lived_in.ask("PUT", SNAPSHOT, changed, expect=400)["error"]["message"]
    assert lived_in.ask("GET", SNAPSHOT) == document


ODD = (None, 0, -1, 1.5, 10**30, "", "\ud800", True, [], {}, [1], {"a": 1})


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401
    """Give the path of every part of a document."""
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    for key, each in inner:
        yield (*path, key)
        if isinstance(each, dict | list):
            yield from places(each, (*path, key))


def test_document_with_anything_anywhere_is_refused_or_can_be_shown(
    lived_in: Driver, watch: Watch
) -> None:
    document = lived_in.ask("GET", SNAPSHOT)
    document["tables"] = [table[:1] for table in document["tables"]]
    statuses = Counter()
    for place, odd in product(places(document), ODD):
        if random.Random(repr((place, odd))).random() > 0.1:  # noqa: S311 - not for secrets
            continue
        changed = json.loads(json.dumps(document))
        node = changed
        for key in place[:-1]:
            node = node[key]
        node[place[-1]] = odd
        project = Driver()
        statuses[project.send("PUT", SNAPSHOT, changed).status] += 1
        for path in ("/indexes", "/backups", "/restore-jobs", SNAPSHOT):
            assert project.send("GET", path).status == 200, (place, odd)
    assert statuses.keys() == {200, 400}
    # What is shown of an index in cloud -1 is not as published, and that is no fault of ours.
    watch.wrong.clear()


def test_everything_that_a_store_holds_is_kept() -> None:
    derived = {"hosts", "rolls", "staged", "readers", "_due", "_numbers", "_planned"}
    under = {"vectors": "records", "jobs": "restore_jobs", "former": "deleted_indexes"}
    kept = {under.get(name, name) for name in set(Store.__slots__) - derived}
    assert shelves(Store()).keys() == kept


def test_stuck_jobs_go_on_when_the_knob_is_turned_back(project: Driver) -> None:
    good = project.ready_backup()
    project.ask("POST", "/_emulator/knobs", {"jobs_stuck": True})
    stuck = project.backup()
    restored = project.restore(good)
    host = project.host("docs")
    started = project.ask("POST", f"{host}/bulk/imports", {"uri": "s3://b/more"})["id"]
    project.ask("POST", "/_emulator/clock", {"advance_seconds": 30 * 86_400})

    def states() -> list[str]:
        paths = [
            f"/backups/{stuck}",
            f"/restore-jobs/{restored['restore_job_id']}",
            f"{host}/bulk/imports/{started}",
        ]
        return [project.ask("GET", path)["status"] for path in paths]

    assert states() == ["Initializing", "Pending", "Pending"]
    project.ask("POST", "/_emulator/knobs", {"jobs_stuck": False})
    assert states() == ["Ready", "Completed", "Completed"]
    assert project.stats("restored")["totalVectorCount"] == 200


def test_jobs_that_ran_before_and_jobs_let_go_early_take_their_time(project: Driver) -> None:
    running = project.backup()
    project.ask("POST", "/_emulator/knobs", {"jobs_stuck": True})
    stuck = project.backup()
    project.sleep(1.4)
    project.ask("POST", "/_emulator/knobs", {"jobs_stuck": False})
    assert project.ask("GET", f"/backups/{stuck}")["status"] == "Initializing"
    project.sleep(0.1)
    assert project.ask("GET", f"/backups/{stuck}")["status"] == "Ready"
    assert project.ask("GET", f"/backups/{running}")["status"] == "Ready"


def test_latency_holds_back_every_answer_of_the_api_and_none_of_ours(project: Driver) -> None:
    project.ask("POST", "/_emulator/knobs", {"latency_seconds": 0.25})
    project.fault("list_collections", "delay", when="after", delay_seconds=1)
    held = {
        path: project.send("GET", path).delay_seconds
        for path in ("/indexes", "/collections", "/nowhere", "/_emulator/log")
    }
    assert held == {"/indexes": 0.25, "/collections": 1.25, "/nowhere": 0.25, "/_emulator/log": 0}


def test_knobs_can_be_read(project: Driver) -> None:
    turned = project.ask("POST", "/_emulator/knobs", {"jobs_fail": True})
    assert project.ask("GET", "/_emulator/knobs") == turned

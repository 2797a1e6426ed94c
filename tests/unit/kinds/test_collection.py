"""What a collection asks of the API, and what it makes of the answers."""

import pytest

from reconciler.kinds.collection import KIND
from reconciler.model.address import Address
from reconciler.model.desired import Desired, Lifecycle
from reconciler.model.job import Failed, Ready, Running, Wanted
from reconciler.model.kind import Remote, World
from reconciler.model.observed import Index, Marker, Observed, Phase
from reconciler.model.request import Effect
from reconciler.model.state import Entry
from reconciler.model.values import Fields
from reconciler.wire.read import read

ADDRESS = Address("collection", "movies")
MARKER = Marker("", ADDRESS, "01JD0000000000000000000000")
FIELDS = {"name": "movies", "source": "movies-pod"}
PINS = {"environment": "us-east1-gcp", "dimension": 8}
WANTED = Wanted(ADDRESS, FIELDS, PINS)
FACTS = {"environment": "us-east1-gcp", "dimension": 8, "record_count": 9, "size_bytes": 700}


def remote() -> Remote:
    assert KIND.remote is not None
    return KIND.remote


def payload(**more: object) -> Fields:
    return {
        "name": "movies",
        "status": "Ready",
        "environment": "us-east1-gcp",
        "dimension": 8,
        "vector_count": 9,
        "size": 700,
        **more,  # type: ignore[dict-item]
    }


def seen(**more: object) -> Observed:
    return remote().decode_one(read("describe_collection", payload(**more)), FIELDS)


def entry(facts: Fields) -> Entry:
    return Entry(ADDRESS, "movies", FIELDS, Phase.READY, recorded_at=0, facts=facts)


def world(indexes: dict[str, Fields] | None) -> World:
    if indexes is None:
        return World(now=0, seen={}, indexes=None)
    found = {name: Index(name, "", ready=True, facts=facts) for name, facts in indexes.items()}
    return World(now=0, seen={}, indexes=found)


def desired() -> Desired:
    return Desired(ADDRESS, FIELDS, lifecycle=Lifecycle())


def test_create_sends_name_and_source() -> None:
    request = remote().create(WANTED, MARKER)
    assert (request.method, request.path) == ("POST", "/collections")
    assert request.effect is Effect.CREATE
    assert request.body == {"name": "movies", "source": "movies-pod"}


def test_names_cannot_leave_their_place_in_a_path() -> None:
    assert remote().describe("a/b", {}).path == "/collections/a%2Fb"
    assert remote().remove("a/b", {}).path == "/collections/a%2Fb"  # type: ignore[union-attr]


def test_the_name_defaults_to_the_key() -> None:
    assert KIND.complete("movies", {"source": "s"}) == {"name": "movies", "source": "s"}
    assert KIND.complete("movies", {"source": "s", "name": "old"})["name"] == "old"


def test_answer_to_a_create_gives_name_and_handle() -> None:
    made = remote().created(read("create_collection", payload(status="Initializing")), WANTED)
    assert (made.remote_id, made.handle) == ("movies", {"name": "movies"})
    with pytest.raises(ValueError, match="another collection"):
        remote().created(read("create_collection", payload(name="books")), WANTED)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("Initializing", Running),
        ("Terminating", Running),
        ("NobodyKnows", Running),
        ("Ready", Ready),
        ("Terminated", Failed),
    ],
)
def test_its_job_is_judged_by_its_status(status: str, kind: type) -> None:
    reply = read("describe_collection", payload(status=status))
    assert isinstance(remote().judge({"name": "movies"}, reply), kind)


@pytest.mark.parametrize(
    ("before", "live", "found"),
    [
        ((), {}, True),
        (("books",), {}, True),
        (("movies",), {}, False),
        ((), {"name": "books"}, False),
        ((), {"environment": "us-west1-gcp"}, False),
        ((), {"environment": None}, False),
        ((), {"dimension": 9}, False),
        ((), {"dimension": None}, True),
    ],
)
def test_it_is_recognised_by_a_name_that_was_free_and_by_its_source(
    before: tuple[str, ...],
    live: dict[str, object],
    found: bool,  # noqa: FBT001 - a case
) -> None:
    known = remote().recognise(WANTED, MARKER, before, [seen(**live)])
    assert bool(known) is found


def test_it_is_recognised_by_name_alone_where_nothing_is_known_of_its_source() -> None:
    blank = Wanted(ADDRESS, FIELDS, {"environment": None, "dimension": None})
    assert remote().recognise(blank, MARKER, (), [seen()])


@pytest.mark.parametrize(
    ("known", "live", "same"),
    [
        (FACTS, {}, True),
        ({}, {}, True),
        (FACTS, {"size": None, "vector_count": None}, True),
        (FACTS, {"vector_count": 10}, False),
        (FACTS, {"size": 701}, False),
        (FACTS, {"dimension": 9}, False),
        (FACTS, {"environment": "us-west1-gcp"}, False),
        (FACTS, {"status": "Terminating"}, True),
        (FACTS, {"status": "Initializing", "size": None, "vector_count": None}, False),
    ],
)
def test_another_of_its_name_is_told_by_what_both_show(
    known: Fields,
    live: dict[str, object],
    same: bool,  # noqa: FBT001 - a case
) -> None:
    assert remote().same(entry(known), seen(**live)) is same


def test_where_its_source_is_and_how_wide_is_pinned() -> None:
    pod = {"deployment": "pod", "environment": "us-east1-gcp", "dimension": 8, "host": "h"}
    assert KIND.resolve(desired(), None, world({"movies-pod": pod})).pins == PINS


@pytest.mark.parametrize("kind", ["serverless", "byoc"])
def test_only_pods_have_collections(kind: str) -> None:
    found = KIND.resolve(desired(), None, world({"movies-pod": {"deployment": kind}}))
    assert found.problem == f"index movies-pod is {kind}; only pod indexes have collections"
    assert found.way_out


@pytest.mark.parametrize("indexes", [{}, None])
def test_an_index_that_only_a_restore_makes_has_none(indexes: dict[str, Fields] | None) -> None:
    found = KIND.resolve(desired(), None, world(indexes))
    assert "made by a restore" in found.problem


def test_an_index_that_does_not_say_how_it_runs_is_left_to_the_api() -> None:
    found = KIND.resolve(desired(), None, world({"movies-pod": {"dimension": 8}}))
    assert (found.problem, found.pins) == ("", {"environment": None, "dimension": 8})


def test_its_name_taken_by_others_is_a_conflict() -> None:
    found = KIND.conflict(desired(), [seen()])
    assert found is not None
    assert found.remote_id == "movies"
    assert KIND.conflict(desired(), [seen(name="books")]) is None

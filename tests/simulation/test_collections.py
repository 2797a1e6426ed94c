"""Collections carry no marker: their name was free, they fit their source, or they are not ours."""

import json

import pytest
from simulation.boundaries import Boundaries, CrashError
from simulation.cases import WINDOW, outcomes
from simulation.pods import COLLECTION as YAML
from simulation.pods import add_pod, stocked
from simulation.saving import apply_file, refusal, saved
from simulation.world import Process, World

from reconciler.emulator.service import Knobs
from reconciler.model.address import Address
from reconciler.model.change import Reason
from reconciler.model.event import Outcome
from reconciler.model.observed import Phase
from reconciler.model.plan import Permissions
from reconciler.model.ports import Call
from reconciler.workflow.apply import Applied, exit_code

MOVIES = Address("collection", "movies")
DELETED = "collections: {movies: {source: movies-pod, lifecycle: {on_remove: delete}}}\n"
BACKUPS = (
    "backups: {old: {index: docs-prod, lifecycle: {on_remove: delete}}, new: {index: docs-prod}}\n"
)
EMPTY = "collections: {}\n"
ALLOWED = Permissions(deletes=True, empty=True)
CREATE = "create_collection"


def made_by_hand(world: World, source: str = "movies-pod") -> None:
    world.send("POST", "/collections", {"name": "movies", "source": source})


def names(world: World) -> list[str]:
    return [one["name"] for one in world.send("GET", "/collections")["collections"]]


def said(applied: Applied) -> str:
    return " ".join(result.message for result in applied.results)


def test_it_is_made_and_the_next_plan_is_empty() -> None:
    world = stocked()
    assert exit_code(world.apply(YAML)) == 0
    entry = world.state().entries[MOVIES]
    assert (entry.remote_id, entry.phase) == ("movies", Phase.READY)
    assert (entry.facts["record_count"], entry.facts["dimension"]) == (5, 2)
    assert world.plan(YAML).is_empty


def test_a_configuration_without_collections_asks_for_none() -> None:
    world = stocked()
    world.plan("backups: {docs: {index: docs-prod}}\n")
    assert world.log("list_collections") == []


@pytest.mark.parametrize("kind", ["drop", "html", "garbage", "truncate", "status"])
def test_a_lost_answer_is_settled_in_the_same_run(kind: str) -> None:
    world = stocked()
    world.fault(CREATE, kind, **({"status": 504} if kind == "status" else {}))
    assert exit_code(world.apply(YAML, **WINDOW)) == 0
    assert world.committed(CREATE) == 1
    assert world.plan(YAML).is_empty


def test_a_create_that_never_arrived_is_sent_again_after_the_window() -> None:
    world = stocked()
    world.fault(CREATE, "status", when="before", status=500)
    assert exit_code(world.apply(YAML, **WINDOW)) == 0
    assert len(world.log(CREATE)) == 2
    assert world.committed(CREATE) == 1


@pytest.mark.parametrize("arrives", [True, False])
def test_a_create_cut_off_is_settled_by_the_next_run(*, arrives: bool) -> None:
    world = stocked()

    def crash(there: World, call: Call) -> None:
        if call.fresh:
            there.on_call = None
            if arrives:
                there.send(call.method, "/collections", json.loads(call.body or b"null"))
            raise CrashError

    world.on_call = crash
    with pytest.raises(CrashError):
        world.apply(YAML, **WINDOW)
    assert exit_code(world.apply(YAML, **WINDOW)) == 0
    assert world.committed(CREATE) == 1
    assert not world.state().intents
    assert world.plan(YAML).is_empty


def test_killed_at_any_boundary_it_is_made_once() -> None:
    at, died = 0, True
    while died:
        at += 1
        world = stocked()
        try:
            world.apply(YAML, process=Process(boundaries=Boundaries(die_at=at)), **WINDOW)
            died = False
        except CrashError:
            world.wait(60)
            assert exit_code(world.apply(YAML, **WINDOW)) == 0
        assert (names(world), world.committed(CREATE)) == (["movies"], 1)
        assert world.plan(YAML).is_empty
    assert at > 10


def test_a_name_taken_before_the_send_is_a_conflict_and_not_adopted() -> None:
    world = stocked()

    def rival(there: World, call: Call) -> None:
        if call.fresh:
            there.on_call = None
            made_by_hand(there)

    world.on_call = rival
    applied = world.apply(YAML, **WINDOW)
    assert exit_code(applied) == 1
    assert "409" in said(applied)
    assert MOVIES not in world.state().entries
    assert not world.state().intents


def test_a_name_taken_with_another_width_is_not_taken_for_ours() -> None:
    world = stocked()
    world.fault(CREATE, "status", when="before", status=500)

    def rival(there: World, call: Call) -> None:
        if call.fresh:
            there.on_call = lambda again, _call: (setattr(again, "on_call", None), hand(again))

    def hand(there: World) -> None:
        made_by_hand(there, "wide-pod")

    world.on_call = rival
    applied = world.apply(YAML, **WINDOW)
    assert exit_code(applied) == 1
    assert "409" in said(applied)
    assert MOVIES not in world.state().entries


def test_a_collection_of_the_name_from_before_is_refused_in_the_plan() -> None:
    world = stocked()
    made_by_hand(world)
    change = world.plan(YAML).change(MOVIES)
    assert change.reason is Reason.CONFLICT
    adopted = YAML.replace("source", "adopt: movies, source")
    world.wait(60)
    assert exit_code(world.apply(adopted)) == 0
    assert world.committed(CREATE) == 1
    assert world.plan(YAML).is_empty


def test_it_is_deleted_when_that_is_declared_and_permitted() -> None:
    world = stocked()
    world.apply(DELETED)
    world.wait(600)
    assert exit_code(world.apply(EMPTY, ALLOWED)) == 0
    assert names(world) == []
    assert MOVIES not in world.state().entries


def test_another_of_its_name_is_not_deleted_in_its_place() -> None:
    world = stocked()
    world.apply(DELETED)
    world.wait(600)

    def swap(there: World, call: Call) -> None:
        if call.url.endswith("/collections/movies"):
            there.on_call = None
            there.send("DELETE", "/collections/movies")
            made_by_hand(there, "wide-pod")
            there.wait(60)

    world.on_call = swap
    applied = world.apply(EMPTY, ALLOWED)
    assert exit_code(applied) == 5
    assert names(world) == ["movies"]
    assert MOVIES in world.state().entries


def test_one_that_is_being_made_anew_is_not_deleted_in_its_place() -> None:
    world = stocked()
    world.apply(DELETED)
    world.wait(600)
    world.send("DELETE", "/collections/movies")
    world.turn(Knobs(collection_seconds=600))
    made_by_hand(world)
    change = world.plan(EMPTY, ALLOWED).change(MOVIES)
    assert change.reason is Reason.ANOTHER_OBJECT
    assert "it is being made anew" in change.because
    world.apply(EMPTY, ALLOWED)
    assert names(world) == ["movies"]


def test_a_reviewed_delete_is_stale_when_another_has_the_name() -> None:
    world = stocked()
    world.apply(DELETED)
    world.wait(600)
    data = saved(world, EMPTY, ALLOWED)
    world.send("DELETE", "/collections/movies")
    made_by_hand(world, "wide-pod")
    world.wait(600)
    (told,) = refusal(world, data, EMPTY)
    assert told.reference == "plan-stale"
    assert "movies is another object of that name: dimension" in told.summary


def test_a_reviewed_delete_is_done_when_nothing_has_moved() -> None:
    world = stocked()
    world.apply(DELETED)
    world.wait(600)
    assert exit_code(apply_file(world, saved(world, EMPTY, ALLOWED), EMPTY)) == 0
    assert names(world) == []


def test_a_reviewed_adoption_is_stale_when_another_has_the_name() -> None:
    world = stocked()
    made_by_hand(world)
    world.wait(600)
    adopted = YAML.replace("source", "adopt: movies, source")
    data = saved(world, adopted)
    world.send("DELETE", "/collections/movies")
    made_by_hand(world, "wide-pod")
    world.wait(600)
    (told,) = refusal(world, data, adopted)
    assert "movies has another dimension: 2 then, 3 now" in told.summary


def test_another_of_its_name_and_width_is_told_by_what_it_holds() -> None:
    world = stocked()
    world.apply(YAML)
    world.wait(600)
    world.send("DELETE", "/collections/movies")
    world.send("DELETE", "/indexes/movies-pod")
    add_pod(world, "movies-pod", 2, records=9)
    made_by_hand(world)
    world.wait(600)
    change = world.plan(YAML).change(MOVIES)
    assert change.reason is Reason.ANOTHER_OBJECT
    assert "record_count" in change.because


def test_forgotten_and_declared_again_it_is_taken_up_and_not_made_twice() -> None:
    world = stocked()
    world.apply(YAML)
    world.wait(600)
    assert exit_code(world.apply(EMPTY, ALLOWED)) == 0
    assert MOVIES not in world.state().entries
    assert names(world) == ["movies"]
    applied = world.apply(YAML)
    assert set(outcomes(applied).values()) == {Outcome.DONE}
    assert world.committed(CREATE) == 1
    assert world.plan(YAML).is_empty


def test_one_that_is_gone_is_made_again_only_when_asked() -> None:
    world = stocked()
    world.apply(YAML)
    world.wait(600)
    world.send("DELETE", "/collections/movies")
    assert world.plan(YAML).change(MOVIES).reason is Reason.GONE
    assert world.plan(YAML).is_empty is False
    assert exit_code(world.apply(YAML, Permissions(replace=frozenset({MOVIES})))) == 0
    assert world.committed(CREATE) == 2
    assert world.plan(YAML).is_empty


def test_deletes_wait_for_what_never_ends_until_its_timeout_or_leave_it_out() -> None:
    """The API leaves a collection that failed `Initializing` for ever."""
    world = stocked(knobs=Knobs(collection_seconds=10**9))
    world.apply(BACKUPS.replace(", new: {index: docs-prod}", ""))
    world.apply(BACKUPS)
    both = BACKUPS.replace("old: {index: docs-prod, lifecycle: {on_remove: delete}}, ", "") + YAML
    applied = world.apply(both, ALLOWED, timeout_seconds=60.0)
    assert exit_code(applied) == 8
    assert outcomes(applied)["delete backup.old"] is Outcome.SKIPPED
    assert "create collection.movies is not done yet" in said(applied)
    without = Permissions(deletes=True, excludes=frozenset({"collection.movies"}))
    assert outcomes(world.apply(both, without)) == {"delete backup.old": Outcome.DONE}

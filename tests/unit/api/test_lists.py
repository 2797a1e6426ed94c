"""Lists are whole or they fail: pages, tokens, loops, repetitions."""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.api.fakes import BROKEN, World, answer, html, refusal, world

from reconciler.api.failures import ApiError, KeyRefusedError, UnavailableError
from reconciler.api.retry import ATTEMPTS
from reconciler.model.ports import Answer, Call
from reconciler.model.request import Request

BACKUPS = Request("list_project_backups", "GET", "/backups")
INDEXES = Request("list_indexes", "GET", "/indexes")


def page(*ids: str, following: str | None = None, **fields: object) -> Answer:
    data = [{"backup_id": one, **fields} for one in ids]
    return answer(200, {"data": data, "pagination": {"next": following} if following else None})


def query(call: Call) -> Mapping[str, Sequence[str]]:
    return parse_qs(urlsplit(call.url).query)


def served(pages: Mapping[str | None, Answer]) -> Callable[[Call], Answer]:
    """Serve pages by token; None is the first."""
    return lambda call: pages[query(call).get("paginationToken", [None])[0]]


def ids(place: World) -> list[object]:
    return [item["backup_id"] for item in place.run(place.api.read_list(BACKUPS))]


def fails(place: World) -> ApiError:
    with pytest.raises(ApiError) as caught:
        place.run(place.api.read_list(BACKUPS))
    return caught.value


def test_the_limit_stands_on_the_first_page_and_the_token_alone_on_the_others() -> None:
    place = world(page("a", following="t/1=="), page(following="t&2"), page("b"))
    assert ids(place) == ["a", "b"]
    assert [query(call) for call in place.script.calls] == [
        {"limit": ["100"]},
        {"paginationToken": ["t/1=="]},
        {"paginationToken": ["t&2"]},
    ]


def test_a_list_that_has_no_pages_is_asked_for_without_a_limit() -> None:
    place = world(answer(200, {"indexes": [{"name": "docs"}, {"name": "logs"}]}))
    assert [item["name"] for item in place.run(place.api.read_list(INDEXES))] == ["docs", "logs"]
    assert place.urls == ["https://api.pinecone.io/indexes"]


def test_a_query_of_the_request_stays_on_every_page() -> None:
    place = world(page("a", following="t"), page("b"))
    place.run(
        place.api.read_list(Request("list_project_backups", "GET", "/b", query=(("q", "1"),)))
    )
    assert [query(call)["q"] for call in place.script.calls] == [["1"], ["1"]]


def test_an_object_on_two_pages_is_listed_once_as_seen_last() -> None:
    place = world(page("a", "b", following="t", status="Pending"), page("b", "c", status="Ready"))
    found = place.run(place.api.read_list(BACKUPS))
    assert [(item["backup_id"], item["status"]) for item in found] == [
        ("a", "Pending"),
        ("b", "Ready"),
        ("c", "Ready"),
    ]


@pytest.mark.parametrize("length", range(1, 6))
@pytest.mark.parametrize("lead", [0, 2])
def test_pages_that_go_round_in_a_circle_are_found_out(length: int, lead: int) -> None:
    names = [f"t{number}" for number in range(lead + length)]
    after = [*names[1:], names[lead]]
    pages: dict[str | None, Answer] = {None: page("first", following=names[0])}
    for name, following in zip(names, after, strict=True):
        pages[name] = page(name, following=following)
    place = world(served(pages))
    error = fails(place)
    assert type(error) is UnavailableError
    assert "circle" in error.diagnostics[0].summary
    assert len(place.script.calls) == 1 + lead + length


def test_a_server_that_ignores_tokens_is_found_out() -> None:
    place = world(page("a", following="t"))
    assert "circle" in fails(place).diagnostics[0].summary
    assert len(place.script.calls) == 2


def test_a_refused_token_starts_the_list_anew() -> None:
    refused = refusal(400, "INVALID_ARGUMENT", "Invalid pagination token.")
    place = world(page("gone", following="t"), refused, page("a", following="u"), page("b"))
    assert ids(place) == ["a", "b"]


def test_tokens_that_are_refused_for_ever_end_after_three_restarts() -> None:
    refused = refusal(400, "INVALID_ARGUMENT", "Invalid pagination token.")
    first = page("a", following="t")
    place = world(lambda call: refused if "paginationToken" in query(call) else first)
    error = fails(place)
    assert type(error) is UnavailableError
    assert "token" in error.diagnostics[0].summary
    assert len(place.script.calls) == 4 * 2


def test_a_refused_first_page_is_a_refusal_of_the_list() -> None:
    place = world(refusal(400, "INVALID_ARGUMENT", "bad"))
    assert fails(place).diagnostics[0].reference == "api-refused"
    assert len(place.script.calls) == 1


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_that_is_not_the_tokens_ends_the_list(status: int) -> None:
    place = world(page("a", following="t"), refusal(status))
    assert fails(place).diagnostics[0].reference != "api-refused"
    assert len(place.script.calls) == 2


def test_a_list_without_an_end_is_given_up() -> None:
    pages = iter(range(1_000_000))
    place = world(lambda _: page("a", following=str(next(pages))))
    assert "10000 pages" in fails(place).diagnostics[0].summary
    assert len(place.script.calls) == 10_000


BROKEN_PAGES = {
    "a web page": html(200),
    "cut short": answer(200, b'{"data": [{"backup_id": "a"}'),
    "empty": answer(200),
    "null": answer(200, b"null"),
    "no data": answer(200, {"pagination": None}),
    "an item without an id": answer(200, {"data": [{"backup_id": "a"}, {"name": "b"}]}),
    "odd pagination": answer(200, {"data": [], "pagination": "next"}),
    "server error": refusal(500),
    "404 from a portal": html(404),
    "connection": BROKEN,
}


@pytest.mark.parametrize("broken", list(BROKEN_PAGES.values()), ids=list(BROKEN_PAGES))
def test_a_broken_page_is_asked_for_again(broken: Answer) -> None:
    place = world(page("a", following="t"), broken, broken, page("b"))
    assert ids(place) == ["a", "b"]


@pytest.mark.parametrize("broken", list(BROKEN_PAGES.values()), ids=list(BROKEN_PAGES))
@pytest.mark.parametrize("before", [0, 1, 3])
def test_a_list_is_never_given_in_part(broken: Answer, before: int) -> None:
    whole = [page(f"b{number}", following=f"t{number}") for number in range(before)]
    place = world(*whole, broken)
    assert type(fails(place)) is UnavailableError
    assert len(place.script.calls) == before + ATTEMPTS


def test_a_key_that_is_refused_midway_fails_the_list() -> None:
    place = world(page("a", following="t"), answer(401, b"Invalid API key", "text/plain"))
    assert type(fails(place)) is KeyRefusedError


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=4), min_size=1, max_size=8))
def test_any_split_into_pages_gives_the_same_set(split: list[list[str]]) -> None:
    plays = [
        page(*names, following=f"t{number}" if number + 1 < len(split) else None)
        for number, names in enumerate(split)
    ]
    found = ids(world(*plays))
    assert len(found) == len(set(found))
    assert set(found) == {name for names in split for name in names}


def test_two_objects_of_one_id_on_one_page_are_two_rows_and_one_object() -> None:
    def shown() -> Answer:
        return answer(200, {"data": [{"backup_id": "a", "name": one} for one in ("x", "y")]})

    rows = (place := world(shown())).run(place.api.read_rows(BACKUPS))
    assert [row["name"] for row in rows] == ["x", "y"]
    objects = (place := world(shown())).run(place.api.read_list(BACKUPS))
    assert [one["name"] for one in objects] == ["y"]

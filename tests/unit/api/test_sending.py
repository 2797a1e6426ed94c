"""What is sent again and what is not: by effect and by what happened, within two minutes."""

import json
from typing import Any

import pytest
from unit.api.fakes import BROKEN, NOT_SENT, TIMEOUT, World, answer, html, refusal, world

from reconciler.api.failures import (
    ApiError,
    ConflictError,
    DeniedError,
    KeyRefusedError,
    NotFoundError,
    PreconditionFailedError,
    QuotaError,
    RateLimitedError,
    UnavailableError,
    UncertainError,
)
from reconciler.api.retry import ATTEMPTS, PATIENCE_SECONDS
from reconciler.model.ports import AmbiguousError, Answer
from reconciler.model.request import Effect, Request

READ = Request("describe_backup", "GET", "/backups/b1")
CREATE = Request(
    "create_backup", "POST", "/indexes/docs/backups", Effect.CREATE, body={"name": "n"}
)
CHANGE = Request("configure_index", "PATCH", "/indexes/docs", Effect.CHANGE, body={"tags": {}})
REMOVE = Request("delete_backup", "DELETE", "/backups/b1", Effect.REMOVE)
REPEATABLE = [READ, CHANGE, REMOVE]
EVERY = [*REPEATABLE, CREATE]
DONE = answer(200, {"backup_id": "b1", "name": "docs", "status": "Ready"})

LOST = {
    "connection broke": BROKEN,
    "timeout": TIMEOUT,
    "408": refusal(408),
    "500": refusal(500, "INTERNAL"),
    "502 page": html(502),
    "503": refusal(503, "UNAVAILABLE"),
    "504 without a body": answer(504),
    "520": answer(520, b"\xff\xfe", "text/plain"),
    "600": answer(600),
    "101": answer(101),
    "301": answer(301, None, location="https://evil.com/"),
    "304": answer(304),
    "page instead of data": html(200),
    "404 from a portal": html(404),
    "cut short": answer(200, b'{"backup_id": "b1", "na'),
    "two documents": answer(200, b'{"backup_id": "b1"}{}'),
    "not a number": answer(200, b'{"backup_id": NaN}'),
}
WITHOUT_ID = {
    "nothing but text": answer(200, "done"),
    "no id": answer(201, {"name": ""}),
    "id of another type": answer(201, {"backup_id": 7, "name": 7}),
    "empty": answer(204),
    "null": answer(200, b"null"),
}
REFUSALS: dict[int, type[ApiError]] = {
    400: ApiError,
    401: KeyRefusedError,
    402: QuotaError,
    403: DeniedError,
    404: NotFoundError,
    405: ApiError,
    409: ConflictError,
    412: PreconditionFailedError,
    413: ApiError,
    415: ApiError,
    422: ApiError,
}


def named(request: Request) -> str:
    return request.effect.value


def fails(place: World, request: Request) -> ApiError:
    with pytest.raises(ApiError) as caught:
        place.run(place.api.send(request))
    return caught.value


@pytest.mark.parametrize("request_", EVERY, ids=named)
def test_a_success_is_sent_once(request_: Request) -> None:
    place = world(DONE)
    place.run(place.api.send(request_))
    assert len(place.script.calls) == 1
    assert place.clock.pauses == []


@pytest.mark.parametrize("lost", list(LOST.values()) + list(WITHOUT_ID.values()), ids=str)
def test_a_create_of_unknown_outcome_is_sent_exactly_once(lost: Answer | AmbiguousError) -> None:
    place = world(lost, DONE)
    assert type(fails(place, CREATE)) is UncertainError
    assert len(place.script.calls) == 1


@pytest.mark.parametrize("request_", REPEATABLE, ids=named)
@pytest.mark.parametrize("lost", list(LOST.values()), ids=list(LOST))
def test_what_is_harmless_is_sent_again(request_: Request, lost: Answer | AmbiguousError) -> None:
    place = world(lost, lost, DONE)
    place.run(place.api.send(request_))
    assert len(place.script.calls) == 3
    assert len({call.url for call in place.script.calls}) == 1


@pytest.mark.parametrize("request_", [READ, CHANGE], ids=named)
@pytest.mark.parametrize("broken", list(WITHOUT_ID.values()), ids=list(WITHOUT_ID))
def test_an_object_without_its_id_is_asked_for_again(request_: Request, broken: Answer) -> None:
    place = world(broken, DONE)
    place.run(place.api.send(request_))
    assert len(place.script.calls) == 2


@pytest.mark.parametrize("accepted", [answer(202), answer(200, {}), answer(202, {"odd": 1})])
def test_a_removal_needs_no_body(accepted: Answer) -> None:
    place = world(accepted)
    assert place.run(place.api.send(REMOVE)) == {}
    assert len(place.script.calls) == 1


@pytest.mark.parametrize("request_", REPEATABLE, ids=named)
@pytest.mark.parametrize("lost", list(LOST.values()), ids=list(LOST))
def test_repeating_ends(request_: Request, lost: Answer | AmbiguousError) -> None:
    place = world(lost)
    error = fails(place, request_)
    assert type(error) is UnavailableError
    assert error.diagnostics[0].reference == "api-unavailable"
    assert 2 <= len(place.script.calls) <= ATTEMPTS
    assert place.clock.micros <= PATIENCE_SECONDS * 1_000_000


@pytest.mark.parametrize("request_", EVERY, ids=named)
def test_what_was_never_sent_is_sent_again(request_: Request) -> None:
    place = world(NOT_SENT, NOT_SENT, DONE)
    place.run(place.api.send(request_))
    assert len(place.script.calls) == 3


@pytest.mark.parametrize("request_", EVERY, ids=named)
def test_a_host_that_cannot_be_reached_is_certain(request_: Request) -> None:
    place = world(NOT_SENT)
    error = fails(place, request_)
    assert type(error) is UnavailableError
    assert error.diagnostics[0].reference == "api-unreachable"
    assert len(place.script.calls) == ATTEMPTS


@pytest.mark.parametrize("request_", EVERY, ids=named)
@pytest.mark.parametrize(("status", "kind"), list(REFUSALS.items()))
def test_a_refusal_is_final(request_: Request, status: int, kind: type[ApiError]) -> None:
    place = world(refusal(status), DONE)
    assert type(fails(place, request_)) is kind
    assert len(place.script.calls) == 1


@pytest.mark.parametrize("request_", EVERY, ids=named)
def test_too_many_requests_are_waited_out_as_asked(request_: Request) -> None:
    place = world(refusal(429, retry_after="7"), refusal(429), refusal(429, retry_after="0"), DONE)
    place.run(place.api.send(request_))
    assert place.clock.pauses == [7.0, 0.75, 0.0]


@pytest.mark.parametrize("request_", EVERY, ids=named)
@pytest.mark.parametrize("asked", ["0", "2", "59", "60", "1e9", "inf", "nan", "-5", "soon"])
def test_patience_with_too_many_requests_ends(request_: Request, asked: str) -> None:
    place = world(refusal(429, retry_after=asked))
    assert type(fails(place, request_)) is RateLimitedError
    assert 2 <= len(place.script.calls) <= ATTEMPTS
    assert place.clock.micros <= PATIENCE_SECONDS * 1_000_000


def test_a_server_in_trouble_may_ask_for_time_too() -> None:
    place = world(refusal(503, retry_after="9"), DONE)
    place.run(place.api.send(READ))
    assert place.clock.pauses == [9.0]


@pytest.mark.parametrize("lost", [BROKEN, refusal(500)])
def test_a_create_that_waited_and_then_got_lost_is_not_sent_again(lost: Any) -> None:  # noqa: ANN401
    place = world(NOT_SENT, refusal(429), lost, DONE)
    assert type(fails(place, CREATE)) is UncertainError
    assert len(place.script.calls) == 3


def test_a_server_that_never_answers_costs_two_minutes_at_most() -> None:
    place = world(TIMEOUT)
    fails(place, READ)
    assert [call.deadline_seconds for call in place.script.calls] == [30.0] * 3
    assert place.clock.micros <= PATIENCE_SECONDS * 1_000_000


def test_an_unknown_host_and_its_index_share_their_patience() -> None:
    found = answer(200, {"name": "docs", "host": "docs.svc.pinecone.io"})
    place = world(TIMEOUT, TIMEOUT, found, TIMEOUT)
    fails(place, Request("describeBulkImport", "GET", "/bulk/imports/1", index="docs"))
    assert len(place.script.calls) == 4
    assert place.clock.micros <= PATIENCE_SECONDS * 1_000_000


@pytest.mark.parametrize("request_", EVERY, ids=named)
def test_only_creates_ask_for_a_fresh_connection(request_: Request) -> None:
    place = world(NOT_SENT, DONE)
    place.run(place.api.send(request_))
    assert {call.fresh for call in place.script.calls} == {request_.effect is Effect.CREATE}


def test_a_call_carries_version_and_body_but_no_key() -> None:
    place = world(DONE, api_version="2025-10")
    place.run(place.api.send(CREATE))
    place.run(place.api.send(READ))
    create, read = place.script.calls
    assert create.headers["X-Pinecone-Api-Version"] == "2025-10"
    assert create.headers["Content-Type"] == "application/json"
    assert json.loads(create.body or b"") == {"name": "n"}
    assert read.headers.keys() == {"Accept", "X-Pinecone-Api-Version"}
    assert read.body is None


def test_text_beyond_ascii_travels_as_json_and_in_queries() -> None:
    place = world(DONE)
    place.run(
        place.api.send(
            Request("describe_backup", "GET", "/b", query=(("a", "ü&b=1"),), body={"a": "ü"})
        )
    )
    assert place.urls == ["https://api.pinecone.io/b?a=%C3%BC%26b%3D1"]
    assert place.script.calls[0].body == b'{"a": "\\u00fc"}'


def test_the_servers_clock_runs_on_between_answers() -> None:
    place = world(
        answer(200, {"backup_id": "b1"}, date="Thu, 01 Jan 1970 00:01:00 GMT"),
        answer(200, {"backup_id": "b1"}, date="Thu, 01 Jan 1970 09:00:00 GMT", age="7"),
        refusal(404, date="Thu, 01 Jan 1970 00:02:00 GMT"),
    )
    assert place.api.server_now() is None
    place.run(place.api.send(READ))
    place.clock.pass_by(5)
    assert place.api.server_now() == 65_000_000
    place.run(place.api.send(READ))
    assert place.api.server_now() == 65_000_000  # a cached answer says nothing
    fails(place, READ)
    assert place.api.server_now() == 120_000_000


def test_hosts_are_looked_up_once_and_remembered() -> None:
    found = answer(200, {"name": "docs/x", "host": "docs.svc.pinecone.io"})
    place = world(found, answer(200, {"id": "1"}))
    ask = Request("describeBulkImport", "GET", "/bulk/imports/1", index="docs/x")
    place.run(place.api.send(ask))
    place.run(place.api.send(ask))
    there = "https://docs.svc.pinecone.io/bulk/imports/1"
    assert place.urls == ["https://api.pinecone.io/indexes/docs%2Fx", there, there]


def test_hosts_that_were_learned_are_not_asked_for() -> None:
    place = world(answer(200, {"id": "1"}))
    place.api.learn([("docs", "old.svc.pinecone.io"), ("docs", ""), ("other", "")])
    place.run(place.api.send(Request("describeBulkImport", "GET", "/i", index="docs")))
    assert place.urls == ["https://old.svc.pinecone.io/i"]


def test_what_comes_before_an_attempt_comes_before_each() -> None:
    place = world(refusal(429, "RESOURCE_EXHAUSTED"), answer(201, {"id": "1"}))
    place.api.learn([("docs", "old.svc.pinecone.io")])
    sent_before: list[tuple[int, int]] = []

    async def note(attempt: int) -> None:
        sent_before.append((attempt, len(place.urls)))

    create = Request("startBulkImport", "POST", "/bulk/imports", Effect.CREATE, index="docs")
    place.run(place.api.send(create, note))
    assert sent_before == [(1, 0), (2, 1)]


def test_an_index_without_a_host_is_said_so() -> None:
    place = world(answer(200, {"name": "docs", "host": ""}))
    error = fails(place, Request("describeBulkImport", "GET", "/i", index="docs"))
    assert error.diagnostics[0].reference == "host-missing"


def test_a_create_whose_index_is_unknown_was_certainly_not_sent() -> None:
    place = world(refusal(404, "NOT_FOUND"))
    create = Request("startBulkImport", "POST", "/bulk/imports", Effect.CREATE, index="docs")
    assert type(fails(place, create)) is NotFoundError
    lost = world(html(502))
    assert type(fails(lost, create)) is UnavailableError
    assert {call.method for call in lost.script.calls} == {"GET"}

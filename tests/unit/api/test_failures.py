"""Error sentences, read as their reader: each says what, and its hint what to do next."""

import pytest
from unit.api.fakes import BROKEN, NOT_SENT, answer, html, refusal, world

from reconciler.api.failures import ApiError, DeniedError, QuotaError
from reconciler.errors import ExitCode
from reconciler.model.ports import Answer
from reconciler.model.request import Effect, Request

LIST = Request("list_indexes", "GET", "/indexes")
CREATE = Request("create_backup", "POST", "/indexes/docs/backups", Effect.CREATE)


def error_of(play: Answer | Exception, request: Request = LIST) -> ApiError:
    place = world(play)
    work = place.api.send if request is CREATE else place.api.read_list
    with pytest.raises(ApiError) as caught:
        place.run(work(request))
    return caught.value


SENTENCES = {
    "web page": (
        html(502),
        "list_indexes failed: the answer was 502, with a web page",
        "run again later, nothing is lost by that; -v logs every request",
    ),
    "portal": (
        html(200),
        "list_indexes failed: the answer was 200, with a web page",
        "something else answers in place of the API: check the network and --api-url",
    ),
    "cut short": (
        answer(200, b'{"indexes": ['),
        "list_indexes failed: the answer is not usable JSON: Expecting value: line 1 column 14",
        "run again later, nothing is lost by that; -v logs every request",
    ),
    "redirect": (
        answer(302, None, location="https://login.corp/"),
        "list_indexes failed: the answer was 302, a redirect, which is never followed",
        "something else answers in place of the API: check the network and --api-url",
    ),
    "redirect that says something": (
        answer(302, {"error": {"code": "OK", "message": "you sent a key"}}),
        "list_indexes failed: the answer was 302, a redirect, which is never followed",
        "something else answers in place of the API: check the network and --api-url",
    ),
    "wrong key": (
        answer(401, b"Invalid API key", "text/plain"),
        "list_indexes was refused with 401: Invalid API key",
        "check that PINECONE_API_KEY is a key of this project and host",
    ),
    "unreachable": (
        NOT_SENT,
        "list_indexes could not be sent: no connection could be made",
        "check the network, --api-url, --proxy and --ca-bundle, then run again",
    ),
    "unknown version": (
        refusal(400, "INVALID_ARGUMENT", "Unsupported API version: 2024-07"),
        "list_indexes was refused with 400 INVALID_ARGUMENT: Unsupported API version: 2024-07",
        "choose another version with --api-version",
    ),
    "refused with words": (
        refusal(422, "UNPROCESSABLE_ENTITY", "name is too long"),
        "list_indexes was refused with 422 UNPROCESSABLE_ENTITY: name is too long",
        "see what the message says",
    ),
    "refused without words": (
        answer(405),
        "list_indexes was refused with 405",
        "-v logs every request",
    ),
    "not paid": (
        refusal(402, "PAYMENT_REQUIRED", "Past due."),
        "list_indexes was refused with 402 PAYMENT_REQUIRED: Past due.",
        "settle the bill of the organization, then run again",
    ),
}


@pytest.mark.parametrize(("play", "summary", "hint"), list(SENTENCES.values()), ids=list(SENTENCES))
def test_a_sentence_says_what_and_a_hint_what_to_do(
    play: Answer | Exception, summary: str, hint: str
) -> None:
    said = error_of(play).diagnostics[0]
    assert (said.summary, said.hint) == (summary, hint)


def test_a_lost_create_says_what_comes_next() -> None:
    said = error_of(BROKEN, CREATE).diagnostics[0]
    assert said.summary == "create_backup was sent, and the answer was lost: the connection broke"
    assert "looks for what this may have made before it sends anything" in said.hint


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("QUOTA_EXCEEDED", "no", QuotaError),
        ("RESOURCE_EXHAUSTED", "no", QuotaError),
        ("FORBIDDEN", "The project has reached its backup quota", QuotaError),
        ("FORBIDDEN", "You reached the max serverless indexes limit", QuotaError),
        ("", "quota exceeded", QuotaError),
        ("PERMISSION_DENIED", "control::backups::list is required", DeniedError),
        ("PERMISSION_DENIED", "Quota management is not permitted: limit", DeniedError),
        ("FORBIDDEN", "Deletion protection is enabled for this index", DeniedError),
        ("FORBIDDEN", "Access from unlimited networks is off", DeniedError),
        ("NEW_CODE", "no", DeniedError),
    ],
)
def test_the_meanings_of_403_are_told_apart(code: str, message: str, kind: type[ApiError]) -> None:
    assert type(error_of(refusal(403, code, message))) is kind


def test_only_a_refused_key_or_role_ends_as_a_matter_of_permission() -> None:
    assert error_of(refusal(401)).exit_code is ExitCode.PERMISSION
    assert error_of(refusal(403, "PERMISSION_DENIED")).exit_code is ExitCode.PERMISSION
    assert error_of(refusal(403, "QUOTA_EXCEEDED")).exit_code is ExitCode.ERROR
    assert error_of(refusal(503)).exit_code is ExitCode.ERROR


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 422, 429, 500, 503])
def test_hostile_words_are_shown_in_one_short_printable_line(status: int) -> None:
    hostile = "\x1b]8;;http://evil\x1b\\\u202e\r\n::add-mask::" + "x" * 100_000
    said = error_of(refusal(status, "\x1b[2J", hostile)).diagnostics[0]
    assert said.summary.isprintable()
    assert len(said.summary) < 400

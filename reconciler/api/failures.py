"""What an answer that is no success means, and what to tell people about it."""

import re
from collections.abc import Mapping
from http import HTTPStatus

from reconciler.errors import ExitCode, ReconcilerError
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.ports import Answer
from reconciler.model.request import Request
from reconciler.wire.problem import Problem, is_html, read_problem


class ApiError(ReconcilerError):
    """The API refused, failed, or could not be reached."""


class NotFoundError(ApiError):
    """404: there is no such object."""


class ConflictError(ApiError):
    """409: the name is taken."""


class PreconditionFailedError(ApiError):
    """412: something else must end first."""


class QuotaError(ApiError):
    """402 or 403 with a quota code: the project takes no more."""


class DeniedError(ApiError):
    """401, or 403 without a quota: the key is not accepted, or may not do this."""

    exit_code = ExitCode.PERMISSION


class KeyRefusedError(DeniedError):
    """401: the key is not accepted, so nothing else that is asked with it will be answered."""


class RateLimitedError(ApiError):
    """429 until patience ran out."""


class UnavailableError(ApiError):
    """The server or the way to it failed, every time it was tried."""


class UncertainError(ApiError):
    """A create may or may not have been carried out; it is not sent again before that is known."""


_VERSION = "api version"
_REDIRECTS = range(300, 400)
_FIRST_SUCCESS, _FIRST_REFUSAL, _FIRST_FAILURE = 200, 400, 500
_REMARK = re.compile(r"\bquota\b|\blimit\b", re.IGNORECASE)


def failure(request: Request, answer: Answer) -> ApiError:
    """Turn a 4xx answer into the error that it means."""
    problem = _problem(answer)
    summary = f"{request.operation} was refused with {_said(answer.status, problem)}"
    kind, reference, hint = _meaning(answer.status, problem)
    return kind(Diagnostic(reference, summary, hint))


def unreachable(request: Request, why: str) -> UnavailableError:
    """Say that no connection could be made, every time it was tried."""
    return UnavailableError(
        Diagnostic(
            "api-unreachable",
            f"{request.operation} could not be sent: {why}",
            "check the network, --api-url, --proxy and --ca-bundle, then run again",
        )
    )


def unavailable(request: Request, why: str, answer: Answer | None = None) -> UnavailableError:
    """Say that a request failed every time it was tried."""
    hint = "run again later, nothing is lost by that; -v logs every request"
    strange = answer is not None and (_is_page(answer) or _moved(answer))
    if answer is not None and answer.status < _FIRST_FAILURE and strange:
        hint = "something else answers in place of the API: check the network and --api-url"
    summary = f"{request.operation} failed: {why}"
    return UnavailableError(Diagnostic("api-unavailable", summary, hint))


def uncertain(request: Request, why: str) -> UncertainError:
    """Say that nobody knows yet whether a create was carried out."""
    return UncertainError(
        Diagnostic(
            "create-uncertain",
            f"{request.operation} was sent, and the answer was lost: {why}",
            "run apply again: it looks for what this may have made before it sends anything",
        )
    )


def leaves_open(answer: Answer) -> bool:
    """Whether an answer leaves open what happened: a server in trouble, or not the API at all.

    A redirect is not followed. A web page that says 404 comes from a proxy or a portal; to take
    it for the API's word would turn every object behind it into one that is gone.
    """
    status = answer.status
    strange = status < _FIRST_SUCCESS or _moved(answer) or status >= _FIRST_FAILURE
    lost = status == HTTPStatus.NOT_FOUND and _is_page(answer)
    return strange or lost or status == HTTPStatus.REQUEST_TIMEOUT


def server_failure(answer: Answer) -> str:
    """Describe an answer that leaves open what happened; only an error's own words are quoted."""
    problem = _problem(answer) if answer.status >= _FIRST_REFUSAL else Problem("", "")
    page = ", with a web page" if _is_page(answer) else ""
    moved = ", a redirect, which is never followed" if _moved(answer) else ""
    return f"the answer was {_said(answer.status, problem)}{moved or page}"


def unreadable(answer: Answer, why: str) -> str:
    """Describe a success that cannot be used."""
    return server_failure(answer) if _is_page(answer) else why


def _is_page(answer: Answer) -> bool:
    return is_html(_content_type(answer), answer.body)


def _moved(answer: Answer) -> bool:
    return answer.status in _REDIRECTS


def _problem(answer: Answer) -> Problem:
    return read_problem(_content_type(answer), answer.body)


def _content_type(answer: Answer) -> str:
    return answer.headers.get("content-type", "")


def _said(status: int, problem: Problem) -> str:
    code = f" {problem.code}" if problem.code else ""
    message = f": {problem.message}" if problem.message else ""
    return f"{status}{code}{message}"


def _meaning(status: int, problem: Problem) -> tuple[type[ApiError], str, str]:
    """Give class, reference and hint; a 403 is told apart by its code, then by its words."""
    if status == HTTPStatus.BAD_REQUEST and _VERSION in problem.message.lower():
        return ApiError, "api-version", "choose another version with --api-version"
    if status == HTTPStatus.FORBIDDEN and _is_quota(problem):
        return QuotaError, "quota", "raise the quota or remove what is not needed, then run again"
    otherwise = "see what the message says" if problem.message else "-v logs every request"
    return _BY_STATUS.get(status, (ApiError, "api-refused", otherwise))


def _is_quota(problem: Problem) -> bool:
    if problem.code in {"QUOTA_EXCEEDED", "RESOURCE_EXHAUSTED", "PAYMENT_REQUIRED"}:
        return True
    return problem.code != "PERMISSION_DENIED" and bool(_REMARK.search(problem.message))


_BY_STATUS: Mapping[int, tuple[type[ApiError], str, str]] = {
    401: (
        KeyRefusedError,
        "api-key-refused",
        "check that PINECONE_API_KEY is a key of this project and host",
    ),
    402: (QuotaError, "payment-required", "settle the bill of the organization, then run again"),
    403: (
        DeniedError,
        "permission-denied",
        "use a key whose role may do this, or lift the protection that the message names",
    ),
    404: (NotFoundError, "not-found", "check the name; it may have been deleted meanwhile"),
    409: (ConflictError, "name-taken", "choose another name, or adopt what has it"),
    412: (PreconditionFailedError, "precondition", "wait until what the message names has ended"),
    429: (RateLimitedError, "rate-limited", "run again later, or with a smaller --parallelism"),
}
